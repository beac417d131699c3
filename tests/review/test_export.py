"""An auditor takes decisions and events away; an ML engineer takes reviewed texts."""

import csv
import hashlib
import io
import json
from dataclasses import replace
from datetime import timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from modsvc.errors import InputError
from modsvc.labels import CATEGORIES
from modsvc.review import export, golden
from modsvc.review.export.files import Columns, Record
from modsvc.store import erasure
from tests.review.desk import NOW, PLAIN, Desk

TOMORROW = NOW + timedelta(days=1)


def decisions(desk: Desk, **more: object) -> list[dict[str, object]]:
    with desk.database.reading() as session:
        return list(export.decisions(session, NOW, TOMORROW, **more))  # type: ignore[arg-type]


def training(desk: Desk, **more: object) -> list[dict[str, object]]:
    with desk.database.reading() as session:
        return list(export.training_rows(session, **more))  # type: ignore[arg-type]


def test_decisions_with_what_became_of_them(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("modsvc.review.export.records._AT_ONCE", 2)
    ana = desk.person("ana")
    upheld = desk.flag("One", content_id="c1", community="school")
    desk.settle(ana, upheld, "uphold", "threats")
    desk.flag("Two", content_id="c2", language="es")
    desk.flag("Three", content_id="c3", action="withhold")
    rows = decisions(desk)
    assert [row["content_id"] for row in rows] == ["c1", "c2", "c3"]
    assert all(list(row) == list(export.DECISION_COLUMNS) for row in rows)
    assert [row["current_action"] for row in rows] == ["withhold", "review", "withhold"]
    assert [row["status"] for row in rows] == ["upheld", "pending", "pending"]
    assert rows[0]["reviewed_categories"] == ["threats"]
    assert (rows[0]["reviewed_at"], rows[1]["reviewed_at"]) == (
        NOW.isoformat(timespec="microseconds"),
        None,
    )
    assert {row["text"] for row in rows} == {None}
    assert [row["text"] for row in decisions(desk, with_text=True)] == ["One", "Two", "Three"]
    assert [row["content_id"] for row in decisions(desk, community="school")] == ["c1"]


def digest(written: dict[str, object]) -> str:
    canonical = json.dumps(written, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def test_the_whole_record_can_be_checked_by_whoever_has_the_file(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("modsvc.review.export.records._AT_ONCE", 3)
    ana = desk.person("ana")
    desk.settle(ana, desk.flag(), "uphold")
    with desk.database.reading() as session:
        rows = list(export.event_log(session))
        assert list(export.event_log(session, until=NOW - timedelta(days=9999))) == []
    assert [row["seq"] for row in rows] == list(range(1, len(rows) + 1))
    previous = "0" * 64
    for row in rows:
        assert row["prev_hash"] == previous
        place = ("seq", "prev_hash", "hash", "mac")
        fields = digest({name: row[name] for name in row if name not in place})
        previous = digest({"fields": fields, "prev_hash": row["prev_hash"], "seq": row["seq"]})
        assert row["hash"] == previous


def test_reviewed_texts_become_rows_of_the_corpus(desk: Desk) -> None:
    ana = desk.person("ana")
    first = desk.flag("You hateword", parent_text="My photo", author_id="troll", content_id="1")
    desk.settle(ana, first, "uphold", "derogation")
    second = desk.flag("Hello women", language="ru", author_id="troll", content_id="2")
    desk.settle(ana, second, "overturn")
    open_categories = desk.flag(
        "You too", content_id="3", community="school", reason_codes=["misogyny_review"]
    )
    desk.settle(ana, open_categories, "uphold")
    rows = training(desk)
    assert all(list(row) == list(export.TRAINING_COLUMNS) for row in rows)
    assert [(row["text"], row["parent"], row["language"]) for row in rows] == [
        ("You hateword", "My photo", "en"),
        ("Hello women", None, "ru"),
        ("You too", None, "en"),
    ]
    assert [row["misogyny"] for row in rows] == [1, 0, 1]
    assert [row["derogation"] for row in rows] == [1, 0, None]
    assert [row["threats"] for row in rows] == [0, 0, None]
    assert {row["source"] for row in rows} == {"reviews"}
    assert rows[0]["group"] == rows[1]["group"] != rows[2]["group"]
    assert len({row["row_id"] for row in rows}) == 3
    author = desk.content(first).author_key
    assert author is not None
    assert not any(author in str(value) for row in rows for value in row.values())
    assert len(training(desk, community="school")) == 1
    assert training(desk, until=NOW) == []
    assert len(training(desk, since=NOW)) == 3


def test_only_what_is_settled_and_still_kept(desk: Desk) -> None:
    desk.practice = replace(PLAIN, second_share=1.0)
    ana, ben, lead = desk.person("ana"), desk.person("ben"), desk.person("lea", "lead")
    desk.flag("Nobody looked", content_id="1")
    gone = desk.flag("Gone", content_id="2")
    desk.settle(ana, gone, "uphold", "threats")
    disputed = desk.flag("Disputed", content_id="3")
    desk.settle(ana, disputed, "uphold", "threats")
    desk.settle(ben, desk.items("second")[-1].id, "overturn")
    escalated = desk.flag("Escalated", content_id="4")
    desk.settle(ana, escalated, "escalate")
    with desk.database.transaction() as session:
        erasure.erase(session, "", "2", actor="key")
        golden.add(session, "Known", "en", flagged=True, actor="lead")
    assert training(desk) == []
    for asked in desk.items("adjudication"):
        desk.settle(lead, asked.id, "overturn")
    assert [(row["text"], row["misogyny"]) for row in training(desk)] == [
        ("Disputed", 0),
        ("Escalated", 0),
    ]


def test_the_schema_is_the_corpus_own() -> None:
    corpus = pytest.importorskip("training.corpus")
    more = {"settled": "string", "kept_until": "string"}
    assert {
        **{name: feature.dtype for name, feature in corpus.FEATURES.items()},
        **more,
    } == export.TRAINING_COLUMNS
    assert set(CATEGORIES) < set(export.TRAINING_COLUMNS)


RECORDS: list[Record] = [
    {"name": "=1+1", "n": 1, "nested": {"a": [1, None]}, "empty": None},
    {"name": 'говорит, "привет"\n', "n": -2, "nested": ["x"], "empty": None},
]
COLUMNS: Columns = {"name": "string", "n": "int64", "nested": "string", "empty": "string"}


def written(fmt: str) -> bytes:
    stream = io.BytesIO()
    assert export.write(iter(RECORDS), COLUMNS, stream, fmt) == 2  # type: ignore[arg-type]
    return stream.getvalue()


def test_the_same_records_in_three_formats() -> None:
    lines = [json.loads(line) for line in written("jsonl").decode().splitlines()]
    assert lines == RECORDS
    rows = list(csv.DictReader(io.StringIO(written("csv").decode(), newline="")))
    assert [row["name"] for row in rows] == ["'=1+1", 'говорит, "привет"\n']
    assert [json.loads(row["nested"]) for row in rows] == [{"a": [1, None]}, ["x"]]
    assert [row["n"] for row in rows] == ["1", "-2"]
    table = pq.read_table(pa.BufferReader(written("parquet"))).to_pylist()
    assert [row["name"] for row in table] == [record["name"] for record in RECORDS]
    assert json.loads(table[0]["nested"]) == {"a": [1, None]}
    assert {row["empty"] for row in table} == {None}


def test_unknown_formats_are_refused() -> None:
    with pytest.raises(InputError, match="jsonl, csv, parquet"):
        written("xlsx")
