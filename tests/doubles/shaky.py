"""A line to an S3-compatible store that fails now and then, as those of the world do.

Of each ten requests one is answered 503 without having reached the store, and of each twenty one is
carried out and then cut off, so that nobody knows whether it was.
"""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from io import BytesIO

import aiohttp
from aiohttp import web
from yarl import URL

from tests.ports import own_port

_REFUSED, _CUT = 0.1, 0.05
_HOP = {"connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade"}


@dataclass
class Shaky:
    """The line: its address, and what it did."""

    address: str
    asked: int = 0
    refused: int = 0
    cut: int = 0


@asynccontextmanager
async def shaky(target: str, *, seed: int = 1) -> AsyncIterator[Shaky]:
    """Lead to `target`, for as long as the block runs."""
    dice, port = random.Random(seed), own_port()
    line = Shaky(f"http://127.0.0.1:{port}")
    connector = aiohttp.TCPConnector(force_close=True)
    async with aiohttp.ClientSession(connector=connector, auto_decompress=False) as store:

        async def carry(request: web.Request) -> web.StreamResponse:
            line.asked += 1
            throw = dice.random()
            body = await request.read()
            if throw < _REFUSED:
                line.refused += 1
                return web.Response(status=503)
            # The host is part of what is signed, so it goes on as it came.
            headers = [(n, v) for n, v in request.headers.items() if n.lower() not in _HOP]
            url = f"{target}{request.raw_path}"
            async with store.request(
                request.method, URL(url, encoded=True), headers=headers, data=BytesIO(body)
            ) as answer:
                data = await answer.read()
                if throw < _REFUSED + _CUT:
                    line.cut += 1
                    if request.transport is not None:
                        request.transport.abort()
                found = {n: v for n, v in answer.headers.items() if n.lower() not in _HOP}
                if request.method == "HEAD":
                    return web.Response(status=answer.status, headers=found)
                found.pop("Content-Length", None)
                return web.Response(status=answer.status, headers=found, body=data)

        application = web.Application(client_max_size=64 * 1024 * 1024)
        application.router.add_route("*", "/{tail:.*}", carry)
        runner = web.AppRunner(application, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        try:
            yield line
        finally:
            await runner.cleanup()
