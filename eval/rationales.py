"""Whether explanations point where people pointed.

In: an engine and posts of which annotators marked the telling tokens (HateXplain, Mathew et
al. 2021). Out: token F1 and intersection over union of spans and marks, the plausibility of
ERASER (DeYoung et al. 2020). Whether the spans make the score is left to `eval.faithfulness`.
"""

import ast
import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from eval.errors import EvalError
from eval.operating_points import OperatingPoints
from eval.predict import Scorer
from modsvc.types import Content, Span

_NORMAL: Final = 1
_MAJORITY: Final = 2
LANGUAGE: Final = "en"


@dataclass(frozen=True, slots=True)
class Rationale:
    """A post's tokens, and the places of those that at least half of the annotators marked."""

    tokens: tuple[str, ...]
    marked: frozenset[int]


@dataclass(frozen=True, slots=True)
class Agreement:
    """Means over the flagged posts; `close` is the share with an IOU of a half or more."""

    posts: int
    flagged: int
    token_f1: float
    iou: float
    close: float


def read_rationales(path: Path) -> list[Rationale]:
    """The posts that two of three annotators call toxic and aimed at women, with their marks.

    Raises:
        EvalError: no such file, or not HateXplain's processed form.
    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            found = [_rationale(record) for record in csv.DictReader(file)]
    except FileNotFoundError as error:
        raise EvalError(
            f"{path} is missing: python -m training fetch --source hatexplain"
        ) from error
    except (KeyError, ValueError, SyntaxError) as error:
        raise EvalError(f"{path} is not df_val_processed.csv of HateXplain: {error!r}") from error
    return [one for one in found if one is not None and one.marked]


def measure_agreement(engine: Scorer, rationales: Sequence[Rationale]) -> Agreement:
    """How well the spans of the posts that are flagged agree with the marks."""
    points = OperatingPoints.of(engine.artifact.calibration.operating_points)
    contents = [Content(" ".join(r.tokens), language=LANGUAGE, explain=True) for r in rationales]
    pairs = [
        (_tokens_in(rationale.tokens, score.spans), rationale.marked)
        for rationale, score in zip(rationales, engine.score(contents), strict=True)
        if points.flags(score, LANGUAGE) and score.spans
    ]
    ious = [len(ours & theirs) / len(ours | theirs) for ours, theirs in pairs]
    f1s = [2 * len(ours & theirs) / (len(ours) + len(theirs)) for ours, theirs in pairs]
    count = max(len(pairs), 1)
    return Agreement(
        posts=len(rationales),
        flagged=len(pairs),
        token_f1=sum(f1s) / count,
        iou=sum(ious) / count,
        close=sum(iou >= 0.5 for iou in ious) / count,
    )


def majority(record: dict[str, str]) -> tuple[bool, bool]:
    """Whether two annotators of three call the post toxic, and whether two name women."""
    votes = ast.literal_eval(record["annotators"])
    toxic = sum(label != _NORMAL for label in votes["label"]) >= _MAJORITY
    women = sum("Women" in targets for targets in votes["target"]) >= _MAJORITY
    return toxic, women


def _rationale(record: dict[str, str]) -> Rationale | None:
    masks = ast.literal_eval(record["rationales"])
    if not all(majority(record)) or not masks:
        return None
    tokens = ast.literal_eval(record["post_tokens"])
    columns = zip(*masks, strict=True)
    marked = {at for at, marks in enumerate(columns) if 2 * sum(marks) >= len(marks)}
    return Rationale(tuple(tokens), frozenset(marked))


def _tokens_in(tokens: Sequence[str], spans: Sequence[Span]) -> set[int]:
    """The places of the tokens, joined by single blanks, that a span touches."""
    found: set[int] = set()
    start = 0
    for at, token in enumerate(tokens):
        end = start + len(token)
        if any(span.start < end and span.end > start for span in spans):
            found.add(at)
        start = end + 1
    return found
