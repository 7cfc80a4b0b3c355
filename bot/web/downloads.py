"""Downloads: a stored file on its way to a coordinator, to be saved and never to be shown.

There is no second origin: a clinic has one address. What one is for is done otherwise, and tried in a real
browser (`tests/web/test_downloads.py`): files are fetched from a path to which no cookie is sent
(`saved.py`); they are only ever saved (`attachment`), are of a kind that no browser runs (nothing is guessed:
`nosniff`), no other site may load them (`same-origin` resource policy), and if one were shown all the same,
the `sandbox` of its own policy would give it an origin that is nobody's, without scripts, cookies or a way
out. Pictures in pages are only those that we have made.

A browser may ask for the rest of one that broke off (RFC 9110, 14): a package has gigabytes.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from bot.store.blobs import Blobs
from bot.web.security import DOWNLOAD_POLICY

#: What may be told of a file that somebody sent, so that a phone opens it with the right program.
_HARMLESS: Final = frozenset(
    {
        *("application/pdf", "application/zip", "application/json", "image/jpeg", "image/png"),
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    }
)
#: Controls, and marks that turn the direction of what follows.
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
_ODD = re.compile(r"[^A-Za-z0-9._ -]+")
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
    status, kind = 206 if start else 200, _saved_as(media_type)
    if request.method == "HEAD":
        # The server would read gigabytes and throw them away.
        return Response(status_code=status, headers=headers, media_type=kind)
    return StreamingResponse(blobs.open(blob_id, start), status, headers=headers, media_type=kind)


def download_headers(name: str) -> dict[str, str]:
    """What tells a browser to save what it gets under this name, and not to show it."""
    return {
        "content-security-policy": DOWNLOAD_POLICY,
        "content-disposition": f"attachment; {_named(name)}",
        # https://learn.microsoft.com/archive/blogs/ie/ie8-security-part-v-comprehensive-protection
        "x-download-options": "noopen",
    }


def _named(name: str) -> str:
    """RFC 6266, 4: a plain name as it is, every other in its long form beside a plain one like it.

    Signs that nobody sees are left out: one of them would show `report_fdp.exe` as `report_exe.pdf`.
    """
    name = _UNSEEN.sub("", name).replace("/", "_").replace("\\", "_").strip(" .") or "file"
    quoted = quote(name, safe="")
    if quoted == name:
        return f'filename="{name}"'
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    stem, dot, ending = _ODD.sub("_", plain).partition(".")
    plain = f"{stem.strip('_ ') or 'file'}{dot}{ending}"
    return f"filename=\"{plain}\"; filename*=utf-8''{quoted}"


def _saved_as(media_type: str) -> str:
    """The kind of a file that is saved; what a browser might run is bytes."""
    return media_type if media_type in _HARMLESS else "application/octet-stream"


def _start(request: Request, etag: str) -> int:
    """Where the rest begins that is asked for; 0 for all, and for what is not only the rest."""
    if request.headers.get("if-range", etag) != etag:
        return 0
    asked = _REST.fullmatch(request.headers.get("range", ""))
    return int(asked[1]) if asked else 0
