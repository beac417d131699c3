"""The calibrated integer graph → the same with a way out, and when it is taken.

In: rows to learn from (train) and to set the bounds on (calibration and dev). Out: the graph, and
the `early_exit` part of calibration.json.
"""

from typing import Any, Final

import numpy as np
import onnx
import pandas as pd

from training.disguise import disguise
from training.early.bounds import Judged, fit_exits
from training.early.graph import attach
from training.early.head import alarms, fit_head
from training.early.observe import Observer

#: Rows that the head learns from, and the share of them that is shown disguised.
_ROWS: Final = 20_000
_DISGUISED: Final = 0.15

#: At most so many rows of dev.
_CHECKED: Final = 12_000


def fit(
    observer: Observer,
    *,
    train: pd.DataFrame,
    calibration: pd.DataFrame,
    dev: pd.DataFrame,
    seed: int,
) -> tuple[onnx.ModelProto, dict[str, Any]]:
    """The graph with a way out after the observer's layer, and the `EarlyExit` that it needs."""
    head = fit_head(observer.see(drawn(train, seed), "train"), seed=seed)
    fitted = observer.see(calibration, "calibration")
    checked = observer.see(to_check(dev, seed), "dev")
    table = fit_exits(
        *(Judged(alarms(head, seen), seen.flagged, seen.languages) for seen in (fitted, checked))
    )
    network = attach(onnx.load(str(observer.network)), observer.layer, head)
    return network, {"layer": observer.layer, "by_language": table}


def to_check(dev: pd.DataFrame, seed: int) -> pd.DataFrame:
    """The rows of dev that show what leaving early changes."""
    return dev.sample(min(_CHECKED, len(dev)), random_state=seed)


def drawn(rows: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Rows of every language and source, the small ones more often; some of them disguised."""
    sizes = rows.groupby(["source", "language"])["text"].transform("size").to_numpy()
    weights = 1 / np.sqrt(sizes)
    count = min(_ROWS, len(rows))
    rng = np.random.default_rng(seed)
    order = rng.choice(len(rows), count, replace=False, p=weights / weights.sum())
    rows, order = disguise(rows, order, _DISGUISED, seed)
    return rows.iloc[order]
