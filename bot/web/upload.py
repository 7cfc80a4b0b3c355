"""The upload page: a private place to which whole discs can be sent from a phone or a computer."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.web.bubbles import size_in_words
from bot.web.chat import COOKIE as CHAT_COOKIE
from bot.web.chat_queries import case_in
from bot.web.pages import SMALLER, Templates
from bot.web.shell import Shell
from bot.web.upload_files import UploadFiles
from bot.web.upload_links import UploadLinks, has_stopped, locale_of, sender_of
from bot.web.upload_wording import UPLOAD
from bot.web.wording import say_all


class Upload:
    """All routes of private uploads."""

    def __init__(self, shell: Shell, templates: Templates) -> None:
        """Take the program and the templates."""
        self._shell = shell
        self._templates = templates
        self._links = UploadLinks(shell, templates)
        self._files = UploadFiles(shell, templates)

    def routes(self) -> list[Route]:
        """All of them."""
        return [
            Route("/upload", self.page, methods=["GET"], middleware=[SMALLER]),
            *self._links.routes(),
            *self._files.routes(),
        ]

    async def page(self, request: Request) -> Response:
        """The page. It shows nothing of what was sent before: whoever has the link may see it."""
        shell = self._shell
        link = await sender_of(shell, request)
        locale = await locale_of(shell, link, request)
        if link is None:
            return self._templates.trouble(
                locale, 404, title=UPLOAD["ended_title"], text=UPLOAD["ended"]
            )
        if await has_stopped(shell, link):
            return self._templates.trouble(
                locale, 403, title=UPLOAD["stopped_title"], text=UPLOAD["stopped"]
            )
        limit = shell.settings.max_file_bytes
        words = say_all(UPLOAD, shell.languages, locale)
        return self._templates.page(
            "upload.html",
            locale=locale,
            w=words,
            # Whoever else sends may be in another country than the patient.
            number="" if link.name else (await case_in(shell, link.case_id)).number,
            name=link.name,
            limit=limit,
            limit_words=size_in_words(limit, locale),
            received="received" in request.query_params,
            link=link.id[:12],
            # Who came here from the web chat finds it in this browser; others have a chat app.
            chat=CHAT_COOKIE in request.cookies and not link.name,
        )
