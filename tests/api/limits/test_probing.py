"""Somebody looks for words that pass, by one key; others write, copy and try again as always."""

import re
from pathlib import Path
from types import SimpleNamespace

import httpx
import numpy as np
import pytest
from structlog.testing import capture_logs

from modsvc.api.limits import probing as module
from modsvc.api.limits.probing import KEYS, SHORTEST, TEXTS, Probing
from modsvc.api.limits.sketch import BITS, Sketcher, distances
from modsvc.app import create_app
from tests.api.serving import in_process, make_key, make_settings

BASE = "the meeting about the new playground begins at seven in the town hall"
WORDS = BASE.split()


def variants(count: int) -> list[str]:
    """So many texts that differ from BASE in a letter of a word."""
    found = []
    for number in range(count):
        place, letter = number % len(WORDS), "xqzvkj"[number // len(WORDS)]
        word = WORDS[place]
        changed = [*WORDS[:place], f"{word[:1]}{letter}{word[1:]}", *WORDS[place + 1 :]]
        found.append(" ".join(changed))
    return found


async def statuses(client: httpx.AsyncClient, key: dict[str, str], texts: list[str]) -> list[int]:
    answers = [await client.post("/v1/score", json={"text": t}, headers=key) for t in texts]
    return [answer.status_code for answer in answers]


async def test_probing_is_counted_and_logged_without_a_word(tiny_artifact: Path) -> None:
    app = create_app(make_settings(tiny_artifact, probing="notice", probing_variants=10))
    key = make_key(app)
    with capture_logs() as logs:
        async with in_process(app) as client:
            assert set(await statuses(client, key, variants(14))) == {200}
            metrics = (await client.get("/metrics")).text
    assert re.search(r'modsvc_probing_total\{key="[\w-]{36}"\} 4.0', metrics)
    [noticed] = [entry for entry in logs if entry["event"] == "probing_noticed"]
    assert noticed["throttled"] is False
    assert not any("playground" in str(entry) for entry in logs)


async def test_throttling_refuses_the_text_and_nothing_else(
    tiny_artifact: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 100.0
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: now))
    app = create_app(make_settings(tiny_artifact, probing="throttle", probing_variants=10))
    key, other = make_key(app), make_key(app)
    tried = variants(12)
    async with in_process(app) as client:
        assert await statuses(client, key, tried) == [200] * 10 + [429] * 2
        answer = await client.post(
            "/v1/score",
            json={
                "items": [{"text": "what a lovely evening by the lake it was"}, {"text": tried[11]}]
            },
            headers=key,
        )
        assert answer.json()["type"] == "urn:modsvc:problem:too-alike"
        assert answer.json()["detail"].startswith("Text 1 ")
        # What was answered is answered again; other texts, and the same ones by another key, too.
        assert await statuses(client, key, [tried[0], "the river has frozen over this year"]) == (
            [200] * 2
        )
        assert await statuses(client, other, tried[:3]) == [200] * 3
        # What is posted has to be judged.
        posted = {"content_id": "c", "text": tried[11]}
        assert (await client.post("/v1/content", json=posted, headers=key)).status_code == 202
        now += int(answer.headers["Retry-After"])
        assert await statuses(client, key, tried[10:11]) == [200]


async def test_off_keeps_nothing(tiny_artifact: Path) -> None:
    app = create_app(make_settings(tiny_artifact))
    async with in_process(app) as client:
        assert set(await statuses(client, make_key(app), variants(20))) == {200}
        assert "modsvc_probing_total{" not in (await client.get("/metrics")).text


def alarms(probing: Probing, texts: list[str], key: str = "k") -> int:
    return sum(probing.note(key, text, refused=False) is not None for text in texts)


def test_copies_and_retries_are_no_probing() -> None:
    probing = Probing(3, 600)
    # To the model these are one text.
    same = [BASE, f" {BASE} ", BASE.replace(" ", "  "), BASE.replace("e", "\u0435", 1)]
    assert alarms(probing, same * 50) == 0


def test_short_texts_are_no_probing() -> None:
    short = [f"thanks, {name}!" for name in ("Ada", "Eva", "Ana", "Ina", "Ida", "Ema", "Ola")]
    assert max(map(len, short)) < SHORTEST
    assert alarms(Probing(3, 600), short) == 0


def test_different_texts_are_no_probing() -> None:
    # Sketches are random: what shares whole phrases is near by some of them and not by others.
    different = [
        "rain kept us waiting near the station",
        "my neighbour sang all night again",
        "has anybody seen a grey cat with one ear?",
        "the bakery closes at noon on Fridays",
        "congratulations on your new job, Meerim!",
        "we lost by three goals and deserved it",
        "which bus goes to the botanical garden?",
        "I forgot to water her tomatoes, sorry",
        "this song reminds me of my grandmother",
        "prices went up twice before winter came",
        "please bring two extra chairs for the guests",
        "an interview with the first woman to climb it",
        "yesterday's lecture about glaciers was superb",
        "could someone translate page nine for me?",
        "their dog barks whenever a bicycle passes",
        "no electricity since dawn on our street",
    ]
    assert alarms(Probing(3, 600), different) == 0


def test_what_is_kept_is_bounded() -> None:
    probing = Probing(5, 600)
    generator = np.random.default_rng(1)
    for _ in range(TEXTS + 100):
        letters = generator.integers(97, 123, size=40, dtype=np.uint8)
        probing.note("busy", letters.tobytes().decode(), refused=False)
    watch = probing._watches["busy"]
    assert len(watch.slots) == TEXTS
    for number in range(KEYS + 10):
        probing.note(f"k{number}", BASE, refused=False)
    assert len(probing._watches) == KEYS
    assert "busy" not in probing._watches


@pytest.mark.parametrize("text", ["abc", "ყველა ქალს აქვს უფლება", "\U0001f600" * 30, "x" * 50_000])
def test_sketches_of_any_text(text: str) -> None:
    sketcher = Sketcher(np.random.default_rng(0))
    assert distances(sketcher.sketch(text)[:, None], sketcher.sketch(text)).tolist() == [0]
    apart = int(distances(sketcher.sketch(text)[:, None], sketcher.sketch("quite another one"))[0])
    assert BITS // 3 < apart < 2 * BITS // 3
