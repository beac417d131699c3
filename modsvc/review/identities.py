"""Letting people in whom an OpenID provider vouches for.

In: claims that are known to be true. Out: their account, or IdentityRefused and why. At the first
sign-in a claim names the account; from then on it is the provider's `sub`, which nobody else gets,
that counts: a name that changes hands at the provider opens nothing here. What the provider says of
a person's role holds from each sign-in on. Whether claims are true, and cookies, are left to the
desk.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from modsvc.errors import InputError, NotPermitted, SignInRefused
from modsvc.review import accounts, passwords, sessions
from modsvc.review.sign_in import SIGNED_IN
from modsvc.review.words import Role
from modsvc.store import events
from modsvc.store.tables import MAX_ID_CHARS, Account, Identity

BOUND: Final = "account.identity_bound"
FORGOTTEN: Final = "account.identity_forgotten"

Reason = Literal[
    "no-name", "unverified", "unknown", "other-identity", "disabled", "no-role", "last-admin"
]


class IdentityRefused(SignInRefused):
    """The provider vouches for the person, but they cannot be let in; `reason` says why."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(f"The sign-in by the provider was refused: {reason}.")
        self.reason: Final = reason


@dataclass(frozen=True, slots=True)
class Matching:
    """How a provider's claims become accounts. `roles` are looked through in their order."""

    issuer: str
    name_claim: str
    role_claim: str | None = None
    roles: tuple[tuple[str, Role], ...] = ()
    creates: bool = False


def let_in(session: Session, matching: Matching, claims: Mapping[str, Any]) -> Account:
    """The account of the person whom these claims are about. Raises IdentityRefused."""
    role = _role(matching, claims)
    account = _bound(session, matching.issuer, claims["sub"]) or _bind(
        session, matching, claims, role
    )
    if account.disabled:
        raise IdentityRefused("disabled")
    if role is not None and role != account.role:
        try:
            accounts.set_role(session, account.id, role, actor=events.SYSTEM)
        except NotPermitted as error:
            raise IdentityRefused("last-admin") from error
    data = {"account": account.id, "issuer": matching.issuer}
    events.append(session, SIGNED_IN, actor=account.id, data=data)
    return account


def of(session: Session, account: str) -> Identity | None:
    """Who an account is at a provider, if it was ever signed in to by one."""
    return session.get(Identity, account)


def forget(session: Session, account: str, *, actor: str) -> None:
    """Sign the person out, and let the next sign-in by the account's name bind it anew.

    Raises NotFound.
    """
    accounts.get(session, account)
    sessions.end_all(session, account)
    session.execute(delete(Identity).where(Identity.account == account))
    events.append(session, FORGOTTEN, actor=actor, data={"account": account})


def _bound(session: Session, issuer: str, subject: str) -> Account | None:
    query = (
        select(Account)
        .join(Identity, Identity.account == Account.id)
        .where(Identity.issuer == issuer, Identity.subject == subject)
    )
    return session.scalars(query).first()


def _bind(
    session: Session, matching: Matching, claims: Mapping[str, Any], role: Role | None
) -> Account:
    name = _name(matching, claims)
    account = session.scalars(select(Account).where(Account.name == name)).first()
    if account is None:
        if not matching.creates or role is None:
            raise IdentityRefused("unknown")
        # An admin may set another password.
        account = accounts.create(session, name, passwords.nobodys(), role, actor=events.SYSTEM)
        session.flush()
    elif account.disabled:
        raise IdentityRefused("disabled")
    elif of(session, account.id) is not None:
        raise IdentityRefused("other-identity")
    session.add(Identity(account=account.id, issuer=matching.issuer, subject=claims["sub"]))
    data = {"account": account.id, "issuer": matching.issuer}
    events.append(session, BOUND, actor=account.id, data=data)
    return account


def _name(matching: Matching, claims: Mapping[str, Any]) -> str:
    claim = claims.get(matching.name_claim)
    if not isinstance(claim, str):
        raise IdentityRefused("no-name")
    # Anybody may write another's address into a form; the flag says that they read its mail.
    if matching.name_claim == "email" and claims.get("email_verified") is not True:
        raise IdentityRefused("unverified")
    try:
        return accounts.plain_name(claim)
    except InputError as error:
        raise IdentityRefused("no-name") from error


def _role(matching: Matching, claims: Mapping[str, Any]) -> Role | None:
    """What the provider makes of the person; None where the desk's own roles hold."""
    if matching.role_claim is None:
        return None
    claim = claims.get(matching.role_claim)
    had = [claim] if isinstance(claim, str) else claim if isinstance(claim, list) else []
    for value, role in matching.roles:
        if value in had:
            return role
    raise IdentityRefused("no-role")


def is_subject(claim: object) -> bool:
    """Whether a `sub` is one that can be kept."""
    return isinstance(claim, str) and 0 < len(claim) <= MAX_ID_CHARS and claim.isprintable()
