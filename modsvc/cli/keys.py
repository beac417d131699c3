"""`modsvc key`: making, listing, changing and revoking API keys.

In: the settings that name a database. Out: a new key's token, once, on standard output; a
table of keys, which never has one. The work is done by `modsvc.store.api_keys`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from modsvc.cli.common import complain, opened, operator

if TYPE_CHECKING:
    from modsvc.store.database import Database
    from modsvc.store.tables import ApiKey

app = typer.Typer(help="Make, list, change and revoke API keys.", no_args_is_help=True)

Rate = Annotated[
    int | None, typer.Option(min=0, help="Texts a minute; 0 is no limit, else MODSVC_RATE holds.")
]
Quota = Annotated[
    int | None, typer.Option(min=0, help="Texts a day; 0 is no limit, else MODSVC_QUOTA holds.")
]
Decimals = Annotated[
    int | None, typer.Option(min=1, max=2, help="Round the scores that it gets; else as they are.")
]
Spans = Annotated[
    bool, typer.Option("--spans", help="Say which parts scores come from although rounded.")
]


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
    rate: Rate = None,
    quota: Quota = None,
    decimals: Decimals = None,
    spans: Spans = False,
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
                actor=operator(),
                community=community,
                expires_at=None if days is None else utcnow() + timedelta(days=days),
                allowance=api_keys.Allowance(rate, quota, decimals, spans),
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
        table = Table(
            "id", "prefix", "name", "scopes", "community", "may have", "state", "last used"
        )
        for key in keys:
            used = "never" if key.last_used_at is None else f"{key.last_used_at:%Y-%m-%d %H:%M}"
            table.add_row(
                *(key.id, key.prefix, key.name, " ".join(key.scopes)),
                *(key.community or "(all)", _allowance(key), _state(key), used),
            )
        Console().print(table)


@app.command("set")
def set_allowance(
    key: Annotated[str, typer.Argument(help="Its id or prefix, as `modsvc key list` shows it.")],
    rate: Rate = None,
    quota: Quota = None,
    decimals: Decimals = None,
    spans: Annotated[
        bool | None, typer.Option(help="Whether to say which parts rounded scores come from.")
    ] = None,
    default: Annotated[
        list[str] | None,
        typer.Option(help="rate, quota or decimals: no longer its own; repeat it."),
    ] = None,
) -> None:
    """Change what a key may have, within seconds; what is left out stays."""
    with _opened() as database:
        from modsvc.errors import InputError
        from modsvc.store import api_keys

        if not set(default or ()) <= {"rate", "quota", "decimals"}:
            raise InputError("--default takes rate, quota or decimals.")
        given = {"rate": rate, "quota": quota, "decimals": decimals, "spans": spans}
        changes: dict[str, Any] = {
            **{name: value for name, value in given.items() if value is not None},
            **dict.fromkeys(default or ()),
        }
        with database.transaction() as session:
            before = api_keys.Allowance.of(api_keys.in_force(session, key))
            changed = api_keys.allow(session, key, before._replace(**changes), actor=operator())
        print(f"{changed.name} ({changed.prefix}…) may have: {_allowance(changed)}.")


@app.command()
def revoke(
    key: Annotated[str, typer.Argument(help="Its id or prefix, as `modsvc key list` shows it.")],
) -> None:
    """Make a key invalid, within seconds and for good."""
    with _opened() as database:
        from modsvc.store import api_keys

        with database.transaction() as session:
            revoked = api_keys.revoke(session, key, actor=operator())
        print(f"{revoked.name} ({revoked.prefix}…) is revoked.")


@contextmanager
def _opened() -> Iterator["Database"]:
    with opened() as (database, _):
        from modsvc.store.schema import prepare

        # The first key may well be made before the first start.
        prepare(database)
        yield database


def _state(key: "ApiKey") -> str:
    from modsvc.store.api_keys import is_valid
    from modsvc.store.columns import utcnow

    if key.revoked_at is not None:
        return "revoked"
    return "in force" if is_valid(key, utcnow()) else "expired"


def _allowance(key: "ApiKey") -> str:
    parts = [
        f"{'no limit' if texts == 0 else f'{texts:,} texts'} a {period}"
        for texts, period in ((key.rate, "minute"), (key.quota, "day"))
        if texts is not None
    ]
    if key.decimals is not None:
        parts.append(f"{key.decimals} decimals{', spans' if key.spans else ''}")
    return "; ".join(parts) or "as the settings say"
