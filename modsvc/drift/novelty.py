"""Words that nobody used before, and that many use now.

In: the words of one language's texts, in order, and those of the past. Out: the words that come
up. A name or a slip is new once; the code word of a campaign comes again and again. Each new word
that several of the latest texts have is watched by a test of its own.
"""

from collections import Counter, deque
from collections.abc import Collection, Iterator
from itertools import repeat
from typing import Final

from river.drift import PageHinkley

from modsvc.drift.detectors import page_hinkley

#: So many of the latest texts of a language are remembered.
RECENT: Final = 500

#: A new word is watched as soon as so many of them have it.
_WATCHED: Final = 3

#: A word that fewer texts than this share have does not come up; and by so many more texts than
#: that it has to be ahead. Both are chosen by `python -m eval drift-delay` (docs/drift.md).
SLACK: Final = 0.01
AHEAD: Final = 6.0


class Novelty:
    """The latest texts of one language. `known` are the words of the past."""

    def __init__(self, known: Collection[str]) -> None:
        self._known = set(known)
        self._texts: deque[frozenset[str]] = deque()
        self._new: deque[frozenset[str]] = deque()
        self._counts: Counter[str] = Counter()
        self._copies: Counter[frozenset[str]] = Counter()
        self._tests: dict[str, PageHinkley] = {}

    def see(self, words: frozenset[str]) -> list[str]:
        """The new words that have come up with this text; they are known from then on.

        A text that has the words of another recent one brings nothing new: one text that is sent
        a hundred times is one text.
        """
        new = frozenset() if self._copies[words] else words - self._known
        self._remember(words, new)
        found = [word for word, test in self._tests.items() if _passes(test, word in new)]
        self._known.update(found)
        for word in found:
            del self._tests[word]
        for word in new - self._known:
            if word not in self._tests and self._counts[word] >= _WATCHED:
                self._tests[word] = page_hinkley(SLACK, AHEAD, "up", self._history(word))
        return found

    def share(self, word: str) -> float:
        """The share of the latest texts that have a word."""
        return self._counts[word] / max(len(self._texts), 1)

    def _history(self, word: str) -> Iterator[float]:
        """Where a new word was, and where it was not: the past did not have it."""
        yield from repeat(0.0, RECENT - len(self._new))
        yield from (float(word in text) for text in self._new)

    def _remember(self, words: frozenset[str], new: frozenset[str]) -> None:
        self._texts.append(words)
        self._new.append(new)
        self._copies[words] += 1
        self._counts.update(new)
        if len(self._texts) > RECENT:
            self._forget(self._texts.popleft(), self._new.popleft())

    def _forget(self, words: frozenset[str], new: frozenset[str]) -> None:
        self._copies[words] -= 1
        if not self._copies[words]:
            del self._copies[words]
        for word in new:
            self._counts[word] -= 1
            if not self._counts[word]:
                del self._counts[word]
                self._tests.pop(word, None)


def _passes(test: PageHinkley, here: bool) -> bool:
    test.update(float(here))
    return bool(test.drift_detected)
