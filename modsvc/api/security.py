"""Who calls, and what they may do: API keys, sent as `Authorization: Bearer`.

In: a request. Out: its `Caller`, or Unauthorised or Forbidden. Every route names the scope that
it needs by `Needs`, or its path stands in `PUBLIC`; a test reads the route table for others.

As long as no key was ever made and the service is bound to the loopback address it is open to
this machine, so that trying it out needs no set-up. Browsers run other people's pages on this
machine too: open, the service answers only requests that name it by a loopback name, and none
that a page of another origin sent. Desk sign-in is left to `modsvc.review`.
"""

import asyncio
import ipaddress
import logging
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Annotated, Final, NamedTuple, ParamSpec, TypeVar
from urllib.parse import urlsplit

from fastapi import Depends
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.requests import Request

from modsvc.api.schemas import PLACES
from modsvc.errors import Forbidden, ModsvcError, StoreUnavailable, Unauthorised
from modsvc.store import api_keys
from modsvc.store.api_keys import SCOPES, USUAL, Allowance, Scope
from modsvc.store.columns import utcnow
from modsvc.store.database import Database
from modsvc.store.tables import ApiKey
from modsvc.store.writer import Writer

logger = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

#: Paths that anyone may call: they tell nothing of anyone.
PUBLIC: Final = frozenset(
    {
        "/healthz",
        "/readyz",
        "/metrics",
        "/openapi.json",
        "/docs",
        "/$discovery/rest",
        "/desk",
    }
)

#: How the record calls those who need no key.
LOCAL: Final = "local"

#: A revoked key is good for at most so many seconds more.
REMEMBER_S: Final = 5.0

#: While the database does not answer, a key that it knew is good for so many seconds more.
TRUST_S: Final = 3600.0

#: Seconds that a look into the database may take; the second one, when the one before took longer.
_SOON_S: Final = 2.0
_AWAY_S: Final = 0.2

_NOTE_USE_EVERY: Final = timedelta(minutes=5)

_bearer = HTTPBearer(scheme_name="key", description="Made by `modsvc key add`.", auto_error=False)


class Caller(NamedTuple):
    """Who calls. `actor` goes into events; `community` None means all of them."""

    actor: str
    api_key: str
    scopes: frozenset[str]
    community: str | None
    allowance: Allowance = USUAL

    @property
    def places(self) -> int:
        """How many decimals of a probability this caller gets, in whatever answer."""
        decimals = self.allowance.decimals
        return PLACES if decimals is None else decimals

    @property
    def sees_spans(self) -> bool:
        """Whether it may know which parts of a text a score comes from."""
        return self.allowance.decimals is None or self.allowance.spans

    def community_or(self, given: str | None) -> str:
        """The community that is meant. Raises Forbidden for one that the key is not for."""
        meant = given if given is not None else self.community or ""
        if self.community not in (None, meant):
            raise Forbidden("This key is for one community, and not for the one that is named.")
        return meant


class Needs:
    """The dependency of every route that is not public: a caller with this scope."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    async def __call__(
        self,
        request: Request,
        sent: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
    ) -> Caller:
        """Raises Unauthorised or Forbidden."""
        return await self._caller(request, None if sent is None else sent.credentials)

    async def _caller(self, request: Request, token: str | None) -> Caller:
        ring: KeyRing = request.app.state.service.keys
        caller = await ring.caller(request, token)
        if self.scope not in caller.scopes:
            raise Forbidden(f"This key lacks the scope {self.scope}: use one that has it.")
        if self.scope == "admin" and caller.community is not None:
            raise Forbidden("Administration concerns all communities: use a key without one.")
        return caller


class NeedsGoogleKey(Needs):
    """The same for what Google's clients speak: `?key=` and `X-Goog-Api-Key` do as well.

    A key in a query ends in the logs of proxies, though never in ours: no other route takes it.
    """

    async def __call__(
        self,
        request: Request,
        sent: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
    ) -> Caller:
        """Raises Unauthorised or Forbidden."""
        # Read here, because each dependency costs as much as all of this.
        bearer = None if sent is None else sent.credentials
        header = request.headers.get("x-goog-api-key")
        return await self._caller(request, bearer or header or request.query_params.get("key"))


class _Known(NamedTuple):
    """A key as the database last told it, and when; `ask_at` is when to ask again."""

    key: ApiKey
    told_at: float
    ask_at: float


class KeyRing:
    """Looks keys up, and remembers them for a moment."""

    def __init__(
        self, database: Database, writer: Writer, host: str, default: Allowance = USUAL
    ) -> None:
        """`host` is the address that the service is bound to; `default` what keys may have."""
        self._database = database
        self._writer = writer
        self._default = default
        self._loopback = is_loopback(host)
        self._known: dict[str, _Known] = {}
        self._away = False
        self._open_until: float | None = 0.0

    async def caller(self, request: Request, token: str | None) -> Caller:
        """Who sends this token, or none. Raises Unauthorised or Forbidden.

        As long as the service is open a token is as good as none: most clients cannot be made
        without one, and trying them out needs no set-up either.
        """
        if token is None or await self._is_open():
            return await self.local(request)
        return await self.holder(token)

    async def holder(self, token: str) -> Caller:
        """Who sends this token. Raises Unauthorised."""
        digest = api_keys.token_hash(token)
        known = self._known.get(digest)
        if known is None or time.monotonic() >= known.ask_at:
            known = await self._ask(token, digest, known)
        key = known.key
        if not api_keys.is_valid(key, utcnow()):
            raise Unauthorised("This key was revoked or has expired: make another one.")
        self._note_use(key)
        allowance = Allowance.of(key).over(self._default)
        return Caller(key.id, key.id, frozenset(key.scopes), key.community, allowance)

    async def local(self, request: Request) -> Caller:
        """Who sends none. Raises Unauthorised, or Forbidden for what a web page may have sent."""
        if not await self._is_open():
            raise Unauthorised(
                "Send a key as `Authorization: Bearer …`; `modsvc key add` makes one."
            )
        sent = (request.headers.get("host"), request.headers.get("origin"))
        if not all(value is None or is_loopback(_hostname(value)) for value in sent):
            raise Forbidden(
                "Without keys the service is open to this machine alone, under a loopback "
                "address: make a key with `modsvc key add`."
            )
        return Caller(LOCAL, "", frozenset(SCOPES), None, self._default)

    async def _is_open(self) -> bool:
        # Once there was a key the service stays closed, and nobody has to ask again.
        if not self._loopback or self._open_until is None:
            return False
        if time.monotonic() >= self._open_until:
            try:
                closed = await _soon(_SOON_S, self._any_exists)
            except StoreUnavailable:
                # Open so far: nobody can have made a key in a database that does not answer.
                if not self._open_until:
                    raise
                closed = False
            self._open_until = None if closed else time.monotonic() + REMEMBER_S
        return self._open_until is not None

    async def _ask(self, token: str, digest: str, known: _Known | None) -> _Known:
        """What the database says of a key, or what it last said while it says nothing."""
        if known is not None:
            # One asks; the others go on with what is known.
            self._known[digest] = known._replace(ask_at=time.monotonic() + REMEMBER_S)
        try:
            key = await _soon(_AWAY_S if self._away and known else _SOON_S, self._find, token)
            self._away = False
        except StoreUnavailable as error:
            self._away = True
            if known is None or time.monotonic() - known.told_at > TRUST_S:
                raise
            logger.warning("key_not_checked error=%s", type(error).__name__)
            return known
        if key is None:
            self._known.pop(digest, None)
            raise Unauthorised("This key is unknown: use one that `modsvc key list` shows.")
        now = time.monotonic()
        self._known[digest] = _Known(key, now, now + REMEMBER_S)
        return self._known[digest]

    def _find(self, token: str) -> ApiKey | None:
        with self._database.reading() as session:
            return api_keys.find(session, token)

    def _any_exists(self) -> bool:
        with self._database.reading() as session:
            return api_keys.any_exists(session)

    def _note_use(self, key: ApiKey) -> None:
        now = utcnow()
        if key.last_used_at is not None and now - key.last_used_at < _NOTE_USE_EVERY:
            return
        key.last_used_at, name = now, key.id
        try:
            self._writer.submit(lambda session: api_keys.touch(session, name, now))
        except ModsvcError as error:
            # Nobody's request fails because a use could not be noted.
            logger.warning("key_use_not_noted error=%s", type(error).__name__)


async def _soon(seconds: float, look: Callable[P, T], *given: P.args, **named: P.kwargs) -> T:
    """What a look into the database finds. Raises StoreUnavailable, also when it takes too long."""
    try:
        return await asyncio.wait_for(asyncio.to_thread(look, *given, **named), seconds)
    except TimeoutError as error:
        raise StoreUnavailable(
            "The database takes too long: check that it runs and is not overloaded, then try again."
        ) from error


def _hostname(value: str) -> str:
    """The host of a `Host` or `Origin` header; empty where there is none."""
    try:
        return urlsplit(value if "//" in value else f"//{value}").hostname or ""
    except ValueError:
        return ""


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine's own."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"
