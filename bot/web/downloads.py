"""Downloads: a stored file on its way to a coordinator, to be saved and never to be shown.

A browser may ask for the rest of one that broke off (RFC 9110, 14): a package has gigabytes.
"""

from __future__ import annotations

import re
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from bot.store.blobs import Blobs
from bot.web.security import DOWNLOAD_POLICY

_REST = re.compile(r"bytes=(\d{1,18})-")


async def download(
    blobs: Blobs, blob_id: str, name: str, media_type: str, request: Request
) -> Response:
    """The blob under this name, from where the request asks for it. Raises FileNotFoundError."""
    size = await blobs.size(blob_id)
    headers = {
        **download_headers(name),
        "accept-ranges": "bytes",
        # A blob never changes, and its id is nobody's name.
        "etag": f'"{blob_id}"',
    }
    start = _start(request, headers["etag"])
    if start >= size and start:
        return Response(status_code=416, headers={"content-range": f"bytes */{size}"})
    headers["content-length"] = str(size - start)
    if start:
        headers["content-range"] = f"bytes {start}-{size - 1}/{size}"
    body = blobs.open(blob_id, start)
    return StreamingResponse(body, 206 if start else 200, headers=headers, media_type=media_type)


def download_headers(name: str) -> dict[str, str]:
    """What tells a browser to save what it gets under this name, and not to show it."""
    return {
        "content-security-policy": DOWNLOAD_POLICY,
        "content-disposition": f"attachment; {_named(name)}",
    }


def _named(name: str) -> str:
    """RFC 6266, 4: a plain name as it is, every other in its long form."""
    quoted = quote(name)
    return f'filename="{name}"' if quoted == name else f"filename*=utf-8''{quoted}"


def _start(request: Request, etag: str) -> int:
    """Where the rest begins that is asked for; 0 for all, and for what is not only the rest."""
    if request.headers.get("if-range", etag) != etag:
        return 0
    asked = _REST.fullmatch(request.headers.get("range", ""))
    return int(asked[1]) if asked else 0
