"""A corpus → the counts that diacritics are put back with.

In: `corpus.parquet` of an open corpus. Out: `modsvc/engine/diacritics.tsv.gz`. Lines with a
word: the languages it comes up in, and there the natural logarithm of its share. Lines that
begin with a tab: language, window, letter and odds of `modsvc.engine.diacritics`. Only texts
of the train split count, of openly licensed, neutral and the project's own sources; windows
are learnt from texts that are typed with diacritics, and kept where they ask for another
letter than the next one that would be asked.

    python -m training.diacritic_table runs/open/latest/corpus/corpus.parquet
"""

import gzip
import math
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

import pandas as pd

from eval.corpus import AUTHORED
from modsvc.engine.diacritics import FLOOR, WINDOWS, WORD, windows, without_diacritics
from modsvc.engine.words import plain_word

TARGET: Final = Path(__file__).parents[1] / "modsvc" / "engine" / "diacritics.tsv.gz"

#: The languages whose marks are put back. German and Italian bare are read as well as marked.
MARKED: Final = (
    *("az", "es", "fr", "kk", "ky", "pl", "pt", "ro", "ru", "tg", "tk", "tr", "uk"),
    "uz-Cyrl",
)
#: Words that a language is known by, and how often they come up at least.
WORDS: Final = 3_000
OFTEN: Final = 2
#: A language of fewer words is none to tell others from.
FEWEST: Final = 900
#: A text is typed with diacritics where this share of its words has some.
TYPED: Final = 0.08
#: Of a language with so many words, windows that came up once are left out.
PLENTY: Final = 40_000
#: How often the project's own sentences count, which are spelt with care.
OWN: Final = 2
#: No odds are higher, in nats.
MOST: Final = 6.0

_SMOOTHING: Final = 0.2

#: Where a window of so many letters stands in `WINDOWS`.
_PLACES: Final = {before + after + 1: place for place, (before, after) in enumerate(WINDOWS)}

Words = Counter[str]
Marks = dict[str, tuple[str, float]]


def main(corpus: Path) -> None:
    """Write `TARGET`."""
    rows = pd.read_parquet(corpus, columns=["text", "language", "tier", "split"])
    rows = rows[(rows["split"] == "train") & (rows["tier"] != "research")]
    # Without a time the same counts make the same file.
    TARGET.write_bytes(gzip.compress("".join(table(rows)).encode("utf-8"), mtime=0))


def table(rows: pd.DataFrame) -> Iterator[str]:
    """The lines of the file."""
    for word, shares in sorted(_shares(rows).items()):
        yield "\t".join((word, *(f"{language}:{share:.2f}" for language, share in shares))) + "\n"
    for language in MARKED:
        found = marks(_typed(rows[rows["language"] == language]))
        for window, (letter, odds) in sorted(found.items()):
            yield f"\t{language}\t{window}\t{letter}\t{odds:.1f}\n"


def _shares(rows: pd.DataFrame) -> Mapping[str, list[tuple[str, float]]]:
    """By bare word: the languages it is frequent in, with the logarithm of its share there."""
    found: dict[str, list[tuple[str, float]]] = defaultdict(list)
    for language, part in rows.groupby("language"):
        counted = Counter(map(without_diacritics, _words(part["text"])))
        if counted.total() < FEWEST:
            continue
        for word, times in counted.most_common(WORDS):
            share = math.log(times / counted.total())
            if times >= OFTEN and share > FLOOR:
                found[word].append((str(language), share))
    return found


def _typed(rows: pd.DataFrame) -> Words:
    """The words of the texts that are typed with diacritics, and how often they come up."""
    counted: Words = Counter()
    for text, tier in zip(rows["text"], rows["tier"], strict=True):
        words = list(_words([text]))
        marked = sum(word != without_diacritics(word) for word in words)
        if marked and marked >= TYPED * len(words):
            for word in words:
                counted[word] += OWN if tier == AUTHORED else 1
    return counted


def marks(words: Words) -> Marks:
    """By window: the letter in its middle, and its odds against the bare one (0: it is bare)."""
    seen: dict[str, Counter[str]] = defaultdict(Counter)
    spelt = [(bare, word) for word in words if len(bare := without_diacritics(word)) == len(word)]
    losing = {a for bare, word in spelt for a, b in zip(bare, word, strict=True) if a != b}
    for bare, word in spelt:
        for at, letter in enumerate(word):
            if bare[at] in losing:
                for window in windows(bare, at):
                    seen[window][letter] += words[word]
    fewest = 2 if words.total() > PLENTY else 1
    kept: Marks = {}
    for window in sorted(seen, key=lambda window: -_PLACES[len(window)]):
        letters = seen[window]
        letter, times = letters.most_common(1)[0]
        bare = window[_before(window)]
        if letters.total() >= fewest and _next(kept, window) != letter:
            odds = math.log((times + _SMOOTHING) / (letters[bare] + _SMOOTHING))
            kept[window] = (letter, 0.0 if letter == bare else min(odds, MOST))
    return kept


def _next(kept: Marks, window: str) -> str:
    """The letter that the next kept window within `window` asks for; the bare one without any."""
    middle = _before(window)
    for before, after in WINDOWS[_PLACES[len(window)] + 1 :]:
        inner = window[middle - before : middle + after + 1] if before <= middle else ""
        if found := kept.get(inner):
            return found[0]
    return window[middle]


def _before(window: str) -> int:
    return WINDOWS[_PLACES[len(window)]][0]


def _words(texts: Iterable[str]) -> Iterator[str]:
    return (plain_word(word) for text in texts for word in WORD.findall(text))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
