"""A provider vouches for people; whose account they are, and as what, is decided here."""

from typing import Any, get_args

import pytest
from sqlalchemy import select

from modsvc import setting_kinds
from modsvc.errors import NotFound
from modsvc.review import accounts, identities, sign_in
from modsvc.review.identities import BOUND, FORGOTTEN, IdentityRefused, Matching
from modsvc.review.words import ROLES, Role
from modsvc.store.tables import Account, Event
from tests.review.desk import Desk

PLAIN = Matching("https://id.example", "email")
BY_GROUP = Matching(
    "https://id.example",
    "email",
    "groups",
    (("desk-admins", "admin"), ("auditors", "auditor"), ("moderators", "reviewer")),
)
CREATES = Matching(BY_GROUP.issuer, "email", "groups", BY_GROUP.roles, creates=True)
ANA = {"sub": "s-1", "email": "Ana@Example.org", "email_verified": True}


def let_in(desk: Desk, matching: Matching = PLAIN, **claims: Any) -> Account:
    with desk.database.transaction() as session:
        return identities.let_in(session, matching, {**ANA, **claims})


def refused(desk: Desk, matching: Matching = PLAIN, **claims: Any) -> str:
    before = kinds(desk)
    with pytest.raises(IdentityRefused) as caught:
        let_in(desk, matching, **claims)
    assert kinds(desk) == before, "a refused sign-in changes nothing"
    return caught.value.reason


def kinds(desk: Desk) -> list[str]:
    with desk.database.reading() as session:
        return list(session.scalars(select(Event.kind).order_by(Event.seq)))


def test_the_settings_know_the_roles() -> None:
    assert setting_kinds.ROLES == ROLES == get_args(Role)


def test_a_name_opens_the_account_once_and_the_subject_from_then_on(desk: Desk) -> None:
    ana = desk.person("ana@example.org")
    assert let_in(desk).id == ana.id
    assert kinds(desk)[1:] == [BOUND, sign_in.SIGNED_IN]
    # She marries; the account stays hers.
    assert let_in(desk, email="ana.new@example.org").id == ana.id
    # Her old address goes to somebody else, who does not get in by it ...
    assert refused(desk, sub="s-2") == "other-identity"
    # ... nor with her `sub` at another provider.
    elsewhere = Matching("https://other.example", "email")
    assert refused(desk, elsewhere) == "other-identity"
    with desk.database.transaction() as session:
        identities.forget(session, ana.id, actor="operator")
        with pytest.raises(NotFound):
            identities.forget(session, "nobody", actor="operator")
    assert kinds(desk)[-1] == FORGOTTEN
    assert let_in(desk, sub="s-2").id == ana.id


def test_only_verified_addresses_count(desk: Desk) -> None:
    desk.person("ana@example.org")
    desk.person("ana")
    for flag in (False, None, "true", 1):
        assert refused(desk, email_verified=flag) == "unverified"
    assert refused(desk, email=None) == "no-name"
    assert refused(desk, email="") == "no-name"
    assert refused(desk, email=["ana@example.org"]) == "no-name"
    by_name = Matching(PLAIN.issuer, "preferred_username")
    assert let_in(desk, by_name, preferred_username="Ana").name == "ana"


def test_strangers_and_people_who_left_stay_out(desk: Desk) -> None:
    assert refused(desk) == "unknown"
    ana = desk.person("ana@example.org")
    with desk.database.transaction() as session:
        accounts.set_disabled(session, ana.id, True, actor="operator")
    assert refused(desk) == "disabled"
    with desk.database.transaction() as session:
        accounts.set_disabled(session, ana.id, False, actor="operator")
    let_in(desk)
    with desk.database.transaction() as session:
        accounts.set_disabled(session, ana.id, True, actor="operator")
    assert refused(desk) == "disabled"


def test_the_provider_says_who_is_what_at_each_sign_in(desk: Desk) -> None:
    desk.person("ana@example.org", "lead")
    assert let_in(desk, BY_GROUP, groups=["staff", "moderators"]).role == "reviewer"
    assert kinds(desk)[-2:] == [accounts.CHANGED, sign_in.SIGNED_IN]
    # The first in the settings' order counts, whatever the provider's.
    assert let_in(desk, BY_GROUP, groups=["moderators", "auditors"]).role == "auditor"
    assert let_in(desk, BY_GROUP, groups="moderators").role == "reviewer"
    for gone in (["staff"], [], None, "", {"moderators": True}, "moderators2"):
        assert refused(desk, BY_GROUP, groups=gone) == "no-role"


def test_the_last_admin_is_not_lost(desk: Desk) -> None:
    desk.person("ana@example.org", "admin")
    assert refused(desk, BY_GROUP, groups=["moderators"]) == "last-admin"
    desk.person("kim", "admin")
    assert let_in(desk, BY_GROUP, groups=["moderators"]).role == "reviewer"


def test_accounts_are_made_where_the_settings_say_so(desk: Desk) -> None:
    assert refused(desk, CREATES, groups=["staff"]) == "no-role"
    made = let_in(desk, CREATES, groups=["moderators"])
    assert (made.name, made.role) == ("ana@example.org", "reviewer")
    assert let_in(desk, CREATES, groups=["auditors"]).id == made.id
    with desk.database.reading() as session:
        assert [one.role for one in accounts.everyone(session)] == ["auditor"]
