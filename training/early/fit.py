"""The calibrated integer graph → the same with a way out, and when it is taken.

In: rows to learn from (train) and to set the bounds on (calibration and dev). Out: the graph, and
the `early_exit` part of calibration.json.
"""

from typing import Any, Final

import numpy as np
import onnx
import pandas as pd

from training.disguise import disguise
from training.early.bounds import fit_bounds, leaving
from training.early.graph import Flags, attach
from training.early.head import alarms, fit_head
from training.early.observe import Observer, Seen

#: Rows that the head learns from, and the share of them that is shown disguised.
_ROWS: Final = 20_000
_DISGUISED: Final = 0.15

#: Rows of dev that show what leaving early changes.
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
    checked = observer.see(dev.sample(min(_CHECKED, len(dev)), random_state=seed), "dev")
    values, dev_values = alarms(head, fitted), alarms(head, checked)
    # Bounds have to hold on both: neither alone has many texts of the rarer languages.
    limits = fit_bounds(
        np.concatenate([values, dev_values]),
        np.concatenate([fitted.flagged, checked.flagged]),
        np.concatenate([fitted.languages, checked.languages]),
    )
    left = leaving(dev_values, checked.languages, limits)
    network = attach(onnx.load(str(observer.network)), observer.layer, head)
    table = {code: _entry(below, left, checked, code) for code, below in limits.items()}
    return network, {"layer": observer.layer, "by_language": table}


def _entry(below: float, left: Flags, checked: Seen, language: str) -> dict[str, float]:
    own = checked.languages == language
    return {
        "below": below,
        "texts": int(own.sum()),
        "left": int((left & own).sum()),
        "changed": int((left & own & checked.flagged).sum()),
    }


def drawn(rows: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Rows of every language and source, the small ones more often; some of them disguised."""
    sizes = rows.groupby(["source", "language"])["text"].transform("size").to_numpy()
    weights = 1 / np.sqrt(sizes)
    count = min(_ROWS, len(rows))
    rng = np.random.default_rng(seed)
    order = rng.choice(len(rows), count, replace=False, p=weights / weights.sum())
    rows, order = disguise(rows, order, _DISGUISED, seed)
    return rows.iloc[order]
