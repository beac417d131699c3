"""A platform that is told something reads it with the client, and believes nobody else."""

import json
import time
from pathlib import Path

import httpx
import pytest

from modsvc.app import create_app
from modsvc.client import (
    Appeal,
    Client,
    Content,
    Holds,
    SignatureMismatch,
    UnexpectedAnswer,
    verify_webhook,
)
from modsvc.webhooks.signature import HEADER, sign
from tests.api.serving import make_settings, on_socket
from tests.webhooks.receiver import Received, receiving

SECRET = "a secret of this test"


@pytest.fixture(scope="module")
def told(tiny_artifact: Path) -> tuple[str, Received]:
    """A webhook's secret, and a request that the service sent."""
    app = create_app(make_settings(tiny_artifact, webhook_allow_private=True))
    with receiving() as platform, on_socket(app) as url, Client(url) as client:
        draft = {"url": platform.url, "community": "school", "events": ["decision.made"]}
        made = httpx.post(f"{url}/v1/admin/webhooks", json=draft, timeout=60).json()
        client.ingest(Content("c1", "hello hateword", community="school"))
        return made["secret"], platform.wait_for(1)[0]


def test_a_request_of_the_service_is_read(told: tuple[str, Received]) -> None:
    secret, request = told
    notice = verify_webhook(secret, request.headers, request.body)
    assert (notice.type, notice.delivery) == ("decision.made", request.headers["Modsvc-Delivery"])
    assert (notice.content.id, notice.content.community) == ("c1", "school")
    assert notice.now == Holds("pending", notice.content.decision.action, None)
    assert (notice.before, notice.reviewed, notice.appeal) == (None, None, None)
    # Frameworks write the names of headers as they like.
    lower = {name.lower(): value for name, value in request.headers.items()}
    assert verify_webhook(secret, lower, request.body) == notice


def test_what_people_changed_says_what_held_before(told: tuple[str, Received]) -> None:
    body = json.loads(told[1].body)
    before = {"action": body["action"], "status": "pending", "categories": None}
    now = {"action": "allow", "status": "overturned", "categories": []}
    changed = json.dumps({**body, **now, "before": before, "reviewed": "item"}).encode()
    notice = verify_webhook(SECRET, {HEADER: sign(SECRET, changed, int(time.time()))}, changed)
    assert notice.now == Holds("overturned", "allow", ())
    assert notice.before == Holds("pending", body["action"], None)
    assert notice.reviewed == "item"


def test_the_outcome_of_an_appeal_is_read(told: tuple[str, Received]) -> None:
    appeal = {
        "id": "a1",
        "content_id": "c1",
        "community": "school",
        "version": 1,
        "state": "resolved",
        "outcome": "overturn",
        "created_at": "2026-03-01T12:00:00Z",
        "resolved_at": "2026-03-02T12:00:00Z",
    }
    ended = json.dumps({**json.loads(told[1].body), "type": "appeal.resolved", "appeal": appeal})
    body = ended.encode()
    notice = verify_webhook(SECRET, {HEADER: sign(SECRET, body, int(time.time()))}, body)
    assert notice.type == "appeal.resolved"
    assert notice.appeal == Appeal.of(appeal)
    assert (notice.appeal.id, notice.appeal.outcome) == ("a1", "overturn")


def test_nobody_else_is_believed(told: tuple[str, Received]) -> None:
    secret, request = told
    signed = request.headers[HEADER]
    for wrong_secret, headers, body in (
        ("another", {HEADER: signed}, request.body),
        (secret, {HEADER: signed}, request.body.replace(b"school", b"scholl")),
        (secret, {HEADER: signed, HEADER.lower(): signed}, request.body),
        (secret, {HEADER: ""}, request.body),
        (secret, {}, request.body),
    ):
        with pytest.raises(SignatureMismatch):
            verify_webhook(wrong_secret, headers, body)


def test_a_recorded_request_is_old_soon() -> None:
    headers = {HEADER: sign(SECRET, b"{}", int(time.time()) - 60)}
    with pytest.raises(SignatureMismatch, match="30 s"):
        verify_webhook(SECRET, headers, b"{}", tolerance=30)
    # Old enough to be believed, and of another form than this version's.
    with pytest.raises(UnexpectedAnswer):
        verify_webhook(SECRET, headers, b"{}", tolerance=90)
