"""Someone tampers with the rows that events vouch for; verifying finds out, and at which event."""

import pytest
from sqlalchemy import select

from modsvc.store import contents, decisions, erasure, events, items, policies
from modsvc.store.contents import Draft
from modsvc.store.database import Database
from modsvc.store.tables import Content, Decision, Item, PolicyVersion
from tests.store.rows import decision
from tests.store.tampering import Tamper, faults, places, sql


@pytest.fixture
def decided(database: Database) -> Database:
    """Three contents with their decisions and items, and two policies, the second one active.

    Of content `c0` are the events 1 to 3, of `c1` 4 to 6, of `c2` 7 to 9; of the policies 10 to 13.
    """
    with database.transaction() as session:
        for number in range(3):
            draft = Draft(
                content_id=f"c{number}",
                text=f"You hateword {number}",
                parent_text=f"Hello {number}",
                author_id=f"a{number}",
            )
            content = contents.put(session, draft, actor="key").content
            row = decisions.record(session, decision(content.id, toxic_other=number / 7))
            item = Item(content=content.id, decision=row.id, language="en", severity=number / 10)
            session.add(item)
            data = items.vouched(session, item)
            events.append(
                session, "flagged", actor="system", content=content.id, item=item.id, data=data
            )
        for version in ("p1", "p2"):
            policies.draft(session, version, f"version: {version}", author="lea")
            policies.activate(session, version, actor="lea")
    assert faults(database) == []
    return database


def of(number: int) -> str:
    return f"(SELECT id FROM content WHERE content_id = 'c{number}')"


def swapped(table: str, column: str, one: str, other: str) -> Tamper:
    """Exchange what two rows have in a column that may be unique."""
    return sql(
        f"UPDATE {table} SET {column} = 'aside' WHERE {column} = {one}",
        f"UPDATE {table} SET {column} = {one} WHERE {column} = {other}",
        f"UPDATE {table} SET {column} = {other} WHERE {column} = 'aside'",
    )


def edit(table: str, setting: str, content: str = "content") -> Tamper:
    """Change the row of the second content."""
    return sql(f"UPDATE {table} SET {setting} WHERE {content} = {of(1)}")


@pytest.mark.parametrize(
    ("tamper", "expected"),
    [
        pytest.param(edit("content", "text = 'Hello'", "id"), [4], id="other words"),
        pytest.param(edit("content", "parent_text = 'Bye'", "id"), [4], id="other parent"),
        pytest.param(edit("content", "text = NULL", "id"), [4], id="lost words"),
        pytest.param(edit("content", "author_key = 'b'", "id"), [4], id="other author"),
        pytest.param(edit("content", "community = 'b'", "id"), [4], id="other community"),
        pytest.param(sql("DELETE FROM content WHERE content_id = 'c1'"), [4], id="delete"),
        pytest.param(sql("DELETE FROM content WHERE content_id > 'c0'"), [4, 7], id="cut off"),
        pytest.param(sql("DELETE FROM content"), [1, 4, 7], id="delete all"),
        pytest.param(swapped("content", "content_id", "'c0'", "'c1'"), [1, 4], id="swap"),
    ],
)
def test_tampering_with_contents(decided: Database, tamper: Tamper, expected: list[int]) -> None:
    tamper(decided)
    assert places(faults(decided)) == [(seq, "content") for seq in expected]


@pytest.mark.parametrize(
    ("tamper", "expected"),
    [
        pytest.param(edit("decision", "action = 'allow'"), [5], id="other action"),
        pytest.param(edit("decision", "probability = 0.1"), [5], id="other score"),
        pytest.param(edit("decision", "reason_codes = '[]'"), [5], id="other reasons"),
        pytest.param(edit("decision", "policy_version = 'p2'"), [5], id="other policy"),
        pytest.param(edit("decision", "decided_at = '2001-02-03 04:05:06'"), [5], id="backdate"),
        pytest.param(sql(f"DELETE FROM decision WHERE content = {of(1)}"), [5], id="delete"),
        pytest.param(sql(f"DELETE FROM decision WHERE content <> {of(0)}"), [5, 8], id="cut off"),
        pytest.param(sql("DELETE FROM decision"), [2, 5, 8], id="delete all"),
        pytest.param(swapped("decision", "content", of(0), of(1)), [2, 5, 0, 0], id="swap"),
    ],
)
def test_tampering_with_decisions(decided: Database, tamper: Tamper, expected: list[int]) -> None:
    tamper(decided)
    assert places(faults(decided)) == [(seq, "decision") for seq in expected]


@pytest.mark.parametrize(
    ("tamper", "expected"),
    [
        pytest.param(edit("item", "severity = 0"), [6], id="less severe"),
        pytest.param(edit("item", "language = 'xx'"), [6], id="where nobody looks"),
        pytest.param(edit("item", "kind = 'appeal'"), [6], id="other kind"),
        pytest.param(edit("item", "state = 'resolved'"), [6], id="out of the queue"),
        pytest.param(edit("item", "resolution = 'overturn'"), [6], id="resolved by nobody"),
        pytest.param(sql(f"DELETE FROM item WHERE content = {of(1)}"), [6], id="delete"),
        pytest.param(sql(f"DELETE FROM item WHERE content <> {of(0)}"), [6, 9], id="cut off"),
        pytest.param(sql("DELETE FROM item"), [3, 6, 9], id="delete all"),
        pytest.param(swapped("item", "content", of(0), of(1)), [3, 6], id="swap"),
    ],
)
def test_tampering_with_items(decided: Database, tamper: Tamper, expected: list[int]) -> None:
    tamper(decided)
    assert places(faults(decided)) == [(seq, "item") for seq in expected]


@pytest.mark.parametrize(
    ("tamper", "expected"),
    [
        pytest.param(
            sql("UPDATE policy_version SET document = 'allow: all' WHERE version = 'p2'"),
            [12],
            id="edit",
        ),
        pytest.param(
            sql(
                "UPDATE policy_version SET state = 'retired' WHERE version = 'p2'",
                "UPDATE policy_version SET state = 'active' WHERE version = 'p1'",
            ),
            [13],
            id="activate another one",
        ),
        pytest.param(sql("DELETE FROM policy_version WHERE version = 'p1'"), [10], id="delete"),
        pytest.param(sql("DELETE FROM policy_version"), [10, 12, 13], id="delete all"),
        pytest.param(swapped("policy_version", "version", "'p1'", "'p2'"), [10, 12, 13], id="swap"),
    ],
)
def test_tampering_with_policies(decided: Database, tamper: Tamper, expected: list[int]) -> None:
    tamper(decided)
    assert places(faults(decided)) == [(seq, "policy") for seq in expected]


def test_rows_that_nothing_vouches_for_are_found(decided: Database) -> None:
    with decided.transaction() as session:
        forged = Content(content_id="c9", text="Hello", text_sha256="0" * 64)
        session.add(forged)
        session.flush()
        row = decision(forged.id)
        session.add(row)
        session.flush()
        fields = {"language": "en", "severity": 0.0, "state": "resolved"}
        session.add(Item(content=forged.id, decision=row.id, **fields))
        session.add(PolicyVersion(version="p9", document="", sha256="0" * 64, author="lea"))
    expected = [(0, "content"), (0, "decision"), (0, "item"), (0, "policy")]
    assert places(faults(decided)) == expected


def test_who_holds_an_item_is_of_the_moment(decided: Database) -> None:
    edit("item", "state = 'claimed', lease_owner = 'ana'")(decided)
    assert faults(decided) == []


def test_erased_words_cannot_be_put_back(decided: Database) -> None:
    with decided.transaction() as session:
        assert erasure.erase(session, "", "c1", actor="key") == 1
    assert faults(decided) == []
    edit("content", "text = 'You hateword 1'", "id")(decided)
    assert places(faults(decided)) == [(4, "content")]


def test_a_fault_says_what_and_never_quotes(decided: Database) -> None:
    with decided.reading() as session:
        content, about, item = (
            session.scalars(select(row).order_by(row).limit(1)).one()
            for row in (Content.id, Decision.id, Item.id)
        )
    first = "WHERE id = (SELECT min(id) FROM {})"
    sql(
        f"UPDATE content SET text = 'You other hateword' {first.format('content')}",
        f"UPDATE decision SET truncated = true {first.format('decision')}",
        f"UPDATE item SET note = 'hateword' {first.format('item')}",
    )(decided)
    assert [fault.detail for fault in faults(decided)] == [
        f"content {content} has other words than were received",
        f"decision {about} is not as it was made",
        f"item {item} is not as it was left",
    ]
