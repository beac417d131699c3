"""API keys: which programs may call, since when, how much, and no longer.

In: forms. Out: the list, and a new key's token, once, on the page that answers the form. Rows and
events are left to `modsvc.store.api_keys`.
"""

from datetime import timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Form, Path
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from modsvc.api.deps import service_of
from modsvc.desk.guard import RUNS
from modsvc.desk.pages import go, render
from modsvc.errors import InputError
from modsvc.review.sessions import Visitor
from modsvc.store import api_keys
from modsvc.store.api_keys import DECIMALS, SCOPES, Allowance, NewKey
from modsvc.store.columns import utcnow
from modsvc.store.tables import ApiKey

router = APIRouter(prefix="/keys")

#: A hundred years; longer than that is for ever.
_MAX_DAYS: Final = 36_500


class AllowanceForm(BaseModel):
    """What a key may have, as it was typed; empty is as the settings say, or not rounded."""

    rate: str = ""
    quota: str = ""
    decimals: str = ""
    spans: bool = False

    def read(self) -> Allowance:
        """The numbers. Raises InputError."""
        return Allowance(
            rate=_number("rate", self.rate),
            quota=_number("quota", self.quota),
            decimals=_number("decimals", self.decimals),
            spans=self.spans,
        )


class KeyForm(AllowanceForm):
    """What the form for a new key brings, as it was typed."""

    name: str = ""
    scopes: list[str] = []
    community: str = ""
    days: str = ""


@router.get("")
def show(request: Request, visitor: Annotated[Visitor, Depends(RUNS)]) -> Response:
    """All keys, revoked ones too."""
    return _page(request, KeyForm())


@router.post("")
def make(
    request: Request,
    visitor: Annotated[Visitor, Depends(RUNS)],
    typed: Annotated[KeyForm, Form()],
) -> Response:
    """Make a key. Its token is in this answer alone."""
    try:
        days = _days(typed.days)
        with service_of(request).database.transaction() as session:
            made = api_keys.add(
                session,
                typed.name.strip(),
                typed.scopes,
                actor=visitor.account.id,
                community=typed.community or None,
                expires_at=None if days is None else utcnow() + timedelta(days=days),
                allowance=typed.read(),
            )
    except InputError as error:
        return _page(request, typed, wrong=str(error), status=422)
    return _page(request, KeyForm(), made=made)


@router.post("/{key}/allowance")
def allow(
    request: Request,
    visitor: Annotated[Visitor, Depends(RUNS)],
    key: Annotated[str, Path(max_length=36)],
    typed: Annotated[AllowanceForm, Form()],
) -> Response:
    """Change what a key may have, within seconds."""
    try:
        with service_of(request).database.transaction() as session:
            api_keys.allow(session, key, typed.read(), actor=visitor.account.id)
    except InputError as error:
        return _page(request, KeyForm(), wrong=str(error), status=422)
    return go("/keys", "key-changed")


@router.post("/{key}/revoke")
def revoke(
    request: Request,
    visitor: Annotated[Visitor, Depends(RUNS)],
    key: Annotated[str, Path(max_length=36)],
) -> Response:
    """Make a key invalid, within seconds and for good."""
    with service_of(request).database.transaction() as session:
        api_keys.revoke(session, key, actor=visitor.account.id)
    return go("/keys", "key-revoked")


def _page(
    request: Request,
    typed: KeyForm,
    *,
    made: NewKey | None = None,
    wrong: str | None = None,
    status: int = 200,
) -> Response:
    now = utcnow()
    with service_of(request).database.reading() as session:
        keys = [
            (key, _state(key, api_keys.is_valid(key, now)))
            for key in reversed(api_keys.everyone(session))
        ]
    settings = service_of(request).settings
    shown = {
        "usual": {"rate": settings.rate, "quota": settings.quota},
        "decimals": DECIMALS,
        "keys": keys,
        "scopes": SCOPES,
        "typed": typed,
        "made": made,
        "wrong": wrong,
    }
    return render(request, "keys.html", shown, status=status)


def _state(key: ApiKey, valid: bool) -> str:
    if key.revoked_at is not None:
        return "key_revoked"
    return "key_valid" if valid else "key_expired"


def _number(what: str, typed: str) -> int | None:
    if not typed.strip():
        return None
    try:
        return int(typed)
    except ValueError:
        raise InputError(f"Write the {what} in digits, or leave it out.") from None


def _days(typed: str) -> int | None:
    days = _number("days", typed)
    if days is not None and not 1 <= days <= _MAX_DAYS:
        raise InputError(f"A key is good for 1 to {_MAX_DAYS} days, or without end.")
    return days
