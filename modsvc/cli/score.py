"""`modsvc score`: its options, and which of the two ways they mean.

In: the command line. Out: decisions in a file or a folder, and the exit code 1 where rows were
malformed. One file on this machine is left to `score_files`, a backlog on a Ray cluster to
`modsvc.backlog.run`; the rows are the same.
"""

from pathlib import Path
from typing import Annotated, Final, Literal

import typer

from modsvc.backlog.formats import Format, choose_formats
from modsvc.cli.common import ModelOption, complain, explained, settings_or_exit, usage
from modsvc.errors import InputError

_STANDARD_STREAM: Final = "-"


def score(
    source: Annotated[
        str,
        typer.Option(
            "--input",
            "-i",
            help="File of texts, - for standard input; on Ray a folder or URL, too.",
        ),
    ] = _STANDARD_STREAM,
    target: Annotated[
        str,
        typer.Option(
            "--output",
            "-o",
            help="File of decisions, - for standard output; on Ray a folder or URL.",
        ),
    ] = _STANDARD_STREAM,
    fmt: Annotated[
        Format | None,
        typer.Option("--format", help="Of the input, where its extension does not tell."),
    ] = None,
    language: Annotated[
        str | None, typer.Option(help="Of the rows that name none (BCP-47); else detected.")
    ] = None,
    model: ModelOption = None,
    engine: Annotated[
        Literal["local", "ray"],
        typer.Option(help="This process, or the machines of a Ray cluster."),
    ] = "local",
    address: Annotated[
        str | None,
        typer.Option(help="Of the cluster, host:port [RAY_ADDRESS]; else this machine alone."),
    ] = None,
    actors: Annotated[
        int | None, typer.Option(min=1, help="Engines on Ray; default: for all of its cores.")
    ] = None,
    cores: Annotated[int, typer.Option(min=1, help="Of each engine on Ray.")] = 1,
    part_rows: Annotated[
        int, typer.Option(min=1, help="On Ray, rows of one file of output at most.")
    ] = 10_000,
) -> None:
    """Score a file, row by row and in order; a malformed row becomes an error row."""
    settings = settings_or_exit(model_dir=model)
    with explained(), usage():
        from modsvc.engine.language import normalise_tag

        normalise_tag(language)
        if engine == "local":
            formats = choose_formats(_path(source), _path(target), fmt)
        elif _STANDARD_STREAM in (source, target):
            raise InputError("On Ray, name files or folders with --input and --output.")
    with explained():
        if engine == "local":
            from modsvc.cli.score_files import score_file
            from modsvc.pipeline import Pipeline

            pipeline = Pipeline.load(settings)
            totals = score_file(pipeline, _path(source), _path(target), formats, language)
        else:
            from modsvc.backlog.run import Cluster, score_backlog

            cluster = Cluster(address, actors, cores, part_rows)
            totals = score_backlog(settings, source, target, fmt, language, cluster)
    if totals.errors:
        complain(f"{totals.errors} of {totals.rows} rows were malformed; see their error rows.")
        raise typer.Exit(1)


def _path(name: str) -> Path | None:
    return None if name == _STANDARD_STREAM else Path(name)
