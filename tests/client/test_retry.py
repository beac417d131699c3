"""What passes by itself is waited for, as long as the service asks and no longer than told."""

import json
import socket
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from modsvc.client import (
    Content,
    Refused,
    TooManyRequests,
    Unavailable,
    UnexpectedAnswer,
    Unreachable,
)
from modsvc.client.connection import USER_AGENT
from modsvc.client.retry import LONGEST_WAIT_S, Answer, retry_after, wait_after
from tests.client.conftest import Connect
from tests.client.fake import CLOSE, answer, faking

SCORE = {
    "id": None,
    "probability": 0.1,
    "flagged": False,
    "action": "allow",
    "reason_codes": ["below_thresholds"],
    "categories": dict.fromkeys(
        (
            *("threats", "image_abuse", "derogation", "objectification", "stereotyping"),
            "prejudiced_discussion",
        ),
        0.1,
    ),
    "toxic_other": 0.1,
    "language": "en",
    "language_confidence": 1.0,
    "supported": True,
    "truncated": False,
    "reason": None,
    "spans": None,
    "of a later version": True,
}
SCORED = answer(
    200, json.dumps({"model_version": "m", "policy_version": "p", "results": [SCORE]}).encode()
)
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def in_a_second() -> bytes:
    dates = [format_datetime(NOW + timedelta(seconds=s), usegmt=True) for s in (0, 1)]
    # By the service's clock, which is not ours.
    return answer(503, b"busy", f"Date: {dates[0]}", f"Retry-After: {dates[1]}")


@pytest.mark.parametrize("busy", [answer(429, b"{}", "Retry-After: 1"), in_a_second()])
def test_the_service_is_left_alone_as_long_as_it_asks(connect: Connect, busy: bytes) -> None:
    with faking(busy, SCORED) as fake:
        assert connect(fake.url).score("hello").model_version == "m"
    [wait] = fake.waits
    # Alone it would have waited for a quarter of a second; how much is added is told below.
    assert 1.0 <= wait < 10


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_what_passes_is_tried_again(connect: Connect, status: int) -> None:
    with faking(answer(status), CLOSE, answer(status, b"<html>"), SCORED) as fake:
        assert not connect(fake.url).score("hello").flagged
    assert len(fake.arrived) == 4
    assert len({request.body for request in fake.arrived}) == 1


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 413, 415, 418, 422, 500, 501])
def test_what_would_be_answered_the_same_again_is_not(connect: Connect, status: int) -> None:
    with faking(answer(status, b"[]", "Retry-After: 1")) as fake:
        with pytest.raises(Refused) as refused:
            connect(fake.url).score("hello")
        assert len(fake.arrived) == 1
    assert (refused.value.status, refused.value.type) == (status, "about:blank")
    assert isinstance(refused.value, Unavailable) == (status >= 500)


def test_one_call_is_one_idempotency_key_whatever_it_takes(connect: Connect) -> None:
    with faking(answer(503), CLOSE, answer(429), answer(400)) as fake:
        client = connect(fake.url)
        for _ in range(2):
            with pytest.raises(Refused):
                client.ingest(Content("c1", "hello"))
    keys = [request.headers["idempotency-key"] for request in fake.arrived]
    assert len(keys) == 5
    assert len(set(keys[:4])) == 1
    assert keys[4] != keys[0]
    assert len({request.body for request in fake.arrived}) == 1


def test_a_service_that_asks_for_more_time_than_there_is_is_not_waited_for(
    connect: Connect,
) -> None:
    problem = {"type": "urn:modsvc:problem:overloaded", "title": "Too much", "detail": "Later."}
    busy = answer(429, json.dumps(problem).encode(), "Retry-After: 60", "X-Request-ID: r1")
    with faking(busy) as fake:
        begun = time.monotonic()
        with pytest.raises(TooManyRequests) as refused:
            connect(fake.url, timeout=50).state("c1")
        assert time.monotonic() - begun < 40
    assert len(fake.arrived) == 1
    assert (refused.value.retry_after_s, refused.value.request_id) == (60, "r1")
    assert (refused.value.type, refused.value.detail) == (problem["type"], "Later.")


def test_nobody_there_is_an_error_when_the_time_is_over(connect: Connect) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        # Bound and not listening: it is nobody else's meanwhile.
        port = probe.getsockname()[1]
        begun = time.monotonic()
        with pytest.raises(Unreachable, match=r"in \d attempts"):
            connect(f"http://127.0.0.1:{port}", timeout=3).erase("c1")
    assert 0.5 < time.monotonic() - begun < 10


def test_an_answer_that_trickles_is_given_up(connect: Connect) -> None:
    with faking(SCORED, pause_s=0.05) as fake:
        begun = time.monotonic()
        with pytest.raises(Unreachable):
            connect(fake.url, timeout=4, attempt_timeout=0.8).score("hello")
        # To its end the answer takes longer than that.
        assert time.monotonic() - begun < 15
        assert len(fake.arrived) >= 2


@pytest.mark.parametrize(
    "other",
    [
        answer(200, b"<html>Welcome"),
        answer(200, b"[]"),
        answer(200, b'{"results": []}'),
        answer(200, SCORED.partition(b"\r\n\r\n")[2].replace(b'"probability"', b'"chance"')),
        answer(200, b'{"model_version": "m", "policy_version": "p", "results": []}'),
        answer(200, b"[" * 100_000),
        answer(302, b"", "Location: https://elsewhere.example/"),
    ],
)
def test_another_server_at_the_address_is_noticed(connect: Connect, other: bytes) -> None:
    with faking(other) as fake, pytest.raises(UnexpectedAnswer):
        connect(fake.url).score("hello")


def test_connections_are_kept_and_the_client_names_itself(connect: Connect) -> None:
    with faking(SCORED) as fake:
        client = connect(fake.url, "k1")
        for _ in range(5):
            client.score("hello")
    assert fake.connections == 1
    headers = fake.arrived[0].headers
    assert headers["user-agent"] == USER_AGENT
    assert headers["authorization"] == "Bearer k1"
    assert headers["content-type"] == "application/json"
    assert "idempotency-key" not in headers


@pytest.mark.parametrize(
    ("value", "date", "expected"),
    [
        ("3", "", 3.0),
        ("0", "", 0.0),
        ("9" * 5000, "", float("inf")),
        ("Sun, 01 Mar 2026 12:00:30 GMT", "Sun, 01 Mar 2026 12:00:00 GMT", 30.0),
        ("Sun, 01 Mar 2026 12:00:30 -0000", "Sun, 01 Mar 2026 12:00:00 GMT", 30.0),
        ("Sun, 01 Mar 2026 12:00:00 GMT", "Sun, 01 Mar 2026 12:00:30 GMT", 0.0),
        ("Sun, 01 Mar 2020 12:00:00 GMT", "soon", 0.0),
        ("", "", None),
        ("soon", "", None),
        ("-3", "", None),
        ("1.5", "", None),
        ("٣", "", None),
        ("Sun, 99 Mar 2026 12:00:00 GMT", "", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(value: str, date: str, expected: float | None) -> None:
    assert retry_after({"retry-after": value, "date": date}) == expected


def test_waits_double_up_to_ten_seconds_and_differ() -> None:
    silent, asked = Answer(503, {}, b""), Answer(503, {"retry-after": "60"}, b"")
    for number in (0, 3, 6, 1000):
        waits = {wait_after(number, silent) for _ in range(50)}
        longest = min(LONGEST_WAIT_S, 0.25 * 2 ** min(number, 30))
        assert len(waits) > 40
        assert longest / 2 <= min(waits) < max(waits) <= longest
        assert 60 <= wait_after(number, asked) <= 60 + longest / 2


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("moderation.example", None),
        ("ftp://moderation.example", None),
        ("http://", None),
        ("http://moderation.example", "xyzzy\n"),
        ("http://moderation.example", "xyzzy é"),
    ],
)
def test_what_cannot_be_an_address_or_a_key_is_refused_at_once(
    connect: Connect, url: str, key: str | None
) -> None:
    with pytest.raises(ValueError, match=r"base_url|API key") as refused:
        connect(url, key)
    assert "xyzzy" not in str(refused.value)


def test_limits_that_allow_nothing_are_refused(connect: Connect) -> None:
    for limit in ("timeout", "attempt_timeout", "max_items", "max_body_bytes"):
        with pytest.raises(ValueError, match="above 0"):
            connect("http://127.0.0.1", **{limit: 0})
