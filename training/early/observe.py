"""Texts → what the lower layers see of them, and what the whole model says.

In: the integer graph with its calibration, and rows of the corpus. Out: `Seen`, or `Judged` where
the graph has a way out already. A text is flagged when the model's own operating points flag it,
for misogyny or for a category.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pandas as pd
from numpy.typing import NDArray
from rich.progress import track

from modsvc.engine.calibrate import Calibrator
from modsvc.engine.manifest import Calibration
from modsvc.engine.session import LOGITS, Session, open_network
from modsvc.engine.tokenise import Tokeniser
from modsvc.labels import LABELS, TOXIC_OTHER
from training.early.bounds import Judged
from training.early.graph import TOKENS, Flags, Floats, tokens_after
from training.parity import first_windows, session_answers


@dataclass(frozen=True, slots=True)
class Seen:
    """n texts: what came out of the layer, and what the whole model says.

    `tokens` [sum of lengths, hidden] of all texts, one after the other; text i has those from
    `starts[i]` to `starts[i + 1]`. `logits` [n, 8], `flagged` and `languages` [n].
    """

    tokens: NDArray[np.float16]
    starts: NDArray[np.int64]
    logits: Floats
    flagged: Flags
    languages: NDArray[Any]

    def of(self, text: int) -> NDArray[np.float16]:
        """One text's tokens, [tokens, hidden]."""
        return self.tokens[self.starts[text] : self.starts[text + 1]]


@dataclass(frozen=True, slots=True)
class Observer:
    """One integer graph, looked at after `layer`, on `threads` threads."""

    network: Path
    layer: int
    tokeniser: Tokeniser
    calibration: Calibration
    threads: int

    def see(self, rows: pd.DataFrame, what: str) -> Seen:
        """All rows without a parent, by their first windows."""
        rows = _may_leave(rows)
        windows = first_windows(self.tokeniser, rows)
        session = open_network(
            tokens_after(onnx.load(str(self.network)), self.layer).SerializeToString()
        )

        def look(ids: NDArray[np.int64]) -> tuple[NDArray[np.float16], Floats]:
            feeds = {"input_ids": ids[None], "attention_mask": np.ones_like(ids)[None]}
            tokens, logits = session.run([TOKENS, LOGITS], feeds)
            return tokens[0].astype(np.float16), logits

        with ThreadPoolExecutor(self.threads) as pool:
            seen = list(track(pool.map(look, windows), what, len(windows)))
        languages, logits = rows["language"].to_numpy(), np.vstack([logits for _, logits in seen])
        return Seen(
            tokens=np.concatenate([tokens for tokens, _ in seen]),
            starts=np.cumsum([0, *(len(tokens) for tokens, _ in seen)]),
            logits=logits,
            flagged=flagged(logits, languages.tolist(), self.calibration),
            languages=languages,
        )


def judge(
    session: Session, tokeniser: Tokeniser, rows: pd.DataFrame, calibration: Calibration
) -> Judged:
    """What a graph with a way out says of all rows without a parent, by their first windows."""
    rows = _may_leave(rows)
    answers = session_answers(session, first_windows(tokeniser, rows))
    languages = rows["language"].to_numpy()
    return Judged(
        alarms=answers.alarms,
        flagged=flagged(answers.logits, languages.tolist(), calibration),
        languages=languages,
    )


def _may_leave(rows: pd.DataFrame) -> pd.DataFrame:
    """Replies never leave early."""
    return rows[rows["parent"].isna()]


def flagged(logits: Floats, languages: Sequence[str], calibration: Calibration) -> Flags:
    """Which texts reach an operating point for review, as the policy that ships has it."""
    probabilities = Calibrator(calibration).probabilities(logits, languages)
    limits = np.full(probabilities.shape, np.inf)
    for column, label in enumerate(LABELS):
        points = calibration.operating_points.get(label)
        if points is not None and label != TOXIC_OTHER:
            chosen = [points.by_language.get(code, points.pooled) for code in languages]
            limits[:, column] = [point.review for point in chosen]
    reached: Flags = np.any(probabilities >= limits, axis=1)
    return reached
