"""An admin tries a policy out on what was decided: what is shown is what would be decided."""

import re

import httpx
from fastapi import FastAPI

from modsvc.api.deps import Service
from modsvc.store.tables import Content, Decision
from modsvc.types import Content as Text
from tests.desk.browsing import Person
from tests.desk.editing import begin, edited, row

#: Each is scored by the tiny model; the first ones are near its thresholds.
TEXTS = (
    ("en", "hello women"),
    ("en", "hello hateword women and more of the same in many other words"),
    ("en", "hello threatsword"),
    ("es", "hola hateword"),
    ("es", "hola derogationword mujer"),
    ("ru", "привет hateword"),
    ("ru", "привет всем"),
    ("kk", "сәлем hateword"),
    ("kk", "сәлем"),
    ("en", "!!!"),
)


async def send(platform: httpx.AsyncClient, community: str = "") -> None:
    items = [
        {"content_id": f"c{place}", "text": text, "language": language, "community": community}
        for place, (language, text) in enumerate(TEXTS)
    ]
    answer = await platform.post("/v1/content", json={"items": items})
    assert answer.status_code == 202, answer.text


async def test_a_back_test_shows_what_the_engine_would_decide(
    app: FastAPI, platform: httpx.AsyncClient
) -> None:
    await send(platform)
    await send(platform, "school")
    service: Service = app.state.service
    async with Person(app, "admin") as eva:
        await begin(eva, app)
        await edited(eva, "show", **row(label="misogyny", language="*", review="0.02"))
        typed = row(community="school", label="misogyny", review="0.97", withhold="0.99")
        await edited(eva, "show", **typed)
        await edited(eva, "save", below=["review", "allow"])
        draft = eva.page.url.path.removeprefix("/desk/policies/")
        assert "What would change" not in (await eva.get(f"/policies/{draft}/backtest")).text
        await eva.get(f"/policies/{draft}/backtest", since="2020-01-01", until="2999-12-30")
        page = eva.page.text

    expected: dict[str, dict[str, int]] = {}
    with service.database.reading() as session:
        service.pipeline.policy = service.policies.compiled(session, draft)
        for content, decision in session.query(Content, Decision).filter(
            Content.id == Decision.content
        ):
            text = Text(
                text=content.text or "",
                language=content.language,
                community=content.community or None,
            )
            [(_, after)] = service.pipeline.decide_batch([text])
            counts = expected.setdefault(decision.language, {"Decisions": 0, "Changed": 0})
            counts["Decisions"] += 1
            if after.action != decision.action:
                counts["Changed"] += 1
                change = f"{decision.action} → {after.action}"
                counts[change] = counts.get(change, 0) + 1
    shown = effects_of(page)
    assert len({change for counts in expected.values() for change in counts}) > 4
    assert {
        language: {name: count for name, count in counts.items() if name != "Share" and count}
        for language, counts in shown.items()
    } == {
        language: {name: count for name, count in counts.items() if count}
        for language, counts in expected.items()
    }
    # Words stand behind a step of their own, or blurred.
    plain = re.sub(r'<p class="words[^>]*>.*?</p>', "", page, flags=re.DOTALL)
    assert "hola" in page
    assert "hola" not in plain
    assert page.count('<p class="words"') == page.count("<details>") == page.count(" blurred")


async def test_a_back_test_is_of_its_days_and_says_what_is_erased(
    app: FastAPI, platform: httpx.AsyncClient
) -> None:
    await send(platform)
    async with Person(app, "admin") as eva:
        await begin(eva, app)
        await edited(eva, "save", term_pattern=["women"], term_kind=["block"], term_language=[""])
        draft = eva.page.url.path.removeprefix("/desk/policies/")
        path = f"/policies/{draft}/backtest"
        page = (await eva.get(path, since="2020-01-01", until="2020-12-31")).text
        assert "0 of 0 decisions" in page
        page = (await eva.get(path, since="2020-01-01")).text
        assert "1 of 10 decisions would change." in page
        assert "erased" not in page
        await platform.delete("/v1/content/c0")
        page = (await eva.get(path, since="2020-01-01")).text
        assert "0 of 10 decisions would change." in page
        assert "the text is erased" in page
        for wrong in (("2020-12-31", "2020-01-01"), ("2020-01-01", "9999-12-31")):
            answer = await eva.get(path, since=wrong[0], until=wrong[1])
            assert answer.status_code == 422
            assert "not after the last one" in answer.text


def effects_of(page: str) -> dict[str, dict[str, int]]:
    """The table of a back-test: by language, each column's number."""
    table = page.partition('<table id="effects">')[2].partition("</table>")[0]
    cells = re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", table, re.DOTALL)
    plain = [re.sub(r"<[^>]+>", "", cell).strip() for cell in cells]
    width = table.partition("</thead>")[0].count("<th ")
    head, *body = [plain[at : at + width] for at in range(0, len(plain), width)]
    return {
        line[0]: {
            name: int(value)
            for name, value in zip(head[1:], line[1:], strict=True)
            if "%" not in value
        }
        for line in body
    }
