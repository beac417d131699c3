"""Leads see whether reviews hold up and settle what is disputed; auditors see it without names."""

import csv
import io
import re
from dataclasses import replace

import httpx
import pytest
from fastapi import FastAPI

from tests.desk.browsing import Person
from tests.desk.seeding import account, desk_of
from tests.review.desk import PLAIN, Desk

GOLDEN = {
    "text": "You hateword & co",
    "language": "EN",
    "flagged": "yes",
    "categories": ["threats"],
    "note": "A plain one.",
}


@pytest.fixture
def desk(app: FastAPI) -> Desk:
    """The reviewer's texts were reviewed again by the lead: one alike, one not."""
    desk = desk_of(app, hours=5)
    desk.practice = replace(PLAIN, second_share=1.0)
    one, other = account(desk, "reviewer"), account(desk, "lead")
    for first, second in (("uphold", "uphold"), ("uphold", "overturn")):
        desk.wait(minutes=1)
        desk.settle(one, desk.flag(language="ru"), first, "threats")
        again = desk.items("second")[-1].id
        desk.settle(other, again, second, *(["threats"] if second == "uphold" else []))
    return desk


async def rows(person: Person, name: str) -> list[dict[str, str]]:
    answer = await person.get(f"/quality/{name}.csv", days=1)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(answer.text)))


async def test_a_lead_sees_who_agrees_with_whom(
    app: FastAPI, desk: Desk, platform: httpx.AsyncClient
) -> None:
    async with Person(app, "lead") as lea:
        page = (await lea.get("/quality", days=1)).text
        assert "whether it breaks the rules" in page
        agreed = {(row["language"], row["label"]): row for row in await rows(lea, "agreement")}
        assert agreed["ru", "verdict"] == agreed["", "verdict"] | {"language": "ru"}
        assert (agreed["ru", "verdict"]["texts"], agreed["ru", "verdict"]["alpha"]) == ("2", "0.0")
        assert agreed["ru", "objectification"]["alpha"] == ""
        people = {row["person"]: row for row in await rows(lea, "people")}
        assert people["reviewer"]["agreement_rate"] == "0.5"
        assert (people["lead"]["reviewed"], people["lead"]["overturn_rate"]) == ("2", "0.5")
        assert '<th scope="row">reviewer</th>' in page


async def test_an_auditor_sees_no_names(
    app: FastAPI, desk: Desk, platform: httpx.AsyncClient
) -> None:
    async with Person(app, "auditor") as eva:
        page = (await eva.get("/quality", days=1)).text
        assert "Names are shown to leads alone." in page
        assert '<th scope="row">1</th>' in page
        assert '<th scope="row">reviewer</th>' not in page
        found = await rows(eva, "people")
        assert [row["person"] for row in found] == ["1", "2"]
        assert not {"reviewer", "lead"} & {value for row in found for value in row.values()}
        assert "/desk/quality/golden" not in page
        assert (await eva.post("/quality/golden", **GOLDEN)).status_code == 403


async def test_what_is_disputed_leads_to_its_adjudication(
    app: FastAPI, desk: Desk, platform: httpx.AsyncClient
) -> None:
    [asked] = desk.items("adjudication")
    async with Person(app, "admin") as adm:
        page = (await adm.get("/quality", days=1)).text
        assert "not yet" in page
        assert re.findall(r"/desk/items/([\w-]+)\">Settle", page) == [asked.id]
        desk.settle(account(desk, "admin"), asked.id, "overturn")
        page = (await adm.get("/quality", days=1)).text
        assert "not yet" not in page
        assert re.findall(r"/desk/items/([\w-]+)\">Look", page) == [asked.id]
        people = {row["person"]: row for row in await rows(adm, "people")}
        assert people["reviewer"]["reversal_rate"] == "1.0"
        assert (await adm.get(f"/items/{asked.id}")).status_code == 200


async def test_a_lead_adds_a_text_with_its_answer(
    app: FastAPI, platform: httpx.AsyncClient
) -> None:
    async with Person(app, "lead") as lea:
        await lea.get("/quality")
        await lea.post("/quality/golden", **GOLDEN)
        assert lea.page.url.path == "/desk/quality"
        page = lea.page.text
        assert "The text is kept, and will be mixed in." in page
        assert "0 of 0 answers right" in page
        veiled = re.findall(r"<details class=\"veil\">.*?</details>", page, re.DOTALL)
        assert any("You hateword &amp; co" in one and 'lang="en"' in one for one in veiled)
        outside = page
        for one in veiled:
            outside = outside.replace(one, "")
        assert "hateword" not in outside
        assert "A plain one" not in outside
        for wrong in ({"flagged": "no"}, {"language": "русский"}, {"flagged": "perhaps"}):
            await lea.post("/quality/golden", **{**GOLDEN, **wrong})
            assert lea.page.status_code == 422
            assert "hateword" not in lea.page.text
    desk = desk_of(app)
    desk.practice = replace(PLAIN, golden_share=1.0)
    desk.flag()
    reviewer = account(desk, "reviewer")
    desk.resolve(reviewer, desk.claim(reviewer, chance=0.0), "uphold")
    async with Person(app, "auditor") as eva:
        assert "1 of 1 answers right" in (await eva.get("/quality")).text
        [done] = await rows(eva, "people")
        assert (done["reviewed"], done["golden_answered"], done["golden_right"]) == (
            "0",
            "1",
            "1.0",
        )


async def test_a_new_desk_has_nothing_to_compare(app: FastAPI, platform: httpx.AsyncClient) -> None:
    async with Person(app, "auditor") as eva:
        page = (await eva.get("/quality", days=30)).text
        for said in (
            "No text was reviewed by two people in this time.",
            "Nobody reviewed anything in this time.",
            "No two reviewers disagree in this time.",
            "There is none yet.",
        ):
            assert said in page
