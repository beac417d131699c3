"""The kinds of values that settings have, and what is wrong with one that is not.

In: what somebody wrote. Out: a value, or ValueError, which says what to write instead. What each
setting means, and which go together, is left to `modsvc.settings`.
"""

import re
from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr
from pydantic_settings import NoDecode

from modsvc.weak_secrets import weakness

_ORIGIN: Final = re.compile(r"https?://[a-z0-9.\-\[\]:]+")

#: As `modsvc.review.words.ROLES`, which is above this; a test compares them.
ROLES: Final = ("reviewer", "lead", "auditor", "admin")

#: Hosts that plain http may be spoken with: nobody can listen in between.
_LOCAL: Final = frozenset({"localhost", "127.0.0.1", "::1"})


def _not_weak(secret: SecretStr) -> SecretStr:
    why = weakness(secret.get_secret_value())
    if why is not None:
        raise ValueError(f"{why}: have a machine make one, such as `openssl rand -hex 32`")
    return secret


def _listed(given: object) -> object:
    """In the environment there are no lists: there, commas or spaces stand between."""
    return given.replace(",", " ").split() if isinstance(given, str) else given


def _origin(given: str) -> str:
    if not _ORIGIN.fullmatch(given):
        raise ValueError(
            "an origin is written as browsers send it, such as https://forum.example, in small "
            "letters and without a path; * is not one"
        )
    return given


def _redis(url: SecretStr) -> SecretStr:
    if not url.get_secret_value().startswith(("redis://", "rediss://")):
        raise ValueError("only Redis is known: write redis://:password@host:6379/0, or rediss://…")
    return url


def _encrypted(given: str) -> str:
    parts = urlsplit(given)
    local = parts.scheme == "http" and parts.hostname in _LOCAL
    if not parts.netloc or parts.query or not (parts.scheme == "https" or local):
        raise ValueError("write it with https://, as in https://id.example; http is for localhost")
    return given


def _role_of(given: str) -> str:
    value, _, role = given.rpartition("=")
    if not value or role not in ROLES:
        raise ValueError(
            f"write VALUE=ROLE, such as moderators=reviewer, with a role of {', '.join(ROLES)}"
        )
    return given


Positive = Annotated[int, Field(ge=1)]
Share = Annotated[float, Field(ge=0, le=1)]
Texts = Annotated[int, Field(ge=0, le=1_000_000_000)]
RedisUrl = Annotated[SecretStr, AfterValidator(_redis)]
SecretKey = Annotated[SecretStr, Field(min_length=32), AfterValidator(_not_weak)]
Origin = Annotated[str, AfterValidator(_origin)]
Origins = Annotated[tuple[Origin, ...], BeforeValidator(_listed), NoDecode]
Roles = Annotated[
    tuple[Annotated[str, AfterValidator(_role_of)], ...], BeforeValidator(_listed), NoDecode
]
Address = Annotated[str, Field(max_length=255), AfterValidator(_encrypted)]
PublicUrl = Annotated[Address, AfterValidator(_origin)]
#: What both NATS, as a subject without wildcards, and Kafka take.
Topic = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$", max_length=200)]
Word = Annotated[str, Field(min_length=1, max_length=255)]
