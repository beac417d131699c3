"""An ML engineer's day: one command from raw files to a model folder that serves.

The base is a two-layer encoder made here and the raw file is written here, so that
every stage runs for real in seconds; the figures mean nothing.
"""

import json
from io import StringIO
from pathlib import Path
from shutil import copytree

import numpy as np
import onnx
import pytest
import torch
from rich.console import Console
from typer.testing import CliRunner

from modsvc.engine.engine import Engine
from modsvc.engine.session import Session
from modsvc.labels import LABELS, MISOGYNY
from modsvc.types import Content
from tests.training.tiny_run import tiny_recipe, write_base, write_raw
from training.__main__ import app
from training.artifact import write_manifest
from training.average import average
from training.checkpoints import WEIGHTS
from training.errors import TrainingError
from training.recipe import Recipe
from training.runner import STAGES, run_recipe


@pytest.fixture(scope="module")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with raw files, a base and, after the first run, its results."""
    folder = tmp_path_factory.mktemp("run")
    write_raw(folder / "raw")
    write_base(folder / "base")
    return folder


@pytest.fixture(scope="module")
def recipe(workplace: Path) -> Recipe:
    """The smallest recipe there is, on the tiny base."""
    return tiny_recipe(workplace)


@pytest.fixture(scope="module")
def folders(workplace: Path, recipe: Recipe) -> dict[str, Path]:
    """Every stage's folder after a full run."""
    return run_recipe(
        recipe,
        raw_dir=workplace / "raw",
        runs_dir=workplace / "runs",
        console=Console(quiet=True),
    )


@pytest.mark.slow
def test_one_run_gives_a_model_that_serves(folders: dict[str, Path]) -> None:
    engine = Engine.load(folders["pack"] / "model")
    engine.check_canary()
    hostile, plain = engine.score(
        [
            Content("wives must obey at work every day", language="en"),
            Content("my aunt baked bread this week", language="en"),
        ]
    )
    assert hostile.probability > 0.6 > 0.4 > plain.probability
    assert hostile.supported
    assert engine.artifact.calibration.operating_points[MISOGYNY].pooled.review > 0


@pytest.mark.slow
def test_the_integer_graph_agrees_with_the_trained_model(folders: dict[str, Path]) -> None:
    parity = json.loads((folders["parity"] / "parity.json").read_text())
    assert parity["fp32"]["same_flagged"] == 1.0
    assert parity["fp32"]["delta_max"] < 1e-3
    assert parity["int8"]["same_flagged"] >= 0.97


@pytest.mark.slow
def test_the_way_out_changes_nothing_for_those_who_stay(folders: dict[str, Path]) -> None:
    whole = Session(folders["quantise"] / "model" / "model.onnx", threads=1)
    parted = Session(folders["pack"] / "model" / "model.onnx", threads=1)
    windows = [np.array([0, *range(40, 40 + n), 2], dtype=np.int64) for n in (3, 8, 21)]
    np.testing.assert_array_equal(parted.logits(windows), whole.logits(windows))
    stayed = parted.answers(windows, [float("-inf")] * 3)
    left = parted.answers(windows, [float("inf")] * 3)
    np.testing.assert_array_equal(left.alarms, stayed.alarms)
    assert np.abs(left.logits - stayed.logits).max() > 1e-3
    np.testing.assert_array_equal(parted.explain(windows[0])[0], stayed.logits[0])


@pytest.mark.slow
def test_the_head_stays_in_float(folders: dict[str, Path]) -> None:
    nodes = onnx.load(str(folders["quantise"] / "model" / "model.onnx")).graph.node
    integer = [node.name for node in nodes if node.op_type == "MatMulInteger"]
    assert integer
    assert not [name for name in integer if "/head" in name]


@pytest.mark.slow
def test_the_parts_of_the_tokens_make_the_logits(folders: dict[str, Path]) -> None:
    session = Session(folders["pack"] / "model" / "model.onnx", threads=1)
    ids = np.array([0, 40, 41, 42, 43, 2], dtype=np.int64)
    logits, parts = session.explain(ids)
    assert parts.shape == (6, len(LABELS))
    np.testing.assert_allclose(parts.mean(axis=0), logits, atol=1e-4)
    np.testing.assert_array_equal(session.logits([ids])[0], logits)


@pytest.mark.slow
def test_the_card_names_dataset_licence_counts_and_results(folders: dict[str, Path]) -> None:
    card = (folders["pack"] / "model" / "CARD.md").read_text(encoding="utf-8")
    for said in ("| edos | open | CC0 1.0 |", "### dev, open sources", "### test", "macro-F1"):
        assert said in card


@pytest.mark.slow
def test_a_second_run_takes_everything_from_the_cache(
    workplace: Path, recipe: Recipe, folders: dict[str, Path]
) -> None:
    stamps = {name: (folder / "done.json").stat().st_mtime_ns for name, folder in folders.items()}
    again = run_recipe(
        recipe, raw_dir=workplace / "raw", runs_dir=workplace / "runs", console=Console(quiet=True)
    )
    assert again == folders
    assert stamps == {
        name: (folder / "done.json").stat().st_mtime_ns for name, folder in again.items()
    }


@pytest.mark.slow
def test_the_published_folder_is_enough_to_go_on_from(
    workplace: Path, recipe: Recipe, folders: dict[str, Path], tmp_path: Path
) -> None:
    # Neither the runs nor the base are there: a fresh clone, without a network.
    model = copytree(folders["pack"] / "model", tmp_path / "model")
    after = recipe.model_copy(update={"init_from": str(model), "base": "nowhere"})

    def go_on() -> tuple[dict[str, Path], str]:
        console = Console(file=StringIO(), width=200)
        done = run_recipe(
            after,
            raw_dir=workplace / "raw",
            runs_dir=tmp_path / "runs",
            until="finetune",
            console=console,
        )
        return done, console.file.getvalue()

    done, said = go_on()
    assert f"going on from what {model}'s integers keep of its weights" in said
    # It begins near where the published model ended, not where that began.
    first, last = losses(folders["finetune"])[0], losses(folders["finetune"])[-1]
    assert losses(done["finetune"])[0] < last + 0.25 * (first - last)
    tokeniser = "tokenizer.json"
    assert (done["finetune"] / tokeniser).read_bytes() == (model / tokeniser).read_bytes()
    again, said = go_on()
    assert again == done
    assert said.count("cached") == 3


@pytest.mark.slow
def test_a_start_that_is_averaged_with_as_well_is_looked_for_once(
    workplace: Path, recipe: Recipe, folders: dict[str, Path], tmp_path: Path
) -> None:
    model = str(copytree(folders["pack"] / "model", tmp_path / "model"))
    console = Console(file=StringIO(), width=200)
    run_recipe(
        recipe.model_copy(update={"init_from": model, "averaged_with": [model, model]}),
        raw_dir=workplace / "raw",
        runs_dir=tmp_path / "runs",
        until="average",
        console=console,
    )
    assert console.file.getvalue().count(f"going on from what {model}") == 1


@pytest.mark.slow
def test_another_network_is_another_start(
    workplace: Path, recipe: Recipe, folders: dict[str, Path], tmp_path: Path
) -> None:
    model = copytree(folders["pack"] / "model", tmp_path / "model")

    def start() -> Path:
        done = run_recipe(
            recipe.model_copy(update={"init_from": str(model)}),
            raw_dir=workplace / "raw",
            runs_dir=tmp_path / "runs",
            until="corpus",
            console=Console(quiet=True),
        )
        return done["init"]

    first = start()
    network = onnx.load(str(model / "model.onnx"))
    network.doc_string = "another"
    onnx.save(network, str(model / "model.onnx"))
    with pytest.raises(TrainingError, match="altered"):
        start()
    write_manifest(model, {"tier": "open"})
    assert start() != first


@pytest.mark.slow
def test_the_result_is_the_mean_of_the_run_and_of_the_others(
    workplace: Path, recipe: Recipe, folders: dict[str, Path], tmp_path: Path
) -> None:
    def go_on(name: str, others: list[str]) -> dict[str, Path]:
        update = {"init_from": str(folders["average"]), "averaged_with": others, "name": name}
        return run_recipe(
            recipe.model_copy(update=update),
            raw_dir=workplace / "raw",
            runs_dir=tmp_path / "runs",
            until="average",
            console=Console(quiet=True),
        )

    def weights(folder: Path) -> dict[str, torch.Tensor]:
        state: dict[str, torch.Tensor] = torch.load(folder / WEIGHTS, weights_only=True)
        return state

    alone, mean = go_on("alone", []), go_on("mean", [str(folders["average"])])
    start, own, both = (weights(f) for f in (folders["average"], mean["finetune"], mean["average"]))
    assert any(not torch.equal(own[name], start[name]) for name in own)
    for name in own:
        torch.testing.assert_close(both[name], (own[name] + start[name]) / 2)
        torch.testing.assert_close(weights(alone["average"])[name], own[name])
    # Kept, until another is averaged with.
    assert go_on("mean", [str(folders["average"])]) == mean
    other = go_on("mean", [str(folders["average"]), str(alone["finetune"])])
    assert other["finetune"] == mean["finetune"]
    assert other["average"] != mean["average"]
    # Named twice, the start counts twice.
    twice = weights(go_on("mean", [str(folders["average"])] * 2)["average"])
    for name in own:
        torch.testing.assert_close(twice[name], (own[name] + 2 * start[name]) / 3)


@pytest.mark.slow
def test_classifiers_of_another_vocabulary_are_not_averaged(
    folders: dict[str, Path], tmp_path: Path
) -> None:
    other = copytree(folders["average"], tmp_path / "other")
    (other / "tokenizer.json").write_text("{}", encoding="utf-8")
    with pytest.raises(TrainingError, match="another tokeniser"):
        average([folders["average"], other], tmp_path / "mean")


def losses(finetuned: Path) -> list[float]:
    lines = (finetuned / "log.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line)["loss"] for line in lines]


@pytest.mark.slow
def test_another_threshold_runs_only_what_depends_on_it(
    workplace: Path, recipe: Recipe, folders: dict[str, Path]
) -> None:
    changed = recipe.model_copy(
        update={"thresholds": recipe.thresholds.model_copy(update={"review_precision": 0.7})}
    )
    again = run_recipe(
        changed,
        raw_dir=workplace / "raw",
        runs_dir=workplace / "runs",
        until="calibrate",
        console=Console(quiet=True),
    )
    same = [stage.name for stage in STAGES if again.get(stage.name) == folders[stage.name]]
    assert same == ["base", "corpus", "vocabulary", "finetune", "average", "export", "quantise"]
    assert again["calibrate"] != folders["calibrate"]


@pytest.mark.slow
def test_a_packed_model_is_published_to_where_the_service_looks(
    folders: dict[str, Path], tmp_path: Path
) -> None:
    target = tmp_path / "models" / "default"
    done = CliRunner().invoke(
        app,
        [
            "publish",
            str(folders["pack"]),
            str(target),
            "--corpus-dir",
            str(folders["corpus"]),
            "--beside",
            str(folders["pack"]),
        ],
    )
    assert done.exit_code == 0, done.output
    Engine.load(target).check_canary()
    assert "Beside the research recipe" in (target / "CARD.md").read_text(encoding="utf-8")
