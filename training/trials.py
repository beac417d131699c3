"""What a change to a recipe does, measured on dev rows: for choosing, before a whole run.

In: a recipe, changes to single fields and seeds. Out: one `Trial` a change and seed,
kept as a line of `runs/<recipe>/trials.jsonl`. The float model is measured, because
integers and calibration are the same afterwards whatever the change; test splits are
never read.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import ValidationError
from rich.console import Console
from rich.table import Table
from sklearn.metrics import average_precision_score, f1_score

from eval.corpus import AUTHORED
from modsvc.engine.artifact import TOKENIZER_FILE
from modsvc.engine.tokenise import Tokeniser
from modsvc.labels import LABELS, MISOGYNY
from training import corpus_files, parity
from training.errors import TrainingError
from training.model import load_classifier
from training.recipe import Recipe
from training.runner import TRAINED, run_recipe

TRIALS = "trials.jsonl"
#: The source whose definition is the project's own. Of it twice `ROWS` dev rows count, of the
#: authored ones `ROWS`, of all other languages together `ROWS`.
FOCUS = "edos"
ROWS = 1_000
#: False alarms among the authored hard negatives are counted where this share of abuse is found.
RECALL = 0.9

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Trial:
    """Figures of one run on dev.

    `focus_ap` and `focus_f1` (macro, at the best threshold) on the focus source; the authored
    rows' average precision and their false alarms at `RECALL`; the mean average precision over
    the languages of all other published rows.
    """

    change: str
    seed: int
    focus_ap: float
    focus_f1: float
    authored_ap: float
    authored_alarms: float
    others_ap: float


def changed(recipe: Recipe, changes: Sequence[str]) -> Recipe:
    """The recipe with `field=value` or `part.field=value` (value as JSON) applied.

    Raises:
        TrainingError: no such field, or a value out of range.
    """
    fields = recipe.model_dump()
    for change in changes:
        path, _, value = change.partition("=")
        *parts, last = path.split(".")
        place: dict[str, Any] = fields
        for part in parts:
            place = place.get(part, {})
        if last not in place:
            raise TrainingError(f"{path!r} is no field of a recipe; see training/recipe.py")
        try:
            place[last] = json.loads(value)
        except json.JSONDecodeError as error:
            raise TrainingError(f"{change!r}: the value must be JSON, e.g. 0.5 or true") from error
    try:
        return Recipe.model_validate(fields)
    except ValidationError as error:
        raise TrainingError(f"{changes} do not fit the recipe: {error}") from error


def run_trials(
    recipe: Recipe,
    changes: Sequence[str],
    seeds: Sequence[int],
    *,
    raw_dir: Path,
    runs_dir: Path,
    console: Console,
) -> list[Trial]:
    """Fine-tune once a seed, measure, and note the figures; cached runs are only measured."""
    trials: list[Trial] = []
    for seed in seeds:
        one = changed(recipe, [*changes, f"seed={seed}"])
        folders = run_recipe(
            one, raw_dir=raw_dir, runs_dir=runs_dir, until=TRAINED, console=console
        )
        rows = dev_rows(folders["corpus"])
        trial = Trial(" ".join(changes) or "as it is", seed, **figures(rows, folders[TRAINED]))
        with (runs_dir / recipe.name / TRIALS).open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(trial)) + "\n")
        trials.append(trial)
    return trials


def dev_rows(corpus: Path) -> pd.DataFrame:
    """The same dev rows for every trial: of the focus, authored, and of every other language."""
    rows = pd.read_parquet(corpus / corpus_files.CORPUS)
    rows = rows[(rows["split"] == "dev") & ~rows["weak"] & rows[MISOGYNY].notna()]
    focus, authored = rows["source"] == FOCUS, rows["tier"] == AUTHORED
    others = rows[~focus & ~authored]
    share = ROWS // max(others["language"].nunique(), 1)
    parts = [
        _some(rows[focus], 2 * ROWS),
        _some(rows[authored], ROWS),
        *(_some(part, share) for _, part in others.groupby("language")),
    ]
    return pd.concat(parts, ignore_index=True)


def figures(rows: pd.DataFrame, trained: Path) -> dict[str, float]:
    """The figures of a `Trial` for the classifier in `trained`."""
    tokeniser = Tokeniser(trained / TOKENIZER_FILE, max_tokens=128)
    windows = parity.first_windows(tokeniser, rows)
    logits = parity.torch_logits(load_classifier(trained), windows)[:, LABELS.index(MISOGYNY)]
    gold = rows[MISOGYNY].to_numpy(dtype=float)
    focus = (rows["source"] == FOCUS).to_numpy()
    authored = (rows["tier"] == AUTHORED).to_numpy()
    languages = rows["language"].to_numpy()
    others = [
        average_precision_score(gold[part], logits[part])
        for code in sorted(set(languages[~focus & ~authored]))
        if 0 < gold[part := (languages == code) & ~focus & ~authored].mean() < 1
    ]
    return {
        "focus_ap": _precision(gold[focus], logits[focus]),
        "focus_f1": _best_f1(gold[focus], logits[focus]),
        "authored_ap": _precision(gold[authored], logits[authored]),
        "authored_alarms": _alarms(gold[authored], logits[authored]),
        "others_ap": float(np.mean(others)) if others else float("nan"),
    }


def render(trials: Sequence[Trial]) -> Table:
    """One line a change: means over its seeds, and the spread (standard deviation) of the first."""
    table = Table(title="float model on dev, means over seeds", title_justify="left")
    for name in ("change", "seeds", "focus AP", "±", "focus F1", "authored AP", "alarms", "others"):
        table.add_column(name, justify="left" if name == "change" else "right")
    for change in dict.fromkeys(trial.change for trial in trials):
        some = [trial for trial in trials if trial.change == change]
        spread = np.std([one.focus_ap for one in some], ddof=1) if len(some) > 1 else float("nan")
        table.add_row(
            change,
            str(len(some)),
            f"{np.mean([one.focus_ap for one in some]):.4f}",
            f"{spread:.4f}",
            f"{np.mean([one.focus_f1 for one in some]):.4f}",
            f"{np.mean([one.authored_ap for one in some]):.4f}",
            f"{np.mean([one.authored_alarms for one in some]):.3f}",
            f"{np.mean([one.others_ap for one in some]):.4f}",
        )
    return table


def read_trials(path: Path) -> list[Trial]:
    """All trials noted so far; the last one of a change and seed counts."""
    found: Mapping[tuple[str, int], Trial] = {
        (trial.change, trial.seed): trial
        for line in path.read_text("utf-8").splitlines()
        for trial in [Trial(**json.loads(line))]
    }
    return list(found.values())


def _some(rows: pd.DataFrame, most: int) -> pd.DataFrame:
    """The first by id, which ends in a hash: at random, and the same in the next corpus."""
    return rows.sort_values("row_id").head(most)


def _precision(gold: Floats, logits: Floats) -> float:
    return float(average_precision_score(gold, logits)) if len(set(gold)) > 1 else float("nan")


def _best_f1(gold: Floats, logits: Floats) -> float:
    if not len(logits):
        return float("nan")
    cuts = np.quantile(logits, np.linspace(0.05, 0.95, 91))
    found = [f1_score(gold, logits >= cut, average="macro") for cut in cuts]
    return float(max(found))


def _alarms(gold: Floats, logits: Floats) -> float:
    """The share of harmless rows above the logit that `RECALL` of the abuse reaches."""
    if len(set(gold)) < 2:
        return float("nan")
    cut = np.quantile(logits[gold == 1], 1 - RECALL)
    return float((logits[gold == 0] >= cut).mean())
