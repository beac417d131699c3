"""The stages of a run, each from folders to a folder.

base → corpus → vocabulary → finetune → average
     → export → quantise → calibrate → early → parity → pack

In: a `Context` with the recipe and the folders of the stages before. Out: files in
the stage's own folder. When a stage runs, and when its result is taken from the
cache, is left to `training.runner`.
"""

import shutil
from dataclasses import dataclass, field
from pathlib import Path

import onnx
import pandas as pd
import torch
from tokenizers import Tokenizer
from transformers import BertModel

from modsvc.engine.artifact import CALIBRATION_FILE, MODEL_FILE, TOKENIZER_FILE
from modsvc.engine.engine import Engine
from modsvc.engine.manifest import Calibration
from modsvc.engine.session import Session
from modsvc.engine.tokenise import Tokeniser
from training import artifact, corpus_files, export, pack, parity, quantise
from training.average import average
from training.base import load_base
from training.calibration import calibrate
from training.early.fit import fit
from training.early.observe import Observer
from training.finetune import finetune
from training.model import Classifier, load_classifier, save_classifier
from training.recipe import Recipe
from training.vocabulary import choose_tokens, count_tokens, trim_tokeniser

#: Texts that show the quantiser what inputs to expect.
QUANTISE_TEXTS = 400


@dataclass(frozen=True, slots=True)
class Context:
    """What a stage may use: the recipe, where raw files lie, and the earlier folders.

    `others` are the folders of the classifiers that the recipe averages with.
    """

    recipe: Recipe
    raw_dir: Path
    cache_dir: Path
    threads: int
    done: dict[str, Path] = field(default_factory=dict)
    others: list[Path] = field(default_factory=list)

    def rows(self, split: str) -> pd.DataFrame:
        """The corpus's rows of one split."""
        table = pd.read_parquet(self.done["corpus"] / corpus_files.CORPUS)
        return table[table["split"] == split].reset_index(drop=True)


def run_base(context: Context, folder: Path) -> None:
    """The base encoder and tokeniser, as `transformers` and `tokenizers` save them."""
    encoder, tokeniser = load_base(context.recipe.base, context.cache_dir)
    encoder.save_pretrained(folder)
    tokeniser.save(str(folder / TOKENIZER_FILE))


def run_corpus(context: Context, folder: Path) -> None:
    """corpus.parquet, its table of counts, and the rows that measure other tiers."""
    recipe = context.recipe
    corpus_files.write_corpus(
        recipe.tier,
        context.raw_dir,
        folder,
        only=recipe.sources,
        max_rows_per_source=recipe.max_rows_per_source,
        authored=recipe.authored,
        reviews=recipe.reviews_file,
    )


def run_vocabulary(context: Context, folder: Path) -> None:
    """The base with the vocabulary that the corpus uses."""
    encoder = BertModel.from_pretrained(context.done["base"], add_pooling_layer=False)
    tokeniser = Tokenizer.from_file(str(context.done["base"] / TOKENIZER_FILE))
    texts = pd.read_parquet(context.done["corpus"] / corpus_files.CORPUS, columns=["text"])["text"]
    counts = count_tokens(tokeniser, texts.tolist())
    kept = choose_tokens(tokeniser, counts, context.recipe.vocabulary_size)
    rows = encoder.embeddings.word_embeddings.weight.data[torch.tensor(kept)]
    encoder.embeddings.word_embeddings = torch.nn.Embedding.from_pretrained(rows, padding_idx=1)
    encoder.config.vocab_size = len(kept)
    encoder.save_pretrained(folder)
    trim_tokeniser(tokeniser, kept).save(str(folder / TOKENIZER_FILE), pretty=False)


def run_finetune(context: Context, folder: Path) -> None:
    """The trained classifier and its tokeniser."""
    torch.manual_seed(context.recipe.seed)
    if "init" in context.done:
        start = context.done["init"]
        model = load_classifier(start)
    else:
        start = context.done["vocabulary"]
        model = Classifier(BertModel.from_pretrained(start, add_pooling_layer=False))
    model.dropout.p = context.recipe.optimisation.dropout
    tokeniser = Tokenizer.from_file(str(start / TOKENIZER_FILE))
    finetune(model, tokeniser, context.rows("train"), context.recipe, folder)
    save_classifier(model, folder)
    tokeniser.save(str(folder / TOKENIZER_FILE), pretty=False)


def run_average(context: Context, folder: Path) -> None:
    """The mean of the trained classifier and the recipe's others; itself where there are none."""
    average([context.done["finetune"], *context.others], folder)


def run_export(context: Context, folder: Path) -> None:
    """The fused float32 graph."""
    export.export(load_classifier(context.done["average"]), folder / "fp32.onnx")


def run_quantise(context: Context, folder: Path) -> None:
    """The integer graph, in a provisional model folder with the plain sigmoid."""
    network = folder / "int8.onnx"
    rows = context.rows("calibration")
    rows = rows.sample(min(QUANTISE_TEXTS, len(rows)), random_state=context.recipe.seed)
    tokeniser = Tokeniser(
        context.done["average"] / TOKENIZER_FILE, max_tokens=context.recipe.serve_max_tokens
    )
    windows = parity.first_windows(tokeniser, rows)
    quantise.quantise(context.done["export"] / "fp32.onnx", network, windows)
    artifact.write_artifact(
        folder / "model",
        network=network,
        tokeniser=context.done["average"] / TOKENIZER_FILE,
        calibration=artifact.IDENTITY,
        about=pack.provisional(context.recipe),
    )
    network.unlink()


def run_calibrate(context: Context, folder: Path) -> None:
    """calibration.json, fitted on the integer graph's logits of the calibration split."""
    engine = Engine.load(context.done["quantise"] / "model", threads=context.threads)
    calibration = calibrate(engine, context.rows("calibration"), context.recipe.thresholds)
    artifact.write_json(folder / CALIBRATION_FILE, calibration)


def run_early(context: Context, folder: Path) -> None:
    """model.onnx and calibration.json with a way out after the recipe's layer, if it has one."""
    calibrated, network = context.done["calibrate"], context.done["quantise"] / "model" / MODEL_FILE
    calibration = artifact.read_json(calibrated / CALIBRATION_FILE)
    if not context.recipe.early_layer:
        shutil.copyfile(network, folder / MODEL_FILE)
        artifact.write_json(folder / CALIBRATION_FILE, calibration)
        return
    observer = Observer(
        network=network,
        layer=context.recipe.early_layer,
        tokeniser=Tokeniser(
            context.done["average"] / TOKENIZER_FILE, max_tokens=context.recipe.serve_max_tokens
        ),
        calibration=Calibration.model_validate(calibration),
        threads=context.threads,
    )
    model, found = fit(
        observer,
        train=context.rows("train"),
        calibration=context.rows("calibration"),
        dev=context.rows("dev"),
        seed=context.recipe.seed,
    )
    onnx.save(model, str(folder / MODEL_FILE))
    artifact.write_json(folder / CALIBRATION_FILE, {**calibration, "early_exit": found})


def run_parity(context: Context, folder: Path) -> None:
    """parity.json: torch against the float32 and the integer graph on dev texts."""
    rows = context.rows("dev")
    rows = rows.sample(
        min(context.recipe.parity_texts, len(rows)), random_state=context.recipe.seed
    )
    languages = rows["language"].to_numpy()
    model_dir = context.done["quantise"] / "model"
    tokeniser = Tokeniser(model_dir / TOKENIZER_FILE, max_tokens=context.recipe.serve_max_tokens)
    windows = parity.first_windows(tokeniser, rows)
    calibration = artifact.read_json(context.done["early"] / CALIBRATION_FILE)
    expected = parity.torch_logits(load_classifier(context.done["average"]), windows)
    graphs = {
        "fp32": context.done["export"] / "fp32.onnx",
        "int8": context.done["early"] / MODEL_FILE,
    }
    figures = {}
    for name, path in graphs.items():
        found = parity.session_logits(Session(path, threads=context.threads), windows)
        if "misogyny" in calibration["operating_points"]:
            figures[name] = parity.compare(expected, found, languages, calibration)
    result = parity.gate(figures, strict=not context.recipe.smoke) if figures else {}
    artifact.write_json(folder / "parity.json", result)


def run_pack(context: Context, folder: Path) -> None:
    """The model folder, measured on dev and test, with its card."""
    pack.pack(
        context.recipe,
        folder,
        network=context.done["early"] / MODEL_FILE,
        tokeniser=context.done["average"] / TOKENIZER_FILE,
        calibration=artifact.read_json(context.done["early"] / CALIBRATION_FILE),
        parity=artifact.read_json(context.done["parity"] / "parity.json"),
        corpus=context.done["corpus"],
        threads=context.threads,
    )
