"""A lead hands a case to a court; an auditor states reasons and publishes a quarter."""

import csv
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from modsvc.accountability.package import unpack
from modsvc.accountability.verify_evidence import verify
from modsvc.app import create_app
from modsvc.review import accounts
from modsvc.review.words import ROLES
from modsvc.store.columns import utcnow
from tests.api.serving import make_settings
from tests.databases import SECRET
from tests.desk.browsing import Person
from tests.desk.case import PARENT, settled

TERMS = """
territorial_scope = ["RO", "BG"]
source_type = "SOURCE_VOLUNTARY"
decision_visibility = ["DECISION_VISIBILITY_CONTENT_DISABLED"]
decision_ground = "DECISION_GROUND_INCOMPATIBLE_CONTENT"
incompatible_content_ground = "Terms of use, section 4"
incompatible_content_explanation = "Harassment of women is not allowed here."
content_date_if_unknown = "received"
redress = "Appeal at https://forum.example/appeal."
"""


@pytest.fixture
def terms(tmp_path: Path) -> Path:
    """What only the operator knows; not written yet."""
    return tmp_path / "terms.toml"


@pytest.fixture
def app(
    tiny_artifact: Path, database_url: str, password_hash: str, terms: Path
) -> Iterator[FastAPI]:
    """As everywhere, and the operator has said where the terms are."""
    settings = make_settings(
        tiny_artifact, database_url=database_url, secret_key=SECRET, terms_file=terms
    )
    made = create_app(settings)
    with made.state.service.database.transaction() as session:
        for role in ROLES:
            accounts.create(session, role, password_hash, role, actor="operator")
    yield made
    made.state.service.database.close()


@pytest.fixture
async def record(app: FastAPI, platform: httpx.AsyncClient) -> str:
    """The path of a case's record."""
    return await settled(app, platform)


async def test_a_lead_takes_a_package_that_anyone_can_verify(app: FastAPI, record: str) -> None:
    async with Person(app, "lead") as lea:
        await lea.get(record)
        assert f"{record}/evidence" in lea.page.text
        await lea.get(f"{record}/evidence")
        [command] = re.findall(r"verify-evidence FILE.zip --key ([0-9a-f]{64})", lea.page.text)
        form = lea.page
        for reason in ("", " ", "x" * 301):
            await lea.post(f"{record}/evidence", reason=reason)
            assert lea.page.status_code == 422
            lea.page = form
        package = await lea.post(f"{record}/evidence", reason="Court 12/2026", linked="true")
        assert package.headers["content-type"] == "application/zip"
        [name] = re.findall(r'filename="(\S+\.zip)"', package.headers["content-disposition"])
        assert name.startswith("evidence-")
        verdict = verify(package.content, command)
        assert verdict.whole
        assert verdict.recognised
        assert verdict.about["reason"] == "Court 12/2026"
        assert "links.jsonl" in unpack(package.content)
        assert PARENT.encode() in unpack(package.content)["case.json"]
        # That it was taken, by whom and why, is part of the record.
        page = (await lea.get(record)).text
        assert "The case was exported as evidence" in page
        assert "Court 12/2026" in page
        await lea.get("/records/verify", run="true")
        assert "All events are as they were written" in lea.page.text


async def test_others_take_nothing(app: FastAPI, record: str) -> None:
    for role in ("auditor", "reviewer"):
        async with Person(app, role) as person:
            assert (await person.get(f"{record}/evidence")).status_code == 403
            await person.get("/profile")
            await person.post(f"{record}/evidence", reason="Curiosity")
            assert person.page.status_code == 403
    async with Person(app, "lead") as lea:
        assert "exported as evidence" not in (await lea.get(record)).text


async def test_reasons_are_stated_in_words_and_for_the_eu(
    app: FastAPI, record: str, terms: Path
) -> None:
    async with Person(app, "auditor") as eva:
        await eva.get(f"{record}/statement")
        assert "No statement can be made yet" in eva.page.text
        assert (await eva.get(f"{record}/statement.json")).status_code == 422
        terms.write_text(TERMS, encoding="utf-8")
        await eva.get(f"{record}/statement")
        assert "What you can do: Appeal at https://forum.example/appeal." in eva.page.text
        sent = json.loads((await eva.get(f"{record}/statement.json")).content)
        assert sent["category"] == "STATEMENT_CATEGORY_CYBER_VIOLENCE_AGAINST_WOMEN"
        assert sent["automated_decision"] == "AUTOMATED_DECISION_PARTIALLY"
        assert sent["territorial_scope"] == ["BG", "RO"]
        assert sent["puid"] in eva.page.headers["content-disposition"]
        for private in ("hateword", PARENT, "maria", 'reviewer"'):
            assert private not in json.dumps(sent)


async def test_what_is_not_restricted_needs_no_reasons(
    app: FastAPI, platform: httpx.AsyncClient
) -> None:
    body = {"content_id": "fine", "text": "Hello women"}
    assert (await platform.post("/v1/content", json=body)).status_code == 202
    async with Person(app, "auditor") as eva:
        await eva.get("/records", content="fine")
        path = eva.page.url.path.removeprefix("/desk")
        await eva.get(f"{path}/statement")
        assert "This text is not restricted" in eva.page.text
        assert (await eva.get(f"{path}/statement.json")).status_code == 404


async def test_a_quarter_is_published(app: FastAPI, record: str) -> None:
    now = utcnow()
    quarter = f"{now.year}Q{(now.month + 2) // 3}"
    async with Person(app, "auditor") as eva:
        await eva.get("/records/transparency")
        links = re.findall(r'href="/desk(/records/transparency/file\?\S+)"', eva.page.text)
        assert len(links) == 2
        page, table = [await eva.client.get(link.replace("&amp;", "&")) for link in links]
        assert f"Transparency report {quarter}" in page.text
        assert f'filename="transparency-{quarter}.html"' in page.headers["content-disposition"]
        [total, *_] = csv.DictReader(io.StringIO(table.text))
        assert (total["language"], total["ingested"]) == ("all", "<5")
        await eva.get("/records/transparency/file", quarter="2026Q5", kind="csv")
        assert eva.page.status_code == 422
