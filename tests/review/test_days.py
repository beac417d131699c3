"""A day in the life of each role, from signing in to going home."""

import io
from dataclasses import replace
from datetime import timedelta

import pytest

from modsvc.errors import CapReached, NotPermitted
from modsvc.review import (
    accounts,
    agreement,
    appeals,
    copies,
    dashboard,
    export,
    exposure,
    golden,
    items,
    passwords,
    people,
    queue,
    sessions,
    sign_in,
)
from modsvc.review.queue import Filters
from modsvc.store.tables import Account
from modsvc.store.verify import verify
from tests.review.desk import NOW, PLAIN, Desk

PASSWORD = "a long enough password"
TOMORROW = NOW + timedelta(days=1)


@pytest.fixture(scope="module")
def password_hash() -> str:
    return passwords.hash_password(PASSWORD)


def arrive(desk: Desk, name: str) -> Account:
    """Sign in, and be recognised by the cookie from then on."""
    account = sign_in.authenticate(desk.database, name, PASSWORD, now=desk.now)
    with desk.database.transaction() as session:
        made = sessions.start(session, account, now=desk.now)
    with desk.database.reading() as session:
        visitor = sessions.find(session, made.token, now=desk.now)
    assert visitor is not None
    return visitor.account


@pytest.fixture
def team(desk: Desk, password_hash: str) -> Desk:
    """Five people, and a morning's flags in two languages."""
    with desk.database.transaction() as session:
        for name, role, languages in (
            ("ana", "reviewer", ["ru", "uz"]),
            ("ben", "reviewer", ["ru", "es"]),
            ("lea", "lead", []),
            ("aud", "auditor", []),
            ("adm", "admin", []),
        ):
            accounts.create(
                session,
                name,
                password_hash,
                role,  # type: ignore[arg-type]
                actor="operator",
                languages=languages,
            )
    for number in range(3):
        desk.flag(f"text {number}", language="ru", derogation=0.9, content_id=f"ru {number}")
    for number in range(4):
        desk.flag("Paste hateword", language="uz", threats=0.9, content_id=f"uz {number}")
    desk.flag("texto", language="es", stereotyping=0.9, content_id="es 0")
    return desk


def test_a_reviewers_day(team: Desk) -> None:
    desk = team
    ana = arrive(desk, "ana")
    with desk.database.reading() as session:
        waiting = queue.counts(session, ana, now=desk.now)
    assert waiting.by_language == {"ru": 3, "uz": 4}

    # The threats come first, and one look settles the whole pile-on.
    item = desk.claim(ana)
    with desk.database.reading() as session:
        view = items.look(session, ana, item)
        same = [copy.item for copy in copies.find(session, ana, item, now=desk.now)]
    assert (view.text, len(same)) == ("Paste hateword", 3)
    desk.resolve(ana, item, "uphold", ["threats"], with_copies=same)

    # A slip is undone, another is left to somebody else.
    item = desk.claim(ana)
    desk.resolve(ana, item, "uphold", ["derogation"])
    desk.wait(seconds=20)
    desk.undo(ana, item)
    desk.resolve(ana, item, "overturn", note="She reports what was said to her.")
    desk.settle(ana, desk.claim(ana), "escalate")

    with desk.database.transaction() as session:
        accounts.hide_categories(session, ana.id, ["derogation"], actor=ana.id)
    ana = arrive(desk, "ana")
    assert desk.claim(ana) is None
    with desk.database.reading() as session:
        day = exposure.today(session, ana, desk.practice, now=desk.now)
    assert (day.viewed, day.severe) == (3, 1)


def test_a_leads_day(team: Desk) -> None:
    desk = team
    desk.practice = replace(PLAIN, second_share=1.0)
    ana, ben, lea = arrive(desk, "ana"), arrive(desk, "ben"), arrive(desk, "lea")
    item = desk.claim(ana, Filters(language="ru"))
    desk.resolve(ana, item, "uphold", ["derogation"])
    desk.settle(ben, desk.items("second")[0].id, "overturn")

    with desk.database.reading() as session:
        [disputed] = agreement.disagreements(session, NOW, TOMORROW)
        waiting = queue.counts(session, lea, Filters(kind="adjudication"), now=desk.now)
    assert waiting.total == 1
    assert disputed.adjudication is not None
    desk.take(lea, disputed.adjudication.id)
    with desk.database.reading() as session:
        said = items.look(session, lea, disputed.adjudication.id).earlier
    assert [one.by for one in said] == ["ana", "ben"]
    desk.resolve(lea, disputed.adjudication.id, "overturn", note="Quoted in order to object.")

    # It makes a good example; ana gets an easier afternoon.
    with desk.database.transaction() as session:
        golden.add(session, "text 0", "ru", flagged=False, actor=lea.id, note="A quotation.")
        accounts.set_daily_cap(session, ana.id, 1, actor=lea.id)
    with pytest.raises(CapReached):
        desk.claim(ana)
    with desk.database.reading() as session:
        [numbers] = [row for row in people.people(session, NOW, TOMORROW) if row.name == "ana"]
        backlog = {row.language: row.backlog for row in dashboard.live(session, NOW, TOMORROW)}
    assert (numbers.agreement_rate, numbers.reversal_rate) == (0.0, 1.0)
    assert backlog == {"ru": 2, "uz": 4, "es": 1}


def test_an_appellants_week(team: Desk) -> None:
    desk = team
    ana, ben = arrive(desk, "ana"), arrive(desk, "ben")
    item = desk.claim(ana, Filters(language="ru"))
    desk.resolve(ana, item, "uphold", ["derogation"])
    with desk.database.transaction() as session:
        content = items.look(session, ana, item).content
        assert content is not None
        made = appeals.start(session, content.id, "I reported what he wrote to me.", actor="key")
    desk.wait(days=2)
    with desk.database.reading() as session:
        assert [row.item for row in queue.page(session, ben, Filters(kind="appeal"), now=desk.now)]
    ben = arrive(desk, "ben")
    desk.settle(ben, str(made.review), "overturn")
    assert [change.after.action for change in desk.changes] == ["withhold", "allow"]
    with desk.database.reading() as session:
        assert appeals.get(session, made.id).outcome == "overturn"


def test_an_auditors_day(team: Desk) -> None:
    desk = team
    ana, aud = arrive(desk, "ana"), arrive(desk, "aud")
    item = desk.claim(ana)
    desk.resolve(ana, item, "uphold", ["threats"])
    with pytest.raises(NotPermitted):
        desk.claim(aud)
    with desk.database.reading() as session:
        assert items.look(session, aud, item).item.resolved_by == ana.id
        assert queue.counts(session, aud, now=desk.now).total == 0
        assert list(verify(session)) == []
        stream = io.BytesIO()
        count = export.write(
            export.decisions(session, NOW, TOMORROW), export.DECISION_COLUMNS, stream, "csv"
        )
    assert count == 8
    assert stream.getvalue().count(b"upheld") == 1


def test_an_admins_day(team: Desk) -> None:
    desk = team
    adm, ana = arrive(desk, "adm"), arrive(desk, "ana")
    item = desk.claim(ana)
    with desk.database.transaction() as session:
        accounts.set_disabled(session, ana.id, True, actor=adm.id)
        eva = accounts.create(session, "eva", "", "reviewer", actor=adm.id, languages=["uz"])
    assert desk.claim(eva) == item
    with desk.database.reading() as session:
        listed = [(row.name, row.disabled) for row in accounts.everyone(session)]
    assert listed == [
        ("adm", False),
        ("ana", True),
        ("aud", False),
        ("ben", False),
        ("eva", False),
        ("lea", False),
    ]
