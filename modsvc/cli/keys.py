"""`modsvc key`: making, listing and revoking API keys.

In: the settings that name a database. Out: a new key's token, once, on standard output; a
table of keys, which never has one. The work is done by `modsvc.store.api_keys`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from modsvc.cli.common import complain, explained, settings_or_exit

if TYPE_CHECKING:
    from modsvc.store.database import Database
    from modsvc.store.tables import ApiKey

app = typer.Typer(help="Make, list and revoke API keys.", no_args_is_help=True)

#: How the record calls whoever uses the command line.
_ACTOR = "cli"


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="Whose key it is, to recognise it later.")],
    scope: Annotated[
        list[str], typer.Option("--scope", "-s", help="score, ingest, review or admin; repeat it.")
    ],
    community: Annotated[
        str | None, typer.Option(help="The one community that it is for; else all.")
    ] = None,
    days: Annotated[
        int | None, typer.Option(min=1, max=36_500, help="Days that it is good for; else for ever.")
    ] = None,
) -> None:
    """Make a key and print its token, which is kept nowhere and never shown again."""
    with _opened() as database:
        from modsvc.store import api_keys
        from modsvc.store.columns import utcnow

        with database.transaction() as session:
            made = api_keys.add(
                session,
                name,
                scope,
                actor=_ACTOR,
                community=community,
                expires_at=None if days is None else utcnow() + timedelta(days=days),
            )
        print(made.token)
        complain(f"made the key {made.key.id}; keep the token, it is not shown again.")


@app.command("list")
def list_keys() -> None:
    """Show all keys, revoked and expired ones too."""
    with _opened() as database:
        from modsvc.store import api_keys

        with database.reading() as session:
            keys = api_keys.everyone(session)
        table = Table("id", "prefix", "name", "scopes", "community", "state", "last used")
        for key in keys:
            used = "never" if key.last_used_at is None else f"{key.last_used_at:%Y-%m-%d %H:%M}"
            table.add_row(
                *(key.id, key.prefix, key.name, " ".join(key.scopes)),
                *(key.community or "(all)", _state(key), used),
            )
        Console().print(table)


@app.command()
def revoke(
    key: Annotated[str, typer.Argument(help="Its id or prefix, as `modsvc key list` shows it.")],
) -> None:
    """Make a key invalid, within seconds and for good."""
    with _opened() as database:
        from modsvc.store import api_keys

        with database.transaction() as session:
            revoked = api_keys.revoke(session, key, actor=_ACTOR)
        print(f"{revoked.name} ({revoked.prefix}…) is revoked.")


@contextmanager
def _opened() -> Iterator["Database"]:
    settings = settings_or_exit()
    with explained():
        from modsvc.store.database import Database
        from modsvc.store.schema import prepare

        database = Database.open(*settings.database_place)
        try:
            # The first key may well be made before the first start.
            prepare(database)
            yield database
        finally:
            database.close()


def _state(key: "ApiKey") -> str:
    from modsvc.store.api_keys import is_valid
    from modsvc.store.columns import utcnow

    if key.revoked_at is not None:
        return "revoked"
    return "in force" if is_valid(key, utcnow()) else "expired"
