"""Signing in by an OpenID provider: the way there, the way back, and out of it.

In: people on their way. Out: the desk's own sign-in, as after a password, or the sign-in page with
what went wrong and what to do. What the provider says is checked by `modsvc.desk.provider`; whose
account it is, by `modsvc.review.identities`.
"""

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, cast

import structlog
from fastapi import APIRouter, FastAPI
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from modsvc.api.deps import Service, service_of
from modsvc.desk import sign_in
from modsvc.desk.guard import keep_cookie
from modsvc.desk.pages import go, render
from modsvc.errors import InputError, NotFound, SignInRefused
from modsvc.review import identities, sessions
from modsvc.review.identities import IdentityRefused, Matching
from modsvc.review.sessions import SignIn
from modsvc.review.words import Role

if TYPE_CHECKING:
    from modsvc.desk.provider import Provider

router = APIRouter(prefix="/oidc")

#: Remembers for ten minutes what was asked of the provider. Not `strict`: it has to come along when
#: the provider sends the person back.
_COOKIE: Final = "modsvc_oidc"
_COOKIE_S: Final = 600

_ABSENT: Final = "This desk has no single sign-on: an admin can set MODSVC_OIDC_ISSUER."

log = structlog.get_logger("modsvc.desk")


@router.get("/start")
async def start(request: Request) -> Response:
    """To the provider."""
    try:
        return await _provider(request).send(request)
    except SignInRefused as error:
        return await _refused(request, error)


@router.get("/callback")
async def come_back(request: Request) -> Response:
    """From the provider: in, or back to the sign-in page."""
    try:
        claims = await _provider(request).claims(request)
        made = await asyncio.to_thread(_let_in, service_of(request), claims)
    except SignInRefused as error:
        return await _refused(request, error)
    # Not a redirect: the desk's cookie goes with nothing that another site set off.
    answer = render(request, "signed_in.html")
    keep_cookie(request, answer, made)
    return answer


@router.get("/end")
async def end(request: Request) -> Response:
    """Out of the provider, for who signed out of the desk."""
    try:
        url = await _provider(request).farewell()
    except SignInRefused as error:
        return await _refused(request, error)
    return go("/sign-in") if url is None else RedirectResponse(url, status_code=303)


def install(desk: FastAPI, service: Service) -> None:
    """Have a provider at hand where one is set. Raises InputError without its libraries."""
    desk.state.provider = None
    if service.settings.oidc_issuer is None:
        return
    try:
        from starlette.middleware.sessions import SessionMiddleware

        from modsvc.desk.provider import Provider
    except ImportError as error:
        raise InputError("MODSVC_OIDC_ISSUER needs its libraries: install modsvc[oidc].") from error
    desk.state.provider = Provider(service.settings)
    https = str(service.settings.public_url).startswith("https:")
    desk.add_middleware(
        SessionMiddleware,
        secret_key=service.database.keys.seal("oidc", "cookie"),
        session_cookie=f"__Host-{_COOKIE}" if https else _COOKIE,
        max_age=_COOKIE_S,
        same_site="lax",
        https_only=https,
    )


def _provider(request: Request) -> "Provider":
    if request.app.state.provider is None:
        raise NotFound(_ABSENT)
    return cast("Provider", request.app.state.provider)


def _let_in(service: Service, claims: Mapping[str, Any]) -> SignIn:
    settings = service.settings
    matching = Matching(
        issuer=settings.oidc_issuer or "",
        name_claim=settings.oidc_name_claim,
        role_claim=settings.oidc_role_claim,
        roles=tuple(_pair(one) for one in settings.oidc_roles),
        creates=settings.oidc_create_accounts,
    )
    with service.database.transaction() as session:
        account = identities.let_in(session, matching, claims)
        return sessions.start(session, account)


def _pair(given: str) -> tuple[str, Role]:
    value, _, role = given.rpartition("=")
    return value, cast(Role, role)


async def _refused(request: Request, error: SignInRefused) -> Response:
    if isinstance(error, IdentityRefused):
        log.warning("oidc_refused", reason=error.reason)
    return await asyncio.to_thread(sign_in.form, request, why=getattr(error, "reason", "token"))
