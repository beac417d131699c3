"""A small load on a real service that is killed meanwhile; and whatever it lost would be seen."""

import asyncio
import json
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from eval.__main__ import app
from eval.load.checks import TOLD, check_leases, check_texts, check_webhooks
from eval.load.http import Answer, Connection, Lost
from eval.load.receiver import Receipt
from eval.load.record import Content, Decision, Event, Item, Message, Record
from eval.load.sending import Platform, Sent
from eval.load.texts import stream

LEASE = timedelta(minutes=1)
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
NOTHING = Record([], [], [], [], [])

SENTENCES = """
neutral: {en: [hello women, the sun is out]}
abusive: {en: [you hateword, hateword derogationword]}
"""


@pytest.fixture
def sentences(tmp_path: Path) -> Path:
    file = tmp_path / "sentences.yaml"
    file.write_text(SENTENCES, encoding="utf-8")
    return file


@pytest.mark.slow
@pytest.mark.parametrize("later", [[], ["--later"]], ids=["at once", "later"])
def test_a_service_that_is_killed_loses_nothing(
    tiny_artifact: Path, bare_url: str, sentences: Path, tmp_path: Path, later: list[str]
) -> None:
    folder = tmp_path / "load"
    options = {
        "--model": tiny_artifact,
        "--database-url": bare_url,
        "--texts": sentences,
        "--folder": folder,
        "--rate": 30,
        "--seconds": 12,
        "--kill": 2,
        "--settle": 8,
    }
    arguments = ["load", *later, *(str(part) for option in options.items() for part in option)]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, f"{done.output}\n{done.exception!r}"
    outcome = json.loads((folder / "outcome.json").read_text("utf-8"))
    assert outcome["kills"] == 2
    assert outcome["answered"] == outcome["texts"] >= 100
    assert outcome["lost_connections"] > 0
    assert outcome["messages"] > 0
    assert outcome["decided_s"]["p99"] > 0
    assert sum(person.get("took", 0) for person in outcome["reviewers"]) > 0

    again = CliRunner().invoke(app, arguments)
    assert again.exit_code != 0
    assert "empty one" in str(again.exception)


def test_texts_are_the_same_in_every_run_and_few_are_pasted(sentences: Path) -> None:
    one, other = stream(sentences, 1), stream(sentences, 1)
    texts = [next(one) for _ in range(1000)]
    assert texts == [next(other) for _ in range(1000)]
    assert 0.05 < sum("hateword" in text for text in texts) / 1000 < 0.2
    assert 0 < len(texts) - len(set(texts)) < 50


async def test_what_is_refused_is_sent_again_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """A service that is busy, goes away, and then answers."""
    item = {"decision": {"id": "d1", "action": "allow"}, "item": None}
    answers = [
        Answer(429, {}, b""),
        Lost("gone"),
        Answer(202, {}, json.dumps({"items": [item]}).encode()),
    ]
    stop = asyncio.Event()

    async def ask(self: Connection, *request: object) -> Answer:
        stop.set()
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, Lost):
            raise answer
        return answer

    monkeypatch.setattr(Connection, "ask", ask)
    platform = Platform("localhost", 0, "key", iter(["hello"] * 9), told_share=0.5, seed=1)
    await platform.send(1.0, stop)
    [sent] = [Sent(**json.loads(json.dumps(asdict(one)))) for one in platform.sent]
    assert (sent.status, sent.refused, sent.lost, sent.answer) == (202, {"429": 1}, 1, item)


def answered(flagged: bool = True) -> tuple[Sent, Record]:
    """A text of the community that is told, as it was answered, and its rows."""
    item = "i1" if flagged else None
    action = "review" if flagged else "allow"
    answer = {"decision": {"id": "d1", "action": action}, "item": item}
    sent = Sent("text-0", TOLD, 0.0, status=202, seconds=0.1, answer=answer)
    items = [Item("i1", "c1", "first", "open", None, None, None)] if flagged else []
    decided = [Decision("d1", "c1", action)]
    return sent, Record([Content("c1", TOLD, "text-0", 1)], decided, items, [], [])


def faults(sent: Sent, record: Record) -> list[str]:
    return list(check_texts(record, [sent]))


def test_a_text_that_is_there_once_is_well() -> None:
    assert faults(*answered()) == faults(*answered(flagged=False)) == []


@pytest.mark.parametrize(
    ("rows", "what"),
    [
        ({"contents": []}, "there 0 times"),
        ({"contents": [Content("c1", TOLD, "text-0", 1)] * 2}, "there 2 times"),
        ({"contents": [Content("c1", TOLD, "text-0", 2)]}, "202"),
        ({"decisions": []}, "0 decisions"),
        ({"decisions": [Decision("d2", "c1", "review")]}, "another one"),
        ({"decisions": [Decision("d1", "c1", "allow")]}, "another one"),
        ({"items": []}, "other items"),
        ({"items": [Item("i2", "c1", "first", "open", None, None, None)]}, "other items"),
    ],
)
def test_a_text_that_is_lost_doubled_or_another_is_seen(rows: dict[str, Any], what: str) -> None:
    sent, record = answered()
    [fault, *_] = faults(sent, replace(record, **rows))
    assert what in fault


def waited(flagged: bool = True) -> tuple[Sent, Record]:
    """The same, answered before it was decided on."""
    sent, record = answered(flagged)
    return replace(sent, answer={"status": "waiting", "decision": None, "item": None}), record


def test_a_text_that_waited_is_decided_on_in_the_end() -> None:
    assert faults(*waited()) == faults(*waited(flagged=False)) == []
    sent, record = waited()
    assert "0 decisions" in faults(sent, replace(record, decisions=[]))[0]
    assert "2 decisions" in faults(sent, replace(record, decisions=record.decisions * 2))[0]
    assert "other items" in faults(sent, replace(record, items=[]))[0]
    assert "other items" in faults(sent, replace(record, items=record.items * 2))[0]
    silent = replace(sent, answer={"decision": None, "item": None})
    assert "not that it waits" in faults(silent, record)[0]


def test_a_text_from_nowhere_is_seen() -> None:
    _, record = answered()
    [fault] = check_texts(record, [])
    assert "never sent" in fault


def test_an_answer_that_changes_or_never_comes_is_seen() -> None:
    sent, record = answered()
    assert "otherwise" in faults(replace(sent, alike=False), record)[0]
    assert "not taken: 500" in faults(replace(sent, answer=None, status=500), record)[0]


def happened(*steps: tuple[str, str, int]) -> list[Event]:
    """What happened to `i1`: which kind, by whom, after how many seconds."""
    events = []
    for seq, (kind, actor, seconds) in enumerate(steps, 1):
        at = NOW + timedelta(seconds=seconds)
        data = {"lease_until": (at + LEASE).isoformat(), "copy_of": None}
        if kind == "copied":
            kind, data["copy_of"] = "upheld", "i0"
        events.append(Event(seq, at, kind, "c1", "i1", actor, data))
    return events


def leases(state: str, *steps: tuple[str, str, int]) -> list[str]:
    until = NOW + LEASE if state == "claimed" else None
    item = Item("i1", "c1", "first", state, None, until, None)
    return list(check_leases(replace(NOTHING, items=[item], events=happened(*steps)), LEASE))


@pytest.mark.parametrize(
    ("state", "steps"),
    [
        ("open", []),
        ("claimed", [("claimed", "ana", 0)]),
        ("claimed", [("claimed", "ana", 0), ("claimed", "ben", 61)]),
        ("open", [("claimed", "ana", 0), ("released", "ana", 1)]),
        ("resolved", [("claimed", "ana", 0), ("upheld", "ana", 90)]),
        ("claimed", [("claimed", "ana", 0), ("upheld", "ana", 1), ("undone", "ana", 2)]),
        ("resolved", [("claimed", "ana", 0), ("copied", "ben", 61)]),
        ("open", [("copied", "ana", 0), ("undone", "ana", 1)]),
    ],
)
def test_what_may_happen_to_an_item(state: str, steps: list[tuple[str, str, int]]) -> None:
    assert leases(state, *steps) == []


@pytest.mark.parametrize(
    ("state", "steps", "what"),
    [
        ("claimed", [("claimed", "ana", 0), ("claimed", "ben", 59)], "before the lease was over"),
        ("resolved", [("claimed", "ana", 0), ("upheld", "ben", 1)], "did not hold it"),
        ("resolved", [("claimed", "ana", 0), ("copied", "ben", 1)], "did not hold it"),
        ("resolved", [("upheld", "ana", 0)], "did not hold it"),
        ("resolved", [("copied", "ana", 0), ("copied", "ben", 1)], "a second time"),
        ("claimed", [("copied", "ana", 0), ("claimed", "ben", 1)], "although it was resolved"),
        ("open", [("claimed", "ana", 0), ("released", "ben", 1)], "did not hold it"),
        ("open", [("copied", "ana", 0), ("undone", "ben", 1)], "had not resolved it"),
        ("open", [("claimed", "ana", 0)], "its events say claimed"),
        ("claimed", [], "its events say open"),
    ],
)
def test_what_must_not_happen_to_an_item(
    state: str, steps: list[tuple[str, str, int]], what: str
) -> None:
    assert what in leases(state, *steps)[0]


def test_an_item_that_is_held_for_ever_is_seen() -> None:
    item = Item("i1", "c1", "first", "claimed", "ana", None, None)
    events = happened(("claimed", "ana", 0))
    record = replace(NOTHING, items=[item], events=events)
    assert list(check_leases(record, LEASE)) == ["item i1 is claimed for ever"]
    assert "longer than a lease" in next(check_leases(record, LEASE / 2))


PAYLOAD = {"content": {"id": "text-0"}}
MESSAGE = Message("m1", "decision.made", PAYLOAD, 2, None, NOW)
RECEIPT = Receipt("m1", 2, "decision.made", "text-0", signed=True, taken=True)


def told(messages: list[Message], receipts: list[Receipt], *, patient: bool = True) -> list[str]:
    sent, _ = answered()
    return list(check_webhooks(messages, receipts, [sent], patient=patient))


def test_a_message_that_came_twice_and_says_so_is_well() -> None:
    assert told([MESSAGE], [replace(RECEIPT, attempt=1), RECEIPT]) == []


@pytest.mark.parametrize(
    ("messages", "receipts", "what"),
    [
        ([], [], "0 messages say"),
        ([MESSAGE, MESSAGE._replace(id="m2")], [RECEIPT, replace(RECEIPT, message="m2")], "2 mess"),
        ([MESSAGE], [], "never received"),
        ([MESSAGE], [replace(RECEIPT, taken=False)], "never received"),
        ([MESSAGE], [RECEIPT, RECEIPT], "twice under one attempt"),
        ([MESSAGE], [replace(RECEIPT, attempt=3)], "twice under one attempt"),
        ([MESSAGE], [replace(RECEIPT, signed=False)], "another signature"),
        ([MESSAGE], [RECEIPT, replace(RECEIPT, message="m9")], "not in the outbox"),
        ([MESSAGE._replace(delivered_at=None)], [], "not delivered"),
    ],
)
def test_a_message_that_is_lost_or_unmarked_is_seen(
    messages: list[Message], receipts: list[Receipt], what: str
) -> None:
    assert any(what in fault for fault in told(messages, receipts))


def test_a_message_on_its_way_is_waited_for() -> None:
    on_its_way = MESSAGE._replace(delivered_at=None, next_attempt_at=NOW)
    assert told([on_its_way], [], patient=False) == []
    assert "not delivered" in told([on_its_way], [])[0]
