"""Which parts of a text its score comes from.

In: a text as it was written, and its language. Out: up to `MOST_SPANS` `Span`s of that
text. The parts that each token has in the logits (the network gives them: between the
last layer and the logits all is linear) name the candidates; each candidate is then taken
out and the rest scored again, so that a weight is a measured fall and not an opinion.
That is one run for the parts and one a span, at most `MOST_SPANS` + 1 on top of the score.
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

MOST_SPANS: Final = 3
#: Falls smaller than this are not told: the engine promises scores to three places.
_LEAST_WEIGHT: Final = 0.001
_LEAST_SHARE: Final = 1 / 3
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

    def spans(self, text: str, language: str) -> tuple[Span, ...]:
        """The heaviest parts of `text`, the heaviest first; of a long text, of its worst window."""
        aligned = align(text)
        window, logits, parts = self._worst_window(aligned.text)
        words = words_of(aligned.text, window, parts)
        chosen = candidates(words)
        if not chosen:
            return ()
        falls = self._falls(aligned.text, window, chosen, logits, language)
        order = np.argsort(-falls[:, _TOLD[MISOGYNY]], kind="stable")
        spans = [Span(*aligned.original(*chosen[at]), _weights(falls[at])) for at in order]
        return tuple(span for span in spans if span.weights)

    def _worst_window(self, text: str) -> tuple[Traced, Floats, Floats]:
        windows = self._tokeniser.traced(text)
        runs = [self._session.explain(window.token_ids) for window in windows]
        worst = max(range(len(runs)), key=lambda at: float(runs[at][0][_TOLD[MISOGYNY]]))
        return windows[worst], *runs[worst]

    def _falls(
        self, text: str, window: Traced, chosen: Sequence[Range], logits: Floats, language: str
    ) -> NDArray[np.float64]:
        """By how much each probability falls without each candidate, [candidates, 8]."""
        first, last = window.places[0][0], window.places[-1][1]
        without = [
            f"{text[first:start].rstrip()} {text[end:last].lstrip()}" for start, end in chosen
        ]
        pieces = [one.token_ids[0] for one in self._tokeniser.windows(without)]
        left = np.vstack([logits, self._session.logits(pieces)])
        probabilities = self._calibrator.probabilities(left, [language] * len(left))
        falls: NDArray[np.float64] = probabilities[0] - probabilities[1:]
        return falls


def words_of(text: str, window: Traced, parts: Floats) -> list[tuple[Range, float]]:
    """Each word of the window with its part in the logit of misogyny.

    A word ends at white space; where a script has none, at the end of a token.
    """
    words: list[tuple[Range, float]] = []
    spaced = _SPACE.search(text) is not None
    # The first and the last part are those of <s> and </s>.
    for (start, end), part in zip(window.places, parts[1:-1, _TOLD[MISOGYNY]], strict=True):
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
    """The ranges of the words with the greatest parts; neighbours become one range.

    Words with less than `_LEAST_SHARE` of the greatest part would only blur it.
    """
    heaviest = sorted(range(len(words)), key=lambda at: words[at][1], reverse=True)[:MOST_SPANS]
    heaviest = [
        at for at in heaviest if words[at][1] > _LEAST_SHARE * max(words[heaviest[0]][1], 0)
    ]
    ranges: list[Range] = []
    previous = -2
    for at in sorted(heaviest):
        start, end = words[at][0]
        if at == previous + 1 and ranges:
            ranges[-1] = (ranges[-1][0], end)
        else:
            ranges.append((start, end))
        previous = at
    return ranges


def _weights(falls: NDArray[np.float64]) -> dict[str, float]:
    return {label: float(falls[at]) for label, at in _TOLD.items() if falls[at] >= _LEAST_WEIGHT}
