"""Recent answers, for the text that is pasted a thousand times.

In: what an answer depends on (normalised text and parent, declared language, the model and how it
is run). Out: the score given before, if it is still held. Texts are kept only as digests, so the
cache's size is bounded by its entries and no text outlives its request here. What other processes
have scored is left to `shared_cache`.
"""

import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from hashlib import blake2b

from modsvc.types import Score

Key = bytes


class ScoreCache:
    """Least recently used answers of one model. Safe to share between threads."""

    def __init__(self, size: int, model: str) -> None:
        """Hold at most `size` answers of what is called `model`; 0 holds none."""
        self._size = size
        self._model = model
        self._scores: OrderedDict[Key, Score] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._scores)

    def key(self, text: str, language: str | None, parent: str | None = None) -> Key:
        """The key of a normalised text with its declared language and what it replies to."""
        # Normalised texts have no control characters.
        whole = f"{self._model}\0{language or ''}\0{text}\0{parent or ''}"
        return blake2b(whole.encode(), digest_size=20).digest()

    def get(self, keys: Sequence[Key]) -> list[Score | None]:
        """The held answers, marked `cached`, or None, in the order of `keys`."""
        with self._lock:
            found = [self._scores.get(key) for key in keys]
            for key, score in zip(keys, found, strict=True):
                if score is not None:
                    self._scores.move_to_end(key)
        return found

    def put(self, items: Iterable[tuple[Key, Score]]) -> None:
        """Hold these answers; the least recently used go first."""
        marked = [(key, replace(score, cached=True)) for key, score in items]
        with self._lock:
            for key, score in marked:
                self._scores[key] = score
                self._scores.move_to_end(key)
            while len(self._scores) > self._size:
                self._scores.popitem(last=False)
