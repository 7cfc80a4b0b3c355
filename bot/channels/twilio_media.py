"""Files at Twilio: fetched with the account's credentials, which go to Twilio's own host only.

Twilio answers with a link to where the file lies, good for some hours. Whoever could choose that
link, or the first address, could make this program call a machine inside the operator's network or
show the token to a stranger: so the first address is made here, and a link leads to Twilio's hosts
or nowhere. https://www.twilio.com/docs/messaging/api/media-resource
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from email.message import Message
from urllib.parse import unquote, urljoin, urlsplit

import httpx

from bot.channels.base import Rejected, Retry
from bot.outward import in_time, public_client

#: WhatsApp's own limit for a document, in bytes; Twilio promises 16 MB.
#: https://developers.facebook.com/docs/whatsapp/cloud-api/reference/media#supported-media-types
LARGEST = 100 * 1024 * 1024

_API = "api.twilio.com"

# Where Twilio keeps files; in front of S3 it names its bucket in the path.
_HOSTS = (".twilio.com", ".twiliocdn.com")
_S3, _BUCKET = ".amazonaws.com", "/media.twiliocdn.com/"

_HOPS = 4
# In which a whole file has to be here: 100 MB at 30 kB a second.
_SECONDS = 3600.0
# What is stored must be what was sent, byte for byte.
_AS_IT_IS = {"Accept-Encoding": "identity"}
_PIECE = 256 * 1024
_LONGEST_NAME = 150


class TwilioMedia:
    """Fetches the files of one account."""

    def __init__(self, api_url: str, auth: tuple[str, str], *, timeout: float) -> None:
        """`timeout` is in seconds, for each piece; a large file may take its time."""
        self._api = urlsplit(api_url)
        self._auth = httpx.BasicAuth(*auth)
        self._client = httpx.AsyncClient(
            timeout=timeout,
            follow_redirects=False,
            headers=_AS_IT_IS,
        )
        # An address that Twilio leads to comes from outside. A stand-in for Twilio is on this machine.
        ours = self._api.hostname != _API
        self._elsewhere = (
            self._client if ours else public_client(timeout=timeout, headers=_AS_IT_IS)
        )

    def download(self, url: str) -> Download:
        """The file at an address of the API's own."""
        return Download(self, url)

    async def aclose(self) -> None:
        """Close every connection."""
        await self._client.aclose()
        await self._elsewhere.aclose()

    async def opened(self, url: str) -> httpx.Response:
        """The answer that holds the file, after the links that lead to it; to be closed.

        Raises Retry, and Rejected `gone` or `elsewhere`.
        """
        for hop in range(_HOPS):
            self._check(url, first=hop == 0)
            own = self._is_api(url)
            client = self._client if own else self._elsewhere
            asked = client.build_request("GET", url)
            # To everybody but the API the link itself is the permission.
            answer = await client.send(asked, auth=self._auth if own else None, stream=True)
            if not answer.has_redirect_location:
                return answer
            url = urljoin(url, answer.headers["location"])
            await answer.aclose()
        raise Rejected("elsewhere")

    def _is_api(self, url: str) -> bool:
        at = urlsplit(url)
        return (at.scheme, at.netloc) == (self._api.scheme, self._api.netloc)

    def _check(self, url: str, *, first: bool) -> None:
        """Raise Rejected for an address at which Twilio has no files."""
        if self._is_api(url):
            return
        at, host = urlsplit(url), (urlsplit(url).hostname or "").lower()
        if self._api.hostname == _API:
            in_bucket = host.endswith(_S3) and at.path.startswith(_BUCKET)
            https = at.scheme == "https" and at.netloc == host
            known = https and (host.endswith(_HOSTS) or in_bucket)
        else:
            # A stand-in for Twilio has its files on its own machine.
            known = host == self._api.hostname
        if first or not known:
            raise Rejected("elsewhere")


class Download:
    """The bytes of one file, in pieces; its `name` is known from the first piece on."""

    def __init__(self, media: TwilioMedia, url: str) -> None:
        """Nothing is asked for yet."""
        self.name = ""
        self._media = media
        self._pieces = self._read(url)

    def __aiter__(self) -> AsyncIterator[bytes]:
        """Read it once."""
        return self._pieces

    async def __anext__(self) -> bytes:
        """The next piece. Raises Retry, and Rejected `gone`, `too_large` or `elsewhere`."""
        return await anext(self._pieces)

    async def _read(self, url: str) -> AsyncIterator[bytes]:
        received = 0
        try:
            answer = await self._media.opened(url)
            try:
                _look(answer)
                self.name = file_name(answer.headers.get("content-disposition", ""))
                async for piece in in_time(answer.aiter_raw(_PIECE), _SECONDS):
                    received += len(piece)
                    if received > LARGEST:
                        raise Rejected("too_large")
                    yield piece
            finally:
                await answer.aclose()
        except httpx.HTTPError as error:
            raise Retry(type(error).__name__) from None


def _look(answer: httpx.Response) -> None:
    status = answer.status_code
    if status in (404, 410):
        raise Rejected("gone")
    if status in (401, 403):
        raise Retry("check TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN", after=60.0)
    if not answer.is_success:
        raise Retry(f"the file server answered {status}")
    length = answer.headers.get("content-length", "")
    if length.isascii() and length.isdigit() and int(length) > LARGEST:
        raise Rejected("too_large")


def file_name(disposition: str) -> str:
    """The file's name in a Content-Disposition, without folders; "" where it has none.

    https://www.rfc-editor.org/rfc/rfc6266
    """
    header = Message()
    header["content-disposition"] = " ".join(disposition.split())
    found = header.get_filename("")
    name = unquote(found) if "%" in found else found
    name = name.replace("\\", "/").rpartition("/")[2]
    return "".join(sign for sign in name if sign.isprintable()).strip()[-_LONGEST_NAME:]
