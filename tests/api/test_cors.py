"""Pages of other origins are kept out by browsers, unless an operator lets them in."""

from pathlib import Path

import httpx
import pytest

from modsvc.app import create_app
from tests.api.serving import in_process, make_key, make_settings

FORUM = "https://forum.example"
PREFLIGHT = {
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "authorization,content-type,idempotency-key",
}


def cors_of(answer: httpx.Response) -> dict[str, str]:
    return {k: v for k, v in answer.headers.items() if k.startswith("access-control-")}


async def test_by_default_no_page_is_let_in(tiny_artifact: Path) -> None:
    async with in_process(create_app(make_settings(tiny_artifact))) as client:
        preflight = await client.options("/v1/score", headers={"Origin": FORUM, **PREFLIGHT})
        assert preflight.status_code == 405
        assert cors_of(preflight) == {}
        health = await client.get("/healthz", headers={"Origin": FORUM})
        assert cors_of(health) == {}


async def test_a_page_that_is_let_in_may_call_with_a_key_and_read_what_went_wrong(
    tiny_artifact: Path,
) -> None:
    app = create_app(make_settings(tiny_artifact, cors_origins=(FORUM,)))
    key = make_key(app, "score")
    async with in_process(app) as client:
        page = {"Origin": FORUM}
        preflight = await client.options("/v1/score", headers={**page, **PREFLIGHT})
        assert preflight.status_code == 200
        assert preflight.headers["access-control-allow-origin"] == FORUM
        assert "POST" in preflight.headers["access-control-allow-methods"]
        assert "x-request-id" in preflight.headers
        scored = await client.post("/v1/score", json={"text": "hello"}, headers={**page, **key})
        assert scored.status_code == 200
        assert scored.headers["access-control-allow-origin"] == FORUM
        assert "Retry-After" in scored.headers["access-control-expose-headers"]
        refused = await client.post("/v1/score", content=b"{", headers={**page, **key})
        assert refused.status_code == 400
        assert refused.headers["access-control-allow-origin"] == FORUM
        # Being let in is no key, and no cookie goes along.
        assert (await client.post("/v1/score", json={"text": "a"}, headers=page)).status_code == 401
        for answer in (preflight, scored, refused):
            assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize("origin", ["https://other.example", "http://forum.example", "null"])
async def test_others_are_kept_out_all_the_same(tiny_artifact: Path, origin: str) -> None:
    app = create_app(make_settings(tiny_artifact, cors_origins=(FORUM,)))
    async with in_process(app) as client:
        preflight = await client.options("/v1/score", headers={"Origin": origin, **PREFLIGHT})
        assert preflight.status_code == 400
        assert "access-control-allow-origin" not in preflight.headers
        health = await client.get("/healthz", headers={"Origin": origin})
        assert "access-control-allow-origin" not in health.headers
