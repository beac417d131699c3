"""`modsvc verify` and `modsvc info`: what a model folder is and whether it is whole."""

from rich.console import Console
from rich.table import Table

from modsvc import __version__
from modsvc.pipeline import Pipeline
from modsvc.settings import Settings


def verify(settings: Settings, console: Console) -> None:
    """Load the model, which checks hashes and schema, and ask it its canary texts.

    Raises ArtifactError, PolicyError or EngineFailure, which say what is wrong.
    """
    pipeline = Pipeline.load(settings)
    pipeline.check_canary()
    manifest = pipeline.artifact.manifest
    console.print(
        f"{settings.model_dir} is whole: model {manifest.model_version}, "
        f"{len(manifest.files)} files match their hashes, "
        f"{len(manifest.canary)} canary texts answered as when it was packed, "
        f"policy {pipeline.policy.version}.",
        soft_wrap=True,
        highlight=False,
    )


def info(settings: Settings, console: Console) -> None:
    """Print versions, languages and settings. Raises ArtifactError or PolicyError."""
    console.print(f"modsvc {__version__}", highlight=False)
    console.print(_settings_table(settings))
    pipeline = Pipeline.load(settings)
    manifest = pipeline.artifact.manifest
    console.print(
        f"model {manifest.model_version} (tier {manifest.tier}, made {manifest.created}), "
        f"policy {pipeline.policy.version}",
        soft_wrap=True,
        highlight=False,
    )
    console.print(_languages_table(pipeline))


def _settings_table(settings: Settings) -> Table:
    table = Table("setting", "value", title="Settings", title_justify="left")
    for name, value in settings:
        table.add_row(name, str(value))
    return table


def _languages_table(pipeline: Pipeline) -> Table:
    table = Table(
        "language",
        "supported",
        "calibration",
        *("train", "positives", "dev", "dev positives"),
        title="Languages",
        title_justify="left",
    )
    for code, language in sorted(pipeline.artifact.manifest.languages.items()):
        counts = (language.train, language.positives, language.dev, language.dev_positives)
        table.add_row(
            code,
            "yes" if language.supported else "no",
            language.calibration,
            *(f"{count:,}" for count in counts),
        )
    return table
