"""Who may do what: each endpoint and page, tried by each role, by each key and by nobody."""

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Annotated

import pytest
from fastapi import APIRouter, Depends, FastAPI

from modsvc.api.security import Needs
from modsvc.app import create_app
from modsvc.desk.guard import ANYONE, LEADS, Allows
from modsvc.review import sessions
from tests.api.serving import in_process, make_settings
from tests.doors import Doors, Sent, is_sent_away
from tests.route_table import CALLERS, NOBODY, RouteError, routes, table

GOLDEN = Path(__file__).parent / "golden" / "authorisation.txt"
RENEW = "RENEW_GOLDEN"
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")

pytestmark = pytest.mark.slow


@pytest.fixture
def app(tiny_artifact: Path) -> Iterator[FastAPI]:
    made = create_app(make_settings(tiny_artifact))
    yield made
    made.state.service.database.close()


@pytest.fixture
async def doors(app: FastAPI) -> AsyncIterator[Doors]:
    async with in_process(app) as client:
        made = Doors(app, client)
        await made.fill()
        yield made


async def test_every_rule_holds_for_everyone(doors: Doors) -> None:
    wrong = []
    for route in doors:
        for caller in CALLERS:
            answer = await doors.knock(route, doors.sent_by(caller))
            allowed = not is_sent_away(route, caller, answer)
            if allowed is not (caller in route.callers) or answer.status_code >= 500:
                wrong.append((route.method, route.path, caller, answer.status_code))
    assert wrong == []


async def test_a_form_without_the_token_of_its_page_is_refused(doors: Doors) -> None:
    forms = [route for route in doors if route.is_page and route.method != "GET"]
    forms = [route for route in forms if not route.is_public]
    assert forms
    for route in forms:
        for caller in sorted(route.callers):
            [cookie, _], others = doors.sent_by(caller), doors.sent_by(caller)
            for form in ({}, {"csrf": ""}, {"csrf": "guessed"}, others.form):
                answer = await doors.knock(route, Sent(cookie, form))
                assert answer.status_code == 403, (route.path, caller)
                assert "This form is too old" in answer.text, (route.path, caller)


async def test_a_form_from_another_site_is_refused(doors: Doors) -> None:
    for route in doors:
        if route.is_page and route.method == "POST":
            for foreign in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
                headers, form = doors.sent_by("desk:admin")
                fields = {**form, "name": "admin", "password": "guessed"}
                answer = await doors.knock(route, Sent({**headers, **foreign}, fields))
                assert answer.status_code == 403, route.path
                assert "another site" in answer.text, route.path


async def test_methods_that_nobody_serves_are_refused(doors: Doors) -> None:
    callers = {name: doors.sent_by(name) for name in (NOBODY, "desk:admin", "key:admin")}
    for route in {route.path: route for route in doors}.values():
        url = route.url(doors.values)
        served = {other.method for other in doors if other.matches(url)}
        for method in sorted(set(METHODS) - served):
            for caller, sent in callers.items():
                answer = await doors.knock(route, sent, method)
                assert answer.status_code == 405, (method, route.path, caller)


async def test_a_sign_in_that_ended_opens_nothing(doors: Doors) -> None:
    sent = doors.sent_by("desk:admin")
    with doors.service.database.transaction() as session:
        sessions.end_all(session, doors.people["admin"].id)
    for route in doors:
        if route.is_page and not route.is_public:
            answer = await doors.knock(route, sent)
            assert is_sent_away(route, NOBODY, answer), route.path


def test_a_change_of_rights_is_seen_in_review(app: FastAPI) -> None:
    now = table(routes(app))
    if os.environ.get(RENEW):
        GOLDEN.write_text(now, encoding="utf-8")
    assert GOLDEN.read_text(encoding="utf-8") == now, (
        f"{GOLDEN.name} does not say who may do what now; if the change is meant, renew it by "
        f"{RENEW}=1 python -m pytest tests/test_authorisation.py and look at the difference"
    )


async def _page() -> None: ...


@pytest.mark.parametrize(
    ("path", "dependencies", "wrong"),
    [
        ("/desk/new", [], "0 rules"),
        ("/desk/new", [ANYONE, LEADS], "2 rules"),
        ("/desk/new", [Needs("review")], "another place"),
        ("/desk/sign-in", [ANYONE], "public"),
        ("/v1/new", [], "0 rules"),
        ("/v1/new", [Needs("review"), Needs("admin")], "2 rules"),
        ("/v1/new", [Allows("admin")], "another place"),
    ],
)
def test_a_route_with_no_rule_or_with_two_is_found(
    path: str, dependencies: list[Needs | Allows], wrong: str
) -> None:
    app, router = FastAPI(openapi_url=None), APIRouter()
    router.add_api_route(path, _page, dependencies=[Depends(rule) for rule in dependencies])
    app.include_router(router)
    with pytest.raises(RouteError, match=wrong):
        routes(app)


def test_a_rule_deep_down_is_found() -> None:
    async def deeper(visitor: Annotated[object, Depends(LEADS)]) -> None: ...

    app, router = FastAPI(openapi_url=None), APIRouter(prefix="/new")
    router.add_api_route("", _page, dependencies=[Depends(deeper)])
    app.include_router(router, prefix="/desk")
    [route] = routes(app)
    assert (route.path, route.callers) == ("/desk/new", {"desk:lead", "desk:admin"})


def test_an_unknown_kind_of_route_is_found() -> None:
    app = FastAPI(openapi_url=None)
    app.add_api_websocket_route("/v1/live", _page)
    with pytest.raises(RouteError, match="say here"):
        routes(app)
