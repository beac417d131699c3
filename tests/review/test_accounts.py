"""An operator makes accounts; people sign in, fail to, are locked out, and sign out."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from modsvc.errors import InputError, NotFound, SignInRefused
from modsvc.review import accounts, passwords, sessions, sign_in
from modsvc.review.sign_in import LOCKED_FOR, MAX_FAILURES, authenticate
from modsvc.store.tables import Account, DeskSession, Event
from tests.review.desk import NOW, Desk

PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def password_hash() -> str:
    return passwords.hash_password(PASSWORD)


@pytest.fixture
def ana(desk: Desk, password_hash: str) -> Account:
    with desk.database.transaction() as session:
        return accounts.create(session, "Ana", password_hash, "reviewer", actor="operator")


def try_in(desk: Desk, password: str = PASSWORD, name: str = "Ana", minutes: float = 0) -> Account:
    return authenticate(desk.database, name, password, now=NOW + timedelta(minutes=minutes))


def kinds(desk: Desk) -> list[str]:
    with desk.database.reading() as session:
        return list(session.scalars(select(Event.kind).order_by(Event.seq)))


def test_signing_in_and_out(desk: Desk, ana: Account) -> None:
    account = try_in(desk, name=" ANA ")
    assert (account.id, account.name) == (ana.id, "ana")
    with desk.database.transaction() as session:
        made = sessions.start(session, account, now=NOW)
        other = sessions.start(session, account, now=NOW)
    assert made.token != other.token
    with desk.database.reading() as session:
        kept = session.scalars(select(DeskSession.id_hash)).all()
        assert made.token not in kept
        visitor = sessions.find(session, made.token, now=NOW)
        assert visitor is not None
        assert visitor.account.id == ana.id
        assert sessions.is_from_desk(visitor, made.csrf_token)
        assert not sessions.is_from_desk(visitor, other.csrf_token)
        assert not sessions.is_from_desk(visitor, "é")
        assert sessions.find(session, "x", now=NOW) is None
        assert sessions.find(session, made.token, now=NOW + sessions.LIFETIME) is None
    with desk.database.transaction() as session:
        sessions.end(session, made.token)
        assert sessions.find(session, made.token, now=NOW) is None
        assert sessions.find(session, other.token, now=NOW) is not None
        sessions.end_all(session, ana.id)
        assert sessions.find(session, other.token, now=NOW) is None
    assert kinds(desk) == ["account.created", "account.signed_in"]


def test_repeated_failures_lock_the_account_for_a_while(desk: Desk, ana: Account) -> None:
    for _ in range(MAX_FAILURES):
        with pytest.raises(SignInRefused):
            try_in(desk, "wrong")
    with pytest.raises(SignInRefused):
        try_in(desk)
    with pytest.raises(SignInRefused):
        try_in(desk, minutes=LOCKED_FOR.seconds / 60 - 1)
    assert kinds(desk) == ["account.created", "account.locked"]
    assert try_in(desk, minutes=LOCKED_FOR.seconds / 60).failed_logins == 0


def test_a_right_password_before_the_last_failure_starts_the_count_anew(
    desk: Desk, ana: Account
) -> None:
    for _ in range(2):
        for _ in range(MAX_FAILURES - 1):
            with pytest.raises(SignInRefused):
                try_in(desk, "wrong")
        try_in(desk)
    assert "account.locked" not in kinds(desk)


def test_a_new_password_unlocks_and_signs_out(desk: Desk, ana: Account) -> None:
    with desk.database.transaction() as session:
        made = sessions.start(session, ana, now=NOW)
    for _ in range(MAX_FAILURES):
        with pytest.raises(SignInRefused):
            try_in(desk, "wrong")
    other = passwords.hash_password("another password")
    with desk.database.transaction() as session:
        accounts.set_password(session, ana.id, other, actor="operator")
        assert sessions.find(session, made.token, now=NOW) is None
    with pytest.raises(SignInRefused):
        try_in(desk)
    assert try_in(desk, "another password").id == ana.id


def test_an_admin_ends_a_lock_out(desk: Desk, ana: Account) -> None:
    for _ in range(MAX_FAILURES):
        with pytest.raises(SignInRefused):
            try_in(desk, "wrong")
    with desk.database.transaction() as session:
        sign_in.unlock(session, ana.id, actor="admin")
    assert try_in(desk).id == ana.id
    assert kinds(desk)[1:] == ["account.locked", "account.unlocked", "account.signed_in"]


def test_nobody_can_tell_who_has_an_account(desk: Desk, ana: Account) -> None:
    with desk.database.transaction() as session:
        accounts.set_disabled(session, ana.id, True, actor="operator")
    said = set()
    for name, password in (("ana", PASSWORD), ("ben", PASSWORD), ("\x00", ""), ("ana", "x" * 2000)):
        with pytest.raises(SignInRefused) as refused:
            try_in(desk, password, name)
        said.add(str(refused.value))
    assert len(said) == 1


def test_a_disabled_person_is_out_at_once(desk: Desk, ana: Account) -> None:
    with desk.database.transaction() as session:
        made = sessions.start(session, ana, now=NOW)
    with desk.database.transaction() as session:
        accounts.set_disabled(session, ana.id, True, actor="operator")
        assert sessions.find(session, made.token, now=NOW) is None
    with desk.database.transaction() as session:
        accounts.set_disabled(session, ana.id, False, actor="operator")
    assert try_in(desk).disabled is False


def test_a_password_typed_on_another_keyboard() -> None:
    composed, decomposed = "pässwörd pässwörd", "pa\u0308sswo\u0308rd pa\u0308sswo\u0308rd"
    assert passwords.fits(decomposed, passwords.hash_password(composed))


def test_an_old_hash_is_renewed_at_the_next_sign_in(
    desk: Desk, ana: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sign_in.passwords, "is_outdated", lambda _: True)
    assert try_in(desk).password_hash != ana.password_hash
    monkeypatch.undo()
    assert try_in(desk).id == ana.id


@pytest.mark.parametrize("password", ["", "short", "x" * 1025])
def test_passwords_that_are_refused(password: str) -> None:
    with pytest.raises(InputError, match="12 to 1024"):
        passwords.hash_password(password)
    assert not passwords.fits(password, "not a hash")


def test_what_an_account_cannot_be(desk: Desk, ana: Account) -> None:
    def refused(match: str, *arguments: object, **more: object) -> None:
        with desk.database.transaction() as session, pytest.raises(InputError, match=match):
            accounts.create(session, *arguments, actor="operator", **more)  # type: ignore[arg-type]

    refused("another name", "aNA", "", "lead")
    refused("printable", " ", "", "lead")
    refused("printable", "a\nb", "", "lead")
    refused("role", "ben", "", "boss")
    refused("languages", "ben", "", "lead", languages=["русский"])
    refused("hide", "ben", "", "lead", hidden_categories=["spam"])
    refused("cap", "ben", "", "lead", daily_cap=0)
    with desk.database.reading() as session:
        assert [account.name for account in accounts.everyone(session)] == ["ana"]
        assert accounts.named(session, "Ana").id == ana.id
        with pytest.raises(NotFound, match="modsvc user list"):
            accounts.named(session, "ben")


def test_a_lead_changes_what_a_person_sees(desk: Desk, ana: Account) -> None:
    with desk.database.transaction() as session:
        accounts.set_languages(session, ana.id, ["ru", "uz-Cyrl", "ru"], actor="lead")
        accounts.hide_categories(session, ana.id, ["threats"], actor="ana")
        accounts.set_daily_cap(session, ana.id, 40, actor="lead")
        accounts.set_role(session, ana.id, "lead", actor="lead")
        accounts.set_locale(session, ana.id, "es", actor="ana")
    with desk.database.reading() as session:
        changed = accounts.get(session, ana.id)
        assert changed.languages == ["ru", "uz-Cyrl"]
        assert (changed.hidden_categories, changed.daily_cap) == (["threats"], 40)
        assert (changed.role, changed.locale) == ("lead", "es")
        last = session.scalars(select(Event).order_by(Event.seq.desc())).first()
        assert last is not None
        assert (last.kind, last.data) == ("account.changed", {"account": ana.id, "locale": "es"})
