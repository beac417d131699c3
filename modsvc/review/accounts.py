"""People who work at the desk: their names, roles, languages and limits.

In: what an admin says of a person, or a person of themselves. Out: `Account` rows; each change
is an event that names who made it. Who may change whom is in `modsvc.review.authority`; letting
people in is left to `modsvc.review.sign_in`.
"""

import unicodedata
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from modsvc.errors import InputError, NotFound, NotPermitted
from modsvc.labels import CATEGORIES
from modsvc.review import leases, sessions
from modsvc.review.words import ROLES, Role
from modsvc.store import events
from modsvc.store.tables import MAX_ID_CHARS, Account, Item

CREATED: Final = "account.created"
CHANGED: Final = "account.changed"
PASSWORD_SET: Final = "account.password_set"

#: How large the desk's letters are.
TEXT_SIZES: Final = ("normal", "large", "larger")

#: BCP-47 tags, as far as a person has to tell them from other words.
_MAX_TAG_CHARS: Final = 35


def create(
    session: Session,
    name: str,
    password_hash: str,
    role: Role,
    *,
    actor: str,
    languages: Sequence[str] = (),
    hidden_categories: Sequence[str] = (),
    daily_cap: int | None = None,
) -> Account:
    """A new account. `password_hash` is from `passwords.hash_password`; no languages mean all.

    Raises InputError when the name is taken, or something is not valid.
    """
    plain = plain_name(name)
    if session.scalar(select(Account.id).where(Account.name == plain)) is not None:
        raise InputError("There is an account of this name: choose another name.")
    account = Account(
        name=plain,
        password_hash=password_hash,
        role=_role(role),
        languages=_languages(languages),
        hidden_categories=_hidden(hidden_categories),
        daily_cap=_cap(daily_cap),
    )
    session.add(account)
    data = {"account": account.id, "role": role}
    events.append(session, CREATED, actor=actor, data=data)
    return account


def get(session: Session, account: str) -> Account:
    """The account with this id. Raises NotFound."""
    found = session.get(Account, account)
    if found is None:
        raise NotFound("There is no such account.")
    return found


def named(session: Session, name: str) -> Account:
    """The account of this name. Raises NotFound."""
    found = session.scalars(select(Account).where(Account.name == plain_name(name))).first()
    if found is None:
        raise NotFound("There is no account of this name: `modsvc user list` shows all.")
    return found


def any_exists(session: Session) -> bool:
    """Whether the desk has anybody at all."""
    return session.scalar(select(Account.id).limit(1)) is not None


def everyone(session: Session) -> list[Account]:
    """All accounts, by name."""
    return list(session.scalars(select(Account).order_by(Account.name)))


def set_role(session: Session, account: str, role: Role, *, actor: str) -> Account:
    """Give another role. Raises NotFound, InputError, or NotPermitted for the last admin."""
    if role != "admin":
        _keep_an_admin(session, account)
    return _change(session, account, actor, role=_role(role))


def set_languages(
    session: Session, account: str, languages: Sequence[str], *, actor: str
) -> Account:
    """Say what languages the person reads (BCP-47); none mean all. Raises NotFound, InputError."""
    return _change(session, account, actor, languages=_languages(languages))


def hide_categories(session: Session, account: str, names: Sequence[str], *, actor: str) -> Account:
    """Say what the person prefers not to see. Raises NotFound, InputError."""
    return _change(session, account, actor, hidden_categories=_hidden(names))


def set_daily_cap(session: Session, account: str, cap: int | None, *, actor: str) -> Account:
    """At most so many items a day (UTC); None for no limit. Raises NotFound, InputError."""
    return _change(session, account, actor, daily_cap=_cap(cap))


def set_locale(session: Session, account: str, locale: str, *, actor: str) -> Account:
    """The language of the desk itself. Raises NotFound, InputError."""
    [tag] = _languages([locale])
    return _change(session, account, actor, locale=tag)


def set_look(
    session: Session, account: str, *, greyscale: bool, text_size: str, actor: str
) -> Account:
    """How the desk looks to the person. Raises NotFound, InputError."""
    if text_size not in TEXT_SIZES:
        raise InputError(f"A text size is one of {', '.join(TEXT_SIZES)}.")
    return _change(session, account, actor, greyscale=greyscale, text_size=text_size)


def set_disabled(session: Session, account: str, disabled: bool, *, actor: str) -> Account:
    """Keep a person out, at once and with their items given back; or let them in again.

    Raises NotFound, or NotPermitted for the last admin.
    """
    if disabled:
        _keep_an_admin(session, account)
    changed = _change(session, account, actor, disabled=disabled)
    if disabled:
        sessions.end_all(session, account)
        held = (Item.state == "claimed", Item.lease_owner == account)
        session.execute(update(Item).where(*held).values(**leases.OPEN))
    return changed


def set_password(session: Session, account: str, password_hash: str, *, actor: str) -> Account:
    """Set another password, unlock the account and end its sign-ins. Raises NotFound."""
    found = get(session, account)
    found.password_hash = password_hash
    found.failed_logins, found.locked_until = 0, None
    sessions.end_all(session, account)
    events.append(session, PASSWORD_SET, actor=actor, data={"account": account})
    return found


def plain_name(name: str) -> str:
    """The one way to write a name: without outer space, in small letters. Raises InputError."""
    plain = unicodedata.normalize("NFKC", name).strip().casefold()
    if not plain or len(plain) > MAX_ID_CHARS or not plain.isprintable():
        raise InputError(f"A name has 1 to {MAX_ID_CHARS} printable characters.")
    return plain


def _change(session: Session, account: str, actor: str, **changed: Any) -> Account:
    found = get(session, account)
    for name, value in changed.items():
        setattr(found, name, value)
    events.append(session, CHANGED, actor=actor, data={"account": account, **changed})
    return found


def _keep_an_admin(session: Session, account: str) -> None:
    """Raise NotPermitted when nobody but this account could run the desk."""
    admins = select(Account.id).where(Account.role == "admin", ~Account.disabled)
    # Locked, so that two admins cannot each remove the other at the same moment.
    if session.scalars(admins.order_by(Account.id).with_for_update()).all() == [account]:
        raise NotPermitted("This is the last admin: make somebody else an admin first.")


def _role(role: str) -> str:
    if role not in ROLES:
        raise InputError(f"A role is one of {', '.join(ROLES)}.")
    return role


def _languages(tags: Sequence[str]) -> list[str]:
    for tag in tags:
        if not tag.replace("-", "").isalnum() or not tag.isascii() or len(tag) > _MAX_TAG_CHARS:
            raise InputError("Name languages by their tags, such as en, ru or uz-Cyrl.")
    return list(dict.fromkeys(tags))


def _hidden(names: Sequence[str]) -> list[str]:
    if set(names) - set(CATEGORIES):
        raise InputError(f"Categories to hide are among {', '.join(CATEGORIES)}.")
    return list(dict.fromkeys(names))


def _cap(cap: int | None) -> int | None:
    if cap is not None and cap < 1:
        raise InputError("A daily cap is at least 1; leave it out for none.")
    return cap
