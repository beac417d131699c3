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
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Final

from modsvc.engine.words import table

#: Stands for a blank before a word.
START: Final = "▁"

#: In place of a language: nothing is likelier in any language than it is made here.
ANY: Final = "any"

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
    `scale` is what is added to the shared ones. `ANY` has of each the highest.
    """

    latin: Mapping[str, float]
    shared: Mapping[str, float]
    own: Mapping[str, Mapping[str, float]]
    scale: Mapping[str, float]
    starts: frozenset[str]


@functools.cache
def _pieces() -> _Pieces:
    tables: dict[str, dict[str, float]] = {}
    # Equal scores are kept once, which spares some megabytes.
    number = functools.cache(float)
    for kind, piece, score in table("pieces.tsv.gz"):
        tables.setdefault(kind, {})[piece] = number(score)
    latin, shared, scale = tables.pop("latin"), tables.pop("shared"), tables.pop("scale")
    own = {piece for known in tables.values() for piece in known}
    starts = frozenset(
        piece[:end] for piece in own | shared.keys() for end in range(1, len(piece) + 1)
    )
    scale[ANY] = max(scale.values())
    tables[ANY] = _likeliest(
        *tables.values(), {piece: shared.get(piece, _NEVER) + scale[ANY] for piece in own}
    )
    return _Pieces(latin, shared, tables, scale, starts)


@functools.cache
def _ways() -> Mapping[str, Ways]:
    ways = {language: _read_as(letters) for language, letters in alphabets().items()}
    written = {way for known in ways.values() for way in known}
    ways[ANY] = {
        way: tuple(_likeliest(*(dict(known.get(way, ())) for known in ways.values())).items())
        for way in written
    }
    return ways


def _likeliest(*scores: Mapping[str, float]) -> dict[str, float]:
    """The highest that each key has in any."""
    found: dict[str, float] = {}
    for known in scores:
        for key, score in known.items():
            found[key] = max(score, found.get(key, score))
    return found


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
    steps = [_steps(text, at, ways) for at in range(len(text) + 1)]
    best: list[tuple[float, int, str]] = [(_NEVER, 0, "")] * (len(text) + 1)
    best[0] = (0.0, 0, "")
    for start in range(len(text)):
        so_far = best[start][0]
        if so_far == _NEVER:
            continue
        if so_far + UNKNOWN > best[start + 1][0]:
            best[start + 1] = (so_far + UNKNOWN, start, text[start])
        for end, piece, unusual in _readings(steps, start, pieces.starts):
            score = own.get(piece)
            if score is None:
                score = pieces.shared.get(piece, _NEVER) + scale
            score += so_far + unusual
            if score > best[end][0]:
                best[end] = (score, start, piece)
    return best[-1][0], _path(best)


def _steps(text: str, at: int, ways: Ways) -> list[tuple[int, str, float]]:
    """The letters that stand at `at`, each with where it ends and what it costs."""
    return [
        (end, letter, cost)
        for end in range(at, min(at + _LONGEST_WAY, len(text)) + 1)
        for letter, cost in ways.get(text[at:end], ())
    ]


def _readings(
    steps: Sequence[Sequence[tuple[int, str, float]]], start: int, starts: frozenset[str]
) -> Iterator[tuple[int, str, float]]:
    """The beginnings of Cyrillic pieces that may stand from `start` on: end, piece, cost."""
    waiting = [(start, "", 0.0)]
    while waiting:
        at, piece, cost = waiting.pop()
        if at > start:
            yield at, piece, cost
        for end, letter, more in steps[at]:
            if (longer := piece + letter) in starts:
                waiting.append((end, longer, cost + more))


def _path(best: list[tuple[float, int, str]]) -> str:
    parts, at = [], len(best) - 1
    while at:
        _, at, piece = best[at]
        parts.append(piece)
    return "".join(reversed(parts)).removeprefix(START)
