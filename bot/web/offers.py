"""Offers: a file that somebody may fetch, for an hour, at an address without cookies.

A page that has let somebody in, and put it on record, leads them on to `/saved/<token>` (`saved.py`). The
token is the offer itself, sealed with a key of the house: nobody can make or change one, it says nothing
to whoever reads it in a history or a log, and no process has to remember it.
"""

from __future__ import annotations

import base64
import json
import os
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from typing import Final, Literal

from cryptography.exceptions import InvalidTag
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.store.codec import seconds
from bot.store.keyring import Keyring
from bot.store.operator_key import NONCE
from bot.web.confined import take_over
from bot.web.people import Coordinator
from bot.web.shell import Shell

PATH: Final = "/saved"
#: So long a download may be begun, and be resumed where it broke off: a package has gigabytes.
LASTS: Final = timedelta(hours=1)
_KEY: Final = "offers"

#: What an offer is for: the bytes of a blob, or what is made when it is fetched.
Purpose = Literal[
    "file", "package", "opinion", "copy", "photo", "part", "letter", "certificate", "cover"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A file of a case, under a name and as a kind, for whoever is signed in or has opened a link.

    `of` says what it is made of, where it is made; `locale` is the language of who fetches it; `ends` is
    in seconds since 1970.
    """

    purpose: Purpose
    case_id: str
    name: str
    locale: str
    media_type: str = "application/octet-stream"
    blob_id: str = ""
    of: tuple[str, ...] = ()
    session_id: str = ""
    link_id: str = ""
    ends: float = 0.0


def sealed(ring: Keyring, offer: Offer) -> str:
    """The token of an offer."""
    text = json.dumps(asdict(offer), ensure_ascii=False, separators=(",", ":"))
    nonce = os.urandom(NONCE)
    words = text.encode("utf-8", "surrogatepass")
    token = nonce + ring.house_box(_KEY).encrypt(nonce, words, None)
    return base64.urlsafe_b64encode(token).decode().rstrip("=")


def opened(ring: Keyring, token: str) -> Offer | None:
    """The offer, also one that has ended; None for what is none of this house."""
    try:
        found = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        text = ring.house_box(_KEY).decrypt(found[:NONCE], found[NONCE:], None)
        values = json.loads(text.decode("utf-8", "surrogatepass"))
        return Offer(**{**values, "of": tuple(values["of"])})
    # TypeError: of another version of the program.
    except (InvalidTag, ValueError, TypeError):
        return None


async def lead(shell: Shell, request: Request, offer: Offer) -> Response:
    """Lead to where it is fetched. Raises FileNotFoundError where its blob is gone."""
    if offer.blob_id:
        await shell.blobs.size(offer.blob_id)
    offer = replace(offer, ends=seconds(shell.clock() + LASTS))
    response = RedirectResponse(f"{PATH}/{sealed(shell.db.keys.ring, offer)}", 303)
    # The address of the page may hold a case number.
    response.headers["referrer-policy"] = "no-referrer"
    take_over(shell, request, response)
    return response


def leads(response: Response) -> bool:
    """Whether an answer hands something out."""
    return response.status_code == 303 and response.headers["location"].startswith(f"{PATH}/")


def session_of(coordinator: Coordinator) -> str:
    """The session at the desk for which something is offered."""
    return coordinator.session.id if coordinator.session else ""
