"""`modsvc user`: the people who work at the desk.

In: names and options, and passwords, which are typed or come on standard input, never as
arguments that others can see. Out: what was done, in a line. Rules are in
`modsvc.review.accounts`; it is imported inside the commands so that `--help` answers at once.
"""

import getpass
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from modsvc.cli.common import opened, operator
from modsvc.errors import InputError
from modsvc.review.words import Role

if TYPE_CHECKING:
    from modsvc.store.tables import Account

app = typer.Typer(help="Look after the accounts of the desk.", no_args_is_help=True)

NameArgument = Annotated[str, typer.Argument(help="The name that the person signs in with.")]
StdinOption = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from standard input.")
]


@app.command()
def add(
    name: NameArgument,
    role: Annotated[Role, typer.Option(help="What the person may do.")] = "reviewer",
    language: Annotated[
        list[str] | None, typer.Option(help="A language that the person reads; none means all.")
    ] = None,
    hide: Annotated[
        list[str] | None, typer.Option(help="A category that the person prefers not to see.")
    ] = None,
    daily_cap: Annotated[
        int | None, typer.Option(help="At most so many items a day; none by default.")
    ] = None,
    password_stdin: StdinOption = False,
) -> None:
    """Add an account; asks for its password."""
    with opened() as (database, _):
        from modsvc.review import accounts, passwords
        from modsvc.store import schema

        # The first admin may well come before the service's first start.
        schema.prepare(database)
        password_hash = passwords.hash_password(_password(password_stdin))
        with database.transaction() as session:
            account = accounts.create(
                session,
                name,
                password_hash,
                role,
                actor=operator(),
                languages=language or (),
                hidden_categories=hide or (),
                daily_cap=daily_cap,
            )
        print(f"{account.name} may sign in as {account.role}.")


@app.command("list")
def show() -> None:
    """Show all accounts, a line each: name, role, languages, state."""
    with opened(current=True) as (database, _):
        from modsvc.review import accounts

        with database.reading() as session:
            for account in accounts.everyone(session):
                print(_line(account))


@app.command()
def disable(name: NameArgument) -> None:
    """Keep a person out, at once; their items go back to the queue."""
    _set_disabled(name, True)


@app.command()
def enable(name: NameArgument) -> None:
    """Let a person in again."""
    _set_disabled(name, False)


@app.command()
def passwd(name: NameArgument, password_stdin: StdinOption = False) -> None:
    """Set another password; unlocks the account and signs it out everywhere."""
    with opened(current=True) as (database, _):
        from modsvc.review import accounts, passwords

        with database.reading() as session:
            account = accounts.named(session, name)
        password_hash = passwords.hash_password(_password(password_stdin))
        with database.transaction() as session:
            accounts.set_password(session, account.id, password_hash, actor=operator())
        print(f"{account.name} has another password.")


@app.command("forget-identity")
def forget_identity(name: NameArgument) -> None:
    """Let whoever has this name at the OpenID provider next sign in to the account."""
    with opened(current=True) as (database, _):
        from modsvc.review import accounts, identities

        with database.transaction() as session:
            account = accounts.named(session, name)
            identities.forget(session, account.id, actor=operator())
        print(f"{account.name} may be signed in to by a new identity.")


def _set_disabled(name: str, disabled: bool) -> None:
    with opened(current=True) as (database, _):
        from modsvc.review import accounts

        with database.transaction() as session:
            account = accounts.named(session, name)
            accounts.set_disabled(session, account.id, disabled, actor=operator())
        print(f"{account.name} is {'disabled' if disabled else 'enabled'}.")


def _password(from_stdin: bool) -> str:
    """Raises InputError when the two that were typed differ, or there is nothing to read."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise InputError("There is no terminal to ask at: pass --password-stdin.")
    password = getpass.getpass("Password: ")
    if getpass.getpass("Again: ") != password:
        raise InputError("The passwords differ: try again.")
    return password


def _line(account: "Account") -> str:
    states = [
        "disabled" if account.disabled else "",
        "locked" if account.locked_until is not None else "",
        f"cap {account.daily_cap}" if account.daily_cap is not None else "",
        f"hides {','.join(account.hidden_categories)}" if account.hidden_categories else "",
    ]
    languages = ",".join(account.languages) or "all languages"
    return "\t".join([account.name, account.role, languages, *filter(None, states)])
