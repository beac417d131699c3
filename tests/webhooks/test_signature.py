"""A platform checks that a request is ours, whole, and of now."""

import hashlib
import hmac

import pytest

from modsvc.webhooks.signature import TOLERANCE_S, sign, verify

NOW = 1_780_000_000
BODY = b'{"type":"decision.made"}'


def test_anyone_can_check_it_with_what_the_document_says() -> None:
    expected = hmac.new(b"secret", b"%d.%s" % (NOW, BODY), hashlib.sha256).hexdigest()
    assert sign("secret", BODY, NOW) == f"t={NOW},v1={expected}"


@pytest.mark.parametrize(
    ("secret", "body", "now", "good"),
    [
        ("secret", BODY, NOW, True),
        ("secret", BODY, NOW + TOLERANCE_S, True),
        ("secret", BODY, NOW - TOLERANCE_S, True),
        ("secret", BODY, NOW + TOLERANCE_S + 1, False),
        ("secret", BODY, NOW - TOLERANCE_S - 1, False),
        ("another", BODY, NOW, False),
        ("secret", BODY + b" ", NOW, False),
    ],
)
def test_only_ours_whole_and_of_now(secret: str, body: bytes, now: float, good: bool) -> None:
    assert verify(secret, sign("secret", BODY, NOW), body, now) is good


def test_a_recorded_request_with_another_time_is_refused() -> None:
    recorded = sign("secret", BODY, NOW)
    later = recorded.replace(f"t={NOW}", f"t={NOW + 10_000}")
    assert not verify("secret", later, BODY, NOW + 10_000)


@pytest.mark.parametrize("header", ["", "t=,v1=", "v1=00", f"t={NOW}", f"t={NOW},v1=é"])
def test_what_is_no_signature_is_none(header: str) -> None:
    assert not verify("secret", header, BODY, NOW)
