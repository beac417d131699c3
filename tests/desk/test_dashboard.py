"""Leads and auditors see the service at work, in charts and in the numbers behind them."""

import csv
import io
import re
from datetime import timedelta
from xml.etree import ElementTree

import httpx
import pytest
from fastapi import FastAPI

from modsvc.desk.numbers import PANELS
from modsvc.drift import alarms
from modsvc.drift.signals import Alarm, Move, Sight
from modsvc.engine.artifact import Artifact
from modsvc.store import shadows
from modsvc.store.columns import utcnow
from modsvc.store.shadows import Pair, Tally
from tests.desk.browsing import Person
from tests.desk.seeding import account, allow, desk_of


@pytest.fixture
def worked(app: FastAPI) -> FastAPI:
    """Yesterday in English was reviewed; something in Russian waits since ten days ago."""
    desk = desk_of(app, days=10)
    desk.flag("Ты hateword", language="ru")
    desk = desk_of(app, hours=30)
    ana = account(desk, "reviewer")
    allow(desk, "en", 0.01, 0.02, 0.03, 0.15)
    flagged = [desk.flag(probability=p, threats=p) for p in (0.95, 0.91, 0.65)]
    for item, resolution in zip(flagged, ("uphold", "uphold", "overturn"), strict=True):
        desk.wait(minutes=10)
        desk.settle(ana, item, resolution, *(["threats"] if resolution == "uphold" else []))
    shadow(app, "tiny-0", more=1)
    shadow(app, "tiny-2", more=3, fewer=1, same=4)
    with app.state.service.database.transaction() as session:
        alarms.tell(session, [alarm(str(desk.content(flagged[0]).id))])
    return app


def alarm(content: str) -> Alarm:
    """A new word has come up."""
    sight = Sight(content, "en", None, None)
    return Alarm("words", "en", Move(0.0, 0.125), sight, 40, "0" * 64)


def shadow(app: FastAPI, candidate: str, **outcomes: int) -> None:
    """What a model in the shadow would have decided otherwise, yesterday."""
    tally = Tally()
    for outcome, count in outcomes.items():
        for _ in range(count):
            tally.count(outcome, 0.25 if outcome == "more" else 0.0)  # type: ignore[arg-type]
    day = (utcnow() - timedelta(hours=30)).date()
    with app.state.service.database.transaction() as session:
        shadows.add(session, {Pair(day, "tiny-1", candidate, "en"): tally})


async def numbers(person: Person, chart: str, **query: object) -> list[dict[str, str]]:
    answer = await person.get(f"/dashboard/{chart}.csv", **query)
    assert answer.status_code == 200
    return list(csv.DictReader(io.StringIO(answer.text)))


async def test_each_chart_has_its_numbers(worked: FastAPI, platform: httpx.AsyncClient) -> None:
    async with Person(worked, "auditor") as eva:
        page = (await eva.get("/dashboard")).text
        charts = re.findall(r"<svg class=\"chart\".*?</svg>", page, re.DOTALL)
        drawn = [ElementTree.fromstring(chart) for chart in charts]
        assert {chart.get("role") for chart in drawn} == {"img"}
        titles = {chart.findtext("title") for chart in drawn}
        assert {
            "Volume by language",
            "Model and people, en",
            "Scores and their drift, en",
            "A model in the shadow by language",
            "Differences of the shadow, en",
            "Mix of languages by language",
            "Alarms by language",
        } <= titles
        for name in PANELS:
            assert f'id="{name}"' in page
            assert f"/desk/dashboard/{name}.csv?days=7" in page
        # Of the pair that was compared last: 3 and 1 of 8.
        assert "37.5 % · 12.5 %" in page.replace("\N{NO-BREAK SPACE}", " ")
        assert page.count('<table class="numbers">') == len(PANELS)
        # Nobody is named, and no style is inline.
        assert "reviewer" not in page.replace("reviewers", "")
        assert " style=" not in page


async def test_the_numbers_are_files_too(worked: FastAPI, platform: httpx.AsyncClient) -> None:
    async with Person(worked, "lead") as lea:
        [volume] = await numbers(lea, "volume")
        assert volume == {"language": "en", "decisions": "7", "flagged": "3"}
        headers = lea.page.headers
        assert headers["content-type"] == "text/csv; charset=utf-8"
        assert headers["content-disposition"] == 'attachment; filename="volume.csv"'
        [rate] = await numbers(lea, "flag-rate")
        assert float(rate["flag_rate"]) == pytest.approx(3 / 7, abs=1e-6)
        [waiting] = await numbers(lea, "backlog")
        assert (waiting["language"], waiting["waiting"]) == ("ru", "1")
        [took] = await numbers(lea, "decision-time")
        assert (took["median_s"], took["p90_s"]) == ("1200.0", "1680.0")
        [overturned] = await numbers(lea, "overturn-rate")
        assert (overturned["reviewed"], overturned["overturned"]) == ("3", "1")
        agreed = {row["label"]: row["agreed"] for row in await numbers(lea, "agreement")}
        assert (agreed["misogyny"], agreed["threats"]) == ("2", "2")
        calibration = await numbers(lea, "calibration")
        assert [(row["from"], row["reviewed"]) for row in calibration] == [
            ("0.6", "1"),
            ("0.9", "2"),
        ]
        traffic, reference = await numbers(lea, "drift")
        assert (traffic["of"], traffic["decisions"], traffic["from_0.0"]) == (
            "traffic",
            "7",
            "0.428571",
        )
        assert (reference["of"], reference["drift"], reference["from_0.0"]) == (
            "reference",
            "",
            "0.8",
        )
        assert float(traffic["drift"]) > 0.25
        old, new = await numbers(lea, "shadow")
        assert (old["candidate"], old["texts"], old["more"]) == ("tiny-0", "1", "1")
        assert (new["active"], new["candidate"], new["texts"]) == ("tiny-1", "tiny-2", "8")
        assert (new["same"], new["more"], new["fewer"], new["other"]) == ("4", "3", "1", "0")
        assert new["mean_difference"] == "0.09375"
        _, new = await numbers(lea, "shadow-differences")
        assert (new["from_0.0"], new["from_0.2"], new["from_-1.0"]) == ("5", "3", "0")
        [raised] = await numbers(lea, "alarms")
        assert (raised["language"], raised["signal"], raised["texts"]) == ("en", "words", "40")
        assert (raised["before"], raised["after"]) == ("0.0", "0.125")
        assert (await lea.get(f"/records/{raised['content']}")).status_code == 200
        # Russian came in the ten days before, and not since.
        english, russian = await numbers(lea, "mix")
        assert (english["share"], english["share_before"]) == ("1.0", "0.0")
        assert (russian["share"], russian["share_before"]) == ("0.0", "1.0")
        assert (await lea.get("/dashboard/weather.csv")).status_code == 404


async def test_another_time_or_one_language(worked: FastAPI, platform: httpx.AsyncClient) -> None:
    async with Person(worked, "lead") as lea:
        both = await numbers(lea, "volume", days=30)
        assert [row["language"] for row in both] == ["en", "ru"]
        assert [
            row["language"] for row in await numbers(lea, "volume", days=30, language="ru")
        ] == ["ru"]
        # The backlog is of now; the rest is empty, and says so.
        assert await numbers(lea, "volume", days=1) == []
        assert (
            "There is nothing to show for this time." in (await lea.get("/dashboard", days=1)).text
        )
        day = (utcnow() - timedelta(days=10)).date().isoformat()
        [then] = await numbers(lea, "volume", first=day, last=day)
        assert then["language"] == "ru"
        page = (await lea.get("/dashboard", first=day, last=day, language="en")).text
        assert f"/desk/dashboard/volume.csv?first={day}&amp;last={day}&amp;language=en" in page
        assert '<option value="en" selected>' in page
        # An empty date, as browsers send it, is none.
        assert (await lea.get("/dashboard", days=30, first="", last="")).status_code == 200
        for wrong in ({"last": day}, {"first": "9999-12-31"}, {"first": "2020-01-01"}, {"days": 0}):
            assert (await lea.get("/dashboard", **wrong)).status_code == 422


async def test_drift_is_told_where_there_is_a_reference(
    worked: FastAPI, platform: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Person(worked, "lead") as lea:
        page = (await lea.get("/dashboard", days=30)).text
        assert re.search(r"<b>en</b> · drift \d+\.\d\d: another spread, look into it", page)
        assert "<b>ru</b> · no reference" in page
        assert "This model brings no reference for: ru" in page
        monkeypatch.setattr(Artifact, "references", {})
        page = (await lea.get("/dashboard")).text
        assert "This model brings no reference to compare with" in page
        assert [row["drift"] for row in await numbers(lea, "drift")] == [""]


async def test_a_new_desk_has_an_empty_dashboard(app: FastAPI, platform: httpx.AsyncClient) -> None:
    async with Person(app, "auditor") as eva:
        page = await eva.get("/dashboard")
        assert page.status_code == 200
        assert page.text.count("There is nothing to show for this time.") == len(PANELS)
        assert await numbers(eva, "drift") == []
