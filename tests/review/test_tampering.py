"""Someone alters what reviewers said, past the program; verifying finds out, and where."""

import pytest

from tests.review.desk import Desk
from tests.store.tampering import faults, places, sql


@pytest.fixture
def resolved(desk: Desk) -> tuple[Desk, str]:
    """An item that Ana upheld, thought better of, and overturned; and a copy of its text."""
    ana = desk.person("ana")
    item, copy = desk.flag(), desk.flag()
    desk.take(ana, item)
    desk.resolve(ana, item, "uphold", ["threats"])
    desk.undo(ana, item)
    assert faults(desk.database) == []
    desk.resolve(ana, item, "overturn", note="She quotes him.", with_copies=[copy])
    assert faults(desk.database) == []
    return desk, item


@pytest.mark.parametrize(
    "setting",
    [
        "resolution = 'uphold'",
        "corrected_categories = '[\"threats\"]'",
        "note = 'She said it.'",
        "resolved_by = (SELECT id FROM account WHERE name = 'ben')",
        "resolved_at = '2001-02-03 04:05:06'",
        "state = 'open'",
    ],
)
def test_a_resolution_that_was_altered_is_found(resolved: tuple[Desk, str], setting: str) -> None:
    desk, item = resolved
    desk.person("ben")
    [*_, last] = desk.event_numbers(item)
    sql(f"UPDATE item SET {setting} WHERE id = '{item}'")(desk.database)
    assert places(faults(desk.database)) == [(last, "item")]


def test_a_resolution_that_was_put_back_is_found(desk: Desk) -> None:
    ana, item = desk.person("ana"), desk.flag()
    desk.settle(ana, item, "uphold", "threats")
    desk.undo(ana, item)
    [*_, last] = desk.event_numbers(item)
    sql("UPDATE item SET resolution = 'uphold', state = 'resolved', lease_owner = NULL")(
        desk.database
    )
    assert places(faults(desk.database)) == [(last, "item")]


def test_an_item_that_somebody_had_cannot_be_taken_away(desk: Desk) -> None:
    ana, item = desk.person("ana"), desk.flag()
    desk.take(ana, item)
    [claimed] = desk.event_numbers(item)
    sql(f"DELETE FROM item WHERE id = '{item}'")(desk.database)
    assert places(faults(desk.database)) == [(claimed, "item")]


@pytest.mark.parametrize("probability", [0.0, 1.0])
def test_a_severity_that_is_a_whole_number_is_no_alteration(desk: Desk, probability: float) -> None:
    ana = desk.person("ana")
    item = desk.flag(probability=probability, threats=probability)
    desk.settle(ana, item, "overturn")
    assert faults(desk.database) == []
