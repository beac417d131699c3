"""The project's own sentences: enough of them, well formed, and nobody's copies."""

import json
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest

from modsvc.labels import CATEGORIES
from training import catalogue
from training.authored_check import Record, check_authored, read_authored
from training.catalogue import load_sources, rows_of

MANY = ("ru", "uz", "kk", "ky", "tg", "tk", "az", "hy", "ka", "es")
SOME = ("it", "fr", "pt", "pl", "nl", "de", "tr", "ar", "fa", "hi", "en")
#: Languages with public data, which say nothing of image abuse.
BESIDE = ("uk", "ro", "ko", "zh")


@pytest.fixture(scope="module")
def files() -> dict[str, list[Record]]:
    return read_authored()


def test_every_language_has_what_was_promised(files: dict[str, list[Record]]) -> None:
    assert set(files) == {*MANY, *SOME, *BESIDE}
    for language, records in files.items():
        least = 600 if language in MANY else 300 if language in SOME else 250
        abuse = sum(record["misogyny"] for record in records)
        assert len(records) >= least
        # Plain sentences stand for all that a platform sees; the rest is balanced.
        telling = sum(record["kind"] != "everyday" for record in records)
        assert 0.43 * telling <= abuse <= 0.55 * telling, language
        counts = Counter(category for record in records for category in record["categories"])
        assert min(counts[category] for category in CATEGORIES) >= least / 32, language
        assert counts["image_abuse"] >= 20, language


def test_the_parent_decides_a_reply_or_the_reply_answers_the_parent(
    files: dict[str, list[Record]],
) -> None:
    replies: dict[str, list[Record]] = defaultdict(list)
    for records in files.values():
        for record in records:
            if record["parent"] is not None:
                replies[record["group"]].append(record)
    assert len(replies) >= 400
    for group, records in replies.items():
        assert {record["misogyny"] for record in records} == {0, 1}, group
        same = [len({record[part] for record in records}) for part in ("text", "parent")]
        assert 1 in same, group


def test_the_files_have_no_fault(files: dict[str, list[Record]]) -> None:
    checked = check_authored(files)
    assert [fault for one in checked for fault in one.faults] == []
    assert min(one.detected for one in checked) >= 0.9


def record(number: int, text: str, **changes: Any) -> Record:
    return {
        "id": f"en-{number:04d}",
        "group": f"en-{number:04d}",
        "text": text,
        "parent": None,
        "language": "en",
        "misogyny": 0,
        "categories": [],
        "toxic_other": 0,
        "kind": "everyday",
        "register": "plain",
        "author": "project",
        "verified_by_native": False,
    } | changes


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"id": "ru-0001"}, "does not belong into en.jsonl"),
        ({"kind": "gossip"}, "unknown kind"),
        ({"misogyny": 1}, "abuse is misogyny 1"),
        ({"kind": "abuse", "misogyny": 1}, "abuse has categories"),
        ({"kind": "abuse", "misogyny": 1, "categories": ["spam"]}, "of the taxonomy"),
        ({"verified_by_native": True}, "as they are"),
        ({"note": "new"}, "the keys must be"),
    ],
)
def test_a_faulty_record_is_named(changes: dict[str, Any], fault: str) -> None:
    (checked,) = check_authored({"en": [record(1, "The bakery opens at seven.", **changes)]})
    assert any(fault in found for found in checked.faults)


def test_near_copies_in_two_groups_are_found_but_not_twins() -> None:
    text = "The bakery on the corner opens at seven every day but Sunday"
    copies = [record(1, text), record(2, text + ".")]
    (checked,) = check_authored({"en": copies})
    assert checked.faults == ("en-0001 is nearly en-0002",)
    (checked,) = check_authored({"en": [copies[0], {**copies[1], "group": "en-0001"}]})
    assert checked.faults == ()


def test_the_source_reads_them_as_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    abuse = record(1, "Pay, or your mother sees the video.", misogyny=1, kind="abuse")
    abuse |= {"categories": ["image_abuse", "threats"]}
    lines = [json.dumps(abuse), json.dumps(record(2, "Rain again.", toxic_other=None))]
    (tmp_path / "en.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    monkeypatch.setattr(catalogue, "AUTHORED_DIR", tmp_path)
    first, second = rows_of(load_sources()["authored"], tmp_path)
    assert (first.misogyny, first.toxic_other, first.split) == (1, 0, "none")
    assert {name for name, value in first.categories.items() if value} == {"image_abuse", "threats"}
    assert (second.misogyny, second.toxic_other, second.group) == (0, None, "en-0002")


def test_the_declared_counts_are_those_of_the_files(tmp_path: Path) -> None:
    source = load_sources()["authored"]
    rows = list(rows_of(source, tmp_path))
    assert source.expected == {
        "none": {"rows": len(rows), "positives": sum(r.misogyny == 1 for r in rows), "null": 0}
    }
    assert {row.language for row in rows} == set(source.languages)
