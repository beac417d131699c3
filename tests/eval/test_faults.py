"""The fault suite, shortened: what it can try in a minute, on the tiny model, and what it says."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from eval.__main__ import app
from eval.errors import EvalError
from eval.faults.fault import Fault, Measured, Plan, Skipped, attempt, render
from eval.faults.flood import Flood, Reply
from eval.faults.overload import tell_replies
from eval.faults.run import FAULTS, run
from eval.load.http import Answer, Connection, Lost

OPERATIONS = Path(__file__).parent.parent.parent / "docs" / "operations.md"

#: Of those that start one service or two, each in seconds; the rest is for `python -m eval faults`.
SHORT = (
    *("slow-clients", "half-open", "disconnects", "sigterm", "sigterm-twice", "out-of-memory"),
    *("model-running", "disk-full", "disk-read-only"),
)


@pytest.mark.slow
def test_what_is_promised_holds_for_the_tiny_model(tiny_artifact: Path, tmp_path: Path) -> None:
    folder = tmp_path / "faults"
    options = ["--short", "--model", str(tiny_artifact), "--folder", str(folder)]
    done = CliRunner().invoke(app, ["faults", *SHORT, *options])
    findings = json.loads((folder / "outcome.json").read_text("utf-8"))
    assert [one["name"] for one in findings] == list(SHORT)
    assert {one["name"]: one["faults"] for one in findings if one["verdict"] == "broken"} == {}
    assert done.exit_code == 0, done.output
    for one in findings:
        if one["verdict"] == "skipped":
            pytest.skip(f"{one['name']} WAS NOT TRIED: {one['faults'][0]}")


def test_every_fault_and_its_promise_is_documented() -> None:
    text = " ".join(OPERATIONS.read_text("utf-8").split())
    for fault in FAULTS:
        assert f"| `{fault.name}` |" in text, fault.name
        assert fault.promise in text, fault.name


def plan(folder: Path) -> Plan:
    return Plan(model=folder / "none", folder=folder / "runs", short=True)


def test_whatever_happens_becomes_a_finding(tmp_path: Path) -> None:
    def breaks(plan: Plan, measured: Measured) -> None:
        measured.say("seconds", 1.23456)
        measured.expect(True, "never said")
        measured.expect(False, "it did not hold")

    def fails(plan: Plan, measured: Measured) -> None:
        raise RuntimeError("unforeseen")

    def cannot(plan: Plan, measured: Measured) -> None:
        raise Skipped("needs root")

    broken, failed, skipped, well = (
        attempt(Fault("name", "promise", work), plan(tmp_path))
        for work in (breaks, fails, cannot, lambda plan, measured: None)
    )
    assert (broken.verdict, broken.faults) == ("broken", ("it did not hold",))
    assert broken.figures == {"seconds": "1.23"}
    assert (failed.verdict, failed.faults) == ("broken", ("RuntimeError: unforeseen",))
    assert (skipped.verdict, skipped.faults) == ("skipped", ("needs root",))
    assert well.verdict == "holds"
    assert render([broken, failed, skipped, well]).row_count == 4


def test_only_faults_that_are_there_and_only_into_an_empty_folder(tmp_path: Path) -> None:
    with pytest.raises(EvalError, match="choose from overload"):
        next(run(plan(tmp_path), ["rain"]))
    (tmp_path / "runs" / "old").mkdir(parents=True)
    with pytest.raises(EvalError, match="not empty"):
        next(run(plan(tmp_path)))


async def test_a_flood_does_not_wait_and_some_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every second request is refused; every twentieth of those asks again."""
    asked = 0

    async def ask(self: Connection, *request: object) -> Answer:
        nonlocal asked
        asked += 1
        if asked == 1:
            raise Lost("gone")
        return Answer(429, {"retry-after": "0"}, b"") if asked % 2 else Answer(200, {}, b"")

    monkeypatch.setattr(Connection, "ask", ask)
    flood = Flood(0, ["hello"])
    await flood.pour(1000, 0.2)
    statuses = [one.status for one in flood.replies]
    assert len(statuses) == 200
    assert statuses.count(0) == 1
    assert statuses.count(429) > 80
    assert 3 <= sum(one.again is not None for one in flood.replies) <= 6


def replies(**changes: float) -> Flood:
    taken = Reply(0.0, 200, changes.get("taken", 1.0))
    refused = Reply(0.0, 429, 0.01, changes.get("told", 2.0), 200)
    return Flood(0, [], [taken, refused])


def test_what_is_wrong_with_an_overload_is_said() -> None:
    def faults(flood: Flood) -> str:
        measured = Measured()
        tell_replies(flood, 1.0, measured)
        return " ".join(measured.faults)

    assert faults(replies()) == ""
    assert "longer than the deadline" in faults(replies(taken=31.0))
    assert "no number of seconds" in faults(replies(told=0.0))
    failed = replies()
    failed.replies.append(replace(failed.replies[0], status=500))
    assert "answered otherwise: {500: 1}" in faults(failed)
    calm = replies()
    calm.replies.pop()
    assert "no overload" in faults(calm)
