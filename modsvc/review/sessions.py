"""Sign-ins: who a browser is, until when, and whether a form was really sent from the desk.

In: an account that was let in, later the cookie's value. Out: the token for the cookie, of
which the database has only a hash, and later the account and the CSRF token that each form
must bring back. Cookies themselves are left to the desk.
"""

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from sqlalchemy import delete
from sqlalchemy.orm import Session

from modsvc.store.columns import utcnow
from modsvc.store.tables import Account, DeskSession

#: A working day; then one signs in again.
LIFETIME: Final = timedelta(hours=12)

_TOKEN_BYTES: Final = 32


class SignIn(NamedTuple):
    """A new sign-in: `token` is for the cookie alone and cannot be had again."""

    token: str
    csrf_token: str


class Visitor(NamedTuple):
    """Who a token stands for, and what their forms must bring back."""

    account: Account
    csrf_token: str


def start(session: Session, account: Account, *, now: datetime | None = None) -> SignIn:
    """Begin a sign-in, for a person whom `modsvc.review.sign_in` let in."""
    token, csrf = secrets.token_urlsafe(_TOKEN_BYTES), secrets.token_urlsafe(_TOKEN_BYTES)
    expires_at = (now or utcnow()) + LIFETIME
    session.add(
        DeskSession(
            id_hash=_hash(token), account=account.id, csrf_secret=csrf, expires_at=expires_at
        )
    )
    return SignIn(token, csrf)


def find(session: Session, token: str, *, now: datetime | None = None) -> Visitor | None:
    """Who this is; None when the sign-in is unknown, over, or its account disabled."""
    found = session.get(DeskSession, _hash(token))
    if found is None or found.expires_at <= (now or utcnow()):
        return None
    account = session.get(Account, found.account)
    if account is None or account.disabled:
        return None
    return Visitor(account, found.csrf_secret)


def end(session: Session, token: str) -> None:
    """Sign out here; an unknown token changes nothing."""
    session.execute(delete(DeskSession).where(DeskSession.id_hash == _hash(token)))


def end_all(session: Session, account: str) -> None:
    """Sign out everywhere."""
    session.execute(delete(DeskSession).where(DeskSession.account == account))


def is_from_desk(visitor: Visitor, csrf_token: str) -> bool:
    """Whether a form brought back what its page was given; compared in constant time."""
    return hmac.compare_digest(visitor.csrf_token.encode(), csrf_token.encode())


def _hash(token: str) -> str:
    # A token has 256 random bits: a fast hash without salt is enough.
    return hashlib.sha256(token.encode()).hexdigest()
