"""Leads see to the work of reviewers, admins to who may sign in, and as what."""

import httpx
from fastapi import FastAPI

from modsvc.api.deps import Service
from modsvc.review import accounts
from modsvc.review.sign_in import MAX_FAILURES
from modsvc.store.tables import Account
from tests.desk.browsing import Person
from tests.desk.conftest import PASSWORD
from tests.desk.seeding import account, desk_of

NEW = {"role": "reviewer", "password": PASSWORD, "again": PASSWORD}


def stored(app: FastAPI, name: str) -> Account:
    service: Service = app.state.service
    with service.database.reading() as session:
        return accounts.named(session, name)


async def test_a_lead_eases_a_reviewers_day(app: FastAPI, platform: httpx.AsyncClient) -> None:
    desk = desk_of(app)
    desk.flag(threats=0.9)
    desk.claim(account(desk, "reviewer"))
    ana = stored(app, "reviewer").id
    async with Person(app, "lead") as lea:
        page = (await lea.get("/people")).text
        assert f'href="/desk/people/{ana}"' in page
        assert 'action="/desk/people"' not in page
        page = (await lea.get(f"/people/{ana}")).text
        assert desk.now.date().isoformat() in page
        assert "/role" not in page
        assert "/password" not in page
        await lea.post(f"/people/{ana}/work", languages="ru, uz-Cyrl", cap="40")
        assert "Saved." in lea.page.text
        changed = stored(app, "reviewer")
        assert (changed.languages, changed.daily_cap) == (["ru", "uz-Cyrl"], 40)
        await lea.post(f"/people/{ana}/work", languages="", cap="")
        changed = stored(app, "reviewer")
        assert (changed.languages, changed.daily_cap) == ([], None)
        assert (await lea.post(f"/people/{ana}/work", cap="0")).status_code == 422
        assert (await lea.post(f"/people/{ana}/work", languages="?", cap="9")).status_code == 422
        assert stored(app, "reviewer").daily_cap is None


async def test_a_lead_changes_nobody_else(app: FastAPI, platform: httpx.AsyncClient) -> None:
    async with Person(app, "lead") as lea:
        await lea.get("/people")
        for role in ("lead", "admin", "auditor"):
            page = (await lea.get(f"/people/{stored(app, role).id}")).text
            assert "/work" not in page
            await lea.post(f"/people/{stored(app, role).id}/work", languages="ru", cap="1")
            assert lea.page.status_code == 403
            assert stored(app, role).daily_cap is None
            await lea.get("/people")
        ana = stored(app, "reviewer").id
        for path, fields in (
            ("role", {"role": "admin"}),
            ("disabled", {"disabled": "true"}),
            ("password", {"password": PASSWORD, "again": PASSWORD}),
            ("unlock", {}),
        ):
            assert (await lea.post(f"/people/{ana}/{path}", **fields)).status_code == 403, path
            await lea.get("/people")
        assert (await lea.post("/people", name="eva", **NEW)).status_code == 403


async def test_an_admin_makes_an_account(app: FastAPI, platform: httpx.AsyncClient) -> None:
    async with Person(app, "admin") as adm:
        await adm.get("/people")
        await adm.post("/people", name="Eva", **{**NEW, "languages": "ru es", "cap": "25"})
        assert adm.page.url.path == f"/desk/people/{stored(app, 'eva').id}"
        assert "The person may sign in now." in adm.page.text
        assert (stored(app, "eva").languages, stored(app, "eva").daily_cap) == (["ru", "es"], 25)
        for wrong in (
            {"name": "EVA"},
            {"name": "ben", "again": "another long password"},
            {"name": "ben", "password": "short", "again": "short"},
            {"name": "ben", "role": "boss"},
        ):
            await adm.get("/people")
            assert (await adm.post("/people", **{**NEW, **wrong})).status_code == 422, wrong
            assert PASSWORD not in adm.page.text
    async with Person(app, "eva") as eva:
        assert (await eva.get("/profile")).status_code == 200
        assert (await eva.get("/people")).status_code == 403


async def test_an_admin_keeps_somebody_out_and_lets_them_in(
    app: FastAPI, platform: httpx.AsyncClient
) -> None:
    ana = stored(app, "reviewer").id
    async with Person(app, "admin") as adm, Person(app, "reviewer") as reviewer:
        await adm.get(f"/people/{ana}")
        await adm.post(f"/people/{ana}/disabled", disabled="true")
        assert "The person is kept out." in adm.page.text
        assert (await reviewer.get("/profile")).url.path == "/desk/sign-in"
        await adm.post(f"/people/{ana}/disabled", disabled="false")
        assert "The person may sign in again." in adm.page.text
        await adm.post(f"/people/{ana}/role", role="auditor")
        assert stored(app, "reviewer").role == "auditor"
        await adm.post(f"/people/{ana}/password", password=PASSWORD, again="another password")
        assert adm.page.status_code == 422
    async with Person(app, "reviewer") as reviewer:
        assert (await reviewer.get("/quality")).status_code == 200


async def test_an_admin_ends_a_lock(app: FastAPI, platform: httpx.AsyncClient) -> None:
    ana = stored(app, "reviewer").id
    async with Person(app, "admin") as adm:
        assert "/unlock" not in (await adm.get(f"/people/{ana}")).text
        async with Person(app, "reviewer") as reviewer:
            await reviewer.post("/sign-out")
            for _ in range(MAX_FAILURES):
                await reviewer.post("/sign-in", name="reviewer", password="not it, sorry")
            await reviewer.post("/sign-in", name="reviewer", password=PASSWORD)
            assert reviewer.page.status_code == 401
            assert "locked until" in (await adm.get("/people")).text
            assert "/unlock" in (await adm.get(f"/people/{ana}")).text
            await adm.post(f"/people/{ana}/unlock")
            assert "The person may try again at once." in adm.page.text
            await reviewer.post("/sign-in", name="reviewer", password=PASSWORD)
            assert reviewer.page.status_code != 401
            await adm.get(f"/people/{ana}")
            other = "another long password"
            await adm.post(f"/people/{ana}/password", password=other, again=other)
            assert "The person has another password." in adm.page.text
            assert (await reviewer.get("/profile")).url.path == "/desk/sign-in"


async def test_an_admin_cannot_lock_themselves_out(
    app: FastAPI, platform: httpx.AsyncClient
) -> None:
    own = stored(app, "admin").id
    async with Person(app, "admin") as adm:
        page = (await adm.get(f"/people/{own}")).text
        assert "/disabled" not in page
        for path, fields in (
            ("disabled", {"disabled": "true"}),
            ("role", {"role": "lead"}),
            ("password", {"password": PASSWORD, "again": PASSWORD}),
        ):
            await adm.get("/people")
            assert (await adm.post(f"/people/{own}/{path}", **fields)).status_code == 403, path
        await adm.get("/people")
        await adm.post(f"/people/{own}/work", languages="ru", cap="")
        assert stored(app, "admin").languages == ["ru"]
        assert (await adm.get("/people/nobody")).status_code == 404
