"""The examples of a monthly retraining are valid, and say what the commands understand."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from typer.core import TyperGroup

import eval.__main__
import training.__main__
from modsvc.cli.main import app

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "docs" / "examples"
APPS = {
    "modsvc": app,
    "python -m eval": eval.__main__.app,
    "python -m training": training.__main__.app,
}

#: Stands for every program that a script calls: notes how, and answers as it is told.
STAND_IN = """#!{python}
import json, os, sys
with open(os.environ["CALLS"], "a", encoding="utf-8") as file:
    file.write(json.dumps([os.path.basename(sys.argv[0]), *sys.argv[1:]]) + "\\n")
words = sys.argv[1:]
if words[:2] == ["models", "fetch"]:
    print("models/open-1")
if "--link" in words:
    link = os.path.join(words[3], words[-1])
    if os.path.lexists(link):
        os.remove(link)
    os.symlink("open-1", link)
if words[:2] == ["models", "add"]:
    print("research-2")
sys.exit(int(os.environ["GATE"]) if words[:3] == ["-m", "eval", "gate"] else 0)
"""


def shell(tmp_path: Path, script: str, *arguments: str, gate: int = 0) -> tuple[int, str, Any]:
    """Run a script among stand-ins; its exit code, what it printed, and the calls it made."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("python", "modsvc", "pkill"):
        program = programs / name
        program.write_text(STAND_IN.format(python=sys.executable), encoding="utf-8")
        program.chmod(0o755)
    calls = tmp_path / "calls"
    calls.touch()
    done = subprocess.run(
        [str(EXAMPLES / script), *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={
            **os.environ,
            "PATH": f"{programs}:{os.environ['PATH']}",
            "CALLS": str(calls),
            "GATE": str(gate),
            "MODELS": str(tmp_path),
        },
    )
    made = [json.loads(line) for line in calls.read_text("utf-8").splitlines()]
    return done.returncode, done.stdout, made


def understood(words: list[str]) -> str:
    """The name of the command that a call is for; fails where its parser refuses the call."""
    program = "modsvc" if words[0] == "modsvc" else " ".join(["python", *words[1:3]])
    rest = words[1:] if words[0] == "modsvc" else words[3:]
    command, name = typer.main.get_command(APPS[program]), program
    while isinstance(command, TyperGroup):
        word, *rest = rest
        command, name = command.commands[word], f"{name} {word}"
    command.make_context(name, list(rest))
    return name


def test_a_month_is_five_commands_that_are_understood(tmp_path: Path) -> None:
    code, printed, made = shell(tmp_path, "retrain.sh", "--promote")
    assert (code, printed) == (0, "research-2\n")
    assert [understood(call) for call in made] == [
        "modsvc models fetch",
        "python -m training from-reviews",
        "python -m training run",
        "python -m eval gate",
        "modsvc models add",
        "modsvc models promote",
    ]
    assert made[2][made[2].index("--init-from") + 1] == "models/open-1"


def test_a_refused_challenger_is_kept_and_not_promoted(tmp_path: Path) -> None:
    code, printed, made = shell(tmp_path, "retrain.sh", "--promote", gate=1)
    assert (code, printed) == (1, "research-2\n")
    assert [call[2] for call in made if call[0] == "modsvc"] == ["fetch", "add"]


def test_a_gate_that_failed_adds_nothing(tmp_path: Path) -> None:
    code, printed, made = shell(tmp_path, "retrain.sh", gate=2)
    assert (code, printed) == (1, "")
    assert [call[2] for call in made if call[0] == "modsvc"] == ["fetch"]


def test_a_service_that_follows_asks_for_the_champion(tmp_path: Path) -> None:
    # Nothing has changed, so that nobody is sent a signal.
    (tmp_path / "current").symlink_to("open-1")
    code, _, made = shell(tmp_path, "follow.sh")
    assert code == 0
    [call] = made
    assert understood(call) == "modsvc models fetch"
    assert call[3:] == ["champion", str(tmp_path), "--link", "current"]


def test_a_service_is_told_of_another_champion(tmp_path: Path) -> None:
    (tmp_path / "current").symlink_to("open-0")
    code, _, made = shell(tmp_path, "follow.sh")
    assert code == 0
    [*told, who] = made[-1]
    assert told == ["pkill", "-HUP", "-f"]
    run = "/srv/modsvc/.venv/bin/python /srv/modsvc/.venv/bin/modsvc"
    assert re.search(who, f"{run} serve")
    assert re.search(who, f"{run} stream --in comments")
    # That signal would end them.
    assert not re.search(who, f"{run} drift watch")
    assert not re.search(who, "bash -c 'modsvc serve'")


def test_the_workflow_is_one() -> None:
    schema = ["check-jsonschema", "--builtin-schema", "vendor.github-workflows"]
    program = Path(sys.executable).parent / schema[0]
    done = subprocess.run(
        [str(program), *schema[1:], str(EXAMPLES / "retrain.yml")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    jobs = yaml.safe_load((EXAMPLES / "retrain.yml").read_text("utf-8"))["jobs"]
    steps = [step["run"] for job in jobs.values() for step in job["steps"] if "run" in step]
    [promotion] = [step for step in steps if step.startswith("modsvc")]
    assert understood(re.findall(r'"[^"]*"|\S+', promotion)) == "modsvc models promote"
    assert any("docs/examples/retrain.sh" in step for step in steps)
    # Nothing is promoted but by people, who are asked for this environment.
    assert jobs["promote"]["environment"] == "production"


def test_every_line_of_the_crontab_is_one() -> None:
    lines = (EXAMPLES / "retrain.cron").read_text("utf-8").splitlines()
    jobs = [line for line in lines if re.match(r"[\d*]", line)]
    assert len(jobs) == 2
    for job in jobs:
        *when, user, command = job.split(maxsplit=6)
        assert all(re.fullmatch(r"\*|\d+", field) for field in when)
        assert user == "modsvc"
        # In a crontab it would end the line.
        assert "%" not in command
        [script] = re.findall(r"docs/examples/(\S+\.sh)", command)
        assert os.access(EXAMPLES / script, os.X_OK)


@pytest.mark.parametrize("script", ["retrain.sh", "follow.sh"])
def test_the_scripts_have_no_known_mistakes(script: str) -> None:
    program = Path(sys.executable).parent / "shellcheck"
    done = subprocess.run(
        [str(program), str(EXAMPLES / script)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
