"""What people choose for themselves: languages, what not to see, the look, the password.

In: forms. Out: the page, with the person's days so far. Rules are in `modsvc.review.accounts`.
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Form
from starlette.requests import Request
from starlette.responses import Response

from modsvc.api.deps import service_of
from modsvc.desk.fields import tags
from modsvc.desk.guard import ANYONE, drop_cookie
from modsvc.desk.pages import go, render
from modsvc.errors import InputError, NotPermitted
from modsvc.labels import CATEGORIES
from modsvc.review import accounts, exposure, passwords
from modsvc.review.sessions import Visitor
from modsvc.store.columns import utcnow

router = APIRouter(prefix="/profile")


@router.get("")
def show(request: Request, visitor: Annotated[Visitor, Depends(ANYONE)]) -> Response:
    """The person's settings and their last two weeks."""
    service, account = service_of(request), visitor.account
    today = utcnow().date()
    with service.database.reading() as session:
        shown = {
            "today": exposure.today(session, account, service.practice),
            "days": exposure.lately(session, account.id, today),
            "supported": service.supported,
            "categories": CATEGORIES,
            "text_sizes": accounts.TEXT_SIZES,
            "passwords": service.settings.password_sign_in,
        }
    return render(request, "profile.html", shown)


@router.post("/work")
def set_work(
    request: Request,
    visitor: Annotated[Visitor, Depends(ANYONE)],
    languages: Annotated[str, Form()] = "",
    hidden: Annotated[list[str], Form()] = [],  # noqa: B006 (the framework copies it)
) -> Response:
    """Which languages the person reads, and what they prefer not to see."""
    account = visitor.account.id
    with service_of(request).database.transaction() as session:
        accounts.set_languages(session, account, tags(languages), actor=account)
        accounts.hide_categories(session, account, hidden, actor=account)
    return go("/profile", "saved")


@router.post("/look")
def set_look(
    request: Request,
    visitor: Annotated[Visitor, Depends(ANYONE)],
    locale: Annotated[str, Form()],
    text_size: Annotated[str, Form()],
    greyscale: Annotated[bool, Form()] = False,
) -> Response:
    """The language of the desk, the size of its letters, and whether it has colours."""
    account = visitor.account.id
    with service_of(request).database.transaction() as session:
        accounts.set_locale(session, account, locale, actor=account)
        accounts.set_look(session, account, greyscale=greyscale, text_size=text_size, actor=account)
    return go("/profile", "saved")


@router.post("/password")
def set_password(
    request: Request,
    visitor: Annotated[Visitor, Depends(ANYONE)],
    old: Annotated[str, Form()],
    new: Annotated[str, Form()],
) -> Response:
    """Another password; every sign-in of the person ends."""
    account = visitor.account
    if not service_of(request).settings.password_sign_in:
        raise NotPermitted("This desk takes no passwords: change yours at your organisation.")
    if not passwords.fits(old, account.password_hash):
        raise InputError("The old password is wrong: try again.")
    hashed = passwords.hash_password(new)
    with service_of(request).database.transaction() as session:
        accounts.set_password(session, account.id, hashed, actor=account.id)
    answer = go("/sign-in", "password-set")
    drop_cookie(request, answer)
    return answer
