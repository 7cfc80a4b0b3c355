"""Signing in by an organisation's own provider: OpenID Connect, code flow with PKCE, by Authlib.

Who the provider vouches for must be a coordinator here already: known by the provider's own id of
them, or the first time by an e-mail address that the provider has verified.
https://openid.net/specs/openid-connect-core-1_0.html
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, cast
from urllib.parse import quote, urlsplit

import httpx
import structlog
from authlib.common.errors import AuthlibBaseError
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, KeySetSerialization
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot.outward import NotPublic, answer_of, json_object, public_client
from bot.settings import Settings
from bot.store import audit, coordinators, desk_sessions
from bot.store.codec import seconds
from bot.tokens import new_token
from bot.web.entering import Entering, cookie
from bot.web.shell import Shell

_log = structlog.get_logger(__name__)

#: Binds the way back to the browser that went: nobody is to be signed in as somebody else.
STATE_COOKIE: Final = "desk_state"
_LASTS: Final = timedelta(minutes=10)
_TIMEOUT: Final = 10.0
#: Bytes. The keys of the largest providers have some ten thousand.
_MOST: Final = 1 << 20
_SCOPE: Final = "openid email profile"
#: Clocks of two machines are seldom the same.
_LEEWAY: Final = 60
#: Signed by a key of the provider's; never `none`, and never by the client's secret.
_ALGORITHMS: Final = ["RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA"]


class ProviderFailed(Exception):
    """The provider can't be used or said something that doesn't hold; the message is for the log."""


class ProviderIsHidden(ProviderFailed):
    """The provider names an address in a private network that is not at the host of OIDC_ISSUER."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What the provider vouches for. `verified_email` is "" where it has verified none."""

    issuer: str
    subject: str
    verified_email: str


class Provider:
    """One provider, asked over https."""

    def __init__(self, settings: Settings) -> None:
        """Take what the operator has set."""
        self._issuer = settings.oidc_issuer
        self._client_id = settings.oidc_client_id
        self._secret = settings.oidc_client_secret.get_secret_value()
        self._back = f"{settings.base_url}/desk/sign-in/oidc/back"

    async def address(self, state: str, nonce: str, verifier: str) -> str:
        """Where a browser is sent. Raises ProviderFailed."""
        about = await self._about()
        address = prepare_grant_uri(
            _endpoint(about, "authorization_endpoint"),
            self._client_id,
            "code",
            redirect_uri=self._back,
            scope=_SCOPE,
            state=state,
            nonce=nonce,
            code_challenge=create_s256_code_challenge(verifier),
            code_challenge_method="S256",
        )
        return str(address)

    async def look(self) -> None:
        """Ask what every sign-in asks, with nobody who signs in. Raises ProviderFailed."""
        about = await self._about()
        _endpoint(about, "authorization_endpoint")
        keys = await _json(_endpoint(about, "jwks_uri"), issuer=self._issuer)
        if not keys.get("keys"):
            raise ProviderFailed("the provider has no keys")
        # Without a code it refuses, and how it does so says nothing: it is there.
        await _asked(_endpoint(about, "token_endpoint"), "GET", issuer=self._issuer)

    async def claims(self, code: str, nonce: str, verifier: str, now: float) -> Claims:
        """What the provider says of who came back with this code. Raises ProviderFailed."""
        about = await self._about()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._back,
            "code_verifier": verifier,
        }
        # RFC 6749, section 2.3.1: both are encoded before they become a user and a password.
        client = httpx.BasicAuth(quote(self._client_id, safe=""), quote(self._secret, safe=""))
        issuer = self._issuer
        token = await _json(
            _endpoint(about, "token_endpoint"), issuer=issuer, form=form, auth=client
        )
        keys = await _json(_endpoint(about, "jwks_uri"), issuer=issuer)
        return self._checked(token, keys, nonce, now)

    def _checked(
        self, token: dict[str, Any], keys: dict[str, Any], nonce: str, now: float
    ) -> Claims:
        """The claims of an id token: signed by the provider, for us, for this sign-in, and of now."""
        try:
            signed = jwt.decode(
                str(token.get("id_token", "")),
                KeySet.import_key_set(cast(KeySetSerialization, keys)),
                _ALGORITHMS,
            )
            claims = CodeIDToken(
                signed.claims,
                signed.header,
                options={
                    "iss": {"essential": True, "value": self._issuer},
                    "aud": {"essential": True, "value": self._client_id},
                    "sub": {"essential": True},
                },
                params={
                    "nonce": nonce,
                    "client_id": self._client_id,
                    "access_token": token.get("access_token"),
                },
            )
            claims.validate(now=int(now), leeway=_LEEWAY)
        except (JoseError, AuthlibBaseError, ValueError, KeyError) as error:
            raise ProviderFailed(f"the id token does not hold: {error}") from None
        verified = claims.get("email_verified") is True
        return Claims(
            issuer=self._issuer,
            subject=str(claims["sub"]),
            verified_email=str(claims.get("email", "")) if verified else "",
        )

    async def _about(self) -> dict[str, Any]:
        """What the provider says of itself. A provider that calls itself otherwise is another one."""
        address = f"{self._issuer.rstrip('/')}/.well-known/openid-configuration"
        about = await _json(address, issuer=self._issuer)
        if about.get("issuer") != self._issuer:
            raise ProviderFailed(f"OIDC_ISSUER is {self._issuer}, the provider says another name")
        return about


def _endpoint(about: dict[str, Any], name: str) -> str:
    found = about.get(name)
    if not isinstance(found, str):
        raise ProviderFailed(f"the provider names no {name}")
    return found


async def _json(
    address: str,
    *,
    issuer: str,
    form: dict[str, str] | None = None,
    auth: httpx.BasicAuth | None = None,
) -> dict[str, Any]:
    """What an address of the provider answers, to a form where there is one."""
    method, body = ("GET", {}) if form is None else ("POST", {"data": form})
    answer = await _asked(address, method, issuer=issuer, auth=auth, **body)
    try:
        return dict(json_object(answer.raise_for_status()))
    except (httpx.HTTPError, ValueError) as error:
        raise ProviderFailed(f"{address} could not be asked: {_why(error)}") from None


async def _asked(
    address: str,
    method: str,
    *,
    issuer: str,
    auth: httpx.BasicAuth | None = None,
    **body: dict[str, str],
) -> httpx.Response:
    """An answer of the provider.

    The issuer's own host is the operator's setting. Another one was named by whoever answered there, so
    it is only asked over https and on the public internet.
    """
    try:
        async with _client_for(address, issuer) as client:
            return await answer_of(
                client, method, address, most=_MOST, seconds=_TIMEOUT, auth=auth, **body
            )
    except NotPublic:
        raise ProviderIsHidden(
            f"{address} is not asked: it is in a private network, and not at the host of OIDC_ISSUER"
        ) from None
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise ProviderFailed(f"{address} could not be asked: {_why(error)}") from None


def _client_for(address: str, issuer: str) -> httpx.AsyncClient:
    there, here = urlsplit(address), urlsplit(issuer)
    if (there.scheme, there.netloc) == (here.scheme, here.netloc):
        return httpx.AsyncClient(timeout=_TIMEOUT)
    if there.scheme != "https":
        raise ProviderFailed("the provider names an address that is not https")
    return public_client(timeout=_TIMEOUT)


def _why(error: Exception) -> str:
    if isinstance(error, httpx.HTTPStatusError):
        return f"it answered {error.response.status_code}"
    return type(error).__name__


class SignInOidc:
    """The routes to the provider and back, for where OIDC_ISSUER is set."""

    def __init__(self, shell: Shell, entering: Entering) -> None:
        """Take the program, and what lets people in."""
        self._shell = shell
        self._entering = entering
        self._provider = Provider(shell.settings)

    def routes(self) -> list[Route]:
        """Both; they are open to everybody."""
        return [
            Route("/desk/sign-in/oidc", self.go, methods=["GET"]),
            Route("/desk/sign-in/oidc/back", self.back, methods=["GET"]),
        ]

    async def go(self, request: Request) -> Response:
        """Send the browser to the provider."""
        state, nonce, verifier = new_token(), new_token(), new_token()
        try:
            address = await self._provider.address(state, nonce, verifier)
        except ProviderFailed as error:
            return self._failed(error)
        now = seconds(self._shell.clock())
        await self._shell.db.write(
            lambda tx: desk_sessions.add_login(
                tx, state, nonce=nonce, verifier=verifier, now=now, lasts=_LASTS
            )
        )
        response = RedirectResponse(address, 303)
        lasts = int(_LASTS.total_seconds())
        cookie(response, self._shell, STATE_COOKIE, state, seconds=lasts)
        return response

    async def back(self, request: Request) -> Response:
        """Let in whom the provider vouches for."""
        state = request.query_params.get("state", "")
        mine = request.cookies.get(STATE_COOKIE, "")
        if not state or not hmac.compare_digest(state.encode(), mine.encode()):
            return self._failed(ProviderFailed("another browser came back than was sent"))
        now = seconds(self._shell.clock())
        login = await self._shell.db.write(lambda tx: desk_sessions.use_login(tx, state, now))
        if login is None:
            return self._failed(ProviderFailed("who came back was not sent, or came twice"))
        if "code" not in request.query_params:
            why = request.query_params.get("error", "")[:40]
            return self._failed(ProviderFailed(f"the provider said no: {why!r}"))
        nonce, verifier = login
        try:
            found = await self._provider.claims(request.query_params["code"], nonce, verifier, now)
        except ProviderFailed as error:
            return self._failed(error)
        person = await self._shell.db.write(
            lambda tx: coordinators.by_claims(
                tx,
                issuer=found.issuer,
                subject=found.subject,
                verified_email=found.verified_email,
            )
        )
        if person is None or not person.roles:
            _log.warning("desk_oidc_unknown", verified_email=bool(found.verified_email))
            await audit.note(
                self._shell.db, case_id="", at=now, actor="system", action="sign_in.unknown"
            )
            return self._entering.page("unknown", status=403)
        response = await self._entering.let_in(request, person.id, person.name, "oidc")
        response.delete_cookie(STATE_COOKIE, path="/desk")
        return response

    def _failed(self, error: ProviderFailed) -> Response:
        _log.warning("desk_oidc_failed", why=str(error))
        return self._entering.page("provider", status=502)
