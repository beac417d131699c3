"""The commands and their options. What they do is in the modules that they call.

Exit codes: 0 done; 1 failed, or some rows were malformed; 2 wrong usage or settings.
Heavy modules are imported inside the commands, so that `--help` answers at once.
"""

from typing import Annotated

import typer
from rich.console import Console

from modsvc.cli import (
    db,
    drift,
    evidence,
    export,
    keys,
    models,
    queue,
    routes,
    score,
    stream,
    users,
)
from modsvc.cli.common import ModelOption, explained, settings_or_exit

app = typer.Typer(
    help="Scores texts for gender-based hate speech.",
    no_args_is_help=True,
    add_completion=False,
    # A traceback with locals would show texts.
    pretty_exceptions_enable=False,
)

app.add_typer(db.app, name="db")
app.add_typer(drift.app, name="drift")
app.add_typer(evidence.app)
app.add_typer(export.app, name="export")
app.add_typer(routes.app, name="routes")
app.add_typer(keys.app, name="key")
app.add_typer(models.app, name="models")
app.add_typer(queue.app, name="queue")
app.add_typer(users.app, name="user")
app.command()(score.score)
app.command()(stream.stream)


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
