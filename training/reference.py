"""How the model scores texts of each language: what later traffic is compared with.

In: the predictions that `training.measure` kept of the dev split. Out: by language, the shares
of calibrated probabilities of misogyny in equal bins. Labelled and neutral texts count alike;
the project's own sentences are left out, for half of them are abuse. Comparing is left to the
service.
"""

from pathlib import Path

import numpy as np

from eval.corpus import AUTHORED
from eval.predictions import Predictions, read_predictions
from modsvc.engine.manifest import SCORE_BINS
from modsvc.labels import LABELS, MISOGYNY

#: The shares of fewer texts say more about chance than about the language.
MIN_TEXTS = 100

_FILE = "predictions-dev.parquet"


def references(folder: Path) -> dict[str, list[float]]:
    """The histograms of a run whose predictions are in `folder`; none without a dev split."""
    path = folder / _FILE
    return score_histograms(read_predictions(path)) if path.exists() else {}


def score_histograms(predictions: Predictions) -> dict[str, list[float]]:
    """By language, `SCORE_BINS` shares; languages with fewer than `MIN_TEXTS` are left out."""
    published = predictions.select(predictions.tier != AUTHORED)
    scores = published.probability[:, LABELS.index(MISOGYNY)]
    found = {}
    for language in sorted(set(published.language)):
        own = scores[published.language == language]
        if len(own) >= MIN_TEXTS:
            # As the service bins them: by `<` of each bin's upper end, 1 in the last bin.
            edges = np.arange(1, SCORE_BINS) / SCORE_BINS
            counts = np.bincount(np.digitize(own, edges), minlength=SCORE_BINS)
            found[str(language)] = [round(float(count) / len(own), 4) for count in counts]
    return found
