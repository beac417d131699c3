"""A lead changes the policy: draft, compare, back-test, activate, roll back."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from fastapi import FastAPI

from modsvc.app import create_app
from modsvc.store import policies as rows
from modsvc.store.verify import verify
from tests.api.serving import in_process, make_settings
from tests.databases import SECRET

STRICT = {"misogyny": {"*": {"review": 0.0, "withhold": 0.99999}}}


@pytest.fixture
def app(tiny_artifact: Path, database_url: str) -> FastAPI:
    return create_app(make_settings(tiny_artifact, database_url=database_url, secret_key=SECRET))


@pytest.fixture
async def lead(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with in_process(app) as client:
        yield client


def document(version: str, **changes: Any) -> str:
    return yaml.safe_dump({"schema_version": 1, "version": version, **changes}, allow_unicode=True)


async def draft(lead: httpx.AsyncClient, version: str, **changes: Any) -> str:
    body = {"document": document(version, **changes), "note": "because"}
    answer = await lead.post("/v1/admin/policies", json=body)
    assert answer.status_code == 201, answer.text
    assert answer.json()["state"] == "draft"
    return str(answer.json()["version"])


async def action_of(lead: httpx.AsyncClient, content_id: str, text: str) -> tuple[str, str]:
    answer = await lead.post("/v1/content", json={"content_id": content_id, "text": text})
    decision = answer.json()["items"][0]["decision"]
    return decision["action"], decision["policy_version"]


async def active(lead: httpx.AsyncClient) -> str:
    listed = (await lead.get("/v1/admin/policies")).json()["policies"]
    [version] = [row["version"] for row in listed if row["state"] == "active"]
    return str(version)


async def test_a_policys_day(lead: httpx.AsyncClient, app: FastAPI) -> None:
    default = await active(lead)
    assert default.startswith("default-1+")
    assert await action_of(lead, "c1", "hello women") == ("allow", default)

    strict = await draft(lead, "strict-1", thresholds=STRICT)
    assert await action_of(lead, "c2", "hello women") == ("allow", default)
    diff = (await lead.get(f"/v1/admin/policies/{strict}/diff")).json()
    assert diff["before"] == default
    assert {"at": "thresholds.misogyny.*.review", "before": None, "after": 0.0} in diff["changes"]

    effect = (await lead.post(f"/v1/admin/policies/{strict}/backtest", json={})).json()
    assert (effect["decisions"], effect["changed"]) == (2, 2)
    [(language, changed)] = effect["by_language"].items()
    assert language == "en"
    assert changed["changes"] == {"allow → review": 2}
    assert {example["id"] for example in changed["examples"]} == {"c1", "c2"}

    assert (await lead.post(f"/v1/admin/policies/{strict}/activate")).json()["state"] == "active"
    assert await action_of(lead, "c3", "hello women") == ("review", strict)
    scored = (await lead.post("/v1/score", json={"text": "hello women"})).json()
    assert scored["policy_version"] == strict

    assert (await lead.post("/v1/admin/policies/rollback")).json()["version"] == default
    assert await action_of(lead, "c4", "hello women") == ("allow", default)
    # What was decided stays decided, under the version that it was decided under.
    state = (await lead.get("/v1/content/c3")).json()
    assert state["decision"]["policy_version"] == strict
    with app.state.service.database.reading() as session:
        assert list(verify(session)) == []


async def test_rolling_back_twice_goes_back_by_two(lead: httpx.AsyncClient) -> None:
    default = await active(lead)
    for name in ("a-1", "b-1"):
        version = await draft(lead, name, thresholds=STRICT)
        await lead.post(f"/v1/admin/policies/{version}/activate")
    for expected in ("a-1", "default-1"):
        answer = await lead.post("/v1/admin/policies/rollback")
        assert answer.json()["version"].startswith(expected)
    assert await active(lead) == default
    assert (await lead.post("/v1/admin/policies/rollback")).status_code == 409


async def test_a_text_is_decided_by_what_holds_when_it_is_kept(
    lead: httpx.AsyncClient, app: FastAPI
) -> None:
    strict = await draft(lead, "strict-1", thresholds=STRICT)
    # Activated by another process: this one has not noticed.
    with app.state.service.database.transaction() as session:
        rows.activate(session, strict, actor="elsewhere")
    assert app.state.service.pipeline.policy.version != strict
    assert await action_of(lead, "c1", "hello women") == ("review", strict)


async def test_terms_of_the_policy_are_looked_for(lead: httpx.AsyncClient) -> None:
    terms = [
        {"pattern": "blockme", "kind": "block", "language": "en", "note": "a slur"},
        {"pattern": "watchme", "kind": "watch"},
        {"pattern": "hateword", "kind": "allow"},
    ]
    before = [await action_of(lead, "c1", "bl0ckme women"), await action_of(lead, "c2", "hello")]
    assert [action for action, _ in before] == ["allow", "allow"]
    version = await draft(lead, "terms-1", terms=terms)
    effect = (await lead.post(f"/v1/admin/policies/{version}/backtest", json={})).json()
    assert effect["by_language"]["en"]["changes"] == {"allow → review": 1}
    await lead.delete("/v1/content/c1")
    effect = (await lead.post(f"/v1/admin/policies/{version}/backtest", json={})).json()
    assert effect["changed"] == 0
    assert effect["by_language"]["en"]["without_text"] == 1

    await lead.post(f"/v1/admin/policies/{version}/activate")
    body = {
        "items": [
            {"content_id": "c3", "text": "bl0ckme women", "language": "en"},
            {"content_id": "c4", "text": "watchme women", "language": "en"},
            {"content_id": "c5", "text": "hello hateword", "language": "en"},
        ]
    }
    kept = (await lead.post("/v1/content", json=body)).json()["items"]
    assert [item["decision"]["reason_codes"] for item in kept] == [
        ["term_block"],
        ["term_watch", "below_thresholds"],
        ["misogyny_withhold", "term_allow"],
    ]
    assert kept[0]["item"] is not None
    [scored] = (
        await lead.post("/v1/score", json={"text": "bl0ckme women", "language": "en"})
    ).json()["results"]
    assert scored["action"] == "review"


@pytest.mark.parametrize(
    ("sent", "named"),
    [
        ("version: [", "YAML"),
        (document("x-1", tresholds={}), "tresholds"),
        (document("x-1", terms=[{"pattern": "@someone", "kind": "block"}]), "terms.0.pattern"),
    ],
)
async def test_a_wrong_policy_is_refused_by_the_name_of_the_key(
    lead: httpx.AsyncClient, sent: str, named: str
) -> None:
    answer = await lead.post("/v1/admin/policies", json={"document": sent})
    assert answer.status_code == 422
    assert answer.json()["type"] == "urn:modsvc:problem:invalid-policy"
    assert named in answer.json()["detail"]


async def test_versions_are_immutable(lead: httpx.AsyncClient) -> None:
    version = await draft(lead, "same-1", thresholds=STRICT)
    again = {"document": "# A comment.\n" + document("same-1", thresholds=STRICT)}
    answer = await lead.post("/v1/admin/policies", json=again)
    assert (answer.status_code, answer.json()["version"]) == (200, version)
    assert await draft(lead, "same-1") != version
    kept = (await lead.get(f"/v1/admin/policies/{version}")).json()
    assert kept["document"] == document("same-1", thresholds=STRICT)
    await lead.post(f"/v1/admin/policies/{version}/activate")
    assert (await lead.post(f"/v1/admin/policies/{version}/activate")).status_code == 409
    assert (await lead.post("/v1/admin/policies/none/activate")).status_code == 404


async def test_a_restart_keeps_the_active_policy(tiny_artifact: Path, database_url: str) -> None:
    settings = make_settings(tiny_artifact, database_url=database_url, secret_key=SECRET)
    async with in_process(create_app(settings)) as lead:
        strict = await draft(lead, "strict-1", thresholds=STRICT)
        await lead.post(f"/v1/admin/policies/{strict}/activate")
    async with in_process(create_app(settings)) as lead:
        assert await active(lead) == strict
        assert (await lead.get("/healthz")).json()["policy_version"] == strict


async def test_the_policy_file_is_the_first_version_and_then_ignored(
    tiny_artifact: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "policy.yaml"
    path.write_text(document("ours-1", thresholds=STRICT), encoding="utf-8")
    settings = make_settings(tiny_artifact, policy_file=path)
    async with in_process(create_app(settings)) as lead:
        first = await active(lead)
        assert first.startswith("ours-1+")
    assert "policy_file_ignored" not in caplog.text
    path.write_text(document("ours-2"), encoding="utf-8")
    async with in_process(create_app(settings)) as lead:
        assert await active(lead) == first
    assert "policy_file_ignored" in caplog.text
