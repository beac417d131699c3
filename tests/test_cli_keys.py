"""An operator makes, lists and revokes keys on the command line."""

from pathlib import Path

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from modsvc.cli.common import operator
from modsvc.cli.main import app
from modsvc.store import api_keys
from modsvc.store.columns import utcnow
from modsvc.store.database import Database
from modsvc.store.tables import Event

runner = CliRunner()


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MODSVC_DATA_DIR", str(tmp_path / "data"))
    # Wide enough that no cell of the table is cut.
    monkeypatch.setenv("COLUMNS", "200")
    return tmp_path / "data"


def run(*arguments: str, code: int = 0) -> str:
    result = runner.invoke(app, ["key", *arguments])
    assert result.exit_code == code, result.output
    return result.stdout


def test_a_keys_life(data_dir: Path) -> None:
    # The first key may be made before the first start.
    token = run("add", "forum", "--scope", "ingest", "--scope", "score", "--days", "30").strip()
    run("add", "school", "-s", "ingest", "--community", "school")
    database = Database.open(data_dir)
    with database.reading() as session:
        key = api_keys.find(session, token)
        assert key is not None
        assert (key.name, key.scopes, key.community) == ("forum", ["ingest", "score"], None)
        assert api_keys.is_valid(key, utcnow())
    database.close()
    listed = run("list")
    assert "in force" in listed
    assert token not in listed
    assert "forum" in run("revoke", key.prefix)
    assert "revoked" in run("list")
    run("revoke", key.prefix, code=1)


def test_an_unknown_scope_is_refused(data_dir: Path) -> None:
    run("add", "forum", "--scope", "everything", code=1)
    run("add", "forum", code=2)


def test_what_a_key_may_have_is_changed_bit_by_bit(data_dir: Path) -> None:
    run("add", "forum", "-s", "score", "--rate", "600", "--quota", "0", "--decimals", "1")
    database = Database.open(data_dir)

    def allowance() -> api_keys.Allowance:
        with database.reading() as session:
            [key] = api_keys.everyone(session)
            return api_keys.Allowance.of(key)

    with database.reading() as session:
        [key] = api_keys.everyone(session)
    assert allowance() == api_keys.Allowance(600, 0, 1, False)
    assert "600 texts a minute; no limit a day; 1 decimals" in run("list")
    assert "60 texts a minute" in run("set", key.prefix, "--rate", "60", "--spans")
    assert allowance() == api_keys.Allowance(60, 0, 1, True)
    run("set", key.id, "--default", "rate", "--default", "quota", "--decimals", "2", "--no-spans")
    assert allowance() == api_keys.Allowance(None, None, 2, False)
    with database.reading() as session:
        happened = session.scalars(select(Event).order_by(Event.seq)).all()
    assert {event.actor for event in happened} == {operator()}
    assert happened[-1].data == {
        "key": key.id,
        "rate": None,
        "quota": None,
        "decimals": 2,
        "spans": False,
    }
    for wrong in (["--decimals", "3"], ["--rate", "-1"]):
        run("set", key.id, *wrong, code=2)
    run("set", key.id, "--default", "scopes", code=1)
    run("set", "nobody", "--rate", "1", code=1)
    database.close()
