"""API keys: who a program is, and what it may do.

In: names, scopes and tokens, within a transaction. Out: `ApiKey` rows, and for a new one its
token, which is shown once and kept nowhere: a random 256-bit secret, of which the SHA-256 is
stored. Adding and revoking are events. What each scope opens is left to `modsvc.api.security`.
"""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Final, Literal, NamedTuple, get_args

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from modsvc.errors import Conflict, InputError, NotFound
from modsvc.store import events
from modsvc.store.columns import utcnow
from modsvc.store.tables import MAX_ID_CHARS, ApiKey

Scope = Literal["score", "ingest", "review", "admin"]

SCOPES: Final[tuple[Scope, ...]] = get_args(Scope)

ADDED: Final = "key_added"
REVOKED: Final = "key_revoked"

_START: Final = "modsvc_"
_PREFIX_CHARS: Final = len(_START) + 6


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
) -> NewKey:
    """Make a key; `community` None is good for all of them. Raises InputError."""
    unknown = sorted(set(scopes) - set(SCOPES))
    if unknown or not scopes:
        raise InputError(f"A key needs one or more of the scopes {', '.join(SCOPES)}.")
    for what, given in (("name", name), ("community", community)):
        if given is not None and not (0 < len(given) <= MAX_ID_CHARS and given.isprintable()):
            raise InputError(f"A key's {what} is a plain line of 1 to {MAX_ID_CHARS} characters.")
    token = _START + secrets.token_urlsafe(32)
    key = ApiKey(
        name=name,
        prefix=token[:_PREFIX_CHARS],
        hash=token_hash(token),
        scopes=sorted(set(scopes)),
        community=community,
        expires_at=expires_at,
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
    named = (ApiKey.id == name) | (ApiKey.prefix == name)
    found = session.scalars(select(ApiKey).where(named, ApiKey.revoked_at.is_(None))).all()
    if not found:
        raise NotFound(f"No key in force has the id or prefix {name!r}: look at the list of them.")
    if len(found) > 1:
        raise Conflict(f"{len(found)} keys begin with {name!r}: name one by its id.")
    [key] = found
    key.revoked_at = utcnow()
    events.append(session, REVOKED, actor=actor, data={"key": key.id})
    return key


def touch(session: Session, key: str, at: datetime) -> None:
    """Note when a key (by its id) was used; no event, and no promise of precision."""
    session.execute(update(ApiKey).where(ApiKey.id == key).values(last_used_at=at))


def token_hash(token: str) -> str:
    """What is stored of a token; it is random, so a plain hash cannot be guessed back."""
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()
