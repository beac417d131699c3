"""An ML engineer's day: one command from raw files to a model folder that serves.

The base is a two-layer encoder made here and the raw file is written here, so that
every stage runs for real in seconds; the figures mean nothing.
"""

import csv
import json
import random
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from rich.console import Console
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast
from typer.testing import CliRunner

from modsvc.engine.engine import Engine
from modsvc.engine.session import Session
from modsvc.labels import LABELS, MISOGYNY
from modsvc.types import Content
from training.__main__ import app
from training.recipe import Optimisation, Recipe, load_recipe
from training.runner import STAGES, run_recipe

RECIPES = Path(__file__).parents[2] / "recipes"
HOSTILE = ("women are useless", "girls are too stupid", "wives must obey", "females lie")
PLAIN = ("the bus is late", "my aunt baked bread", "rain is coming", "we won the match")
PLACES = ("here", "in town", "at work", "on the road", "again", "every day", "this week")
VECTORS = ("3.2 immutable gender differences", "2.1 descriptive attacks")


def write_raw(raw_dir: Path) -> None:
    """An EDOS file of 700 short sentences, a third of them hostile."""
    path = raw_dir / "rewire-online/edos/data/edos_labelled_aggregated.csv"
    path.parent.mkdir(parents=True)
    rng = random.Random(7)
    columns = ("rewire_id", "text", "label_sexist", "label_category", "label_vector", "split")
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        for number in range(700):
            hostile = number % 3 == 0
            words = [rng.choice(HOSTILE if hostile else PLAIN), *rng.sample(PLACES, 3)]
            split = ("train", "train", "train", "dev", "test")[number % 5]
            label = ("sexist", "", rng.choice(VECTORS)) if hostile else ("not sexist", "", "none")
            writer.writerow((f"r{number}", f"{' '.join(words)} {number}", *label, split))


def write_base(folder: Path) -> None:
    """A tiny encoder with random weights and a tokeniser trained on the sentences above."""
    tokeniser = Tokenizer(models.Unigram())
    tokeniser.pre_tokenizer = pre_tokenizers.Metaspace()
    tokeniser.decoder = decoders.Metaspace()
    special = ["<s>", "<pad>", "</s>", "<unk>"]
    trainer = trainers.UnigramTrainer(
        vocab_size=200, special_tokens=special, unk_token="<unk>", show_progress=False
    )
    digits = " ".join(map(str, range(700)))
    tokeniser.train_from_iterator([*HOSTILE, *PLAIN, *PLACES, digits], trainer)
    tokeniser.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=tokeniser.get_vocab_size(),
        hidden_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=128,
        max_position_embeddings=160,
        pad_token_id=1,
    )
    BertModel(config, add_pooling_layer=False).save_pretrained(folder)
    PreTrainedTokenizerFast(tokenizer_object=tokeniser).save_pretrained(folder)


@pytest.fixture(scope="module")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with raw files, a base and, after the first run, its results."""
    folder = tmp_path_factory.mktemp("run")
    write_raw(folder / "raw")
    write_base(folder / "base")
    return folder


@pytest.fixture(scope="module")
def recipe(workplace: Path) -> Recipe:
    """The smoke recipe on the tiny base, with a rate that random weights can learn at."""
    changes = {
        "base": str(workplace / "base"),
        "vocabulary_size": 1_001,
        "early_layer": 1,
        "early_weight": 0.5,
        "optimisation": Optimisation(learning_rate=1e-3, batch_size=16),
        "sampling": load_recipe(RECIPES / "smoke.toml").sampling.model_copy(
            update={"focus": {"edos": 12.0}}
        ),
    }
    return load_recipe(RECIPES / "smoke.toml").model_copy(update=changes)


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
    assert same == ["base", "corpus", "vocabulary", "finetune", "export", "quantise"]
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
