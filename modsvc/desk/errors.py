"""Errors → pages that say what to do next, in the visitor's language.

In: exceptions of the pages. Out: HTML, or the way to the sign-in. Which status a kind of error has
is in the one table of `modsvc.api.errors`; its message is shown as it is.
"""

from collections.abc import Mapping
from typing import Final

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from modsvc.api.errors import KINDS
from modsvc.desk.catalogues import N_
from modsvc.desk.guard import PREFIX, SignedOut
from modsvc.desk.pages import render
from modsvc.errors import (
    CapReached,
    Conflict,
    Forbidden,
    LeaseLost,
    ModsvcError,
    NotFound,
    NotPermitted,
    StoreUnavailable,
    TooLate,
)

#: What happened, in words that are translated; the error's own message adds the particulars.
TITLES: Final[Mapping[type[ModsvcError], str]] = {
    CapReached: N_("Enough for today"),
    LeaseLost: N_("This item is not yours any more"),
    TooLate: N_("It is too late to undo this"),
    NotPermitted: N_("This is not possible"),
    Conflict: N_("This does not fit what is there now"),
    Forbidden: N_("This is not for you"),
    NotFound: N_("There is nothing here"),
    StoreUnavailable: N_("The database cannot be used at the moment"),
}
_INVALID: Final = N_("Something in the form is not valid")
_BROKEN: Final = N_("The service failed")


def install(desk: FastAPI) -> None:
    """Answer every expected exception of the pages with a page."""
    desk.add_exception_handler(SignedOut, _to_sign_in)
    desk.add_exception_handler(ModsvcError, _on_modsvc_error)
    desk.add_exception_handler(RequestValidationError, _on_invalid_form)
    desk.add_exception_handler(HTTPException, _on_http_exception)


def broken(request: Request) -> Response:
    """The page for what nobody foresaw."""
    return _page(request, _BROKEN, "Try again; if it stays, tell an admin.", 500)


async def _to_sign_in(request: Request, error: Exception) -> Response:
    return RedirectResponse(f"{PREFIX}/sign-in", status_code=303)


async def _on_modsvc_error(request: Request, error: Exception) -> Response:
    status = next(kind.status for cls, kind in KINDS if isinstance(error, cls))
    title = next((words for cls, words in TITLES.items() if isinstance(error, cls)), _INVALID)
    return _page(request, _BROKEN if status >= 500 else title, str(error), status)


async def _on_invalid_form(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    # Not what was sent, which may be someone's words: only where and what is wrong with it.
    wrong = [f"{item['loc'][-1]}: {item['msg']}" for item in error.errors()[:5]]
    return _page(request, _INVALID, "; ".join(wrong), 422)


async def _on_http_exception(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    if isinstance(error.__cause__, ModsvcError):
        return await _on_modsvc_error(request, error.__cause__)
    detail = "Go back, or choose a page from the menu."
    return _page(request, TITLES[NotFound], detail, error.status_code)


def _page(request: Request, title: str, detail: str, status: int) -> Response:
    return render(request, "error.html", {"title": title, "detail": detail}, status=status)
