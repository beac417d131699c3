"""Signing in and out.

In: a name and a password. Out: the cookie of a sign-in, or the page again with one message for all
that can be wrong. Counting attempts is left to `modsvc.review.sign_in`.
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Form
from starlette.requests import Request
from starlette.responses import Response

from modsvc.api.deps import service_of
from modsvc.desk.guard import ANYONE, check_origin, drop_cookie, keep_cookie, token_of, visitor_of
from modsvc.desk.pages import go, render
from modsvc.errors import SignInRefused
from modsvc.review import accounts, sessions
from modsvc.review.sessions import Visitor
from modsvc.review.sign_in import authenticate

router = APIRouter()


@router.get("/sign-in")
def show(request: Request) -> Response:
    """The form; or the desk, for who is signed in."""
    if visitor_of(request) is not None:
        return go("/")
    return _form(request)


@router.post("/sign-in")
def sign_in(
    request: Request, name: Annotated[str, Form()], password: Annotated[str, Form()]
) -> Response:
    """Let the person in, or say that name or password are wrong."""
    check_origin(request)
    service = service_of(request)
    try:
        account = authenticate(service.database, name, password)
    except SignInRefused:
        return _form(request, refused=True)
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


def _form(request: Request, *, refused: bool = False) -> Response:
    with service_of(request).database.reading() as session:
        nobody = not accounts.any_exists(session)
    shown = {"refused": refused, "nobody": nobody}
    return render(request, "sign_in.html", shown, status=401 if refused else 200)
