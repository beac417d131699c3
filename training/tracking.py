"""What a run was asked for and what came of it, kept so that runs can be compared.

In: a recipe and the folders of its stages. Out: one run of MLflow with parameters, per-language
metrics, the loss, the seconds of every stage, and the reports, in `<runs_dir>/mlflow.db`, or
wherever `MLFLOW_TRACKING_URI` says. The model itself stays in its folder and in the registry.
MLflow is told to send nothing about its use to its makers.
"""

import importlib.util
import json
import os
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from eval.functional.run import totals
from modsvc.engine.artifact import CALIBRATION_FILE, MANIFEST_FILE
from training.artifact import CARD_FILE, read_json
from training.pack import MODEL, REPORTS
from training.recipe import Recipe
from training.runner import DONE

if TYPE_CHECKING:
    from mlflow import MlflowClient

EXPERIMENT: Final = "modsvc training"
#: The result of a run, by which it is known again when it is taken from the cache.
RESULT_TAG: Final = "modsvc.result"
#: What the stages leave behind, beside the reports.
_LOSS_LOG: Final = "log.jsonl"
_PARITY: Final = "parity.json"
#: As much as MLflow takes of a parameter, and at a time.
_PARAMETER: Final = 6_000
_AT_ONCE: Final = 500
_SECTIONS: Final = {"by_language": "language", "by_source": "source"}


def installed() -> bool:
    """Whether `modsvc[tracking]` is."""
    return importlib.util.find_spec("mlflow") is not None


def store(runs_dir: Path) -> str:
    """The address of the store: MLflow's own variable, or a database below `runs_dir`."""
    default = f"sqlite:///{runs_dir.resolve() / 'mlflow.db'}"
    return os.environ.get("MLFLOW_TRACKING_URI") or default


def track(recipe: Recipe, folders: Mapping[str, Path], runs_dir: Path) -> str:
    """Keep a finished run; returns its id. The same result once more is the same run."""
    client, experiment = _opened(runs_dir)
    stage, folder = list(folders.items())[-1]
    result = f"{stage}/{folder.name}"
    known = client.search_runs([experiment], f"tags.`{RESULT_TAG}` = '{result}'")
    if known:
        return str(known[0].info.run_id)
    tags = {RESULT_TAG: result, "mlflow.runName": f"{recipe.name} {folder.name}"}
    about = folders.get("pack", Path()) / MODEL / MANIFEST_FILE
    if about.is_file():
        manifest = read_json(about)
        tags |= {name: manifest[name] for name in ("model_version", "git_commit", "corpus_sha256")}
    run = str(client.create_run(experiment, tags=tags).info.run_id)
    _write(client, run, recipe, folders)
    client.set_terminated(run)
    return run


def parameters(recipe: Recipe) -> dict[str, str]:
    """The recipe's fields, `part.field`, as text."""
    found: dict[str, str] = {}

    def visit(prefix: str, value: Any) -> None:
        if isinstance(value, dict):
            for key, inner in value.items():
                visit(f"{prefix}.{key}" if prefix else key, inner)
        else:
            text = " ".join(map(str, value)) if isinstance(value, list) else str(value)
            found[prefix] = text[:_PARAMETER]

    visit("", recipe.model_dump())
    return found


def metrics(folders: Mapping[str, Path]) -> dict[str, float]:
    """Every figure that has a value, as `<tier>-<split>/<metric>/<language>`.

    The like by source, `seconds/<stage>`, `parity/<graph>/<figure>` and the share of right answers
    in the functional suites, `functional/<language>`.
    """
    found = {
        f"seconds/{name}": float(read_json(folder / DONE)["seconds"])
        for name, folder in folders.items()
        if (folder / DONE).is_file()
    }
    if "parity" in folders:
        for graph, figures in read_json(folders["parity"] / _PARITY).items():
            found |= {f"parity/{graph}/{name}": float(value) for name, value in figures.items()}
    if "pack" in folders:
        found |= dict(_measured(read_json(folders["pack"] / REPORTS)))
    return found


def _measured(reports: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    functional: Mapping[str, Any] = {}
    for tier, splits in reports.items():
        for split, report in splits.items():
            functional = report["functional"] or {}
            for name, figure in report["overall"]["metrics"].items():
                yield f"{tier}-{split}/{name}/all", figure["value"]
            for section, kind in _SECTIONS.items():
                for group, entry in report[section].items():
                    for name, figure in entry["metrics"].items():
                        key = group if kind == "language" else f"source {group}"
                        yield f"{tier}-{split}/{name}/{key}", figure["value"]
    for language, (correct, cases) in totals(functional.get("accuracy", {})).items():
        yield f"functional/{language}", correct / cases


def _opened(runs_dir: Path) -> tuple["MlflowClient", str]:
    # Before it is imported: it asks then, and reports from the first call on.
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    from mlflow import MlflowClient

    address = store(runs_dir)
    client = MlflowClient(tracking_uri=address)
    found = client.get_experiment_by_name(EXPERIMENT)
    if found is not None:
        return client, str(found.experiment_id)
    files = (runs_dir / "mlartifacts").resolve().as_uri() if address.startswith("sqlite:") else None
    return client, str(client.create_experiment(EXPERIMENT, artifact_location=files))


def _write(client: "MlflowClient", run: str, recipe: Recipe, folders: Mapping[str, Path]) -> None:
    from mlflow.entities import Metric, Param

    given = [Param(name, value) for name, value in parameters(recipe).items()]
    moment = int(time.time() * 1000)
    values = [Metric(name, value, moment, 0) for name, value in metrics(folders).items()]
    values += [Metric("loss", value, moment, step) for step, value in _losses(folders)]
    client.log_batch(run, params=given)
    for start in range(0, len(values), _AT_ONCE):
        client.log_batch(run, metrics=values[start : start + _AT_ONCE])
    if "pack" not in folders:
        return
    model = folders["pack"] / MODEL
    for path in (
        folders["pack"] / REPORTS,
        *(model / name for name in (CARD_FILE, MANIFEST_FILE, CALIBRATION_FILE)),
    ):
        client.log_artifact(run, str(path))


def _losses(folders: Mapping[str, Path]) -> Iterator[tuple[int, float]]:
    path = folders.get("finetune", Path()) / _LOSS_LOG
    if path.is_file():
        for line in path.read_text("utf-8").splitlines():
            entry = json.loads(line)
            yield int(entry["step"]), float(entry["loss"])
