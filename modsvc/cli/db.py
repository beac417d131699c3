"""`modsvc db`: setting up, backing up, restoring, verifying and sweeping the database.

In: the settings that name a database, and files. Out: what was done, in a line or two. The
work is done by `modsvc.store`, imported inside the commands so that `--help` answers at once.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from modsvc.cli.common import complain, opened, usage

if TYPE_CHECKING:
    from modsvc.store.chain import Fault
    from modsvc.store.verify import Head

app = typer.Typer(help="Look after the database.", no_args_is_help=True)

#: More faults than this are counted, not listed.
_MAX_LISTED: Final = 50


@app.command()
def upgrade() -> None:
    """Bring the database to the schema of this version; make a backup first."""
    with opened() as (database, _):
        from modsvc.store import schema

        print(f"{database.name} has the schema {schema.upgrade(database)}.")


@app.command()
def backup(file: Annotated[Path, typer.Argument(help="A file that does not exist yet.")]) -> None:
    """Write the whole database into a file; the service may run on. The secret is not in it."""
    with opened() as (database, settings):
        from modsvc.accountability import signing
        from modsvc.store import backup as store

        store.backup(database, file)
        key = signing.back_up(settings.data_dir, file)
        print(f"{file} holds {database.name}. Keep MODSVC_SECRET_KEY, or secret.key, elsewhere.")
        if key is not None:
            print(f"{key} is the key that evidence is signed with: keep it with the backup.")


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="A file that `modsvc db backup` wrote.")],
    force: Annotated[
        bool, typer.Option("--force", help="Lose what the database holds now.")
    ] = False,
) -> None:
    """Replace the database by a backup and verify it; stop the service first."""
    with opened() as (database, settings):
        from modsvc.accountability import signing
        from modsvc.store import backup as store

        signed = signing.put_back(file, settings.data_dir, force=force)
        faults = store.restore(database, file, force=force)
        print(f"{database.name} is as it was in {file}.")
        if signed:
            print("The key that evidence is signed with is back in its place.")
        _report(faults)


@app.command("verify-log")
def verify_log(
    anchor: Annotated[
        str | None,
        typer.Option(metavar="SEQ:HASH", help="A head that this command once printed."),
    ] = None,
) -> None:
    """Check the whole record, from events to policies; print its head, to keep elsewhere."""
    kept = _head(anchor)
    with opened(current=True) as (database, _):
        from modsvc.store.verify import head, verify

        with database.reading() as session:
            faults = list(verify(session, kept))
            _report(faults)
            last = head(session)
        print(f"{last.seq} events are as they were written.")
        print(f"Head: {last}")


@app.command()
def sweep() -> None:
    """Erase texts older than MODSVC_RETENTION_DAYS and delete what has lapsed."""
    with opened(current=True) as (database, settings):
        from modsvc.store import retention

        swept = retention.sweep(database, settings.retention_days)
        print(
            f"Erased the words of {swept.contents} contents; deleted {swept.idempotency_keys} "
            f"idempotency keys, {swept.sessions} sign-ins and {swept.messages} settled messages."
        )


def _head(anchor: str | None) -> "Head | None":
    from modsvc.store.verify import Head

    with usage():
        return None if anchor is None else Head.parse(anchor)


def _report(faults: Sequence["Fault"]) -> None:
    """Say what is wrong, if anything, and end with 1."""
    for fault in faults[:_MAX_LISTED]:
        complain(f"event {fault.seq}: {fault.what}: {fault.detail}")
    if faults:
        complain(f"{len(faults)} faults: keep this database as it is, and find out who had access.")
        raise typer.Exit(1)
