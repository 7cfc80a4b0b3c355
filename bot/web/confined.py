"""Cookies that are confined: each is sent to the addresses that need it, and to no other.

So there is a path to which no cookie goes at all, from which files are fetched (`saved.py`). A path of a
cookie covers what lies beneath it, and "/" covers everything: the chat's page is `/chat`, to which "/"
leads. One cookie of a name is set for each of its paths, always with the same value; so no address changed
that somebody has, or that a page calls which has been open since yesterday.

An earlier version set them for "/". Such a one is taken over: set anew for its paths, and deleted there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from bot.shell import Shell
from bot.web.security import set_cookie

_DAY: Final = 24 * 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Confined:
    """A cookie by its name, the paths to which it is sent, and how long it lasts at most."""

    name: str
    paths: tuple[str, ...]
    seconds: int

    def give(
        self, shell: Shell, request: Request, response: Response, value: str, seconds: int = 0
    ) -> None:
        """Set it, for so many seconds or as long as it lasts; one of before is deleted."""
        secure = shell.settings.public_url.startswith("https:")
        for path in self.paths:
            set_cookie(
                response,
                self.name,
                value,
                path=path,
                seconds=seconds or self.seconds,
                secure=secure,
            )
        if self.name in request.cookies:
            response.delete_cookie(self.name, path="/")


#: The patient's chat. The pages of private links ask whether this browser has one, to lead back to it.
CHAT: Final = Confined(
    name="chat",
    paths=(
        *("/chat", "/send", "/sent", "/events", "/pictures", "/j"),
        *("/upload", "/opinion", "/letter", "/copy"),
    ),
    seconds=365 * _DAY,
)
#: The page of a private link. Whoever opens the link or types a code once more goes on with what they began.
UPLOAD: Final = Confined(name="upload", paths=("/upload", "/u", "/c"), seconds=7 * _DAY)


def take_over(shell: Shell, request: Request, response: Response) -> None:
    """Confine the cookies with which a request came."""
    for cookie in (CHAT, UPLOAD):
        if value := request.cookies.get(cookie.name, ""):
            cookie.give(shell, request, response, value)
