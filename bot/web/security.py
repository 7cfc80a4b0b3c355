"""Headers, cookies and the origin of a request."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: Nothing but this host's own files; no script or style inside a page; no page inside another's.
CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
#: For what patients have sent: even if a browser shows it, it runs nothing and reaches nobody.
DOWNLOAD_POLICY = "sandbox; default-src 'none'; frame-ancestors 'none'"

_MAX_FORM_BYTES = 64 * 1024

_HEADERS = {
    "content-security-policy": CONTENT_POLICY,
    "x-content-type-options": "nosniff",
    # Tells other sites nothing. `no-referrer` would also make browsers send `Origin: null` with our
    # own forms: https://fetch.spec.whatwg.org/#append-a-request-origin-header
    "referrer-policy": "same-origin",
    "x-frame-options": "DENY",
    "x-robots-tag": "noindex, nofollow",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": ", ".join(
        f"{feature}=()"
        for feature in (
            *("accelerometer", "autoplay", "browsing-topics", "camera"),
            *("display-capture", "geolocation", "gyroscope", "hid", "magnetometer", "microphone"),
            *("midi", "payment", "serial", "usb", "xr-spatial-tracking"),
        )
    ),
    "cache-control": "no-store",
}
#: Of this host alone: what else is under its name is the operator's. https://www.rfc-editor.org/rfc/rfc6797
_ONLY_HTTPS = "max-age=31536000"


def header_set(public_url: str) -> dict[str, str]:
    """What each response says that hasn't said it for itself."""
    https = public_url.startswith("https:")
    return _HEADERS | ({"strict-transport-security": _ONLY_HTTPS} if https else {})


class SecurityHeaders:
    """Middleware that sets the headers which a response hasn't set for itself."""

    def __init__(self, app: ASGIApp, public_url: str = "") -> None:
        """Wrap an application that is reached by this address."""
        self.app = app
        self._headers = header_set(public_url)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and add to the start of the response."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, with_headers)


def set_cookie(
    response: Response, name: str, value: str, *, path: str, seconds: int, secure: bool
) -> None:
    """Set a cookie that scripts cannot read and that other sites' requests do not carry."""
    response.set_cookie(
        name, value, max_age=seconds, path=path, httponly=True, samesite="lax", secure=secure
    )


def is_small(request: Request) -> bool:
    """Whether the body is a short form, which may be read into memory."""
    length = request.headers.get("content-length", "")
    return length.isascii() and length.isdigit() and int(length) <= _MAX_FORM_BYTES


def same_origin(request: Request, public_url: str, *, strict: bool = False) -> bool:
    """Whether a form or script of this site sent the request.

    `Sec-Fetch-Site` only comes over https and from localhost, so `Origin` is the other way to know.
    With neither (an old browser, or no browser) it is refused only when `strict`; the cookies'
    SameSite guards what is left.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = request.headers.get("origin")
    if origin is None:
        return not strict
    ours = {request.headers.get("host", ""), urlsplit(public_url).netloc}
    return urlsplit(origin).netloc in ours - {""}
