"""An admin fills in where to report harassment; everybody sees what may be relied on."""

import re
from datetime import timedelta

import httpx
from fastapi import FastAPI

from modsvc.store.columns import utcnow
from tests.desk.browsing import Person

FOUND = {
    "name": "Hotline for women",
    "kind": "support",
    "contact": "call 000 (made up)",
    "source_url": "https://gov.example/hotline",
}


def rows(page: str) -> list[list[str]]:
    """The cells of every row of the directory, without their markup."""
    found = re.findall(r"<tr>(.*?)</tr>", page, re.DOTALL)
    cells = [re.findall(r"<t[hd][ >].*?</t[hd]>", row, re.DOTALL) for row in found]
    texts = [[re.sub(r"<.*?>", "", cell).strip() for cell in row] for row in cells]
    return [row for row in texts if row[0] != "Name"]


async def test_a_placeholder_becomes_an_answer(app: FastAPI, platform: httpx.AsyncClient) -> None:
    today = utcnow().date()
    async with Person(app, "admin") as ida, Person(app, "reviewer") as ana:
        await ida.get("/routes")
        assert "There are no routes yet." in ida.page.text
        await ida.post("/routes/add", country="kg", kind="support", name="Some hotline")
        path = ida.page.url.path.removeprefix("/desk")
        assert "placeholder: nobody has entered a contact" in ida.page.text
        # Nothing can be confirmed that nobody has found out.
        assert "/confirm" not in ida.page.text
        entry = ida.page
        await ida.post(f"{path}/confirm", checked_on=today.isoformat())
        assert ida.page.status_code == 422
        ida.page = entry
        await ida.post(f"{path}/edit", **{**FOUND, "source_url": "javascript:alert(1)"})
        assert ida.page.status_code == 422
        ida.page = entry
        await ida.post(f"{path}/edit", **FOUND)
        assert "unconfirmed" in ida.page.text
        assert "unconfirmed" in (await ana.get("/routes")).text
        await ida.post(f"{path}/confirm", checked_on=(today + timedelta(days=1)).isoformat())
        assert ida.page.status_code == 422
        await ida.get(path)
        await ida.post(f"{path}/confirm", checked_on=today.isoformat())
        assert "confirmed" in ida.page.text
        [row] = rows((await ana.get("/routes")).text)
        assert row == [
            *("Hotline for women", "support", "confirmed", "call 000 (made up)"),
            *("https://gov.example/hotline", today.isoformat()),
        ]
        assert "Kyrgyzstan" in ana.page.text
        await ida.get(path)
        await ida.post(f"{path}/remove")
        assert "There are no routes yet." in ida.page.text
        assert (await ida.get(path)).status_code == 404


async def test_a_list_of_what_to_look_up(app: FastAPI, platform: httpx.AsyncClient) -> None:
    async with Person(app, "admin") as ida:
        await ida.get("/routes")
        await ida.post("/routes/seed")
        there = rows(ida.page.text)
        assert {row[2] for row in there} == {"placeholder: nobody has entered a contact"}
        await ida.post("/routes/seed")
        assert len(rows(ida.page.text)) == len(there)
        await ida.get("/routes", country="UZ")
        assert 0 < len(rows(ida.page.text)) < len(there)


async def test_others_only_read(app: FastAPI, platform: httpx.AsyncClient) -> None:
    for role in ("reviewer", "lead", "auditor"):
        async with Person(app, role) as person:
            await person.get("/routes")
            assert person.page.status_code == 200
            assert "/routes/add" not in person.page.text
            await person.post("/routes/add", country="KG", kind="police", name="Police")
            assert person.page.status_code == 403
    async with Person(app, "reviewer") as ana:
        assert "There are no routes yet." in (await ana.get("/routes")).text
