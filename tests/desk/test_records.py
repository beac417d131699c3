"""An auditor looks a text up and verifies the record; an admin erases what must go."""

import re
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text as sql

from tests.desk.browsing import Person
from tests.desk.case import PARENT, settled


@pytest.fixture
async def record(app: FastAPI, platform: httpx.AsyncClient) -> str:
    """The path of its record."""
    return await settled(app, platform)


def table(page: str, caption: str) -> list[list[str]]:
    """The cells of the rows of the table with this caption, without their markup."""
    [found] = re.findall(rf"<caption>{caption}</caption>.*?</table>", page, re.DOTALL)
    rows = re.findall(r"<tr>(.*?)</tr>", found, re.DOTALL)
    cells = [re.findall(r"<t[hd].*?>(.*?)</t[hd]>", row, re.DOTALL) for row in rows]
    return [[re.sub(r"<.*?>", "", cell).strip() for cell in row] for row in cells]


async def test_a_text_is_found_by_the_platforms_id(app: FastAPI, record: str) -> None:
    async with Person(app, "auditor") as eva:
        await eva.get("/records", content=" post 7 ", community="school")
        assert eva.page.url.path == f"/desk{record}"
        await eva.get("/records", content=record.removeprefix("/records/"))
        assert eva.page.url.path == f"/desk{record}"
        await eva.get("/records", content="post 7")
        assert eva.page.status_code == 404
        assert "There is no such content" in eva.page.text
        assert (await eva.get("/records/not-there")).status_code == 404


async def test_the_record_says_who_did_what_and_why(app: FastAPI, record: str) -> None:
    async with Person(app, "auditor") as eva:
        page = (await eva.get(record)).text
        for said in ("Record of post 7", "Version 2", "Version 1", "tiny-1", "upheld"):
            assert said in page, said
        assert "misogyny: probable enough" in page
        rows = [row[2:4] for row in table(page, "Events of this text")[1:]]
        assert rows[-1] == ["reviewer", "A reviewer found a violation, version 2: threats"]
        assert ["the service", "The policy decided, version 1: allow"] in rows
        assert [what.partition(",")[0] for _, what in rows] == [
            *("The text was received", "The policy decided"),
            *("The text was received", "The policy decided", "It was put into the queue"),
            *("Somebody took an item", "A reviewer found a violation"),
        ]


async def test_who_reads_words_beside_the_queue_is_on_record(app: FastAPI, record: str) -> None:
    async with Person(app, "auditor") as eva, Person(app, "admin") as kim:
        await eva.get(record)
        rows = [row[2:4] for row in table((await kim.get(record)).text, "Events of this text")[1:]]
        assert rows[-1] == ["auditor", "Somebody opened the record, with the words, version 2"]
        await kim.post(f"{record}/erase", sure="true")
        before = len(table(kim.page.text, "Events of this text"))
        # Where no words are left there is nothing to tell.
        assert len(table((await kim.get(record)).text, "Events of this text")) == before


async def test_words_are_out_of_sight_until_they_are_asked_for(app: FastAPI, record: str) -> None:
    async with Person(app, "auditor") as eva:
        page = (await eva.get(record)).text
        seen = re.sub(r"<details.*?</details>", "", page, flags=re.DOTALL)
        for words in ("hateword &lt;b&gt;women", PARENT, "He knows where she is"):
            assert words in page
            assert words not in seen
        assert "<b>women" not in page
        assert "maria" not in page
        # Only those who may erase are offered it.
        assert "/erase" not in page
        assert "/evidence" not in page


async def test_an_admin_erases_for_good(app: FastAPI, record: str) -> None:
    async with Person(app, "admin") as ida:
        await ida.get(record)
        assert (await ida.post(f"{record}/erase")).status_code == 422
        assert "He knows" in (await ida.get(record)).text
        await ida.post(f"{record}/erase", sure="true")
        assert "The words are erased." in ida.page.text
        for words in ("hateword", PARENT):
            assert words not in ida.page.text
        last = table(ida.page.text, "Events of this text")[-1]
        assert last[2:4] == [
            "admin",
            "The words were erased, version 2: somebody asked for this text",
        ]
        await ida.get("/records/verify", run="true")
        assert "All events are as they were written" in ida.page.text
    database = app.state.service.database
    if database.is_sqlite:
        for file in Path(database.engine.url.database).parent.glob("modsvc.sqlite3*"):
            assert b"hateword" not in file.read_bytes()


async def test_others_may_not(app: FastAPI, record: str) -> None:
    async with Person(app, "reviewer") as ana:
        for path in ("/records", "/records/verify", record):
            assert (await ana.get(path)).status_code == 403
    async with Person(app, "lead") as lea:
        await lea.get(record)
        assert (await lea.post(f"{record}/erase", sure="true")).status_code == 403


async def test_what_somebody_changed_is_located(app: FastAPI, record: str) -> None:
    async with Person(app, "auditor") as eva:
        await eva.get("/records/verify")
        assert "Head of the record" not in eva.page.text
        await eva.get("/records/verify", run="true")
        [head] = re.findall(r"<code>(\d+:[0-9a-f]{64})</code>", eva.page.text)
        await eva.get("/records/verify", run="true", anchor=head)
        assert "All events are as they were written" in eva.page.text
        await eva.get("/records/verify", run="true", anchor="yesterday")
        assert eva.page.status_code == 422
        wrong = f"{head.partition(':')[0]}:{'0' * 64}"
        await eva.get("/records/verify", run="true", anchor=wrong)
        assert "1 fault:" in eva.page.text
        with app.state.service.database.engine.begin() as connection:
            connection.execute(sql("UPDATE event SET actor = 'nobody' WHERE kind = 'upheld'"))
            connection.execute(sql("UPDATE decision SET action = 'allow'"))
        await eva.get("/records/verify", run="true")
        rows = table(eva.page.text, "Faults")[1:]
        assert [row[1] for row in rows] == ["it was edited", "a decision does not fit"]
        assert "2 faults:" in eva.page.text
