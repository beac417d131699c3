"""Do the graphs that ship say what the trained model says?

In: the trained classifier, the fused float32 graph, the packed folder and dev texts.
Out: how often the decision at the review threshold is the same, and how far the
calibrated probabilities of misogyny lie apart, torch against each graph.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from rich.progress import track

from modsvc.engine.session import NEVER, Answers, Session
from modsvc.engine.tokenise import Tokeniser
from training.batches import pad_batch
from training.calibration import apply_platt
from training.errors import TrainingError
from training.examples import parents_of, texts_of
from training.model import Classifier

#: The gate on the integer graph: the share of equal decisions, and |Δ probability|.
MIN_SAME = 0.99
MAX_DELTA_P99 = 0.05
_BATCH = 32
_SLICE = 256

Floats = NDArray[np.float64]
Windows = list[NDArray[np.int64]]


@dataclass(frozen=True, slots=True)
class Parity:
    """One graph against torch, over `texts` texts."""

    texts: int
    same_flagged: float
    delta_p99: float
    delta_max: float


def torch_logits(model: Classifier, windows: Sequence[NDArray[np.int64]]) -> Floats:
    """Logits [n, 8] of windows, in float32, in batches of similar length."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    model = model.to(device).eval()
    order = np.argsort([len(window) for window in windows], kind="stable")
    out = np.empty((len(windows), model.head.out_features))
    with torch.inference_mode():
        for start in track(range(0, len(order), _BATCH), description="torch"):
            rows = order[start : start + _BATCH]
            ids, mask = pad_batch([windows[row].tolist() for row in rows])
            out[rows] = model(ids.to(device), mask.to(device)).float().cpu().numpy()
    return out


def first_windows(tokeniser: Tokeniser, rows: pd.DataFrame) -> Windows:
    """The first window of each row's text: the graphs differ per window, not per text."""
    windows = tokeniser.windows(texts_of(rows), parents_of(rows))
    return [one.token_ids[0] for one in windows]


def session_logits(session: Session, windows: Windows) -> Floats:
    """Logits [n, 8] of windows by onnxruntime."""
    return session_answers(session, windows).logits.astype(np.float64)


def session_answers(session: Session, windows: Windows) -> Answers:
    """What onnxruntime gives for windows by all layers, in slices that show progress."""
    parts = [
        session.answers(some, [NEVER] * len(some))
        for start in track(range(0, len(windows), _SLICE), description="onnxruntime")
        if (some := windows[start : start + _SLICE])
    ]
    return Answers(*map(np.concatenate, zip(*parts, strict=True)))


def compare(
    expected: Floats, found: Floats, languages: NDArray[Any], calibration: dict[str, Any]
) -> Parity:
    """Misogyny at the review threshold of each text's language, column 0 of the logits."""
    output = calibration["outputs"]["misogyny"]
    points = calibration["operating_points"]["misogyny"]
    own = points["by_language"]
    review = np.array([own.get(code, points["pooled"])["review"] for code in languages])
    one = apply_platt(output, expected[:, 0], languages)
    other = apply_platt(output, found[:, 0], languages)
    delta = np.abs(one - other)
    return Parity(
        texts=len(delta),
        same_flagged=float(np.mean((one >= review) == (other >= review))),
        delta_p99=float(np.quantile(delta, 0.99)),
        delta_max=float(delta.max()),
    )


def gate(parity: dict[str, Parity], *, strict: bool) -> dict[str, Any]:
    """The figures as plain values; with `strict`, refuse an integer graph that strays.

    Raises:
        TrainingError: the int8 graph is outside the bounds.
    """
    int8 = parity["int8"]
    if strict and (int8.same_flagged < MIN_SAME or int8.delta_p99 > MAX_DELTA_P99):
        raise TrainingError(
            f"the int8 graph strays from torch: {int8.same_flagged:.4f} same decisions (at least "
            f"{MIN_SAME}), 99th percentile of |Δp| {int8.delta_p99:.4f} (at most {MAX_DELTA_P99}): "
            "change training.quantise, not the bounds"
        )
    return {name: asdict(figures) for name, figures in parity.items()}
