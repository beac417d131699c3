"""A recipe → its stages in order, each taken from the cache when nothing it depends on changed.

In: a recipe. Out: `runs/<recipe>/<stage>/<key>/`, where the key is a hash of the
stage's version, the recipe fields it reads and the keys of the stages it builds
on. A stage that was stopped is run again in the same folder and may go on from
what it left there. `runs/<recipe>/latest/<stage>` leads to the last run's. What the stages do
is left to `training.stages`.
"""

import functools
import hashlib
import json
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from modsvc.digests import file_sha256
from modsvc.engine.normalise import NORMALISER_VERSION, READER_VERSION
from training import stages
from training.catalogue import declarations
from training.checkpoints import WEIGHTS, is_recipe, network_of, trained, write_origin
from training.disguise import DISGUISE_VERSION
from training.from_integers import write_classifier
from training.recipe import Recipe, load_recipe
from training.stages import Context

DONE = "done.json"
#: Beside a recipe's stages: links to those of its last run, by their names.
LATEST = "latest"


@dataclass(frozen=True, slots=True)
class Stage:
    """One step: `reads` are recipe fields, `after` are stages, or `others`: those averaged with.

    Raise `version` when the code changes what the result means.
    """

    name: str
    run: Callable[[Context, Path], None]
    reads: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    version: int = 1


_CORPUS_FIELDS = ("tier", "sources", "max_rows_per_source")
_TRAINING_FIELDS = ("seed", "max_tokens", "sampling", "optimisation", "loss", "init_from")

STAGES = (
    Stage("base", stages.run_base, ("base",)),
    Stage("corpus", stages.run_corpus, _CORPUS_FIELDS, version=2),
    Stage("vocabulary", stages.run_vocabulary, ("vocabulary_size",), ("base", "corpus")),
    Stage("finetune", stages.run_finetune, _TRAINING_FIELDS, ("vocabulary", "corpus")),
    Stage("average", stages.run_average, (), ("finetune", "others")),
    Stage("export", stages.run_export, (), ("average",), 2),
    Stage("quantise", stages.run_quantise, ("serve_max_tokens", "seed"), ("export", "corpus"), 3),
    Stage("calibrate", stages.run_calibrate, ("thresholds",), ("quantise",), 4),
    Stage("early", stages.run_early, ("early_layer", "seed"), ("calibrate", "quantise")),
    Stage("parity", stages.run_parity, ("smoke", "parity_texts"), ("early",)),
    Stage("pack", stages.run_pack, ("name",), ("parity",)),
)

#: The stage that gives the trained classifier.
TRAINED = "average"
#: What a run that goes on from a trained classifier does without.
_BEGINNING = ("base", "vocabulary")


def run_recipe(
    recipe: Recipe,
    *,
    raw_dir: Path,
    runs_dir: Path,
    threads: int = 2,
    until: str = "pack",
    console: Console | None = None,
) -> dict[str, Path]:
    """Run the stages up to `until`; returns each stage's folder."""
    console = console or Console()
    context = Context(recipe, raw_dir, runs_dir / "base", threads)
    keys: dict[str, str] = {}

    @functools.cache
    def classifier(name: str) -> tuple[Path, str]:
        # A start that is averaged with as well is run, or looked for, once.
        return _classifier(name, context, runs_dir, console)

    if recipe.init_from:
        context.done["init"], keys["init"] = classifier(recipe.init_from)
    for stage in STAGES:
        if stage.name == TRAINED:
            others = [classifier(name) for name in recipe.averaged_with]
            context.others.extend(folder for folder, _ in others)
            keys["others"] = " ".join(key for _, key in others)
        keys[stage.name] = stage_key(stage, recipe, keys)
        if "init" not in keys or stage.name not in _BEGINNING:
            folder = runs_dir / recipe.name / stage.name / keys[stage.name]
            _run_once(stage, context, folder, console)
            context.done[stage.name] = folder
        if stage.name == until:
            break
    if "pack" in keys:
        write_origin(context.done["pack"], recipe.name, keys)
    _point_to(runs_dir / recipe.name / LATEST, context.done)
    return context.done


def stage_key(stage: Stage, recipe: Recipe, keys: dict[str, str]) -> str:
    """12 hex digits that change with everything the stage's result depends on."""
    fields = recipe.model_dump(include=set(stage.reads))
    parts = [stage.name, stage.version, fields, [keys[name] for name in stage.after]]
    if stage.name == "corpus":
        parts += [
            declarations(authored=recipe.authored, reviews=recipe.reviews_file),
            NORMALISER_VERSION,
        ]
    if stage.name == "finetune":
        parts += [keys.get("init", ""), READER_VERSION]
        if recipe.sampling.disguised:
            parts.append(DISGUISE_VERSION)
        if recipe.early_weight:
            parts += [recipe.early_layer, recipe.early_weight]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:12]


def _classifier(name: str, context: Context, runs_dir: Path, console: Console) -> tuple[Path, str]:
    """The folder of a trained classifier, and a key that changes with its weights.

    `name` as `training.recipe.Recipe.init_from`; a recipe is run first.
    """
    if is_recipe(name):
        folders = run_recipe(
            load_recipe(Path(name)),
            raw_dir=context.raw_dir,
            runs_dir=runs_dir,
            threads=context.threads,
            until=TRAINED,
            console=console,
        )
        return folders[TRAINED], folders[TRAINED].name
    start = trained(name, runs_dir)
    if (start / WEIGHTS).is_file():
        return start, file_sha256(start / WEIGHTS)[:12]
    start = _rebuilt(start, context, runs_dir, console)
    return start, start.name


def _rebuilt(model: Path, context: Context, runs_dir: Path, console: Console) -> Path:
    """The folder of the classifier that the integers of `model` stand for."""
    console.print(
        f"no run in {runs_dir} has the network of {model}: going on from what {model}'s integers "
        "keep of its weights",
        soft_wrap=True,
    )
    stage = Stage("rebuild", lambda _, to: write_classifier(model, to), after=("network",))
    key = stage_key(stage, context.recipe, {"network": network_of(model)})
    folder = runs_dir / "rebuilt" / key
    _run_once(stage, context, folder, console)
    return folder


def _point_to(folder: Path, done: dict[str, Path]) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name, stage in done.items():
        (folder / name).symlink_to(stage.resolve())


def _run_once(stage: Stage, context: Context, folder: Path, console: Console) -> None:
    done = folder / DONE
    if done.is_file():
        console.print(f"[dim]{stage.name:<10} cached   {folder}[/dim]")
        return
    console.print(f"[bold]{stage.name}[/bold]")
    folder.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    stage.run(context, folder)
    seconds = round(time.monotonic() - began, 1)
    done.write_text(json.dumps({"stage": stage.name, "seconds": seconds}) + "\n")
    console.print(f"{stage.name:<10} {seconds:>7.1f} s  {folder}")
