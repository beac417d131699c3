"""Words in Latin letters → how likely they are as they stand, and read as Cyrillic.

In: lower-case words of Latin letters. Out: for each the log-probability (natural, at most 0)
of its best cutting into the pieces of a unigram model (Kudo 2018): Latin pieces of all
languages together, or Cyrillic ones that may be written so in one language, which also give
the reading. Which of the two a text is, is left to `modsvc.engine.readings`.

The pieces with their log-probabilities are in pieces.tsv.gz, which
`python -m training.piece_table` makes; the letters are in romanised.toml.
"""

import functools
import math
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Final

from modsvc.engine.words import table

#: Stands for a blank before a word.
START: Final = "▁"

#: What a letter in no piece costs.
UNKNOWN: Final = -16.0

#: What each way of writing a letter that is not the usual one costs.
UNUSUAL: Final = -1.0

#: No piece within a word is longer.
_LONGEST: Final = 17

#: Words that are remembered: most words of most texts are among so many.
_REMEMBERED: Final = 1 << 15

_NEVER: Final = -math.inf

#: The ways in which each letter is written.
Letters = Mapping[str, tuple[str, ...]]
#: The letters that a string of at most `_LONGEST_WAY` Latin letters may be, with their costs.
Ways = Mapping[str, tuple[tuple[str, float], ...]]

_LONGEST_WAY: Final = 4


@dataclass(frozen=True, slots=True)
class _Pieces:
    """`latin` and `shared` by piece; `own` and `scale` by language; `starts` of all Cyrillic.

    `own[language]` has the pieces that are likelier there than the shared ones make them, and
    `scale` is what is added to the shared ones.
    """

    latin: Mapping[str, float]
    shared: Mapping[str, float]
    own: Mapping[str, Mapping[str, float]]
    scale: Mapping[str, float]
    starts: frozenset[str]


@functools.cache
def _pieces() -> _Pieces:
    tables: dict[str, dict[str, float]] = {}
    for kind, piece, score in table("pieces.tsv.gz"):
        tables.setdefault(kind, {})[piece] = float(score)
    latin, shared, scale = tables.pop("latin"), tables.pop("shared"), tables.pop("scale")
    cyrillic = {piece for table in (shared, *tables.values()) for piece in table}
    starts = frozenset(piece[:end] for piece in cyrillic for end in range(1, len(piece) + 1))
    return _Pieces(latin, shared, tables, scale, starts)


@functools.cache
def _ways() -> Mapping[str, Ways]:
    return {language: _read_as(letters) for language, letters in alphabets().items()}


def alphabets() -> dict[str, Letters]:
    """By language: the ways in which each of its letters is written, the usual one first."""
    text = files("modsvc.engine").joinpath("romanised.toml").read_text("utf-8")
    tables: dict[str, dict[str, list[str]]] = tomllib.loads(text)
    shared = tables.pop("shared")
    return {
        language: {letter: tuple(ways) for letter, ways in {**shared, **own}.items() if ways}
        for language, own in tables.items()
    }


def _read_as(letters: Letters) -> Ways:
    """The letters that each string of Latin ones may be, and each letter as itself."""
    found: dict[str, list[tuple[str, float]]] = {START: [(START, 0.0)]}
    for letter, written in letters.items():
        for place, way in enumerate(dict.fromkeys((*written, letter))):
            usual = place == 0 or way == letter
            found.setdefault(way, []).append((letter, 0.0 if usual else UNUSUAL))
    return {way: tuple(readings) for way, readings in found.items()}


@functools.lru_cache(_REMEMBERED)
def as_latin(word: str) -> float:
    """The log-probability of `word` as a word of a language written in Latin letters."""
    known, text = _pieces().latin, START + word
    # Hardly any word is likelier in parts.
    if text in known:
        return known[text]
    best = [0.0, *[_NEVER] * len(text)]
    for start in range(len(text)):
        so_far = best[start]
        best[start + 1] = max(best[start + 1], so_far + UNKNOWN)
        for end in range(start + 1, min(len(text), start + _LONGEST) + 1):
            score = known.get(text[start:end])
            if score is not None and so_far + score > best[end]:
                best[end] = so_far + score
    return best[-1]


@functools.lru_cache(_REMEMBERED)
def as_cyrillic(word: str, language: str) -> tuple[float, str]:
    """The log-probability of the likeliest reading of `word` in `language`, and that reading."""
    pieces, ways = _pieces(), _ways()[language]
    own, scale = pieces.own[language], pieces.scale[language]
    text = START + word
    best: list[tuple[float, int, str]] = [(_NEVER, 0, "")] * (len(text) + 1)
    best[0] = (0.0, 0, "")
    for start in range(len(text)):
        so_far = best[start][0]
        if so_far == _NEVER:
            continue
        if so_far + UNKNOWN > best[start + 1][0]:
            best[start + 1] = (so_far + UNKNOWN, start, text[start])
        for end, piece, unusual in _readings(text, start, ways, pieces.starts):
            score = own.get(piece)
            if score is None:
                score = pieces.shared.get(piece, _NEVER) + scale
            score += so_far + unusual
            if score > best[end][0]:
                best[end] = (score, start, piece)
    return best[-1][0], _path(best)


def _readings(
    text: str, start: int, ways: Ways, starts: frozenset[str]
) -> Iterator[tuple[int, str, float]]:
    """The beginnings of Cyrillic pieces that `text[start:]` may begin with: end, piece, cost."""
    waiting = [(start, "", 0.0)]
    while waiting:
        at, piece, cost = waiting.pop()
        if at > start:
            yield at, piece, cost
        for length in range(min(_LONGEST_WAY, len(text) - at) + 1):
            for letter, more in ways.get(text[at : at + length], ()):
                if piece + letter in starts:
                    waiting.append((at + length, piece + letter, cost + more))


def _path(best: list[tuple[float, int, str]]) -> str:
    parts, at = [], len(best) - 1
    while at:
        _, at, piece = best[at]
        parts.append(piece)
    return "".join(reversed(parts)).removeprefix(START)
