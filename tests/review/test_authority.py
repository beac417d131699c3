"""Leads see to reviewers, admins to everybody but themselves, and one admin always stays."""

import pytest

from modsvc.errors import NotFound, NotPermitted
from modsvc.review import accounts, authority
from modsvc.review.words import ROLES
from tests.review.desk import Desk

WORK = {
    ("lead", "reviewer"),
    *(("admin", role) for role in ROLES),
}
STANDING = {("admin", role) for role in ROLES}


def test_who_may_change_whom(desk: Desk) -> None:
    actors = {role: desk.person(f"one {role}", role) for role in ROLES}
    others = {role: desk.person(f"other {role}", role) for role in ROLES}
    for allowed, check in ((WORK, authority.for_work), (STANDING, authority.for_standing)):
        for actor in actors.values():
            for other in others.values():
                with desk.database.reading() as session:
                    if (actor.role, other.role) in allowed:
                        assert check(session, actor, other.id).id == other.id
                    else:
                        with pytest.raises(NotPermitted):
                            check(session, actor, other.id)
                    with pytest.raises(NotFound):
                        check(session, actor, "nobody")


def test_nobody_changes_their_own_standing(desk: Desk) -> None:
    admin = desk.person("adm", "admin")
    with desk.database.reading() as session, pytest.raises(NotPermitted):
        authority.for_standing(session, admin, admin.id)


def test_the_last_admin_stays_one(desk: Desk) -> None:
    admin, other = desk.person("adm", "admin"), desk.person("eva", "admin")
    with desk.database.transaction() as session:
        accounts.set_disabled(session, other.id, True, actor="operator")
    with desk.database.transaction() as session:
        with pytest.raises(NotPermitted, match="last admin"):
            accounts.set_disabled(session, admin.id, True, actor="operator")
        with pytest.raises(NotPermitted, match="last admin"):
            accounts.set_role(session, admin.id, "lead", actor="operator")
        accounts.set_role(session, admin.id, "admin", actor="operator")
        accounts.set_role(session, other.id, "lead", actor="operator")
        accounts.set_role(session, other.id, "admin", actor="operator")
        accounts.set_disabled(session, other.id, False, actor="operator")
        accounts.set_disabled(session, admin.id, True, actor="operator")
