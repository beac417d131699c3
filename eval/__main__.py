"""The command line of `eval`: `python -m eval --help` lists what it measures.

In: a model folder and the corpus. Out: files and tables. The commands are in `eval.cli`.
"""

import typer
from rich.console import Console

from eval.cli import asking, drift, faults, functional, gate, load, probing, report, thresholds
from eval.errors import EvalError
from modsvc.errors import ModsvcError

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help="Measure the artefact that ships."
)
for command in (
    report.run,
    report.compare,
    gate.gate,
    functional.functional,
    functional.explain,
    load.load,
    load.model_swap,
    faults.faults,
    probing.probing,
    asking.active_learning,
    drift.drift_delay,
    thresholds.translate_thresholds,
):
    app.command()(command)


def main() -> None:
    """Run the command line; an error that was foreseen is one line and exit code 2."""
    try:
        app()
    except (EvalError, ModsvcError) as error:
        Console(stderr=True).print(f"error: {error}", markup=False, style="red")
        raise SystemExit(2) from error


if __name__ == "__main__":
    main()
