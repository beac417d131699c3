"""An admin makes a key, a program uses it, and it is revoked."""

import re

import httpx
import pytest
from fastapi import FastAPI

from modsvc.api import security
from tests.desk.browsing import Person

TEXT = {"content_id": "c1", "text": "hello women", "community": "school"}


async def send(platform: httpx.AsyncClient, token: str) -> int:
    headers = {"Authorization": f"Bearer {token}"}
    return (await platform.post("/v1/content", json=TEXT, headers=headers)).status_code


async def test_a_keys_life(
    app: FastAPI, platform: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(security, "REMEMBER_S", 0.0)
    async with Person(app, "admin") as eva:
        assert "There is no key yet" in (await eva.get("/keys")).text
        made = {"name": "forum", "scopes": ["ingest"], "community": "school", "days": "30"}
        await eva.post("/keys", **made)
        [token] = re.findall(r"modsvc_[\w-]{30,}", eva.page.text)
        assert eva.page.headers["cache-control"] == "no-store"
        assert await send(platform, token) == 202
        # It was shown once.
        assert token not in (await eva.get("/keys")).text
        for shown in ("forum", token[:13], "in force", "school", "Last used"):
            assert shown in eva.page.text
        [path] = re.findall(r"/desk(/keys/[\w-]+/revoke)", eva.page.text)
        await eva.post(path)
        assert "The key is revoked." in eva.page.text
        assert ">revoked<" in eva.page.text
        assert path not in eva.page.text
        assert await send(platform, token) == 401
        assert (await eva.post(path)).status_code == 404


async def test_what_was_typed_is_kept_when_it_is_wrong(
    app: FastAPI, platform: httpx.AsyncClient
) -> None:
    async with Person(app, "admin") as eva:
        await eva.get("/keys")
        for wrong in ({"days": "0"}, {"days": "many"}, {"scopes": []}, {"name": " "}):
            typed = {
                "name": "forum",
                "scopes": ["ingest"],
                "days": "3",
                "community": "x<y",
                **wrong,
            }
            assert (await eva.post("/keys", **typed)).status_code == 422
            assert 'value="x&lt;y"' in eva.page.text
            assert 'role="alert"' in eva.page.text
        assert "There is no key yet" in (await eva.get("/keys")).text


async def test_keys_are_for_admins(app: FastAPI, platform: httpx.AsyncClient) -> None:
    for name in ("reviewer", "lead", "auditor"):
        async with Person(app, name) as person:
            assert (await person.get("/keys")).status_code == 403
            await person.get("/profile")
            assert (await person.post("/keys", name="mine", scopes=["admin"])).status_code == 403


async def test_what_a_key_may_have(app: FastAPI, platform: httpx.AsyncClient) -> None:
    async with Person(app, "admin") as eva:
        await eva.get("/keys")
        made = {"name": "forum", "scopes": ["ingest"], "rate": "600", "decimals": "2"}
        await eva.post("/keys", **made)
        for shown in ("texts a minute: 600", "texts a day: no limit", "Decimals: 2"):
            assert shown in eva.page.text
        [path] = re.findall(r"/desk(/keys/[\w-]+/allowance)", eva.page.text)
        await eva.post(path, rate="", quota="1000", decimals="1", spans="true")
        assert "The key may have that from now on." in eva.page.text
        for shown in ("no limit", "texts a day: 1,000", "Decimals: 1, with the parts"):
            assert shown in eva.page.text
        for wrong in ({"rate": "many"}, {"quota": "-1"}, {"decimals": "7"}):
            assert (await eva.post(path, **wrong)).status_code == 422
            assert 'role="alert"' in eva.page.text
        assert "texts a day: 1,000" in (await eva.get("/keys")).text
        [gone] = re.findall(r"/desk(/keys/[\w-]+/revoke)", eva.page.text)
        await eva.post(gone)
        assert (await eva.post(path, rate="1")).status_code == 404
