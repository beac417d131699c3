"""Letting people in: by name and password, with a lock-out after repeated failures.

In: a name and a password. Out: the account, or SignInRefused with one message for everything
that only the person themselves should be able to tell apart. Each attempt is counted before
its password is looked at, so that guessing in parallel gains nothing; and the password is
looked at outside of any transaction, for it takes its time. Cookies are left to
`modsvc.review.sessions`.
"""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from modsvc.errors import InputError, SignInRefused
from modsvc.review import passwords
from modsvc.review.accounts import get, plain_name
from modsvc.store import events
from modsvc.store.columns import utcnow
from modsvc.store.database import Database
from modsvc.store.tables import Account

#: So many wrong passwords in a row lock an account ...
MAX_FAILURES: Final = 5

#: ... for so long.
LOCKED_FOR: Final = timedelta(minutes=15)

LOCKED: Final = "account.locked"
UNLOCKED: Final = "account.unlocked"
SIGNED_IN: Final = "account.signed_in"

_REFUSED: Final = (
    "The name or the password is wrong, or the account is locked: check both, or try again in "
    f"{LOCKED_FOR.seconds // 60} minutes; an admin can set a new password."
)


def authenticate(
    database: Database, name: str, password: str, *, now: datetime | None = None
) -> Account:
    """The account of this name, if this is its password. Raises SignInRefused."""
    now = now or utcnow()
    with database.transaction() as session:
        account = _attempt(session, name, now)
    if account is None:
        passwords.fits_nobody(password)
        raise SignInRefused(_REFUSED)
    if not passwords.fits(password, account.password_hash):
        if account.locked_until is not None:
            _note_lock(database, account)
        raise SignInRefused(_REFUSED)
    outdated = passwords.is_outdated(account.password_hash)
    renewed = passwords.hash_password(password) if outdated else account.password_hash
    with database.transaction() as session:
        return _let_in(session, account, renewed)


def unlock(session: Session, account: str, *, actor: str) -> Account:
    """End a lock-out before its time. Raises NotFound."""
    found = get(session, account)
    found.failed_logins, found.locked_until = 0, None
    events.append(session, UNLOCKED, actor=actor, data={"account": account})
    return found


def _attempt(session: Session, name: str, now: datetime) -> Account | None:
    """Count an attempt before it is known how it ends; None if it is bound to fail."""
    try:
        known = select(Account).where(Account.name == plain_name(name))
    except InputError:
        return None
    account = session.scalars(known).first()
    if account is None or account.disabled:
        return None
    if account.locked_until is not None:
        if now < account.locked_until:
            return None
        account.failed_logins, account.locked_until = 0, None
    account.failed_logins += 1
    if account.failed_logins >= MAX_FAILURES:
        account.locked_until = now + LOCKED_FOR
    return account


def _note_lock(database: Database, account: Account) -> None:
    with database.transaction() as session:
        events.append(session, LOCKED, actor=events.SYSTEM, data={"account": account.id})


def _let_in(session: Session, seen: Account, password_hash: str) -> Account:
    account = get(session, seen.id)
    # Somebody may have disabled it, or set another password, while this one was checked.
    if account.disabled or account.password_hash != seen.password_hash:
        raise SignInRefused(_REFUSED)
    account.password_hash = password_hash
    account.failed_logins, account.locked_until = 0, None
    events.append(session, SIGNED_IN, actor=account.id, data={"account": account.id})
    return account
