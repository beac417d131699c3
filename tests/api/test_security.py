"""Keys are good for as long, and for as much, as they say; which route needs which is in
`tests.test_authorisation`."""

import time
from datetime import timedelta
from pathlib import Path

import pytest

from modsvc.api.security import is_loopback
from modsvc.app import create_app
from modsvc.errors import StoreUnavailable
from modsvc.store import api_keys
from modsvc.store.columns import utcnow
from modsvc.store.events import SYSTEM
from tests.api.serving import in_process, make_key, make_settings


async def test_a_key_is_good_until_it_is_revoked_or_expires(
    tiny_artifact: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("modsvc.api.security.REMEMBER_S", 0.0)
    app = create_app(make_settings(tiny_artifact))
    good, late = make_key(app, "score"), make_key(app, "score", expires_at=utcnow())
    async with in_process(app) as client:

        async def status(headers: dict[str, str]) -> int:
            answer = await client.post("/v1/score", json={"text": "a"}, headers=headers)
            return answer.status_code

        assert await status(good) == 200
        assert await status(late) == 401
        assert await status({"Authorization": "Bearer xyzzy"}) == 401
        assert await status({"Authorization": "Basic xyzzy"}) == 401
        # Noted by the writer, in its turn.
        await app.state.service.writer.run(lambda session: None)
        with app.state.service.database.transaction() as session:
            [key, _] = api_keys.everyone(session)
            assert key.last_used_at is not None
            assert utcnow() - key.last_used_at < timedelta(minutes=1)
            api_keys.revoke(session, key.prefix, actor=SYSTEM)
        assert await status(good) == 401


async def test_a_key_of_one_community_sees_no_other(tiny_artifact: Path) -> None:
    app = create_app(make_settings(tiny_artifact))
    school = make_key(app, "ingest", community="school")
    everyone = make_key(app, "ingest")
    admin = make_key(app, "admin", community="school")
    async with in_process(app) as client:
        text = {"content_id": "c1", "text": "hello"}
        sent = await client.post("/v1/content", json=text, headers=school)
        assert sent.json()["items"][0]["community"] == "school"
        elsewhere = {**text, "community": "work"}
        assert (await client.post("/v1/content", json=elsewhere, headers=school)).status_code == 403
        await client.post("/v1/content", json=elsewhere, headers=everyone)
        assert (await client.get("/v1/content/c1", headers=school)).status_code == 200
        path = "/v1/content/c1?community=work"
        assert (await client.get(path, headers=school)).status_code == 403
        assert (await client.delete(path, headers=school)).status_code == 403
        assert (await client.get(path, headers=everyone)).status_code == 200
        assert (await client.get("/v1/admin/policies", headers=admin)).status_code == 403


async def test_without_keys_the_service_is_open_to_this_machine(
    tiny_artifact: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("modsvc.api.security.REMEMBER_S", 0.0)
    app = create_app(make_settings(tiny_artifact))
    async with in_process(app) as client:
        for path in ("/v1/admin/policies", "http://127.0.0.1:9/v1/admin/policies"):
            assert (await client.get(path)).status_code == 200
        # A name that some page made point here, and a page of another origin.
        assert (await client.get("http://evil.example/v1/admin/policies")).status_code == 403
        for origin, status in (("http://localhost:8080", 200), ("https://evil.example", 403)):
            answer = await client.get("/v1/admin/policies", headers={"Origin": origin})
            assert answer.status_code == status
        for header, value in (("Origin", "null"), ("Origin", "http://[::1"), ("Host", "[")):
            answer = await client.get("/v1/admin/policies", headers={header: value})
            assert answer.status_code == 403
        # Clients that cannot do without a token send one that means nothing yet.
        token = {"Authorization": "Bearer none"}
        assert (await client.get("/v1/admin/policies", headers=token)).status_code == 200
        foreign = {**token, "Origin": "https://evil.example"}
        assert (await client.get("/v1/admin/policies", headers=foreign)).status_code == 403
        make_key(app, "score")
        for headers in ({}, token):
            assert (await client.get("/v1/admin/policies", headers=headers)).status_code == 401


async def test_a_service_for_others_is_never_open(tiny_artifact: Path) -> None:
    app = create_app(make_settings(tiny_artifact, host="0.0.0.0"))
    async with in_process(app) as client:
        answer = await client.post("/v1/score", json={"text": "a"})
    assert answer.status_code == 401
    assert "modsvc key add" in answer.json()["detail"]


def test_loopback_names() -> None:
    assert all(
        map(is_loopback, ("127.0.0.1", "127.9.9.9", "::1", "[::1]", "localhost", "LOCALHOST"))
    )
    assert not any(map(is_loopback, ("0.0.0.0", "::", "10.0.0.1", "localhost.evil.example", "")))


async def test_keys_are_good_while_the_database_is_away(
    tiny_artifact: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Scoring needs no database; but who was never seen is not let in for want of one."""
    monkeypatch.setattr("modsvc.api.security.REMEMBER_S", 0.0)
    monkeypatch.setattr("modsvc.api.security._SOON_S", 60.0)
    app = create_app(make_settings(tiny_artifact))
    known, unknown, ended = (make_key(app, "score") for _ in range(3))
    ring = app.state.service.keys

    def gone(token: str) -> None:
        raise StoreUnavailable("gone")

    def hangs(token: str) -> None:
        time.sleep(1)

    async with in_process(app) as client:

        async def status(headers: dict[str, str]) -> int:
            answer = await client.post("/v1/score", json={"text": "a"}, headers=headers)
            return answer.status_code

        assert await status(known) == 200
        monkeypatch.setattr("modsvc.api.security._SOON_S", 0.2)
        for away in (gone, hangs):
            monkeypatch.setattr(ring, "_find", away)
            assert await status(known) == 200
            assert await status(unknown) == 503
        monkeypatch.setattr("modsvc.api.security.TRUST_S", 0.0)
        assert await status(known) == 503
        monkeypatch.undo()
        monkeypatch.setattr("modsvc.api.security._SOON_S", 60.0)
        assert await status(known) == await status(ended) == 200


async def test_a_service_without_keys_stays_open_while_the_database_is_away(
    tiny_artifact: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("modsvc.api.security.REMEMBER_S", 0.001)
    app = create_app(make_settings(tiny_artifact))
    ring = app.state.service.keys

    def gone() -> bool:
        raise StoreUnavailable("gone")

    async with in_process(app) as client:
        monkeypatch.setattr(ring, "_any_exists", gone)
        assert (await client.post("/v1/score", json={"text": "a"})).status_code == 503
        monkeypatch.undo()
        monkeypatch.setattr("modsvc.api.security.REMEMBER_S", 0.001)
        assert (await client.post("/v1/score", json={"text": "a"})).status_code == 200
        monkeypatch.setattr(ring, "_any_exists", gone)
        assert (await client.post("/v1/score", json={"text": "a"})).status_code == 200
