"""A double of an OpenID Connect provider, over HTTP on this machine: code flow with PKCE, RS256.

It signs with `cryptography` and packs the token by hand, so that no library stands on both sides. It
holds the client to the protocol: what it is sent wrongly, it refuses as a real provider does.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlencode

from aiohttp import web
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

CLIENT, SECRET = "desk client", "s3cret/with+signs"


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _number(value: int) -> str:
    return _b64(value.to_bytes((value.bit_length() + 7) // 8, "big"))


@dataclass
class ProviderDouble:
    """Who is at the provider just now (`claims`), and what is wrong with the next tokens (`faults`)."""

    url: str = ""
    claims: dict[str, Any] = field(default_factory=dict)
    faults: dict[str, Any] = field(default_factory=dict)
    algorithm: str = "RS256"
    calls_itself: str = ""
    refuses: bool = False
    #: Where it says that it is asked behind the browser's back; "" for where it is.
    behind: str = ""
    asked: dict[str, dict[str, str]] = field(default_factory=dict)
    tokens: int = 0
    key: rsa.RSAPrivateKey = field(
        default_factory=lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048)
    )
    signs_with: rsa.RSAPrivateKey | None = None

    async def about(self, _request: web.Request) -> web.Response:
        return web.json_response(
            {
                "issuer": self.calls_itself or self.url,
                "authorization_endpoint": f"{self.url}/authorize?tenant=1",
                "token_endpoint": f"{self.behind or self.url}/token",
                "jwks_uri": f"{self.behind or self.url}/keys",
            }
        )

    async def keys(self, _request: web.Request) -> web.Response:
        public = self.key.public_key().public_numbers()
        key = {
            "kty": "RSA", "kid": "k1", "use": "sig", "alg": "RS256",
            "n": _number(public.n), "e": _number(public.e),
        }  # fmt: skip
        return web.json_response({"keys": [key]})

    async def authorize(self, request: web.Request) -> web.Response:
        """Whoever comes is signed in at once, and sent back."""
        asked = dict(request.query)
        assert asked["tenant"] == "1"
        assert asked["response_type"] == "code"
        assert asked["client_id"] == CLIENT
        assert "openid" in asked["scope"].split()
        assert asked["code_challenge_method"] == "S256"
        back = {"state": asked["state"]}
        if self.refuses:
            back["error"] = "access_denied"
        else:
            code = secrets.token_urlsafe(16)
            self.asked[code] = asked
            back["code"] = code
        raise web.HTTPFound(f"{asked['redirect_uri']}?{urlencode(back)}")

    async def token(self, request: web.Request) -> web.Response:
        form = await request.post()
        asked = self.asked.pop(str(form["code"]), None)
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        client, _, secret = base64.b64decode(given).decode().partition(":")
        known = scheme == "Basic" and (unquote(client), unquote(secret)) == (CLIENT, SECRET)
        if not known:
            return web.json_response({"error": "invalid_client"}, status=401)
        challenge = _b64(hashlib.sha256(str(form["code_verifier"]).encode()).digest())
        if (
            asked is None
            or form["redirect_uri"] != asked["redirect_uri"]
            or challenge != asked["code_challenge"]
        ):
            return web.json_response({"error": "invalid_grant"}, status=400)
        self.tokens += 1
        return web.json_response(
            {"access_token": "a", "token_type": "Bearer", "id_token": self.id_token(asked["nonce"])}
        )

    def id_token(self, nonce: str) -> str:
        now = int(time.time())
        claims = {
            "iss": self.url, "aud": CLIENT, "sub": "subject-1", "nonce": nonce,
            "iat": now, "exp": now + 300, **self.claims, **self.faults,
        }  # fmt: skip
        claims = {name: value for name, value in claims.items() if value is not None}
        header = {"alg": self.algorithm, "kid": "k1", "typ": "JWT"}
        signed = ".".join(_b64(json.dumps(part).encode()) for part in (header, claims))
        if self.algorithm == "none":
            return f"{signed}."
        key = self.signs_with or self.key
        return f"{signed}.{_b64(key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256()))}"


@asynccontextmanager
async def provider_double() -> AsyncIterator[ProviderDouble]:
    """The provider, answering on this machine."""
    double = ProviderDouble()
    app = web.Application()
    app.router.add_get("/.well-known/openid-configuration", double.about)
    app.router.add_get("/keys", double.keys)
    app.router.add_get("/authorize", double.authorize)
    app.router.add_post("/token", double.token)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    double.url = f"http://127.0.0.1:{port}"
    yield double
    await runner.cleanup()
