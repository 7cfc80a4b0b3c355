"""A line to a PostgreSQL that breaks in the worst moment: a commit was carried out, and not answered."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg

_SOCKET = ".s.PGSQL.5432"
_PIECE = 65536


@dataclass
class Line:
    """The line: the database's address over it, and whether its next commit goes unanswered."""

    url: str
    cuts: bool = False


@asynccontextmanager
async def line_to(url: str) -> AsyncIterator[Line]:
    """Lead to the database of this address, for as long as the block runs."""
    there = str(psycopg.conninfo.conninfo_to_dict(url)["host"])
    # A socket's path may have 107 bytes, which the folders of pytest exceed.
    here = Path(tempfile.mkdtemp(prefix="so-cut-", dir="/tmp"))
    line = Line(url.replace(there, str(here)))
    connections: set[asyncio.Task[None]] = set()

    async def carry(client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        server, to_server = await asyncio.open_unix_connection(f"{there}/{_SOCKET}")
        answers = asyncio.create_task(_pass_on(server, to_client))
        try:
            while asked := await client.read(_PIECE):
                if line.cuts and b"COMMIT\0" in asked:
                    line.cuts = False
                    answers.cancel()
                    to_server.write(asked)
                    await server.read(_PIECE)
                    return
                to_server.write(asked)
        finally:
            answers.cancel()
            await asyncio.gather(answers, return_exceptions=True)
            for end in (to_client, to_server):
                end.close()
                with suppress(ConnectionError):
                    await end.wait_closed()

    def connected(client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(carry(client, to_client))
        connections.add(task)

    listener = await asyncio.start_unix_server(connected, here / _SOCKET)
    try:
        yield line
    finally:
        listener.close()
        for task in connections:
            task.cancel()
        await asyncio.gather(*connections, return_exceptions=True)
        shutil.rmtree(here)


async def _pass_on(source: asyncio.StreamReader, to: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while piece := await source.read(_PIECE):
            to.write(piece)
            await to.drain()
        to.close()
