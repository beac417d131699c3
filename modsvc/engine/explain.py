"""Which parts of a text its score comes from.

In: a text as it was written, and its language. Out: up to `MOST_SPANS` `Span`s of that
text. The parts that each token has in the logits (the network gives them: between the
last layer and the logits all is linear) name the candidates; each candidate is then taken
out and the rest scored again, so that a weight is a measured fall and not an opinion.
That is one run for the parts and two for the first two candidates, on top of the score; only
where neither of them matters, as happens where the layers below have mixed the words, up to
three more.
"""

import re
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from modsvc.engine.alignment import align
from modsvc.engine.calibrate import Calibrator
from modsvc.engine.session import Session
from modsvc.engine.tokenise import Tokeniser, Traced
from modsvc.labels import CATEGORIES, LABELS, MISOGYNY
from modsvc.types import Span

#: Words that are tried in one round, each taken out alone, and in all rounds.
_AT_ONCE: Final = 2
_MOST_TRIED: Final = 5
#: A text costs so many scores at most when it is explained: its own, the parts, and one a word.
MOST_RUNS: Final = 2 + _MOST_TRIED
#: A word matters whose absence takes this share of the probability: no more need be tried.
_MATTERS: Final = 0.15
#: Of the greatest part; a lighter word is not tried.
_LEAST_SHARE: Final = 0.1
#: As many spans are told at most.
MOST_SPANS: Final = 3
#: Falls smaller than this are not told: the engine promises scores to three places.
_LEAST_WEIGHT: Final = 0.001
_SPACE: Final = re.compile(r"\s")
_TOLD: Final = {label: LABELS.index(label) for label in (MISOGYNY, *CATEGORIES)}

Range = tuple[int, int]
Floats = NDArray[np.float32]


class Explainer:
    """Explains scores of one model. Safe to share between threads."""

    def __init__(self, tokeniser: Tokeniser, session: Session, calibrator: Calibrator) -> None:
        self._tokeniser = tokeniser
        self._session = session
        self._calibrator = calibrator

    def spans(self, text: str, language: str, parent: str | None = None) -> tuple[Span, ...]:
        """The heaviest parts of `text`, the heaviest first; of a long text, of its worst window.

        `parent` is the normalised text that it replies to.
        """
        aligned = align(text)
        window, logits, parts = self._worst_window(aligned.text, parent)
        ranked = candidates(words_of(aligned.text, window, parts))
        falls = self._falls(aligned.text, window, logits, ranked, language, parent)
        heaviest = np.argsort([-fall[_TOLD[MISOGYNY]] for fall in falls], kind="stable")
        spans = [Span(*aligned.original(*ranked[at]), _weights(falls[at])) for at in heaviest]
        return tuple(span for span in spans if span.weights)[:MOST_SPANS]

    def _falls(
        self,
        text: str,
        window: Traced,
        logits: Floats,
        ranked: Sequence[Range],
        language: str,
        parent: str | None,
    ) -> list[NDArray[np.float64]]:
        """How far each probability falls without each candidate, [8] each, until one matters."""
        falls: list[NDArray[np.float64]] = []
        for start in range(0, len(ranked), _AT_ONCE):
            left = self._without(text, window, ranked[start : start + _AT_ONCE], parent)
            whole, *rest = self._calibrator.probabilities(
                np.vstack([logits, left]), [language] * (1 + len(left))
            )
            falls += [whole - one for one in rest]
            enough = _MATTERS * whole[_TOLD[MISOGYNY]]
            if any(fall[_TOLD[MISOGYNY]] >= enough for fall in falls):
                break
        return falls

    def _worst_window(self, text: str, parent: str | None) -> tuple[Traced, Floats, Floats]:
        windows = self._tokeniser.traced(text, parent)
        runs = [self._session.explain(window.token_ids) for window in windows]
        worst = max(range(len(runs)), key=lambda at: float(runs[at][0][_TOLD[MISOGYNY]]))
        return windows[worst], *runs[worst]

    def _without(
        self, text: str, window: Traced, chosen: Sequence[Range], parent: str | None
    ) -> Floats:
        """The logits of the window without each candidate, [candidates, 8]."""
        first, last = window.places[0][0], window.places[-1][1]
        without = [
            f"{text[first:start].rstrip()} {text[end:last].lstrip()}" for start, end in chosen
        ]
        windows = self._tokeniser.windows(without, [parent] * len(without))
        return self._session.logits([one.token_ids[0] for one in windows])


def words_of(text: str, window: Traced, parts: Floats) -> list[tuple[Range, float]]:
    """Each word of the window with its part in the logit of misogyny.

    A word ends at white space; where a script has none, at the end of a token.
    """
    words: list[tuple[Range, float]] = []
    spaced = _SPACE.search(text) is not None
    # The first part is that of <s>; after the window's come those of </s> and of a parent.
    of_window = parts[1 : 1 + len(window.places), _TOLD[MISOGYNY]]
    for (start, end), part in zip(window.places, of_window, strict=True):
        while start < end and text[start].isspace():
            start += 1
        if start == end:
            continue
        joined = spaced and words and start > 0 and not text[start - 1].isspace()
        if joined and words[-1][0][1] >= start:
            (begin, _), total = words[-1]
            words[-1] = ((begin, end), total + float(part))
        else:
            words.append(((start, end), float(part)))
    return words


def candidates(words: Sequence[tuple[Range, float]]) -> list[Range]:
    """The ranges of the words with the greatest parts, the greatest first.

    Each word alone: with its neighbours it would be harder to tell which of them it is. Words
    with less than `_LEAST_SHARE` of the greatest part are not worth a run.
    """
    heaviest = sorted(words, key=lambda word: word[1], reverse=True)[:_MOST_TRIED]
    least = _LEAST_SHARE * max(heaviest[0][1], 0) if heaviest else 0.0
    return [place for place, part in heaviest if part > least]


def _weights(falls: NDArray[np.float64]) -> dict[str, float]:
    return {label: float(falls[at]) for label, at in _TOLD.items() if falls[at] >= _LEAST_WEIGHT}
