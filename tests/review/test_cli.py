"""An operator makes the first admin, and looks after accounts on the command line."""

import io
import re
from pathlib import Path

import pytest
from sqlalchemy import select
from typer.testing import CliRunner, Result

from modsvc.cli import users
from modsvc.cli.common import operator
from modsvc.cli.main import app
from modsvc.review.sign_in import authenticate
from modsvc.store.database import Database
from modsvc.store.tables import Event
from tests.databases import SECRET

PASSWORD = "a long enough password"


def modsvc(*arguments: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(app, ["user", *arguments], input=stdin)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MODSVC_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("MODSVC_SECRET_KEY", SECRET)
    return tmp_path


def test_the_first_admin_and_a_reviewer(place: Path) -> None:
    made = modsvc("add", "Adm", "--role", "admin", "--password-stdin", stdin=f"{PASSWORD}\n")
    assert (made.exit_code, made.stdout) == (0, "adm may sign in as admin.\n"), made.stderr
    options = ("--language", "ru", "--language", "uz", "--hide", "threats", "--daily-cap", "80")
    made = modsvc("add", "ana", *options, "--password-stdin", stdin=PASSWORD)
    assert made.exit_code == 0, made.stderr
    listed = modsvc("list").stdout.splitlines()
    assert listed == ["adm\tadmin\tall languages", "ana\treviewer\tru,uz\tcap 80\thides threats"]
    database = Database.open(place, None, SECRET)
    assert authenticate(database, "adm", PASSWORD).role == "admin"
    database.close()


def test_keeping_somebody_out_and_letting_them_in(place: Path) -> None:
    modsvc("add", "ana", "--password-stdin", stdin=PASSWORD)
    assert modsvc("disable", "ana").stdout == "ana is disabled.\n"
    assert modsvc("list").stdout == "ana\treviewer\tall languages\tdisabled\n"
    assert modsvc("enable", "ana").stdout == "ana is enabled.\n"
    other = "quite another password"
    assert modsvc("passwd", "ana", "--password-stdin", stdin=other).exit_code == 0
    database = Database.open(place, None, SECRET)
    with database.reading() as session:
        assert set(session.scalars(select(Event.actor))) == {operator()}
    assert authenticate(database, "ana", other).name == "ana"
    database.close()


def test_a_password_is_typed_twice(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    typed = iter([PASSWORD, PASSWORD, PASSWORD, "something else"])
    monkeypatch.setattr(users.sys, "stdin", Terminal())
    monkeypatch.setattr(users.getpass, "getpass", lambda _: next(typed))
    assert users._password(from_stdin=False) == PASSWORD
    with pytest.raises(users.InputError, match="differ"):
        users._password(from_stdin=False)


@pytest.mark.parametrize(
    ("arguments", "stdin", "match"),
    [
        (("add", "ben", "--password-stdin"), "short", "12 to 1024"),
        (("add", "ana", "--password-stdin"), PASSWORD, "another name"),
        (("add", "ben", "--hide", "spam", "--password-stdin"), PASSWORD, "threats"),
        (("add", "ben"), PASSWORD, "--password-stdin"),
        (("disable", "ben"), None, "modsvc user list"),
        (("passwd", "ben", "--password-stdin"), PASSWORD, "modsvc user list"),
    ],
)
def test_what_goes_wrong_is_explained(
    place: Path, arguments: tuple[str, ...], stdin: str | None, match: str
) -> None:
    modsvc("add", "ana", "--password-stdin", stdin=PASSWORD)
    failed = modsvc(*arguments, stdin=stdin)
    assert failed.exit_code == 1
    assert re.search(match, failed.stderr)


def test_an_account_needs_a_database(place: Path) -> None:
    failed = modsvc("list")
    assert failed.exit_code == 1
    assert "modsvc db upgrade" in failed.stderr
