"""What must hold of windows and of spans, whatever text they are cut from.

In: a text of any characters, and a model. Out: nothing, or the AssertionError of a promise that
is broken. The same text is tried with windows of a few tokens, so that short ones have seams.
"""

from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np
from tokenizers import Tokenizer

from modsvc.api.score import to_spans
from modsvc.engine.artifact import MODEL_FILE, TOKENIZER_FILE, load_artifact
from modsvc.engine.calibrate import Calibrator
from modsvc.engine.explain import MOST_SPANS, Explainer
from modsvc.engine.normalise import normalise
from modsvc.engine.session import Session
from modsvc.engine.tokenise import OVERLAP, PARENT_TOKENS, Tokeniser
from modsvc.labels import CATEGORIES, MISOGYNY

#: Sizes of windows with both ends: the smallest that moves on, one with seams, a common one.
SIZES: Final = (4, 12, 128)

_MOST: Final = 5


class Windows:
    """The promises of `modsvc.engine.tokenise` for one tokenizer."""

    def __init__(self, model: Path) -> None:
        path = model / TOKENIZER_FILE
        self._plain = Tokenizer.from_file(str(path))
        self._plain.no_truncation()
        self._plain.no_padding()
        self._ends = [self._plain.token_to_id(name) for name in ("<s>", "</s>", "<unk>")]
        self._tokenisers = {
            size: Tokeniser(path, max_tokens=size, max_windows=_MOST) for size in SIZES
        }

    def __call__(self, text: str) -> None:
        """All tokens are in a window, each seam is whole in one, and none is too long."""
        seen = normalise(text)
        half = seen[: len(seen) // 2]
        start, end, unknown = self._ends
        tokens = [
            unknown if one == end else one
            for one in self._plain.encode(seen, add_special_tokens=False).ids
        ]
        for size, tokeniser in self._tokenisers.items():
            [alone, reply] = tokeniser.windows([seen, seen], [None, half])
            assert 1 <= len(alone.token_ids) <= _MOST
            pieces = [window.tolist() for window in alone.token_ids]
            for window in pieces:
                assert len(window) <= size
                assert (window[0], window[-1], window.count(end)) == (start, end, 1)
            self._joins(pieces, tokens, size, truncated=alone.truncated)
            above = self._plain.encode(half, add_special_tokens=False).ids[:PARENT_TOKENS]
            above = [unknown if one == end else one for one in above]
            tail = [*above, end] if half else []
            assert [window.tolist() for window in reply.token_ids] == [
                [*window, *tail] for window in pieces
            ]
            traced = tokeniser.traced(seen)
            assert [window.token_ids.tolist() for window in traced] == pieces
            for window in traced:
                assert len(window.places) == len(window.token_ids) - 2
                assert all(0 <= first <= last <= len(seen) for first, last in window.places)
                assert all(one[0] <= two[0] for one, two in pairwise(window.places))

    def _joins(
        self, pieces: list[list[int]], tokens: list[int], size: int, *, truncated: bool
    ) -> None:
        overlap = min(OVERLAP, (size - 2) // 2)
        joined = pieces[0][1:-1]
        for piece in pieces[1:]:
            if overlap:
                assert joined[-overlap:] == piece[1 : 1 + overlap]
            joined += piece[1 + overlap : -1]
        assert joined == tokens[: len(joined)]
        assert truncated == (len(joined) < len(tokens))


class Spans:
    """The promises of `modsvc.engine.explain` for one model."""

    def __init__(self, model: Path) -> None:
        artifact = load_artifact(model)
        self._explainer = Explainer(
            Tokeniser(model / TOKENIZER_FILE, max_tokens=SIZES[1]),
            Session(model / MODEL_FILE, threads=1),
            Calibrator(artifact.calibration),
        )

    def __call__(self, text: str) -> None:
        """Spans lie in the text as it was written, in any way of counting, the heaviest first."""
        found = self._explainer.spans(text, "en", normalise(text[:20]) or None)
        assert len(found) <= MOST_SPANS
        for span in found:
            assert 0 <= span.start < span.end <= len(text)
            assert span.weights
            assert set(span.weights) <= {MISOGYNY, *CATEGORIES}
            assert all(np.isfinite(weight) and 0 < weight <= 1 for weight in span.weights.values())
        units = text.encode("utf-16-le", "surrogatepass")
        for told in to_spans(text, found):
            part = units[2 * told.utf16_start : 2 * told.utf16_end]
            assert part.decode("utf-16-le", "surrogatepass") == text[told.start : told.end]
