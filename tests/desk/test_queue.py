"""A reviewer opens the desk in the morning: what waits, and the next item."""

import asyncio
import re
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from modsvc.api.deps import Service
from modsvc.desk import queue
from modsvc.review import accounts, golden
from modsvc.store.tables import GoldenItem
from tests.desk.browsing import Person
from tests.desk.flagging import TEXT, decide, flag, item_of, items, take


def add_golden(app: FastAPI, text: str, *, flagged: bool) -> GoldenItem:
    with app.state.service.database.transaction() as session:
        return golden.add(session, text, "es", flagged=flagged, actor="lead")


async def test_the_queue_tells_what_waits_and_shows_no_words(
    app: FastAPI, platform: httpx.AsyncClient
) -> None:
    await flag(platform, "c1", community="school")
    await flag(platform, "c2", "hello threatsword", language="ru")
    async with Person(app, "reviewer") as ana:
        page = (await ana.get("/")).text
        assert "What waits for me" in page
        assert "hateword" not in page
        assert "threatsword" not in page
        assert page.count("<tr><td>review</td>") == 2
        page = (await ana.get("/", language="ru", category="threats", low="0.5", newer="1")).text
        assert page.count("<tr><td>review</td>") == 1
        assert "1 of 2" in page
        assert (await ana.get("/", community="work")).text.count("<tr><td>") == 0
        assert (await ana.get("/", kind="second")).status_code == 422
        assert (await ana.get("/", low="much")).status_code == 422


async def test_two_people_never_get_the_same_item(
    app: FastAPI, platform: httpx.AsyncClient
) -> None:
    there = {await flag(platform, f"c{number}") for number in range(2)}
    async with Person(app, "reviewer") as ana, Person(app, "lead") as ben:
        given = await asyncio.gather(take(ana), take(ben))
        assert set(given) == there
        # Nothing else waits; what one holds comes first.
        assert await take(ana) == given[0]
        assert "You still hold this item" in ana.page.text
        await ben.get("/")
        await ben.post(f"/items/{given[0]}/claim")
        assert ben.page.status_code == 409
        await decide(ben, given[1], "overturn")
        await ben.post("/next")
        assert "Nothing that fits waits for you." in ben.page.text


async def test_the_next_item_fits_the_filters(app: FastAPI, platform: httpx.AsyncClient) -> None:
    await flag(platform, "c1", "hello threatsword")
    mild = await flag(platform, "c2", "hello stereotypingword", community="school")
    async with Person(app, "reviewer") as ana:
        await ana.get("/", community="school")
        assert 'name="community" value="school"' in ana.page.text
        await ana.post("/next", community="school", low="0.5")
        assert ana.page.url.path == f"/desk/items/{mild}"
        # Whoever works on a part of the queue comes back to it.
        assert 'name="back" value="community=school&amp;low=0.5"' in ana.page.text
        await ana.post(f"/items/{mild}/release", back="community=school&low=0.5")
        assert dict(ana.page.url.params) == {
            "community": "school",
            "low": "0.5",
            "said": "released",
        }
        await ana.post("/next")
        await decide(ana, ana.page.url.path.rpartition("/")[2], "overturn", back="kind=golden")
        assert "kind" not in ana.page.url.params


async def test_nobody_gets_what_they_prefer_not_to_see(
    app: FastAPI, platform: httpx.AsyncClient
) -> None:
    await flag(platform, "c1", "hello threatsword")
    async with Person(app, "reviewer") as ana:
        await ana.get("/profile")
        await ana.post("/profile/work", hidden=["threats"])
        await ana.get("/")
        await ana.post("/next")
        assert "Nothing that fits waits for you." in ana.page.text
        await ana.post("/profile/work")
        await take(ana)


async def test_there_is_an_end_to_every_day(app: FastAPI, platform: httpx.AsyncClient) -> None:
    await flag(platform, "c1")
    await flag(platform, "c2")
    with app.state.service.database.transaction() as session:
        account = accounts.named(session, "reviewer").id
        accounts.set_daily_cap(session, account, 1, actor="lead")
    async with Person(app, "reviewer") as ana:
        await decide(ana, await take(ana), "overturn")
        assert "Enough for today" in ana.page.text
        assert 'action="/desk/next"' not in ana.page.text
        await ana.post("/next")
        assert (ana.page.status_code, "Enough for today" in ana.page.text) == (403, True)
        assert len([one for one in items(app, "first") if one.state == "open"]) == 1


@pytest.mark.parametrize("changes", [{"break_after": 1}])
async def test_a_break_is_suggested_after_severe_texts(
    app: FastAPI, platform: httpx.AsyncClient, changes: dict[str, Any]
) -> None:
    await flag(platform, "c1", "hello threatsword")
    async with Person(app, "reviewer") as ana:
        item = await take(ana)
        assert "After this one it is time for a break." in ana.page.text
        assert "Time for a break" not in (await ana.get("/")).text
        await ana.get(f"/items/{item}", rest="1")
        await decide(ana, item, "uphold", rest="true")
        assert "Time for a break" in ana.page.text
        assert 'data-key="n"' not in ana.page.text
        assert 'data-key="z"' in ana.page.text
        assert 'data-key="n"' in (await ana.get("/")).text


@pytest.mark.parametrize("changes", [{"golden_share": 1.0}])
async def test_a_text_with_a_known_answer_looks_like_any_other(
    app: FastAPI, platform: httpx.AsyncClient, changes: dict[str, Any]
) -> None:
    add_golden(app, "the women hello", flagged=False)
    known = add_golden(app, "a hateword hello", flagged=True)
    real = await flag(platform, "c1", TEXT, community="school", author_id="user-7")
    async with Person(app, "reviewer") as ana:
        drawn = await take(ana)
        shown = ana.page.text
        assert item_of(app, drawn).golden == known.id
        await decide(ana, drawn, "uphold")
        # The other one would stand out: the policy allows it. So this is the real one.
        assert await take(ana) == real
        assert _outline(shown) == _outline(ana.page.text)
        assert "school" in shown
        assert "golden" not in shown


@pytest.mark.parametrize("changes", [{"golden_share": 1.0}])
async def test_no_text_is_scored_for_who_still_holds_an_item(
    app: FastAPI,
    platform: httpx.AsyncClient,
    changes: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    add_golden(app, "the women hello", flagged=False)
    await flag(platform, "c1")
    scored = []

    def note(service: Service, text: str, language: str | None) -> bool:
        scored.append(text)
        return False

    monkeypatch.setattr(queue, "is_flagged", note)
    async with Person(app, "reviewer") as ana:
        mine = await take(ana)
        assert scored == ["the women hello"]
        assert await take(ana) == mine
        assert "You still hold this item" in ana.page.text
    assert len(scored) == 1


async def test_auditors_are_shown_the_dashboard(app: FastAPI, platform: httpx.AsyncClient) -> None:
    async with Person(app, "auditor") as eva:
        assert eva.page.url.path == "/desk/dashboard"
        await eva.get("/profile")
        assert (await eva.post("/next")).status_code == 403


def _outline(page: str) -> list[str]:
    """What a page is made of, and what it says beside words, numbers and ids."""
    body = page[page.index("<main") :]
    plain = re.sub(r'<p class="words.*?</p>', "", body, flags=re.DOTALL)
    plain = re.sub(r'(value|action|data-renew|data-seconds|width)="[^"]*"', "", plain)
    plain = re.sub(r"<code>\w+</code>|<dd>.* UTC</dd>|\d+", "", plain)
    return [line.strip() for line in plain.splitlines() if line.strip()]
