"""Pages: the templates, the static files and their versions."""

from __future__ import annotations

import hashlib
from os import PathLike, stat_result
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from bot.paths import tus_script
from bot.web.wording import (
    BACK_TO_CHAT,
    ERROR_TEXT,
    ERROR_TITLE,
    MISSING_TEXT,
    MISSING_TITLE,
    urgent,
)
from checklist.text import Text
from handlers.languages import Languages

_HERE = Path(__file__).parent
STATIC = _HERE / "static"

#: For pages and scripts; not for packages, which are compressed already, nor for the stream.
SMALLER = Middleware(GZipMiddleware, minimum_size=1000, compresslevel=6)


class Templates:
    """The templates, with the values that each of them needs."""

    def __init__(self, languages: Languages) -> None:
        """Read the versions of the static files."""
        self.languages = languages
        self._environment = Environment(
            loader=FileSystemLoader(_HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        versions = _versions()
        self._environment.globals["static"] = lambda name: f"/static/{name}?v={versions[name]}"
        self._environment.globals["script"] = lambda name: name in versions

    def page(
        self, template: str, /, *, locale: str, status: int = 200, number: str = "", **values: Any
    ) -> HTMLResponse:
        """A page in a language. `number` is the emergency number of the patient's country, if known."""
        html = self._environment.get_template(template).render(
            locale=locale,
            direction=self.languages.direction(locale),
            call=urgent(self.languages, locale, number),
            **values,
        )
        return HTMLResponse(html, status)

    def trouble(
        self,
        locale: str,
        status: int,
        *,
        title: Text = ERROR_TITLE,
        text: Text = ERROR_TEXT,
        back: Text = BACK_TO_CHAT,
        back_href: str = "/chat",
    ) -> HTMLResponse:
        """A page that says kindly what went wrong, and leads back."""
        say = self.languages.say
        return self.page(
            "error.html",
            locale=locale,
            status=status,
            title=say(title, locale),
            text=say(text, locale),
            back=say(back, locale),
            back_href=back_href,
        )

    def missing(self, locale: str) -> HTMLResponse:
        """The page for an address that leads nowhere."""
        return self.trouble(locale, 404, title=MISSING_TITLE, text=MISSING_TEXT)


def _versions() -> dict[str, str]:
    """The static files there are; the address of each changes with its content."""
    found = {file.name: file for file in STATIC.iterdir() if file.is_file()}
    if (client := tus_script()) is not None:
        found["tus.js"] = client
    return {
        name: hashlib.sha256(path.read_bytes()).hexdigest()[:12] for name, path in found.items()
    }


async def tus_client(request: Request) -> Response:
    """The client of the upload protocol, which comes from npm and isn't ours."""
    path = tus_script()
    if path is None:
        raise HTTPException(404)
    lasting = {"cache-control": "public, max-age=31536000, immutable"}
    return FileResponse(path, media_type="text/javascript", headers=lasting)


class LastingFiles(StaticFiles):
    """Static files that a browser need not ask for again: their address holds their version."""

    def file_response(
        self,
        full_path: str | PathLike[str],
        stat_result: stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        """The file, to be kept for a year."""
        response = super().file_response(full_path, stat_result, scope, status_code)
        response.headers["cache-control"] = "public, max-age=31536000, immutable"
        return response


def accepted_locale(request: Request, languages: Languages) -> str:
    """The offered language that the browser likes best, or ""."""
    wishes = []
    for place, entry in enumerate(request.headers.get("accept-language", "").split(",")[:20]):
        tag, _, quality = entry.strip().partition(";q=")
        try:
            weight = float(quality) if quality else 1.0
        except ValueError:
            continue
        if tag and weight > 0:
            wishes.append((-weight, place, tag))
    found = (languages.match_locale(tag) for *_, tag in sorted(wishes))
    return next((locale for locale in found if locale), "")
