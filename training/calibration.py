"""Logits of the shipped graph → calibrated probabilities and operating points.

In: logits [n, 8] on the calibration split, gold labels (NaN: not stated) and each
row's language. Out: the contents of calibration.json. A language gets parameters
of its own where it has enough texts of both kinds and reaches an operating point;
everything else uses the pooled ones, in which every language with positives weighs
the same. (Languages without any say nothing of where to draw the line.) An output
without positives anywhere keeps the plain sigmoid and gets no operating point.
Authored rows are for outputs that the published ones cannot fit: half of them are
abuse, which no stream of texts is.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from eval.corpus import AUTHORED
from modsvc.engine.engine import Engine
from modsvc.labels import LABELS
from training.examples import parents_of
from training.recipe import Thresholds

#: Thresholds outside this range say more about chance than about the text.
LOWEST, HIGHEST = 0.05, 0.99

Floats = NDArray[np.float64]


def calibrate(engine: Engine, rows: pd.DataFrame, thresholds: Thresholds) -> dict[str, Any]:
    """calibration.json of the engine's network, fitted on the corpus's `rows` for it."""
    rows = rows[~rows["weak"]]
    logits = engine.logits(rows["text"].tolist(), parents_of(rows)).astype(np.float64)
    gold = rows[list(LABELS)].to_numpy(dtype=np.float64, na_value=np.nan)
    authored = (rows["tier"] == AUTHORED).to_numpy()
    return fit_calibration(logits, gold, rows["language"].to_numpy(), thresholds, authored)


def fit_calibration(
    logits: Floats,
    gold: Floats,
    languages: NDArray[Any],
    thresholds: Thresholds,
    authored: NDArray[np.bool_] | None = None,
) -> dict[str, Any]:
    """calibration.json as a dictionary; `authored` marks the rows that the project wrote."""
    enough = thresholds.min_per_class
    published = np.ones(len(gold), bool) if authored is None else ~authored
    outputs: dict[str, Any] = {}
    points: dict[str, Any] = {}
    for column, label in enumerate(LABELS):
        telling = ~np.isnan(gold[:, column])
        if smaller_class(gold[telling & published, column]) >= enough:
            telling &= published
        telling &= np.isin(languages, np.unique(languages[telling & (gold[:, column] == 1)]))
        x, y, codes = logits[telling, column], gold[telling, column], languages[telling]
        outputs[label], found = fit_output(x, y, codes, thresholds)
        if found:
            points[label] = found
    return {"schema_version": 1, "outputs": outputs, "operating_points": points}


def fit_output(
    x: Floats, y: Floats, codes: NDArray[Any], thresholds: Thresholds
) -> tuple[dict[str, Any], dict[str, Any]]:
    """One output's parameters and its operating points, which are empty where there are none.

    A threshold means something only on the scale that it was chosen on: a language that reaches
    none on its own scale takes the pooled one with the pooled threshold.
    """
    enough = thresholds.min_per_class
    parts = {code: codes == code for code in sorted(set(codes))}
    own = {code: part for code, part in parts.items() if smaller_class(y[part]) >= enough}
    platts = {code: fit_platt(x[part], y[part], enough) for code, part in own.items()}
    output = {
        "pooled": fit_platt(x, y, enough, equal_weights(codes)),
        "by_language": platts,
    }
    if smaller_class(y) < enough:
        return output, {}
    alone = apply_platt(output, x, codes)
    reached = {
        code: point
        for code, part in own.items()
        if (point := operating_point(alone[part], y[part], thresholds))
    }
    kept = {**output, "by_language": {code: platts[code] for code in reached}}
    together = apply_platt(kept, x, codes)
    pooled = operating_point(together, y, thresholds.pooled(), equal_weights(codes))
    if pooled is None:
        return output, {}
    return kept, {"pooled": pooled, "by_language": reached}


def fit_platt(
    x: Floats,
    y: Floats,
    min_per_class: int,
    weights: Floats | None = None,
    *,
    otherwise: tuple[float, float] = (1.0, 0.0),
) -> dict[str, Any]:
    """Scale and shift of sigmoid(scale * logit + shift), by maximum likelihood (Platt 1999).

    The scale is kept positive, so that calibration never reorders texts; where it would not
    be, and with fewer than `min_per_class` texts of either kind, they are `otherwise`: the
    plain sigmoid.
    """
    scale, shift = otherwise
    result = {"scale": scale, "shift": shift, "support": len(y), "positives": int(y.sum())}
    if smaller_class(y) < min_per_class:
        return result
    model = LogisticRegression(C=10.0).fit(x.reshape(-1, 1), y, sample_weight=weights)
    scale = float(model.coef_[0, 0])
    if scale > 0:
        result |= {"scale": scale, "shift": float(model.intercept_[0])}
    return result


def apply_platt(output: Mapping[str, Any], x: Floats, languages: NDArray[Any]) -> Floats:
    """Probabilities of logits `x`, each row with its language's parameters or the pooled."""
    own = output["by_language"]
    chosen = [own.get(code, output["pooled"]) for code in languages]
    scale = np.array([one["scale"] for one in chosen])
    shift = np.array([one["shift"] for one in chosen])
    values: Floats = 1.0 / (1.0 + np.exp(-(scale * x + shift)))
    return values


def operating_point(
    probability: Floats, gold: Floats, targets: Thresholds, weights: Floats | None = None
) -> dict[str, float | None] | None:
    """The lowest thresholds that reach the target precisions; None if `review` is not reached."""
    enough = targets.min_per_class
    review = threshold_at(probability, gold, targets.review_precision, enough, weights)
    if review is None:
        return None
    withhold = threshold_at(probability, gold, targets.withhold_precision, enough, weights)
    return {"review": review, "withhold": None if withhold is None else max(withhold, review)}


def threshold_at(
    probability: Floats,
    gold: Floats,
    precision: float,
    min_texts: int,
    weights: Floats | None = None,
) -> float | None:
    """The lowest threshold at or above which at least `precision` of the texts are positive.

    Needs `min_texts` texts above it: the precision of fewer is chance.
    """
    weights = np.ones_like(gold) if weights is None else weights
    # Rounded before the search, and down, so that the texts above it stay the same.
    levels = np.floor(probability * 1e4) / 1e4
    order = np.argsort(-levels, kind="stable")
    levels = levels[order]
    hits = np.cumsum(weights[order] * gold[order]) / np.cumsum(weights[order])
    # No threshold parts texts of one level: only the last of each is a candidate.
    last = np.append(levels[1:] != levels[:-1], True)
    good = np.flatnonzero((hits >= precision) & last)
    good = good[good >= min_texts - 1]
    if not len(good):
        return None
    return round(float(np.clip(levels[good[-1]], LOWEST, HIGHEST)), 4)


def equal_weights(codes: NDArray[Any]) -> Floats:
    """Row weights with which every language has the same total; their mean is 1."""
    names, inverse, sizes = np.unique(codes, return_inverse=True, return_counts=True)
    weights: Floats = (len(codes) / max(len(names), 1)) / sizes[inverse].astype(np.float64)
    return weights


def smaller_class(y: Floats) -> int:
    """How many texts the rarer of the two labels has."""
    return min(int(y.sum()), int(len(y) - y.sum()))
