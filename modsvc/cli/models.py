"""`modsvc models`: versions of the model, which of them answers, and how that came about.

In: a registry (`MODSVC_REGISTRY`) and model folders. Out: tables, and folders that a service can
load. The work is done by `modsvc.registry`; telling a running service is left to its
`POST /v1/admin/model`, or to SIGHUP.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from modsvc.cli.common import explained, operator, settings_or_exit
from modsvc.settings import Settings

if TYPE_CHECKING:
    from modsvc.registry.records import Version
    from modsvc.registry.storage import Storage

app = typer.Typer(
    help="Keep versions of the model, and decide which of them answers.", no_args_is_help=True
)

Registry = Annotated[
    str | None, typer.Option("--registry", help="A folder or s3://bucket/folder [MODSVC_REGISTRY].")
]
By = Annotated[str | None, typer.Option("--by", help="Who decides; else who is logged in.")]
Which = Annotated[str, typer.Argument(help="A version, `champion` or `previous`.")]
Reports = Annotated[
    list[Path] | None,
    typer.Option("--report", help="A file to keep beside it, such as gate.json; repeat it."),
]


@app.command("list")
def list_versions(registry: Registry = None) -> None:
    """Show all versions, the oldest first, and what their gates said."""
    with _opened(registry) as (storage, _):
        from modsvc.registry import champions, versions

        line = champions.line_of(champions.history(storage))
        found = versions.everything(storage)
        champion = next((one for one in found if line and one.version == line[-1]), None)
        table = Table("version", "added", "by", "parent", "reports", "gate", "is", "note")
        for one in found:
            reports = versions.reports(storage, one.version)
            table.add_row(
                *(one.version, f"{one.added:%Y-%m-%d %H:%M}", one.by, one.parent or "–"),
                *(str(len(reports)), _gate(reports, one, champion)),
                "champion" if one == champion else "previous" if one.version in line[-2:] else "",
                one.note,
            )
        # What people write is no markup.
        Console(markup=False).print(table)


@app.command("history")
def show_history(registry: Registry = None) -> None:
    """Show every promotion and rollback: what, when, who and why."""
    with _opened(registry) as (storage, _):
        from modsvc.registry import champions

        table = Table("", "when", "what", "version", "instead of", "who", "gate", "why")
        for one in champions.history(storage):
            table.add_row(
                *(str(one.number), f"{one.at:%Y-%m-%d %H:%M}", one.action, one.version),
                *(one.before or "–", one.by, "forced" if one.forced else one.gate or "–"),
                one.reason,
            )
        Console(markup=False).print(table)


@app.command()
def add(
    folder: Annotated[Path, typer.Argument(help="A model folder, with its manifest.json.")],
    parent: Annotated[
        str | None,
        typer.Option(help="The version that it was trained from, or `champion`; else none."),
    ] = None,
    note: Annotated[str, typer.Option(help="A word on what it is.")] = "",
    report: Reports = None,
    by: By = None,
    registry: Registry = None,
) -> None:
    """Add a model as a version, for good, and print its name; the same once more does nothing."""
    with _opened(registry) as (storage, _):
        from modsvc.registry import champions, versions

        origin = None if parent is None else champions.resolve(storage, parent).version
        made = versions.add(storage, folder, by=by or operator(), parent=origin, note=note)
        versions.attach(storage, made.version, report or [])
        print(made.version)


@app.command()
def attach(
    version: Which,
    report: Annotated[list[Path], typer.Argument(help="Files, such as gate.json.")],
    registry: Registry = None,
) -> None:
    """Keep reports beside a version; `promote` looks for that of the gate among them."""
    with _opened(registry) as (storage, _):
        from modsvc.registry import champions, versions

        found = champions.resolve(storage, version)
        for name in versions.attach(storage, found.version, report):
            print(name)


@app.command()
def promote(
    version: Annotated[str, typer.Argument(help="The version that is to answer.")],
    reason: Annotated[str, typer.Option(help="Why; it is kept.")] = "",
    force: Annotated[
        bool, typer.Option("--force", help="In spite of the gate; needs --reason.")
    ] = False,
    by: By = None,
    registry: Registry = None,
) -> None:
    """Make a version the champion, if it passed the gate against the present one."""
    with _opened(registry) as (storage, _):
        from modsvc.registry import champions

        done = champions.promote(storage, version, by=by or operator(), reason=reason, force=force)
        print(f"{done.version} is the champion, instead of {done.before or 'none'}.")


@app.command()
def rollback(
    reason: Annotated[str, typer.Option(help="Why; it is kept.")],
    by: By = None,
    registry: Registry = None,
) -> None:
    """Make the champion before the present one again."""
    with _opened(registry) as (storage, _):
        from modsvc.registry import champions

        done = champions.rollback(storage, by=by or operator(), reason=reason)
        print(f"{done.version} is the champion again, instead of {done.before}.")


@app.command()
def fetch(
    version: Which,
    root: Annotated[
        Path | None,
        typer.Argument(help="The folder to put its folder into [MODSVC_MODELS_ROOT]."),
    ] = None,
    link: Annotated[
        str | None, typer.Option(help="A link in there to turn to it, such as `current`.")
    ] = None,
    registry: Registry = None,
) -> None:
    """Copy a version to where a service can load it, verified, and print its folder."""
    with _opened(registry) as (storage, settings):
        from modsvc.registry import champions, versions

        found = champions.resolve(storage, version)
        folder = versions.fetch(storage, found.version, root or settings.models_root)
        if link is not None:
            _turn(folder, link)
        print(folder)


@contextmanager
def _opened(registry: str | None) -> Iterator[tuple["Storage", Settings]]:
    settings = settings_or_exit(registry=registry)
    with explained():
        from modsvc.registry.storage import Storage

        yield Storage(settings.registry), settings


def _gate(reports: Mapping[str, bytes], one: "Version", champion: "Version | None") -> str:
    from modsvc.registry import champions

    if champion is None or one == champion:
        return ""
    found = champions.verdicts(reports, one, champion).values()
    if not found:
        return "not asked"
    return "passed" if any(verdict.passed for verdict in found) else "refused"


def _turn(folder: Path, link: str) -> None:
    """Let the link beside the folder lead to it, at once for whoever reads it."""
    place = folder.parent / link
    if Path(link).name != link or (place.is_dir() and not place.is_symlink()):
        from modsvc.errors import InputError

        raise InputError(f"--link {link} must be a plain name, and not that of a folder.")
    part = folder.parent / f".{link}-{os.getpid()}"
    part.symlink_to(folder.name)
    part.replace(place)
