"""The commands and their options. What they do is in the modules that they call.

Exit codes: 0 done; 1 failed, or some rows were malformed; 2 wrong usage or settings.
Heavy modules are imported inside the commands, so that `--help` answers at once.
"""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from modsvc.cli import db, evidence, export, keys, models, routes, users
from modsvc.cli.common import complain, explained, settings_or_exit
from modsvc.cli.formats import Format, choose_formats
from modsvc.errors import InputError

app = typer.Typer(
    help="Scores texts for gender-based hate speech.",
    no_args_is_help=True,
    add_completion=False,
    # A traceback with locals would show texts.
    pretty_exceptions_enable=False,
)

app.add_typer(db.app, name="db")
app.add_typer(evidence.app)
app.add_typer(export.app, name="export")
app.add_typer(routes.app, name="routes")
app.add_typer(keys.app, name="key")
app.add_typer(models.app, name="models")
app.add_typer(users.app, name="user")

ModelOption = Annotated[
    Path | None, typer.Option("--model", help="The model's folder [MODSVC_MODEL_DIR].")
]

_STANDARD_STREAM = "-"


def main() -> None:
    """Entry point of the installed command."""
    app()


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to bind [MODSVC_HOST].")] = None,
    port: Annotated[int | None, typer.Option(help="Port to bind [MODSVC_PORT].")] = None,
    model: ModelOption = None,
) -> None:
    """Answer over HTTP until stopped."""
    settings = settings_or_exit(host=host, port=port, model_dir=model)
    with explained():
        from modsvc.cli.serve import serve as run

        run(settings)


@app.command()
def score(
    source: Annotated[
        str, typer.Option("--input", "-i", help="File of texts, - for standard input.")
    ] = _STANDARD_STREAM,
    target: Annotated[
        str, typer.Option("--output", "-o", help="File of decisions, - for standard output.")
    ] = _STANDARD_STREAM,
    fmt: Annotated[
        Format | None,
        typer.Option("--format", help="Of the input, where its extension does not tell."),
    ] = None,
    language: Annotated[
        str | None, typer.Option(help="Of the rows that name none (BCP-47); else detected.")
    ] = None,
    model: ModelOption = None,
) -> None:
    """Score a file, row by row and in order; a malformed row becomes an error row."""
    settings = settings_or_exit(model_dir=model)
    with explained():
        from modsvc.cli.score_files import score_file
        from modsvc.engine.language import normalise_tag
        from modsvc.pipeline import Pipeline

        paths = _path(source), _path(target)
        try:
            formats = choose_formats(*paths, fmt)
            normalise_tag(language)
        except InputError as error:
            raise typer.BadParameter(str(error)) from error
        totals = score_file(Pipeline.load(settings), *paths, formats, language)
    if totals.errors:
        complain(f"{totals.errors} of {totals.rows} rows were malformed; see their error rows.")
        raise typer.Exit(1)


@app.command()
def verify(model: ModelOption = None) -> None:
    """Check a model's files, schema and canary texts."""
    settings = settings_or_exit(model_dir=model)
    with explained():
        from modsvc.cli.report import verify as check

        check(settings, Console())


@app.command()
def info(model: ModelOption = None) -> None:
    """Show versions, the model's languages and the settings in force."""
    settings = settings_or_exit(model_dir=model)
    with explained():
        from modsvc.cli.report import info as show

        show(settings, Console())


def _path(name: str) -> Path | None:
    return None if name == _STANDARD_STREAM else Path(name)
