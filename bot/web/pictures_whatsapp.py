"""Pictures for WhatsApp: Twilio fetches them here, each under an address of its own for half an hour."""

from __future__ import annotations

from functools import partial

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.channels.whatsapp_pictures import record_of
from bot.store import cases
from bot.web.pictures import jpeg
from bot.web.shell import Shell
from bot.whatsapp_account import PICTURES_HOOK, shows_pictures


class WhatsAppPictures:
    """The one route; none where WhatsApp may show none."""

    def __init__(self, shell: Shell) -> None:
        """Take the program."""
        self._shell = shell
        self._token = shell.settings.twilio_auth_token.get_secret_value()

    def routes(self) -> list[Route]:
        """The one route."""
        if not shows_pictures(self._shell.settings):
            return []
        return [Route(f"{PICTURES_HOOK}/{{name}}.jpg", self.picture, methods=["GET"])]

    async def picture(self, request: Request) -> Response:
        """The picture of the record that the address was signed for; 404 for every other."""
        record_id = record_of(self._token, request.path_params["name"], self._shell.clock())
        if not record_id:
            return Response(status_code=404)
        record = await self._shell.db.read(partial(cases.record_by_id, record_id=record_id))
        # It may have been taken out of the case, or erased, since it was sent.
        shown = record is not None and record.may_be_shown and record.study is not None
        found = await jpeg(self._shell, record.preview_blob_id if record and shown else "")
        found.headers["cache-control"] = "private, no-store"
        return found
