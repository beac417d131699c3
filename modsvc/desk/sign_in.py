"""Signing in and out.

In: a name and a password. Out: the cookie of a sign-in, or the page again with one message for all
that can be wrong. Counting attempts is left to `modsvc.review.sign_in`, signing in by a provider to
`modsvc.desk.oidc`.
"""

from collections.abc import Mapping
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Form
from starlette.requests import Request
from starlette.responses import Response

from modsvc.api.deps import service_of
from modsvc.desk.catalogues import N_
from modsvc.desk.guard import ANYONE, check_origin, drop_cookie, keep_cookie, token_of, visitor_of
from modsvc.desk.pages import go, render
from modsvc.errors import SignInRefused
from modsvc.review import accounts, sessions
from modsvc.review.sessions import Visitor
from modsvc.review.sign_in import authenticate

router = APIRouter()

#: Why somebody stands at this page again, and what they can do.
REFUSED: Final[Mapping[str, str]] = {
    "wrong": N_(
        "The name or the password is wrong, or the account is locked. Check both, or try again in "
        "15 minutes; an admin can set a new password."
    ),
    "no-passwords": N_("This desk takes no passwords: use the sign-in of your organisation."),
    "down": N_(
        "The sign-in of your organisation cannot be reached. Try again in some minutes, or sign in "
        "with your password if the form is below; if it stays, tell an admin."
    ),
    "state": N_(
        "This sign-in was begun in another browser, at another address of the desk, or more than "
        "ten minutes ago. Begin again here."
    ),
    "denied": N_(
        "The sign-in of your organisation did not let you in here. Ask there for access, or begin "
        "again."
    ),
    "token": N_(
        "What the sign-in of your organisation sent is not valid, so nobody was let in. Begin "
        "again; if it stays, tell an admin: the service's log names the check that failed."
    ),
    "no-name": N_(
        "Your organisation does not say by what name you work here. Tell an admin: a claim is "
        "missing."
    ),
    "unverified": N_(
        "Your organisation has not verified your address of e-mail. Have it verified there, then "
        "begin again."
    ),
    "unknown": N_("You have no account here. Ask an admin to add you, then begin again."),
    "other-identity": N_(
        "The account of your name belongs to somebody else's sign-in. Ask an admin: they can open "
        "it to yours on your page among the people."
    ),
    "disabled": N_("Your account is closed. Ask an admin if that is a mistake."),
    "no-role": N_(
        "Your organisation gives you no role at this desk. Ask there for one, then begin again."
    ),
    "last-admin": N_(
        "Your organisation gives you another role, but you are the last admin. Make somebody else "
        "an admin first, at the desk or by modsvc user add."
    ),
}
_STATUS: Final[Mapping[str, int]] = {"wrong": 401, "down": 503, "state": 400}


@router.get("/sign-in")
def show(request: Request) -> Response:
    """The form; or the desk, for who is signed in."""
    if visitor_of(request) is not None:
        return go("/")
    return form(request)


@router.post("/sign-in")
def sign_in(
    request: Request, name: Annotated[str, Form()], password: Annotated[str, Form()]
) -> Response:
    """Let the person in, or say that name or password are wrong."""
    check_origin(request)
    service = service_of(request)
    if not service.settings.password_sign_in:
        return form(request, why="no-passwords")
    try:
        account = authenticate(service.database, name, password)
    except SignInRefused:
        return form(request, why="wrong")
    with service.database.transaction() as session:
        started = sessions.start(session, account)
    answer = go("/")
    keep_cookie(request, answer, started)
    return answer


@router.post("/sign-out")
def sign_out(request: Request, visitor: Annotated[Visitor, Depends(ANYONE)]) -> Response:
    """End this sign-in."""
    with service_of(request).database.transaction() as session:
        sessions.end(session, token_of(request))
    answer = go("/sign-in", "signed-out")
    drop_cookie(request, answer)
    return answer


def form(request: Request, *, why: str | None = None) -> Response:
    """The page, and why somebody was refused, by a key of `REFUSED`; blocks for the database."""
    service, provider = service_of(request), request.app.state.provider
    with service.database.reading() as session:
        nobody = not accounts.any_exists(session)
    shown = {
        "refused": None if why is None else REFUSED[why],
        "nobody": nobody,
        "passwords": service.settings.password_sign_in,
        "provider": None if provider is None else provider.host,
        "left": request.query_params.get("said") == "signed-out",
    }
    return render(
        request, "sign_in.html", shown, status=200 if why is None else _STATUS.get(why, 403)
    )
