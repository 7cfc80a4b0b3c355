"""A page behind a private link: its secret becomes a cookie at once, so that it stands nowhere."""

from __future__ import annotations

from typing import Literal

from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.store import audit, codec, links
from bot.store.links import Link
from bot.tokens import new_token, token_hash
from bot.web.security import set_cookie
from bot.web.shell import Shell

#: What such a link is for; its cookie has the same name, and its page the same path.
Page = Literal["letter", "opinion", "copy", "certificate"]


async def let_in(shell: Shell, request: Request, page: Page) -> Response | None:
    """Exchange the secret in the address for the page's cookie; None where the link has ended."""
    hashed = token_hash(request.path_params["token"])
    token, now = new_token(), codec.seconds(shell.clock())

    async def work(tx: AsyncConnection) -> Link | None:
        found = await links.by_token(tx, hashed, now, page)
        if found is not None:
            await links.visit(tx, found, token_hash(token), now)
        return found

    found = await shell.db.write(work)
    if found is None:
        return None
    response = RedirectResponse(f"/{page}", 303)
    seconds = int(codec.seconds(found.expires_at) - now)
    secure = shell.settings.public_url.startswith("https:")
    set_cookie(response, page, token, path=f"/{page}", seconds=seconds, secure=secure)
    return response


async def link_of(shell: Shell, request: Request, page: Page) -> Link | None:
    """The link by whose cookie somebody comes, while it lasts."""
    cookie = request.cookies.get(page, "")
    if not cookie:
        return None
    now = codec.seconds(shell.clock())
    return await shell.db.read(lambda tx: links.by_visit(tx, token_hash(cookie), now, page))


async def note_taken(shell: Shell, link: Link, action: str, object_: str = "") -> None:
    """Put on record that something was taken by a private link of the patient's."""
    at = codec.seconds(shell.clock())
    case_id = link.case_id
    await audit.note(
        shell.db, case_id=case_id, at=at, actor="patient", action=action, object=object_
    )
