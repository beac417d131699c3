"""A reviewer decides, thinks better of it, settles a pile-on, gives an item back."""

import re
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from tests.desk.browsing import Person
from tests.desk.flagging import TEXT, decide, flag, item_of, items, take


async def state(platform: httpx.AsyncClient, content_id: str) -> tuple[str, str]:
    answer = (await platform.get(f"/v1/content/{content_id}")).json()
    return answer["action"], answer["status"]


async def test_deciding_and_thinking_better_of_it(
    app: FastAPI, platform: httpx.AsyncClient
) -> None:
    await flag(platform, "c1")
    async with Person(app, "reviewer") as ana:
        item = await take(ana)
        await decide(ana, item, "uphold", categories=["derogation"], note="As we agreed.")
        assert (ana.page.url.path, "Resolved: uphold" in ana.page.text) == ("/desk/", True)
        assert await state(platform, "c1") == ("withhold", "upheld")
        assert item_of(app, item).corrected_categories == ["derogation"]
        await ana.get(f"/items/{item}")
        assert "As we agreed." in ana.page.text
        await ana.post(f"/items/{item}/undo")
        assert "The resolution is undone" in ana.page.text
        assert await state(platform, "c1") == ("review", "pending")
        await decide(ana, item, "overturn")
        assert await state(platform, "c1") == ("allow", "overturned")
        # Nobody else's to undo.
        async with Person(app, "lead") as lea:
            await lea.get("/")
            assert (await lea.post(f"/items/{item}/undo")).status_code == 409


async def test_a_form_that_contradicts_itself_comes_back_as_it_was(
    app: FastAPI, platform: httpx.AsyncClient
) -> None:
    await flag(platform, "c1")
    async with Person(app, "reviewer") as ana:
        item = await take(ana)
        await decide(ana, item, "overturn", categories=["threats"], note="Hm.")
        assert ana.page.status_code == 422
        assert "A text that breaks no rule is in no category" in ana.page.text
        assert 'value="threats" data-key="1" aria-keyshortcuts="1" checked' in ana.page.text
        assert ">Hm.</textarea>" in ana.page.text
        assert item_of(app, item).state == "claimed"
        assert (await decide(ana, item, "destroy")).status_code == 422


async def test_one_look_settles_a_pile_on(app: FastAPI, platform: httpx.AsyncClient) -> None:
    own = await flag(platform, "c1", TEXT)
    same = await flag(platform, "c2", TEXT.upper().lower() + "!"[:0])
    disguised = await flag(platform, "c3", "hello h@teword women")
    elsewhere = await flag(platform, "c4", TEXT, context={"parent": "the women vote"})
    other = await flag(platform, "c5", "another hateword")
    async with Person(app, "reviewer") as ana:
        assert await take(ana) == own
        offered = re.findall(r'name="copies" value="([\w-]+)"( checked)?', ana.page.text)
        assert offered == [(same, " checked"), (disguised, " checked"), (elsewhere, "")]
        assert (await decide(ana, own, "uphold", copies=[other])).status_code == 403
        await decide(ana, own, "uphold", copies=[same, disguised])
        assert "2 copies of the text were resolved too." in ana.page.text
        assert [await state(platform, one) for one in ("c2", "c3")] == [("withhold", "upheld")] * 2
        assert await state(platform, "c4") == ("review", "pending")
        await ana.post(f"/items/{own}/undo")
        assert await state(platform, "c3") == ("review", "pending")


async def test_giving_back_and_asking_for_more_time(
    app: FastAPI, platform: httpx.AsyncClient
) -> None:
    await flag(platform, "c1")
    async with Person(app, "reviewer") as ana:
        item = await take(ana)
        before = item_of(app, item).lease_until
        await ana.post(f"/items/{item}/renew")
        assert "You have more time" in ana.page.text
        renewed = item_of(app, item).lease_until
        assert before is not None
        assert renewed is not None
        assert renewed > before
        ana.client.headers["Accept"] = "application/json"
        page = ana.page
        answer = await ana.post(f"/items/{item}/renew")
        assert answer.json()["seconds"] == 600
        ana.page = page
        del ana.client.headers["Accept"]
        await ana.post(f"/items/{item}/release")
        assert "You gave the item back." in ana.page.text
        assert item_of(app, item).state == "open"
        assert (await decide(ana, item, "uphold")).status_code == 409


@pytest.mark.parametrize("changes", [{"second_review_share": 1.0}])
async def test_a_lead_settles_what_two_people_saw_differently(
    app: FastAPI, platform: httpx.AsyncClient, changes: dict[str, Any]
) -> None:
    await flag(platform, "c1")
    async with Person(app, "reviewer") as ana, Person(app, "lead") as lea:
        item = await take(ana)
        await decide(ana, item, "uphold", note="It is meant.")
        second = await take(lea)
        assert item_of(app, second).kind == "second"
        # Blind: as if nobody had looked at it before.
        for told in ("It is meant.", "blind second", "Resolved:", "What others said"):
            assert told not in lea.page.text
        await decide(lea, second, "overturn")
        [asked] = items(app, "adjudication")
        async with Person(app, "admin") as ada:
            assert await take(ada) == asked.id
            assert "What others said" in ada.page.text
            assert "It is meant." in ada.page.text
            await decide(ada, asked.id, "overturn")
        assert await state(platform, "c1") == ("allow", "overturned")


async def test_who_escalates_is_told_where_to_report(
    app: FastAPI, platform: httpx.AsyncClient
) -> None:
    await flag(platform, "c1")
    async with Person(app, "reviewer") as ana:
        await decide(ana, await take(ana), "escalate")
        assert 'href="/desk/routes"' in ana.page.text
        assert await state(platform, "c1") == ("review", "escalated")
