"""`modsvc drift`: learn what is usual, and be told when it is not so any more.

In: the settings that name a database, and a reference file. Out: the file, alarms on record, and
a line for each. The work is done by `modsvc.drift`, imported inside the commands so that `--help`
answers at once and that the service does without its library.
"""

import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from modsvc.cli.common import complain, new_file, opened

if TYPE_CHECKING:
    from modsvc.drift.follow import Looked

# Not 'modsvc[drift]': help takes what is in brackets for a style and leaves it out.
app = typer.Typer(help="Watch what comes in; needs the extra 'drift'.", no_args_is_help=True)

_DAY: Final = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]

_MISSING: Final = "This needs river, which is not installed: pip install 'modsvc[drift]'."


@app.command()
def learn(
    since: Annotated[datetime, typer.Option(formats=_DAY, help="The first moment, UTC.")],
    until: Annotated[datetime, typer.Option(formats=_DAY, help="The moment after, UTC.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="A file that is not there yet.")],
) -> None:
    """Learn from a quiet time what scores, words and languages are usually like."""
    with opened(current=True) as (database, _):
        from modsvc.drift import reference, sights

        begin, end = since.replace(tzinfo=UTC), until.replace(tzinfo=UTC)
        seen = sights.between(database, begin, end)
        learnt = reference.learn(seen, database.keys.word_sha256, since=begin, until=end)
        with new_file(output) as file:
            file.write(learnt.model_dump_json().encode())
    few = sorted(set(learnt.shares) - set(learnt.languages))
    print(f"{output} has what {learnt.texts} decisions were like.")
    if few:
        print(f"Watched by their share alone, for want of texts: {' '.join(few)}.")


@app.command()
def watch(
    reference: Annotated[Path, typer.Option(help="The file that `modsvc drift learn` wrote.")],
    once: Annotated[bool, typer.Option("--once", help="Look once, and end.")] = False,
    every: Annotated[float, typer.Option(min=1, help="Seconds between looks.")] = 60.0,
) -> None:
    """Look at what was decided since the last look, again and again, and tell what has moved."""
    with opened(current=True) as (database, settings):
        try:
            from modsvc.drift.follow import SEEN_FILE, Follower
        except ModuleNotFoundError as error:
            complain(_MISSING)
            raise typer.Exit(1) from error
        from modsvc.drift.reference import read

        follower = Follower(database, read(reference), settings.data_dir / SEEN_FILE)
        with suppress(KeyboardInterrupt):
            while True:
                _tell(follower.look())
                if once:
                    return
                time.sleep(every)


def _tell(looked: "Looked") -> None:
    for alarm in looked.told:
        print(
            f"{alarm.language}: {alarm.signal} moved from {alarm.move.before:.3f} to "
            f"{alarm.move.after:.3f}, clear with content {alarm.sight.content}",
            flush=True,
        )
    if looked.decisions:
        print(f"{looked.decisions} decisions looked at.", flush=True)
