"""A lead publishes what was done in a quarter, without pointing at anybody."""

import csv
import io
import re
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from modsvc.accountability.disclosure import COLUMNS, HIDDEN, SMALL, publish
from modsvc.accountability.pages import duration
from modsvc.accountability.quarter import Quarter
from modsvc.accountability.transparency import ALL, Row, count
from modsvc.accountability.transparency_files import as_csv, as_html, write
from modsvc.errors import AccountabilityError
from modsvc.store.database import Database
from modsvc.store.tables import Content
from tests.accountability.rows import DAY, appeal, decide, review, text

QUARTER = Quarter(2026, 4)


def test_a_quarter_is_three_months() -> None:
    assert Quarter.parse("2026Q4") == QUARTER
    assert QUARTER.start == datetime(2026, 10, 1, tzinfo=UTC)
    assert QUARTER.end == Quarter(2027, 1).start == datetime(2027, 1, 1, tzinfo=UTC)
    assert str(QUARTER) == "2026Q4"
    for wrong in ("2026", "2026Q5", "2026q4", "Q4 2026", "0000Q1"):
        with pytest.raises(AccountabilityError, match="2026Q4"):
            Quarter.parse(wrong)


def counted(database: Database, quarter: Quarter = QUARTER) -> dict[tuple[str, str], Row]:
    with database.reading() as session:
        return {(row.language, row.category): row for row in count(session, quarter)}


@pytest.fixture
def busy(database: Database) -> Database:
    """One day, in Spanish unless told: what `test_everything_is_counted_once` says."""
    with database.transaction() as session:
        spanish = {"language": "es"}

        def sent(name: str) -> Content:
            content = text(session, name)
            content.received_at = DAY
            session.flush()
            return content

        decide(session, sent("allowed"), action="allow", reason_codes=["below_thresholds"])
        alone = decide(session, sent("withheld"), **spanish)
        stands = decide(session, sent("withheld, upheld"), **spanish)
        review(session, stands, "uphold", hours=2)
        falls = decide(session, sent("reviewed"), action="review", **spanish)
        review(session, falls, "escalate", hours=4)
        review(session, falls, "overturn", hours=6, kind="adjudication")
        review(session, falls, "uphold", hours=7, kind="second")
        appeal(session, alone, None)
        appeal(session, stands, "uphold")
        decide(
            session,
            sent("of the quarter before"),
            decided_at=QUARTER.start - timedelta(microseconds=1),
        )
        sent("never decided")
    return database


def test_everything_is_counted_once(busy: Database) -> None:
    rows = counted(busy)
    total, spanish = rows[ALL, ALL], rows["es", ALL]
    assert (total.ingested, spanish.ingested) == (6, 3)
    assert (rows["en", ALL].ingested, rows["und", ALL].ingested) == (2, 1)
    for row in (total, spanish):
        assert (row.flagged, row.withheld, row.automated) == (3, 2, 1)
        assert (row.reviewed, row.upheld, row.overturned, row.escalated) == (3, 1, 1, 1)
        assert (row.appealed, row.appeals_upheld, row.appeals_open) == (2, 1, 1)
        assert (row.appeals_overturned, row.appeals_escalated) == (0, 0)
        assert row.decision_s == [60.0, 60.0, 60.0]
        assert sorted(row.review_s) == [7200.0, 14400.0, 21600.0]
        assert row.appeal_s == [3600.0]


def test_a_text_is_counted_in_each_of_its_categories(busy: Database) -> None:
    rows = counted(busy)
    for category in ("misogyny", "threats"):
        assert rows["es", category].flagged == rows[ALL, category].flagged == 3
        assert rows["es", category].ingested is None
    assert ("es", "derogation") not in rows


def test_a_quarter_in_which_nothing_happened_has_one_row(database: Database) -> None:
    [row] = counted(database).values()
    assert (row.language, row.category, row.ingested, row.flagged) == (ALL, ALL, 0, 0)


def rows_of(**by_language: dict[str, int]) -> list[Row]:
    """Rows of all categories, and their total."""
    names = {name for numbers in by_language.values() for name in numbers}
    total = {name: sum(one.get(name, 0) for one in by_language.values()) for name in names}
    return [Row(code, ALL, **numbers) for code, numbers in {ALL: total, **by_language}.items()]


def shown(rows: list[Row], name: str) -> list[object]:
    return [row.cells[name] for row in publish(rows)]


def test_small_numbers_are_hidden_and_so_is_what_gives_them_away() -> None:
    assert shown(rows_of(es={"flagged": 4}, ru={"flagged": 90}, uz={"flagged": 20}), "flagged") == [
        114,
        SMALL,
        90,
        HIDDEN,
    ]
    # Two together that are too few need a third.
    several = rows_of(es={"flagged": 1}, ru={"flagged": 1}, uz={"flagged": 20}, kk={"flagged": 30})
    assert shown(several, "flagged") == [52, SMALL, SMALL, HIDDEN, 30]
    # Two that are many enough hide each other; nothing at all is no secret.
    enough = rows_of(es={"flagged": 3}, ru={"flagged": 3}, uz={"flagged": 20}, kk={"flagged": 0})
    assert shown(enough, "flagged") == [26, SMALL, SMALL, 20, 0]
    # With nothing to hide behind, the total goes.
    alone = rows_of(es={"flagged": 4, "withheld": 0}, ru={"flagged": 4, "withheld": 0})
    assert shown(alone, "flagged") == [8, SMALL, SMALL]
    single = [Row(ALL, ALL, reviewed=6, upheld=2, overturned=2, escalated=2)]
    assert publish(single)[0].cells["reviewed"] == 6


def test_no_hidden_number_can_be_had_by_subtraction() -> None:
    rows = [
        *rows_of(
            es={"reviewed": 50, "upheld": 48, "overturned": 2},
            ru={"reviewed": 70, "upheld": 60, "overturned": 10},
            uz={"reviewed": 9, "upheld": 9, "overturned": 0},
        )
    ]
    published = {row.language: row.cells for row in publish(rows)}
    assert published["es"]["overturned"] == SMALL
    # Within its language it would follow from the reviews ...
    assert HIDDEN in (published["es"]["upheld"], published["es"]["reviewed"])
    # ... and across languages from the total.
    assert isinstance(published["ru"]["overturned"], str)
    for cells in published.values():
        parts = [cells[name] for name in ("upheld", "overturned", "escalated")]
        unknown = [part for part in parts if isinstance(part, str)]
        assert isinstance(cells["reviewed"], str) or len(unknown) != 1
    for name in ("reviewed", "upheld", "overturned"):
        unknown = [one for one in ("es", "ru", "uz") if isinstance(published[one][name], str)]
        assert isinstance(published[ALL][name], str) or len(unknown) != 1


def test_a_hidden_number_is_not_bounded_by_what_it_includes() -> None:
    # If 8 withheld texts were shown, the 9 of both languages would leave 1 for the other.
    rows = rows_of(
        en={"ingested": 90, "flagged": 1},
        es={"ingested": 80, "flagged": 8, "withheld": 8, "automated": 8},
        ru={"ingested": 70, "flagged": 30, "withheld": 30, "automated": 30},
        kk={"ingested": 70, "flagged": 20, "withheld": 20, "automated": 20},
    )
    rows += [Row("es", "threats", flagged=8, withheld=8), Row("ru", "threats", flagged=9)]
    rows.append(Row(ALL, "threats", flagged=17, withheld=8))
    published = {(row.language, row.category): row.cells for row in publish(rows)}
    spanish = published["es", ALL]
    assert [spanish[name] for name in ("flagged", "withheld", "automated")] == [HIDDEN] * 3
    assert (spanish["ingested"], spanish["automation_share"]) == (80, HIDDEN)
    assert published["es", "threats"]["flagged"] == HIDDEN
    # Of two languages with threats one is hidden, so the other must be.
    assert published["ru", "threats"]["flagged"] == HIDDEN
    assert published["kk", ALL]["withheld"] == HIDDEN
    assert published["ru", ALL]["withheld"] == 30


def test_medians_and_shares_go_with_their_numbers() -> None:
    few = Row(ALL, ALL, ingested=9, flagged=3, withheld=3, automated=0, decision_s=[1.0] * 3)
    cells = publish([few])[0].cells
    assert (cells["median_decision_s"], cells["automation_share"]) == (HIDDEN, HIDDEN)
    assert (cells["median_review_s"], cells["ingested"]) == (None, 9)
    many = Row(ALL, ALL, flagged=20, withheld=20, automated=15, decision_s=[1.0, 3.0] * 10)
    cells = publish([many])[0].cells
    assert (cells["median_decision_s"], cells["automation_share"]) == (2.0, 0.75)


def test_the_files_say_the_same_and_need_nothing_else(busy: Database, tmp_path: Path) -> None:
    with busy.reading() as session:
        published = publish(count(session, QUARTER))
    write(tmp_path / "reports", QUARTER, published, DAY)
    page = (tmp_path / "reports/transparency-2026Q4.html").read_text(encoding="utf-8")
    table = (tmp_path / "reports/transparency-2026Q4.csv").read_text(encoding="utf-8")
    assert page == as_html(QUARTER, published, DAY)
    assert table == as_csv(published)
    lines = list(csv.DictReader(io.StringIO(table)))
    assert list(lines[0]) == ["language", "category", *COLUMNS]
    assert (lines[0]["ingested"], lines[0]["reviewed"], lines[0]["appeals_open"]) == (
        "6",
        SMALL,
        SMALL,
    )
    # Totals are in two tables, and the page explains the sign once.
    shown = sum((1 + (line["category"] == ALL)) * [*line.values()].count(SMALL) for line in lines)
    assert page.count("&lt;5") == shown + 1
    assert not re.search(r"<script|<link|<img|https?://|url\(", page)


def test_the_page_can_be_read_without_eyes(busy: Database) -> None:
    with busy.reading() as session:
        page = as_html(QUARTER, publish(count(session, QUARTER)), DAY)
    assert '<html lang="en">' in page
    assert page.count("<caption>") == page.count("<table>") == 5
    headed = re.findall(r"<tr>\s*<th scope=\"row\"", page)
    assert len(headed) == len(re.findall(r"<tr>\s*<th scope=\"row\"|<tr>\s*<td", page))
    assert all("scope=" in cell for cell in re.findall(r"<th[^>]*>", page) if cell != "<thead>")
    levels = [int(level) for level in re.findall(r"<h(\d)", page)]
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_durations_are_said_in_two_units() -> None:
    assert [duration(s) for s in (0, 59.6, 61, 3600, 86_400 * 3 + 7_300)] == [
        "0 s",
        "1 min",
        "1 min 1 s",
        "1 h",
        "3 d 2 h",
    ]


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(AccountabilityError, match="another folder"):
        write(tmp_path / "file", QUARTER, [], DAY)
