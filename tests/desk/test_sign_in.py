"""People come and go: sign-in, settings, sign-out, and what is refused."""

from pathlib import Path

import httpx
from fastapi import FastAPI

from modsvc.app import create_app
from modsvc.desk.headers import HEADERS
from tests.api.serving import in_process, make_settings
from tests.desk.browsing import Person


async def test_signing_in_and_out(app: FastAPI, platform: httpx.AsyncClient) -> None:
    async with Person(app, "reviewer") as ana:
        assert (await ana.get("/profile")).status_code == 200
        assert "reviewer" in ana.page.text
        await ana.post("/sign-out")
        assert ana.page.url.path == "/desk/sign-in"
        assert "modsvc user add" not in ana.page.text
        assert "You are signed out." in ana.page.text
        await ana.get("/profile")
        assert ana.page.url.path == "/desk/sign-in"


async def test_a_wrong_password_is_refused(app: FastAPI, platform: httpx.AsyncClient) -> None:
    async with Person(app, "reviewer") as ana:
        await ana.post("/sign-out")
        await ana.post("/sign-in", name="reviewer", password="not the password")
        assert ana.page.status_code == 401
        assert "set-cookie" not in ana.page.headers


async def test_the_first_visitor_is_told_how_to_begin(tiny_artifact: Path) -> None:
    async with in_process(create_app(make_settings(tiny_artifact))) as client:
        assert "modsvc user add" in (await client.get("/desk/sign-in")).text


async def test_a_form_without_its_token_changes_nothing(
    app: FastAPI, platform: httpx.AsyncClient
) -> None:
    look = {"locale": "ru", "text_size": "large", "csrf": "guessed"}
    async with Person(app, "reviewer") as ana:
        await ana.get("/profile")
        assert (await ana.post("/profile/look", **look)).status_code == 403
        assert 'lang="en"' in (await ana.get("/profile")).text


async def test_a_form_from_another_site_is_refused(
    app: FastAPI, platform: httpx.AsyncClient
) -> None:
    async with Person(app, "reviewer") as ana:
        await ana.get("/profile")
        ana.client.headers["Origin"] = "https://elsewhere.example"
        look = {"locale": "ru", "text_size": "large"}
        assert (await ana.post("/profile/look", **look)).status_code == 403


async def test_people_choose_how_they_work(app: FastAPI, platform: httpx.AsyncClient) -> None:
    async with Person(app, "reviewer") as ana:
        await ana.get("/profile")
        await ana.post("/profile/look", locale="es", text_size="larger", greyscale="true")
        assert 'lang="es"' in ana.page.text
        assert 'data-size="larger" data-greyscale' in ana.page.text
        await ana.post("/profile/work", languages="ru, uz-Cyrl", hidden=["threats"])
        assert 'value="ru uz-Cyrl"' in ana.page.text
        assert 'value="threats" checked' in ana.page.text
        await ana.post("/profile/work", languages="not_a_tag!")
        assert ana.page.status_code == 422


async def test_another_password_ends_all_sign_ins(
    app: FastAPI, platform: httpx.AsyncClient
) -> None:
    async with Person(app, "reviewer") as ana, Person(app, "reviewer") as elsewhere:
        await ana.get("/profile")
        await ana.post("/profile/password", old="not it", new="another long password")
        assert ana.page.status_code == 422
        await ana.get("/profile")
        words = {"old": "a long enough password", "new": "another long password"}
        await ana.post("/profile/password", **words)
        assert ana.page.url.path == "/desk/sign-in"
        assert (await elsewhere.get("/profile")).url.path == "/desk/sign-in"


async def test_every_page_keeps_other_scripts_out(
    app: FastAPI, platform: httpx.AsyncClient
) -> None:
    async with Person(app, "reviewer") as ana:
        for path in ("/sign-in", "/profile", "/nothing-here", "/static/desk.css"):
            headers = (await ana.get(path)).headers
            assert {name: headers[name] for name in HEADERS} == HEADERS, path
        assert (await ana.get("/nothing-here")).status_code == 404
        assert (await ana.get("/profile")).headers["cache-control"] == "no-store"
