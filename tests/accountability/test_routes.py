"""An operator keeps the directory of places to report to; nobody is sent to a guess."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from modsvc.accountability import routes
from modsvc.accountability.routes import GOOD_FOR, Route
from modsvc.errors import AccountabilityError, NotFound
from modsvc.store.database import Database
from modsvc.store.tables import Event

TODAY = date(2026, 11, 3)
FIRST_CLASS = {"KZ", "KG", "TJ", "TM", "UZ", "AZ", "AM", "GE", "GT"}


def listed(database: Database, country: str | None = None, today: date = TODAY) -> list[Route]:
    with database.reading() as session:
        return routes.listed(session, country, today=today)


def kinds(database: Database) -> list[str]:
    with database.reading() as session:
        return list(session.scalars(select(Event.kind).order_by(Event.seq)))


def test_the_seeds_are_placeholders_that_answer_nothing(database: Database) -> None:
    with database.transaction() as session:
        added = routes.seed(session, actor="admin")
    found = listed(database)
    assert len(found) == added == 3 * len({route.country for route in found})
    assert {route.country for route in found} > FIRST_CLASS
    assert {
        (route.state, route.contact, route.source_url, route.checked_on) for route in found
    } == {("placeholder", None, None, None)}
    assert routes.reliable(found) == []


def test_seeding_again_leaves_what_operators_did(database: Database) -> None:
    with database.transaction() as session:
        routes.seed(session, actor="admin")
        for route in routes.listed(session, "KG")[1:]:
            routes.remove(session, route.id, actor="admin")
        assert routes.seed(session, actor="admin") == 0
    assert len(listed(database, "KG")) == 1


def test_a_route_is_entered_confirmed_and_grows_stale(database: Database) -> None:
    with database.transaction() as session:
        made = routes.add(session, country="KG", kind="support", name="A line", actor="admin")
        entered = routes.edit(
            session,
            made.id,
            contact=" help@line.example ",
            source_url="https://line.example/contact",
            actor="admin",
        )
        assert (entered.state, entered.contact) == ("unconfirmed", "help@line.example")
        confirmed = routes.confirm(session, made.id, checked_on=TODAY, actor="admin", today=TODAY)
    assert (confirmed.state, confirmed.checked_on) == ("confirmed", TODAY)
    assert routes.reliable(listed(database)) == [confirmed]
    [later] = listed(database, "KG", TODAY + GOOD_FOR)
    assert later.state == "confirmed"
    [stale] = listed(database, "KG", TODAY + GOOD_FOR + timedelta(days=1))
    assert stale.state == "stale"
    assert routes.reliable([stale]) == []
    assert kinds(database) == ["route_added", "route_edited", "route_confirmed"]


@pytest.mark.parametrize(
    "change", [{"contact": "other@line.example"}, {"name": "Another"}, {"kind": "police"}]
)
def test_an_edited_route_has_to_be_confirmed_again(
    database: Database, change: dict[str, str]
) -> None:
    with database.transaction() as session:
        made = routes.add(session, country="KG", kind="support", name="A line", actor="admin")
        routes.edit(session, made.id, contact="1", source_url="https://a.example", actor="admin")
        routes.confirm(session, made.id, checked_on=TODAY, actor="admin", today=TODAY)
        edited = routes.edit(session, made.id, actor="admin", **change)
    assert (edited.state, edited.checked_on) == ("unconfirmed", None)


def test_nothing_is_confirmed_without_contact_source_and_a_recent_day(database: Database) -> None:
    with database.transaction() as session:
        made = routes.add(session, country="KG", kind="support", name="A line", actor="admin")

        def confirm(day: date = TODAY) -> Route:
            return routes.confirm(session, made.id, checked_on=day, actor="admin", today=TODAY)

        with pytest.raises(AccountabilityError, match="contact"):
            confirm()
        routes.edit(session, made.id, contact="1", actor="admin")
        with pytest.raises(AccountabilityError, match="page"):
            confirm()
        routes.edit(session, made.id, source_url="https://a.example", actor="admin")
        for day in (TODAY + timedelta(days=1), TODAY - GOOD_FOR - timedelta(days=1)):
            with pytest.raises(AccountabilityError, match="last year"):
                confirm(day)
        assert confirm().state == "confirmed"
        emptied = routes.edit(session, made.id, contact="", source_url=" ", actor="admin")
        assert (emptied.state, emptied.source_url) == ("placeholder", None)


def test_what_is_not_a_route_is_refused(database: Database) -> None:
    with database.transaction() as session:
        for country, kind, name, said in (
            ("Kyrgyzstan", "support", "A line", "two-letter"),
            ("kg", "support", "A line", "two-letter"),
            ("KG", " ", "A line", "kind"),
            ("KG", "support", "", "name"),
        ):
            with pytest.raises(AccountabilityError, match=said):
                routes.add(session, country=country, kind=kind, name=name, actor="admin")
        made = routes.add(session, country="KG", kind="support", name="A line", actor="admin")
        for address in ("line.example", "javascript:alert(1)", "https://"):
            with pytest.raises(AccountabilityError, match="https"):
                routes.edit(session, made.id, source_url=address, actor="admin")
        with pytest.raises(NotFound):
            routes.edit(session, "nothing", name="A line", actor="admin")
