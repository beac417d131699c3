"""An OpenID provider: sending people there, and checking what they come back with.

In: settings, and requests of people on their way. Out: redirects to the provider, and the claims of
an ID token that was checked: signature by the provider's keys and an algorithm of `ALGORITHMS`,
issuer, audience, times, nonce. Code flow with PKCE and state, by Authlib, which keeps what it has
to remember in `request.session`. Whose account it is, is left to `modsvc.review.identities`. This
needs `modsvc[oidc]`, and is imported only where a provider is set.
"""

import logging
import re
from collections.abc import Mapping
from typing import Any, Final, Literal
from urllib.parse import urlsplit

import httpx2
import structlog
from authlib.integrations.base_client import OAuthError
from authlib.integrations.base_client.errors import MismatchingStateError
from authlib.integrations.starlette_client import OAuth
from joserfc.errors import ClaimError, JoseError
from starlette.requests import Request
from starlette.responses import Response

from modsvc.desk.guard import PREFIX
from modsvc.errors import SignInRefused
from modsvc.review.identities import is_subject
from modsvc.settings import Settings

#: Signatures that only the provider can make: neither "none" nor those by our own secret.
ALGORITHMS: Final = (
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512", "EdDSA", "Ed25519"),
)

#: Seconds by which the two clocks may differ.
LEEWAY: Final = 60

_TIMEOUT_S: Final = 10.0

#: The two ways to show the client's secret; the first is everybody's unless it is ruled out.
_BASIC: Final = "client_secret_basic"
_POST: Final = "client_secret_post"

#: Errors as providers name them; others are not logged, for anybody can put them into a link.
_PLAIN: Final = re.compile(r"[a-z_]{1,40}")

_Trouble = Literal["down", "state", "denied", "token"]

log = structlog.get_logger("modsvc.desk")


class ProviderRefused(SignInRefused):
    """Nobody is known to be who they say; `reason` says what went wrong."""

    def __init__(self, reason: _Trouble, check: str) -> None:
        super().__init__(f"The sign-in by the provider failed: {reason}, {check}.")
        self.reason: Final = reason
        # Of a kind that people can be told apart by in a log, never what the provider wrote.
        log.warning("oidc_failed", reason=reason, check=check)


class Provider:
    """The one provider of a deployment."""

    def __init__(self, settings: Settings) -> None:
        """The settings must name a provider in full, as `Settings` sees to."""
        secret = settings.oidc_client_secret
        self.issuer: Final = settings.oidc_issuer or ""
        self.host: Final = urlsplit(self.issuer).netloc
        self._desk: Final = f"{settings.public_url}{PREFIX}"
        self._extra: Final = {settings.oidc_name_claim, settings.oidc_role_claim} - {None}
        for name in ("authlib", "httpx2", "httpcore2"):
            # They write verifiers and addresses at their lower levels.
            logging.getLogger(name).setLevel(logging.WARNING)
        self._client: Any = OAuth().register(
            "desk",
            client_id=settings.oidc_client_id,
            client_secret="" if secret is None else secret.get_secret_value(),
            server_metadata_url=f"{self.issuer.rstrip('/')}/.well-known/openid-configuration",
            client_kwargs={
                "scope": f"openid {settings.oidc_scope}".strip(),
                "code_challenge_method": "S256",
                "timeout": _TIMEOUT_S,
            },
        )

    async def send(self, request: Request) -> Response:
        """The way to the provider. Raises ProviderRefused."""
        await self._metadata()
        back = f"{self._desk}/oidc/callback"
        answer: Response = await self._client.authorize_redirect(request, back)
        return answer

    async def claims(self, request: Request) -> Mapping[str, Any]:
        """What the provider says of who comes back from it. Raises ProviderRefused."""
        metadata = await self._metadata()
        self._check_sender(request, metadata)
        try:
            token = await self._client.authorize_access_token(
                request,
                claims_options={
                    "iss": {"essential": True, "value": self.issuer},
                    "aud": {"essential": True, "value": self._client.client_id},
                },
                leeway=LEEWAY,
            )
            told = dict(token.get("userinfo") or {})
            if not is_subject(told.get("sub")):
                raise ProviderRefused("token", "sub")
            return await self._completed(told, token, metadata)
        except MismatchingStateError as error:
            raise ProviderRefused("state", "state") from error
        except OAuthError as error:
            check = error.error if _PLAIN.fullmatch(str(error.error)) else "error"
            denied = "error" in request.query_params
            raise ProviderRefused("denied" if denied else "token", check) from error
        except ClaimError as error:
            raise ProviderRefused("token", error.claim) from error
        except httpx2.HTTPError as error:
            raise ProviderRefused("down", type(error).__name__) from error
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise ProviderRefused("token", type(error).__name__) from error

    async def farewell(self) -> str | None:
        """Where people end their sign-in at the provider itself; None where it has no such page.

        Raises ProviderRefused.
        """
        metadata = await self._metadata()
        if "end_session_endpoint" not in metadata:
            return None
        made = await self._client.create_logout_url(
            post_logout_redirect_uri=f"{self._desk}/sign-in", client_id=self._client.client_id
        )
        return str(made["url"])

    async def _metadata(self) -> dict[str, Any]:
        """What the provider says of itself; asked once, and again as long as it cannot be had."""
        try:
            metadata: dict[str, Any] = await self._client.load_server_metadata()
        except (httpx2.HTTPError, ValueError, TypeError) as error:
            raise ProviderRefused("down", type(error).__name__) from error
        if metadata.get("issuer") != self.issuer:
            self._client.server_metadata.clear()
            raise ProviderRefused("token", "issuer")
        named = metadata.get("id_token_signing_alg_values_supported", ["RS256"])
        # Authlib takes what stands here.
        metadata["id_token_signing_alg_values_supported"] = [
            name for name in named if name in ALGORITHMS
        ] or ["RS256"]
        spoken = metadata.get("token_endpoint_auth_methods_supported", [_BASIC])
        if _BASIC not in spoken and _POST in spoken:
            self._client.client_kwargs["token_endpoint_auth_method"] = _POST
        return metadata

    def _check_sender(self, request: Request, metadata: Mapping[str, Any]) -> None:
        """Raise ProviderRefused when another provider sent the person back (RFC 9207)."""
        sender = request.query_params.get("iss")
        must = metadata.get("authorization_response_iss_parameter_supported") is True
        if sender != self.issuer and (must or sender is not None):
            raise ProviderRefused("token", "iss")

    async def _completed(
        self, told: dict[str, Any], token: Any, metadata: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        """The claims, with those that the ID token lacks from the user info, if it has any."""
        if self._extra <= told.keys() or "userinfo_endpoint" not in metadata:
            return told
        more = dict(await self._client.userinfo(token=token))
        if more.get("sub") != told["sub"]:
            raise ProviderRefused("token", "userinfo sub")
        return {**more, **told}
