"""API keys: who a program is, and what it may do.

In: names, scopes and tokens, within a transaction. Out: `ApiKey` rows, and for a new one its
token, which is shown once and kept nowhere: a random 256-bit secret, of which the SHA-256 is
stored. Adding, changing and revoking are events. What each scope opens is left to
`modsvc.api.security`, what an allowance means to `modsvc.api.limits`.
"""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Final, Literal, NamedTuple, Self, get_args

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from modsvc.errors import Conflict, InputError, NotFound
from modsvc.store import events
from modsvc.store.columns import utcnow
from modsvc.store.tables import MAX_ID_CHARS, ApiKey

Scope = Literal["score", "ingest", "review", "admin"]

SCOPES: Final[tuple[Scope, ...]] = get_args(Scope)

ADDED: Final = "key_added"
CHANGED: Final = "key_changed"
REVOKED: Final = "key_revoked"

#: More than this a minute or a day is not written down: it would be no limit.
MAX_TEXTS: Final = 1_000_000_000

#: What scores may be rounded to for a key.
DECIMALS: Final = (1, 2)

_START: Final = "modsvc_"
_PREFIX_CHARS: Final = len(_START) + 6


class Allowance(NamedTuple):
    """What a key may have of the service.

    `rate` and `quota` are texts a minute and a day; None is what the settings say, 0 no limit.
    `decimals` (1 or 2) rounds every score that it gets, and None none; with `spans` it gets the
    parts of texts that scores come from although its scores are rounded.
    """

    rate: int | None = None
    quota: int | None = None
    decimals: int | None = None
    spans: bool = False

    @classmethod
    def of(cls, key: ApiKey) -> Self:
        """What stands in a key's row."""
        return cls(key.rate, key.quota, key.decimals, key.spans)

    def over(self, default: "Allowance") -> "Allowance":
        """The same, with numbers where the settings say them."""
        rate = default.rate if self.rate is None else self.rate
        quota = default.quota if self.quota is None else self.quota
        return Allowance(rate, quota, self.decimals, self.spans)

    def check(self) -> None:
        """Raise InputError for numbers that cannot be meant."""
        for name, texts in (("rate", self.rate), ("quota", self.quota)):
            if texts is not None and not 0 <= texts <= MAX_TEXTS:
                raise InputError(f"A key's {name} is a number of texts up to {MAX_TEXTS:,}.")
        if self.decimals not in (None, *DECIMALS):
            raise InputError("Scores are rounded to 1 or 2 decimals, or not at all.")


#: As the settings say, and nothing rounded.
USUAL: Final = Allowance()


class NewKey(NamedTuple):
    """A key that was just made, and the token that its program sends."""

    key: ApiKey
    token: str


def add(
    session: Session,
    name: str,
    scopes: Sequence[str],
    *,
    actor: str,
    community: str | None = None,
    expires_at: datetime | None = None,
    allowance: Allowance = USUAL,
) -> NewKey:
    """Make a key; `community` None is good for all of them. Raises InputError."""
    unknown = sorted(set(scopes) - set(SCOPES))
    if unknown or not scopes:
        raise InputError(f"A key needs one or more of the scopes {', '.join(SCOPES)}.")
    for what, given in (("name", name), ("community", community)):
        if given is not None and not (0 < len(given) <= MAX_ID_CHARS and given.isprintable()):
            raise InputError(f"A key's {what} is a plain line of 1 to {MAX_ID_CHARS} characters.")
    allowance.check()
    token = _START + secrets.token_urlsafe(32)
    key = ApiKey(
        name=name,
        prefix=token[:_PREFIX_CHARS],
        hash=token_hash(token),
        scopes=sorted(set(scopes)),
        community=community,
        expires_at=expires_at,
        **allowance._asdict(),
    )
    session.add(key)
    events.append(session, ADDED, actor=actor, data={"key": key.id, "scopes": key.scopes})
    return NewKey(key, token)


def find(session: Session, token: str) -> ApiKey | None:
    """The key of a token, revoked and expired ones too."""
    return session.scalars(select(ApiKey).where(ApiKey.hash == token_hash(token))).first()


def is_valid(key: ApiKey, now: datetime) -> bool:
    """Neither revoked nor expired."""
    return key.revoked_at is None and (key.expires_at is None or now < key.expires_at)


def any_exists(session: Session) -> bool:
    """Whether a key was ever made; revoking the last one does not open the service again."""
    return session.scalar(select(ApiKey.id).limit(1)) is not None


def everyone(session: Session) -> list[ApiKey]:
    """All keys, the first one first."""
    return list(session.scalars(select(ApiKey).order_by(ApiKey.id)))


def revoke(session: Session, name: str, *, actor: str) -> ApiKey:
    """Revoke the key with this id or prefix. Raises NotFound, Conflict."""
    key = in_force(session, name)
    key.revoked_at = utcnow()
    events.append(session, REVOKED, actor=actor, data={"key": key.id})
    return key


def allow(session: Session, name: str, allowance: Allowance, *, actor: str) -> ApiKey:
    """Change what a key (by id or prefix) may have. Raises NotFound, Conflict, InputError."""
    allowance.check()
    key = in_force(session, name)
    for column, value in allowance._asdict().items():
        setattr(key, column, value)
    events.append(session, CHANGED, actor=actor, data={"key": key.id, **allowance._asdict()})
    return key


def in_force(session: Session, name: str) -> ApiKey:
    """The key with this id or prefix that was not revoked. Raises NotFound, Conflict."""
    named = (ApiKey.id == name) | (ApiKey.prefix == name)
    found = session.scalars(select(ApiKey).where(named, ApiKey.revoked_at.is_(None))).all()
    if not found:
        raise NotFound(f"No key in force has the id or prefix {name!r}: look at the list of them.")
    if len(found) > 1:
        raise Conflict(f"{len(found)} keys begin with {name!r}: name one by its id.")
    [key] = found
    return key


def touch(session: Session, key: str, at: datetime) -> None:
    """Note when a key (by its id) was used; no event, and no promise of precision."""
    session.execute(update(ApiKey).where(ApiKey.id == key).values(last_used_at=at))


def token_hash(token: str) -> str:
    """What is stored of a token; it is random, so a plain hash cannot be guessed back."""
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()
