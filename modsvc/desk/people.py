"""People: who works at the desk, as what, in which languages, and how much a day.

In: forms of leads and admins. Out: the list, and a page for each account. Who may change whom is
in `modsvc.review.authority`, what an account may be in `modsvc.review.accounts`.
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Form
from starlette.requests import Request
from starlette.responses import Response

from modsvc.api.deps import service_of
from modsvc.desk.fields import tags
from modsvc.desk.guard import LEADS, RUNS
from modsvc.desk.pages import go, render
from modsvc.errors import InputError
from modsvc.review import accounts, authority, exposure, identities, passwords, sign_in
from modsvc.review.sessions import Visitor
from modsvc.review.words import ROLES, Role
from modsvc.store.columns import utcnow

router = APIRouter(prefix="/people")

Cap = Annotated[int | None, Form(ge=1, le=100_000)]


@router.get("")
def show(request: Request, visitor: Annotated[Visitor, Depends(LEADS)]) -> Response:
    """Everybody, with what they looked at today."""
    service = service_of(request)
    with service.database.reading() as session:
        shown = {
            "everyone": accounts.everyone(session),
            "today": exposure.of_everyone(session, utcnow().date()),
            "roles": ROLES,
            "supported": service.supported,
            "may_create": visitor.account.role in RUNS.roles,
        }
    return render(request, "people.html", shown)


@router.post("")
def create(
    request: Request,
    visitor: Annotated[Visitor, Depends(RUNS)],
    name: Annotated[str, Form()],
    role: Annotated[Role, Form()],
    password: Annotated[str, Form()],
    again: Annotated[str, Form()],
    languages: Annotated[str, Form()] = "",
    cap: Cap = None,
) -> Response:
    """A new account."""
    hashed = _hashed(password, again)
    with service_of(request).database.transaction() as session:
        made = accounts.create(
            session,
            name,
            hashed,
            role,
            actor=visitor.account.id,
            languages=tags(languages),
            daily_cap=cap,
        )
    return go(f"/people/{made.id}", "person-added")


@router.get("/{account}")
def one(request: Request, visitor: Annotated[Visitor, Depends(LEADS)], account: str) -> Response:
    """One account, its last two weeks, and what the visitor may change of it."""
    service, today = service_of(request), utcnow().date()
    with service.database.reading() as session:
        person = accounts.get(session, account)
        shown = {
            "person": person,
            "days": exposure.lately(session, person.id, today),
            "identity": identities.of(session, person.id),
            "roles": ROLES,
            "supported": service.supported,
            "sets_work": authority.sets_work(visitor.account, person),
            "sets_standing": authority.sets_standing(visitor.account, person),
        }
    return render(request, "person.html", shown)


@router.post("/{account}/work")
def set_work(
    request: Request,
    visitor: Annotated[Visitor, Depends(LEADS)],
    account: str,
    languages: Annotated[str, Form()] = "",
    cap: Cap = None,
) -> Response:
    """What languages the person reads, and at most how many items a day."""
    actor = visitor.account
    with service_of(request).database.transaction() as session:
        authority.for_work(session, actor, account)
        accounts.set_languages(session, account, tags(languages), actor=actor.id)
        accounts.set_daily_cap(session, account, cap, actor=actor.id)
    return go(f"/people/{account}", "saved")


@router.post("/{account}/role")
def set_role(
    request: Request,
    visitor: Annotated[Visitor, Depends(RUNS)],
    account: str,
    role: Annotated[Role, Form()],
) -> Response:
    """Another role, from the person's next click on."""
    actor = visitor.account
    with service_of(request).database.transaction() as session:
        authority.for_standing(session, actor, account)
        accounts.set_role(session, account, role, actor=actor.id)
    return go(f"/people/{account}", "saved")


@router.post("/{account}/disabled")
def set_disabled(
    request: Request,
    visitor: Annotated[Visitor, Depends(RUNS)],
    account: str,
    disabled: Annotated[bool, Form()],
) -> Response:
    """Keep the person out, or let them in again."""
    actor = visitor.account
    with service_of(request).database.transaction() as session:
        authority.for_standing(session, actor, account)
        accounts.set_disabled(session, account, disabled, actor=actor.id)
    return go(f"/people/{account}", "person-disabled" if disabled else "person-enabled")


@router.post("/{account}/password")
def set_password(
    request: Request,
    visitor: Annotated[Visitor, Depends(RUNS)],
    account: str,
    password: Annotated[str, Form()],
    again: Annotated[str, Form()],
) -> Response:
    """Another password; every sign-in of the person ends."""
    hashed, actor = _hashed(password, again), visitor.account
    with service_of(request).database.transaction() as session:
        authority.for_standing(session, actor, account)
        accounts.set_password(session, account, hashed, actor=actor.id)
    return go(f"/people/{account}", "person-password")


@router.post("/{account}/unlock")
def unlock(request: Request, visitor: Annotated[Visitor, Depends(RUNS)], account: str) -> Response:
    """Let the person try their password again at once."""
    actor = visitor.account
    with service_of(request).database.transaction() as session:
        authority.for_standing(session, actor, account)
        sign_in.unlock(session, account, actor=actor.id)
    return go(f"/people/{account}", "person-unlocked")


@router.post("/{account}/identity")
def forget_identity(
    request: Request, visitor: Annotated[Visitor, Depends(RUNS)], account: str
) -> Response:
    """Let whoever has the account's name at the provider next be the one who signs in to it."""
    actor = visitor.account
    with service_of(request).database.transaction() as session:
        authority.for_standing(session, actor, account)
        identities.forget(session, account, actor=actor.id)
    return go(f"/people/{account}", "person-forgotten")


def _hashed(password: str, again: str) -> str:
    if password != again:
        raise InputError("The two passwords differ: go back and type both again.")
    return passwords.hash_password(password)
