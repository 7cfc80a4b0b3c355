"""Outward: how the program asks somebody else's server, so that no answer can do harm.

Whoever is asked may lie: lead on to a machine inside the operator's network, answer for ever, drip a byte a
minute, send more than it said. So nothing here follows a redirect, each answer has a limit in bytes and one
in seconds for the whole of it, and an address that came from outside (not from the operator's settings) is
only asked where it is on the public internet. That is looked up once, and what was looked up is what is
connected to: a name that leads elsewhere a moment later leads nowhere.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import time
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any, Final, TypeAlias

import httpx

Resolve: TypeAlias = Callable[[str, int], Awaitable[list[str]]]

#: An IPv4 address as a machine without any sees it: its last four bytes are that.
#: https://www.rfc-editor.org/rfc/rfc6052
_OF_IPV4: Final = ipaddress.IPv6Network("64:ff9b::/96")
#: Addresses that stand for other ones: what is behind them can't be told by looking.
#: https://www.rfc-editor.org/rfc/rfc8215, https://www.rfc-editor.org/rfc/rfc3056
_STANDS_FOR_OTHERS: Final = tuple(
    ipaddress.ip_network(net) for net in ("64:ff9b:1::/48", "2002::/16")
)
#: Of an answer that is read here into memory already, these describe what it was on its way.
_OF_THE_WAY: Final = ("content-encoding", "content-length", "transfer-encoding")


class TooLarge(httpx.HTTPError):
    """The answer is longer than any honest one."""


class NotPublic(httpx.ConnectError):
    """The address leads into a private network, or to this machine."""


def is_public(address: str) -> bool:
    """Whether an IP address is on the public internet."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            ip = ip.ipv4_mapped
        elif ip in _OF_IPV4:
            ip = ipaddress.IPv4Address(ip.packed[-4:])
        elif any(ip in net for net in _STANDS_FOR_OTHERS):
            return False
    return ip.is_global and not ip.is_multicast


async def _looked_up(host: str, port: int) -> list[str]:
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise httpx.ConnectError(type(error).__name__) from None
    return [str(where[0]) for *_, where in found]


class PublicOnly(httpx.AsyncBaseTransport):
    """Connects to public addresses alone.

    It goes through no proxy: with one, the proxy would look the name up, and decide.
    """

    def __init__(
        self, inner: httpx.AsyncBaseTransport | None = None, resolve: Resolve = _looked_up
    ) -> None:
        """`inner` carries what is asked, `resolve` looks names up."""
        self._inner = inner or httpx.AsyncHTTPTransport()
        self._resolve = resolve

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Ask, at the address that was looked at. Raises NotPublic."""
        url = request.url
        port = url.port or (443 if url.scheme == "https" else 80)
        addresses = await self._resolve(url.host, port)
        if not addresses or not all(is_public(one) for one in addresses):
            raise NotPublic("not a public address", request=request)
        request.headers.setdefault("host", url.netloc.decode("ascii"))
        fixed = httpx.Request(
            request.method,
            url.copy_with(host=addresses[0]),
            headers=request.headers,
            stream=request.stream,
            # The certificate must be that of the name, not of the number.
            extensions={**request.extensions, "sni_hostname": url.host},
        )
        return await self._inner.handle_async_request(fixed)

    async def aclose(self) -> None:
        """Close every connection."""
        await self._inner.aclose()


def public_client(**how: Any) -> httpx.AsyncClient:
    """A client for addresses that came from outside.

    Where the operator has set a proxy for what leaves the house, that is the gate, and is asked.
    """
    if {"http", "https", "all"} & urllib.request.getproxies().keys():
        return httpx.AsyncClient(follow_redirects=False, **how)
    return httpx.AsyncClient(follow_redirects=False, transport=PublicOnly(), **how)


async def answer_of(
    http: httpx.AsyncClient,
    method: str,
    url: str,
    *,
    most: int,
    seconds: float,
    auth: httpx.Auth | tuple[str, str] | None = None,
    **body: Any,
) -> httpx.Response:
    """One request and its whole answer: of `most` bytes, within `seconds`, from where it was asked.

    Raises httpx.HTTPError: TooLarge, ReadTimeout, and what httpx raises; and httpx.InvalidURL.
    """
    request = http.build_request(method, url, **body)
    try:
        async with asyncio.timeout(seconds):
            got = await http.send(
                request, stream=True, follow_redirects=False, **({"auth": auth} if auth else {})
            )
            try:
                content = await _whole(got, most)
            finally:
                await got.aclose()
    except TimeoutError:
        raise httpx.ReadTimeout("the answer took too long", request=request) from None
    headers = [pair for pair in got.headers.multi_items() if pair[0] not in _OF_THE_WAY]
    return httpx.Response(got.status_code, headers=headers, content=content, request=request)


async def _whole(got: httpx.Response, most: int) -> bytes:
    content = bytearray()
    async for piece in got.aiter_bytes():
        content += piece
        if len(content) > most:
            raise TooLarge("the answer is too long")
    return bytes(content)


async def in_time(pieces: AsyncIterator[bytes], seconds: float) -> AsyncIterator[bytes]:
    """The pieces of a file, which has to be there whole in so many seconds. Raises httpx.ReadTimeout.

    Each read has a limit of its own; this is for who sends a byte, and then another: a piece is made of
    many reads.
    """
    end, ended = time.monotonic() + seconds, False
    while not ended:
        try:
            async with asyncio.timeout(end - time.monotonic()):
                piece = await anext(pieces, b"")
        except TimeoutError:
            raise httpx.ReadTimeout("the file took too long") from None
        ended = not piece
        if piece:
            yield piece


def json_of(answer: httpx.Response) -> Any:
    """What an answer holds, however deep. Raises ValueError, which quotes nothing of it."""
    try:
        return answer.json()
    except (ValueError, RecursionError):
        raise ValueError("not JSON") from None


def json_object(answer: httpx.Response) -> Mapping[str, Any]:
    """The object in an answer. Raises ValueError."""
    found = json_of(answer)
    if not isinstance(found, dict):
        raise ValueError("no object")
    return found
