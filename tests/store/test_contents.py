"""A platform sends texts, sends them again, edits them, and has them erased."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from modsvc.store import contents, decisions, erasure, events
from modsvc.store.contents import Draft, Put
from modsvc.store.database import Database
from modsvc.store.keys import Keys
from modsvc.store.retention import IDEMPOTENCY_WINDOW, Swept, sweep
from modsvc.store.tables import (
    Account,
    Appeal,
    Content,
    DeskSession,
    IdempotencyKey,
    Outbox,
    Webhook,
)
from modsvc.store.verify import verify
from tests.databases import SECRET
from tests.store.rows import decision

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def put(database: Database, content_id: str, text: str, **more: object) -> Put:
    with database.transaction() as session:
        draft = Draft(content_id=content_id, text=text, **more)  # type: ignore[arg-type]
        return contents.put(session, draft, actor="key")


def whole(database: Database) -> bool:
    with database.reading() as session:
        return list(verify(session)) == []


def test_a_text_is_kept_as_it_was_sent(database: Database) -> None:
    made = datetime(2026, 2, 3, 4, 5, 6, 789, tzinfo=UTC)
    stored = put(
        database,
        "c1",
        "Привет 👋🏽 \x00\ud800",
        parent_text="მამა",
        author_id="a1",
        language="ru",
        url="https://forum.example/1",
        created_at=made.astimezone(),
    )
    assert stored.created
    with database.reading() as session:
        content = contents.get(session, "", "c1")
        assert content is not None
        assert (content.text, content.parent_text) == ("Привет 👋🏽 \ufffd\ufffd", "მამა")
        assert (content.created_at, content.created_at and content.created_at.tzinfo) == (made, UTC)
        assert content.author_key == Keys(SECRET).author_key("a1") != Keys("x").author_key("a1")
        [received] = events.of_content(session, content.id)
        assert (received.kind, received.actor) == ("received", "key")
    assert whole(database)


def test_the_same_text_again_is_the_same_version_and_an_edit_a_new_one(
    database: Database,
) -> None:
    first = put(database, "c1", "Hello")
    again = put(database, "c1", "Hello")
    assert (again.content.id, again.created) == (first.content.id, False)
    edited = put(database, "c1", "Hello!")
    assert (edited.content.version, edited.created) == (2, True)
    answering = put(database, "c1", "Hello!", parent_text="Good morning")
    assert (answering.content.version, answering.created) == (3, True)
    elsewhere = put(database, "c1", "Hello", community="school")
    assert (elsewhere.content.version, elsewhere.created) == (1, True)
    with database.reading() as session:
        assert [content.version for content in contents.versions(session, "", "c1")] == [1, 2, 3]
        second = contents.get(session, "", "c1", version=2)
        assert second is not None
        assert second.text == "Hello!"
        assert contents.get(session, "", "nothing") is None
    assert whole(database)


def test_many_drafts_at_once_are_as_one_after_another(database: Database) -> None:
    put(database, "c1", "Hello")
    put(database, "c1", "Hello!")
    texts = [("c1", "Hello!"), ("c2", "One"), ("c1", "Hello?"), ("c2", "One"), ("c2", "Two")]
    with database.transaction() as session:
        drafts = [(Draft(content_id=name, text=text), "key") for name, text in texts]
        made = contents.put_all(session, drafts)
        assert contents.put_all(session, []) == []
    assert [(one.content.version, one.created) for one in made] == [
        (2, False),
        (1, True),
        (3, True),
        (1, False),
        (2, True),
    ]
    assert whole(database)


def test_erasing_a_content_takes_every_version_and_what_the_appeal_said(
    database: Database,
) -> None:
    first = put(database, "c1", "Hello", parent_text="Bye", url="https://forum.example/maria")
    put(database, "c1", "Hello!")
    kept = put(database, "c2", "Hello")
    with database.transaction() as session:
        decisions.record(session, decision(first.content.id))
        appeal = Appeal(content=first.content.id, item=None, words="I only said hello", contact="m")
        session.add(appeal)
    with database.transaction() as session:
        assert erasure.erase(session, "", "c1", actor="key") == 2
        assert erasure.erase(session, "", "c1", actor="key") == 0
    with database.reading() as session:
        for content in contents.versions(session, "", "c1"):
            assert (content.text, content.parent_text, content.url) == (None, None, None)
            assert content.erased_at is not None
            last = events.of_content(session, content.id)[-1]
            assert (last.kind, last.data) == ("erased", {"reason": "content"})
        assert session.execute(select(Appeal.words, Appeal.contact)).one() == (None, None)
        other = contents.get(session, "", "c2")
        assert other is not None
        assert other.text == "Hello"
        # The hash stays: whoever kept the text can still show that it was this one.
        assert contents.versions(session, "", "c1")[0].text_sha256 == kept.content.text_sha256
    assert whole(database)


def test_an_erased_text_that_is_sent_again_stays_erased(database: Database) -> None:
    put(database, "c1", "Hello")
    with database.transaction() as session:
        erasure.erase(session, "", "c1", actor="key")
    again = put(database, "c1", "Hello")
    assert (again.created, again.content.text) == (False, None)


def test_erasing_an_author(database: Database) -> None:
    put(database, "c1", "Hello", author_id="a1")
    put(database, "c2", "Hello", author_id="a1", community="school")
    put(database, "c3", "Hello", author_id="a2")
    with database.transaction() as session:
        assert erasure.erase_author(session, "a1", actor="key", community="school") == 1
        assert erasure.erase_author(session, "a1", actor="key") == 1
    with database.reading() as session:
        left = session.scalars(select(Content.content_id).where(Content.text.is_not(None)))
        assert list(left) == ["c3"]
    assert whole(database)


def test_erased_words_are_in_no_file_any_more(tmp_path: Path, sqlite_template: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / sqlite_template.name).write_bytes(sqlite_template.read_bytes())
    database = Database.open(folder, None, SECRET)

    def files_with(words: bytes) -> list[str]:
        return sorted(path.name for path in folder.iterdir() if words in path.read_bytes())

    put(database, "c1", "Something that must go", parent_text="Something else that must go")
    put(database, "c1", "Something that must go" * 500)
    assert files_with(b"that must go")
    with database.transaction() as session:
        erasure.erase(session, "", "c1", actor="key")
    database.scrub()
    assert files_with(b"that must go") == []
    database.close()


def test_forgetting_in_time(database: Database) -> None:
    for number in range(4):
        put(database, f"c{number}", "Hello")
    with database.transaction() as session:
        session.add(Webhook(id="w", url="https://forum.example", secret="s", events=[]))
        session.add(Account(id="p", name="Ana", password_hash="", role="reviewer"))
        session.flush()
        for number, hours in enumerate((1, 30)):
            moment = NOW - timedelta(hours=hours)
            session.add(
                IdempotencyKey(
                    api_key="", key=f"{number}", request_sha256="", response={}, created_at=moment
                )
            )
            session.add(
                DeskSession(
                    id_hash=f"{number}",
                    account="p",
                    csrf_secret="",
                    expires_at=moment + timedelta(hours=12),
                )
            )
        for days, due in ((10, None), (100, None), (100, NOW)):
            session.add(
                Outbox(
                    webhook="w",
                    kind="decision.made",
                    payload={},
                    next_attempt_at=due,
                    created_at=NOW - timedelta(days=days),
                )
            )
    assert timedelta(hours=24) == IDEMPOTENCY_WINDOW
    assert sweep(database, 90, now=NOW) == Swept(0, 1, 1, 1)
    later = datetime.now(UTC) + timedelta(days=90, seconds=-60)
    assert sweep(database, 90, now=later).contents == 0
    assert sweep(database, 90, now=later + timedelta(seconds=120)).contents == 4
    with database.reading() as session:
        assert not list(session.scalars(select(Content.id).where(Content.text.is_not(None))))
        [content_id, *_] = session.scalars(select(Content.id))
        last = events.of_content(session, content_id)[-1]
        assert (last.actor, last.data) == ("system", {"reason": "retention"})
    assert whole(database)


def test_more_than_fit_in_one_turn_are_forgotten(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("modsvc.store.retention._AT_ONCE", 2)
    for number in range(5):
        put(database, f"c{number}", "Hello")
    assert sweep(database, 1, now=datetime.now(UTC) + timedelta(days=2)).contents == 5
    assert whole(database)
