"""A LibreTranslate server that knows a few words, at the wire.

https://docs.libretranslate.com/guides/api_usage/
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.ports import own_port


@dataclass
class LibreTranslateDouble:
    """What it was asked, and how it is to answer."""

    words: dict[str, str] = field(default_factory=dict)
    chinese: str = "zh-Hans"
    key: str = ""
    fail: list[int] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)
    char_limit: int = 2000

    async def languages(self, _request: Request) -> Response:
        codes = ["en", "ru", self.chinese]
        return JSONResponse([{"code": c, "name": c, "targets": codes} for c in codes])

    async def translate(self, request: Request) -> Response:
        body = await request.json()
        self.asked.append(body)
        if self.fail:
            return JSONResponse({"error": "failed"}, self.fail.pop(0))
        if self.key and body.get("api_key") != self.key:
            return JSONResponse({"error": "Invalid API key"}, 403)
        if body["source"] not in ("auto", "en", "ru", self.chinese):
            return JSONResponse({"error": f"{body['source']} is not supported"}, 400)
        if sum(map(len, body["q"])) > self.char_limit:
            return JSONResponse({"error": "Invalid request: request exceeds text limit"}, 400)
        made = [self._said(text) for text in body["q"]]
        return JSONResponse({"translatedText": made})

    def _said(self, text: str) -> str:
        for word, other in self.words.items():
            text = text.replace(word, other)
        return text


@asynccontextmanager
async def libretranslate() -> AsyncIterator[tuple[str, LibreTranslateDouble]]:
    """A server on a port of its own; its address, and the double behind it."""
    double = LibreTranslateDouble()
    app = Starlette(
        routes=[
            Route("/languages", double.languages, methods=["GET"]),
            Route("/translate", double.translate, methods=["POST"]),
        ]
    )
    port = own_port()
    config = uvicorn.Config(app, host="127.0.0.1", port=port, log_config=None, access_log=False)
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{port}", double
    server.should_exit = True
    await running
