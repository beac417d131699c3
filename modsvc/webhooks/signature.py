"""The signature of a webhook: made here, and checked as receivers should.

In: a secret, a time and a body. Out: the value of `Modsvc-Signature`, `t=<unix seconds>,
v1=<hex>`, an HMAC-SHA256 of `<unix seconds>.<body>`. The time is signed too, so that whoever
records a request cannot send it again later; the delivery id tells repeats apart.
"""

import hashlib
import hmac
import re
from typing import Final

HEADER: Final = "Modsvc-Signature"

#: Older or newer requests are to be refused, in seconds.
TOLERANCE_S: Final = 300

_FORM: Final = re.compile(r"t=(\d{1,12}),v1=([0-9a-f]{64})")


def sign(secret: str, body: bytes, at: int) -> str:
    """The header's value for a body sent `at` (Unix seconds)."""
    return f"t={at},v1={_mac(secret, body, at)}"


def verify(
    secret: str, header: str, body: bytes, now: float, tolerance_s: float = TOLERANCE_S
) -> bool:
    """Whether a request was signed with `secret`, at about `now`."""
    found = _FORM.fullmatch(header)
    if found is None or abs(now - int(found[1])) > tolerance_s:
        return False
    return hmac.compare_digest(_mac(secret, body, int(found[1])), found[2])


def _mac(secret: str, body: bytes, at: int) -> str:
    return hmac.new(secret.encode(), b"%d." % at + body, hashlib.sha256).hexdigest()
