"""An ML engineer at a shell: add, gate, promote, fetch, follow, roll back."""

import os
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner, Result

from modsvc.app import create_app
from modsvc.cli.main import app
from tests.api.serving import in_process, make_settings
from tests.registry.verdicts import write_verdict


@pytest.fixture(autouse=True)
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A shell of the operator, who has named the registry, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MODSVC_REGISTRY", "registry")
    monkeypatch.setenv("MODSVC_MODELS_ROOT", "served")
    monkeypatch.setenv("COLUMNS", "300")


def modsvc(*arguments: object, code: int = 0) -> Result:
    done = CliRunner().invoke(app, ["models", *map(str, arguments)])
    assert done.exit_code == code, done.output
    return done


def test_a_month_of_a_registry(models: Path, tmp_path: Path) -> None:
    assert modsvc("add", models / "one", "--note", "as installed").stdout == "tiny-one\n"
    assert "instead of none" in modsvc("promote", "tiny-one", "--reason", "the first").stdout
    gate = write_verdict(tmp_path / "gate.json", models / "two", models / "one")
    modsvc("add", models / "two", "--parent", "champion", "--report", gate, "--by", "ci")
    listed = modsvc("list").stdout
    for said in ("tiny-one", "as installed", "champion", "passed", "ci"):
        assert said in listed
    modsvc("promote", "tiny-two", "--reason", "June's reviews", "--by", "ana")
    modsvc("rollback", "--reason", "alarms in Kazakh [/see the log]")
    told = modsvc("history").stdout
    reasons = ("the first", "June's reviews", "alarms in Kazakh [/see the log]")
    for said in (*reasons, "ana", "rollback", "gate.json"):
        assert said in told


def test_a_refusal_is_one_line_that_says_what_to_do(models: Path) -> None:
    for name in ("one", "two"):
        modsvc("add", models / name)
    modsvc("promote", "tiny-one")
    refused = modsvc("promote", "tiny-two", code=1).stderr
    assert refused.startswith("modsvc: tiny-two has no gate report against the champion tiny-one")
    assert refused.count("\n") == 1
    assert "not asked" in modsvc("list").stdout
    assert "no version tiny-x" in modsvc("promote", "tiny-x", code=1).stderr
    assert "not a folder" in modsvc("add", "nowhere", code=1).stderr


async def test_a_running_service_follows_the_registry(models: Path) -> None:
    for name in ("one", "two"):
        modsvc("add", models / name)
    modsvc("promote", "tiny-one")
    first = Path(modsvc("fetch", "champion").stdout.strip())
    assert first == Path("served/tiny-one")
    settings = make_settings(first, models_root=Path("served"), swap_probation_s=0, cache_size=0)
    async with in_process(create_app(settings)) as client:
        modsvc("promote", "tiny-two", "--force", "--reason", "a trial")
        name = Path(modsvc("fetch", "champion").stdout.strip()).name
        answer: httpx.Response = await client.post("/v1/admin/model", json={"path": name})
        assert answer.status_code == 200, answer.text
        assert answer.json()["active"]["version"] == "tiny-two"


def test_a_link_is_turned_to_the_champion(models: Path) -> None:
    for name in ("one", "two"):
        modsvc("add", models / name)
    for name in ("tiny-one", "tiny-two"):
        modsvc("promote", name, "--force", "--reason", "a trial")
        modsvc("fetch", "champion", "served", "--link", "current")
        assert os.readlink("served/current") == name
    assert sorted(os.listdir("served")) == ["current", "tiny-one", "tiny-two"]
    assert "plain name" in modsvc("fetch", "champion", "--link", "tiny-one", code=1).stderr
    assert "plain name" in modsvc("fetch", "champion", "--link", "../x", code=1).stderr
