"""Normalised text → windows of token ids.

In: normalised texts and the artefact's tokenizer.json. Out: for each text one or more
arrays of ids with <s> and </s>, none longer than the model's `max_tokens`. A long text is
cut into overlapping windows, so that a phrase on a seam is whole in one of them. The text
that it replies to, if any, follows each window; the model reads it and judges the window.
Running the model and taking the maximum over the windows is left to `session` and `engine`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from modsvc.errors import ArtifactError

OVERLAP: Final = 32
MAX_WINDOWS: Final = 32
#: How much of a parent is read.
PARENT_TOKENS: Final = 48

# More than any text of MAX_WINDOWS windows has; bounds the time that a megabyte of
# unbroken characters would take in the tokenizer.
_MAX_CHARACTERS: Final = 65_536


@dataclass(frozen=True, slots=True)
class Windows:
    """The pieces of one text, in order; `truncated` when there were more than the limit."""

    token_ids: list[NDArray[np.int64]]
    truncated: bool


@dataclass(frozen=True, slots=True)
class Traced:
    """One window: its ids, and where in the text each token between <s> and </s> stands."""

    token_ids: NDArray[np.int64]
    places: list[tuple[int, int]]


def append_parent(window: Sequence[int], parent: Sequence[int]) -> list[int]:
    """<s> window </s> and a parent's own ids → <s> window </s> parent </s>."""
    return [*window, *parent[:PARENT_TOKENS], window[-1]]


class Tokeniser:
    """Cuts texts into windows. Safe to share between threads."""

    def __init__(self, path: Path, *, max_tokens: int, max_windows: int = MAX_WINDOWS) -> None:
        """Read tokenizer.json; `max_tokens` counts <s> and </s> too.

        Raises:
            ArtifactError: the file is no tokenizer, or has no <s>, </s> or <unk>.
        """
        self._tokenizer = _read(path)
        self._start = _special(self._tokenizer, "<s>", path)
        self._end = _special(self._tokenizer, "</s>", path)
        self._unknown = _special(self._tokenizer, "<unk>", path)
        self._size = max_tokens - 2
        # At most half a window, so that a model with tiny windows still gets through a text.
        self._step = self._size - min(OVERLAP, self._size // 2)
        self._max_windows = max_windows

    def windows(
        self, texts: Sequence[str], parents: Sequence[str | None] | None = None
    ) -> list[Windows]:
        """The windows of each text, at least one, in the order of `texts`.

        `parents`, as many as `texts`, are what these reply to.
        """
        encoded = self._encode(texts)
        above = self._parents(parents or [None] * len(texts))
        return [
            self._cut(ids, parent, cut_short=len(text) > _MAX_CHARACTERS)
            for text, ids, parent in zip(texts, encoded, above, strict=True)
        ]

    def traced(self, text: str, parent: str | None = None) -> list[Traced]:
        """The windows of one text with the places of their tokens: slower than `windows`."""
        encoding = self._tokenizer.encode(text[:_MAX_CHARACTERS], add_special_tokens=False)
        ids = self._without_ends(encoding.ids)
        above = self._parents([parent])[0]
        return [
            Traced(self._piece(ids, start, above), encoding.offsets[start : start + self._size])
            for start in self._starts(len(ids))[: self._max_windows]
        ]

    def _encode(self, texts: Sequence[str]) -> list[list[int]]:
        encodings = self._tokenizer.encode_batch_fast(
            [text[:_MAX_CHARACTERS] for text in texts], add_special_tokens=False
        )
        return [self._without_ends(encoding.ids) for encoding in encodings]

    def _without_ends(self, ids: list[int]) -> list[int]:
        """A "</s>" that somebody writes is text: what follows it would count as the parent."""
        if self._end not in ids:
            return ids
        return [self._unknown if one == self._end else one for one in ids]

    def _parents(self, parents: Sequence[str | None]) -> list[list[int] | None]:
        """The ids of each parent; None where there is none, or nothing in it."""
        places = [at for at, parent in enumerate(parents) if parent]
        ids: list[list[int] | None] = [None] * len(parents)
        for at, found in zip(
            places, self._encode([parents[at] or "" for at in places]), strict=True
        ):
            ids[at] = found
        return ids

    def _cut(self, ids: list[int], parent: list[int] | None, *, cut_short: bool) -> Windows:
        starts = self._starts(len(ids))
        pieces = [self._piece(ids, start, parent) for start in starts[: self._max_windows]]
        return Windows(pieces, cut_short or len(starts) > self._max_windows)

    def _starts(self, count: int) -> range:
        return range(0, max(count - self._size, 0) + self._step, self._step)

    def _piece(self, ids: list[int], start: int, parent: list[int] | None) -> NDArray[np.int64]:
        window = [self._start, *ids[start : start + self._size], self._end]
        whole = window if parent is None else append_parent(window, parent)
        return np.array(whole, dtype=np.int64)


def _read(path: Path) -> Tokenizer:
    try:
        tokenizer = Tokenizer.from_file(str(path))
    # The library raises bare Exception for whatever is wrong with the file.
    except Exception as error:
        raise ArtifactError(
            f"{path} is not a readable tokenizer ({error}): restore the folder from its release"
        ) from error
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def _special(tokenizer: Tokenizer, token: str, path: Path) -> int:
    found: int | None = tokenizer.token_to_id(token)
    if found is None:
        raise ArtifactError(f"{path} has no {token} token: pack the model again")
    return found
