"""`modsvc export`: decisions, events, and reviewed texts as files.

In: a time, and what to take. Out: a file, and an event that says who took it. The work is done
by `modsvc.review.export`, imported inside the commands so that `--help` answers at once.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from modsvc.cli.common import new_file, opened, operator

if TYPE_CHECKING:
    from modsvc.review.export import What

app = typer.Typer(help="Take records away as files; the record says who did.", no_args_is_help=True)

_DAY = ["%Y-%m-%d"]

Since = Annotated[datetime, typer.Option(formats=_DAY, help="The first day, UTC.")]
Until = Annotated[datetime, typer.Option(formats=_DAY, help="The day after the last one, UTC.")]
Output = Annotated[Path, typer.Option("--output", "-o", help="A file that is not there yet.")]
FormatOption = Annotated[Literal["jsonl", "csv", "parquet"], typer.Option("--format")]
Community = Annotated[str | None, typer.Option(help="Only of this community.")]


@app.command()
def decisions(
    since: Since,
    until: Until,
    output: Output,
    fmt: FormatOption = "jsonl",
    community: Community = None,
    texts: Annotated[bool, typer.Option("--texts", help="With the texts that are kept.")] = False,
) -> None:
    """What was decided in this time, and what became of it."""
    _take("decisions", since, until, output, fmt, community, texts)


@app.command()
def events(since: Since, until: Until, output: Output, fmt: FormatOption = "jsonl") -> None:
    """What happened in this time, with the hashes that hold the record together."""
    _take("events", since, until, output, fmt)


@app.command()
def reviews(
    since: Since,
    until: Until,
    output: Output,
    fmt: FormatOption = "jsonl",
    community: Community = None,
) -> None:
    """Texts that people settled in this time, as training data; handles and links are masked."""
    _take("reviews", since, until, output, fmt, community)


def _take(
    what: "What",
    since: datetime,
    until: datetime,
    output: Path,
    fmt: Literal["jsonl", "csv", "parquet"],
    community: str | None = None,
    texts: bool = False,
) -> None:
    with opened(current=True) as (database, settings):
        from modsvc.review import export

        order = export.Order(
            what=what,
            since=since.replace(tzinfo=UTC),
            until=until.replace(tzinfo=UTC),
            fmt=fmt,
            community=community,
            with_text=texts,
        )
        with new_file(output) as file:
            with database.transaction() as session:
                event = export.note(session, order, actor=operator())
            for part in export.parts(database, order, kept_days=settings.retention_days):
                file.write(part)
        print(f"{output} holds the {what}; event {event.seq} records who took them.")
