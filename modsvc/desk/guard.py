"""Who may see which page, and whether a form was sent from one.

In: a request with the cookie of a sign-in. Out: its `Visitor`. Every route names the roles that it
is for by `Allows`, or stands in `PUBLIC`; a test reads the route table for others. A form must
bring back the token that its page was given; besides, browsers say where a request comes from, and
other places than the desk are refused. Sign-ins are left to `modsvc.review`.
"""

import asyncio
from typing import Final
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from modsvc.api.deps import Service, service_of
from modsvc.errors import Forbidden, ModsvcError
from modsvc.review import sessions
from modsvc.review.sessions import SignIn, Visitor
from modsvc.review.words import ROLES, Role

PREFIX: Final = "/desk"

#: Pages that need no sign-in; styles and scripts are mounted beside the routes.
PUBLIC: Final = frozenset({"/sign-in", "/oidc/start", "/oidc/callback", "/oidc/end"})

CSRF_FIELD: Final = "csrf"

_COOKIE: Final = "modsvc_desk"
_READS: Final = frozenset({"GET", "HEAD"})


class SignedOut(ModsvcError):
    """Nobody is signed in: the answer is the way to the sign-in page."""


class Allows:
    """The dependency of every page that is not public: a visitor in one of these roles."""

    def __init__(self, *roles: Role) -> None:
        self.roles = frozenset(roles)

    async def __call__(self, request: Request) -> Visitor:
        """Raises SignedOut, or Forbidden for another role or a form from elsewhere."""
        visitor = await asyncio.to_thread(visitor_of, request)
        if visitor is None:
            raise SignedOut("Sign in.")
        request.state.visitor = visitor
        if request.method not in _READS:
            check_origin(request)
            sent = (await request.form()).get(CSRF_FIELD)
            if not isinstance(sent, str) or not sessions.is_from_desk(visitor, sent):
                raise Forbidden("This form is too old: go back, reload the page and try again.")
        if visitor.account.role not in self.roles:
            raise Forbidden("This page is for others: ask an admin if you need it.")
        return visitor


#: Whoever is signed in.
ANYONE: Final = Allows(*ROLES)

#: Whoever decides on items.
REVIEWS: Final = Allows("reviewer", "lead", "admin")

#: Whoever looks at the work of all.
OVERSEES: Final = Allows("lead", "auditor", "admin")

#: Whoever answers for the work of others.
LEADS: Final = Allows("lead", "admin")

#: Whoever runs the desk.
RUNS: Final = Allows("admin")


def visitor_of(request: Request) -> Visitor | None:
    """Who is signed in; blocks while the database is asked."""
    token = request.cookies.get(_name(request))
    if not token:
        return None
    with service_of(request).database.reading() as session:
        return sessions.find(session, token)


def token_of(request: Request) -> str:
    """The value of the cookie; empty without one."""
    return request.cookies.get(_name(request), "")


def keep_cookie(request: Request, answer: Response, sign_in: SignIn) -> None:
    """Give the browser the token of a new sign-in; no script can read it."""
    answer.set_cookie(
        _name(request),
        sign_in.token,
        max_age=int(sessions.LIFETIME.total_seconds()),
        path="/",
        secure=is_secure(request),
        httponly=True,
        samesite="strict",
    )


def drop_cookie(request: Request, answer: Response) -> None:
    """Have the browser forget the token."""
    answer.delete_cookie(
        _name(request), path="/", secure=is_secure(request), httponly=True, samesite="strict"
    )


def check_origin(request: Request) -> None:
    """Raise Forbidden for what a page of another site sent."""
    origin = request.headers.get("origin")
    site = request.headers.get("sec-fetch-site", "same-origin")
    host = request.headers.get("host", "")
    if site not in ("same-origin", "none") or (
        origin is not None and urlsplit(origin).netloc.lower() != host.lower()
    ):
        raise Forbidden("This form was sent from another site: open the desk and try again.")


def is_secure(request: Request) -> bool:
    """Whether the cookie may travel over TLS alone: always, but for trying it on one machine."""
    service: Service = service_of(request)
    return request.url.scheme == "https" or not service.is_loopback


def _name(request: Request) -> str:
    # Browsers take the prefix only from a secure page of this very host.
    return f"__Host-{_COOKIE}" if is_secure(request) else _COOKIE
