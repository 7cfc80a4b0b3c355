"""What somebody at the desk has searched for: words that are mostly a patient's name.

So they are posted, and stand in no address: those are kept in a browser's history, in a proxy's log, and
are read over a shoulder. The address holds a random key, and the browser a cookie with the words of the
last few keys: pages, sorting and going back work as ever, in every tab, and nothing is kept here.
"""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Mapping
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

COOKIE: Final = "desk_found"
#: The name of the key in an address.
KEY: Final = "found"
#: A cookie holds four kilobytes: so many searches of that many letters fit into it.
_MOST: Final = 3
LONGEST: Final = 200
_BYTES: Final = 900


def searched(request: Request) -> dict[str, str]:
    """The wishes of an address, with the words that its key stands for as `q`; "" for none."""
    wishes = {name: value for name, value in request.query_params.items() if name != "q"}
    words = dict(_kept(request)).get(wishes.pop(KEY, ""), "")
    return {**wishes, "q": words, **({KEY: request.query_params[KEY]} if words else {})}


def remember(request: Request, words: str) -> tuple[str, str]:
    """A new key for these words, and the cookie's value that knows it."""
    key, words = secrets.token_hex(6), words[:LONGEST]
    words = words.encode()[:_BYTES].decode(errors="ignore")
    kept = [*_kept(request), (key, words)][-_MOST:]
    text = json.dumps(kept, ensure_ascii=False, separators=(",", ":"))
    return key, base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def forget(response: Response) -> None:
    """Take the words out of the browser."""
    response.delete_cookie(COOKIE, path="/desk")


def _kept(request: Request) -> list[tuple[str, str]]:
    """The keys and words of the cookie, the newest last; what can't be read is left out."""
    value = request.cookies.get(COOKIE, "")
    try:
        found = json.loads(base64.urlsafe_b64decode(value + "=" * (-len(value) % 4)))
    except (ValueError, RecursionError):
        return []
    pairs = found if isinstance(found, list) else []
    return [
        (pair[0], pair[1][:LONGEST])
        for pair in pairs[-_MOST:]
        if isinstance(pair, list) and len(pair) == 2 and all(isinstance(one, str) for one in pair)
    ]


def wishes_posted(form: Mapping[str, object], names: tuple[str, ...]) -> dict[str, str]:
    """The other wishes of the form, for the address."""
    return {name: value for name in names if isinstance(value := form.get(name), str) and value}
