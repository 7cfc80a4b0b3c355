"""Somebody with a private link, without a browser: cookies, and the tus protocol by hand."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import httpx
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store import cases, codec, links
from bot.store.schema import session
from bot.store.sealed import sealed
from bot.tokens import new_token, token_hash
from bot.web.site import site
from checklist.case import Case, Consent
from tests.web.conftest import House

CASE = "TEST-CASE"
SESSION = "5" * 32
_NONE: Mapping[str, str] = {}


async def opened_case(house: House) -> None:
    """A case that has agreed, with one chat."""
    at = house.clock()
    consent = Consent(version="1", given=True, locale="en", at=at)

    async def write(tx: AsyncConnection) -> None:
        await cases.save_case(
            tx, Case(id=CASE, opened_at=at, consents=(consent,)), None, now=at.timestamp()
        )
        chat = {"id": SESSION, "channel": "telegram", "address": sealed(CASE, "7"), "case_id": CASE}
        await tx.execute(sa.insert(session).values(**chat, locale="en", created_at=0))

    await house.db.write(write)


async def new_link(
    house: House, *, name: str = "", days: float = 7, item: str | None = None
) -> str:
    """A link's token."""
    token, now = new_token(), house.clock()

    async def write(tx: AsyncConnection) -> None:
        await links.add(
            tx,
            link_id=token_hash(token)[:16],
            token_hash=token_hash(token),
            case_id=CASE,
            session_id=SESSION,
            name=name,
            item=item,
            now=codec.seconds(now),
            expires_at=codec.seconds(now + timedelta(days=days)),
        )

    await house.db.write(write)
    return token


def link_id(token: str) -> str:
    return token_hash(token)[:16]


class Sender:
    """Speaks the protocol, one request at a time."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self.batch = ""

    async def pick(self, files: int = 1, size: int = 10, folder: str = "") -> str:
        wish = {"files": files, "size": size, "folder": folder}
        answer = await self.client.post("/upload/batches", json=wish)
        assert answer.status_code == 201, answer.status_code
        self.batch = str(answer.json()["id"])
        return self.batch

    async def create(
        self,
        length: Any,
        name: str = "a.dcm",
        *,
        data: bytes | AsyncIterator[bytes] | None = None,
        key: str = "",
        headers: Mapping[str, str] = _NONE,
    ) -> httpx.Response:
        pairs = {"filename": name, "filetype": "application/dicom", "batch": self.batch}
        if key:
            pairs["key"] = key
        metadata = ",".join(
            f"{k} {base64.b64encode(v.encode()).decode()}" for k, v in pairs.items()
        )
        sent = {
            "tus-resumable": "1.0.0",
            "upload-length": str(length),
            "upload-metadata": metadata,
            **headers,
        }
        if data is not None:
            sent["content-type"] = "application/offset+octet-stream"
        return await self.client.post("/upload/files", headers=sent, content=data)

    async def begin(self, length: int, name: str = "a.dcm") -> str:
        answer = await self.create(length, name)
        assert answer.status_code == 201, answer.text
        return httpx.URL(answer.headers["location"]).path

    async def patch(
        self, path: str, data: Any, offset: Any, *, headers: Mapping[str, str] = _NONE
    ) -> httpx.Response:
        sent = {
            "tus-resumable": "1.0.0",
            "content-type": "application/offset+octet-stream",
            "upload-offset": str(offset),
            **headers,
        }
        return await self.client.patch(path, headers=sent, content=data)

    async def head(self, path: str) -> httpx.Response:
        return await self.client.head(path, headers={"tus-resumable": "1.0.0"})


@asynccontextmanager
async def sender(house: House, token: str = "") -> AsyncIterator[Sender]:
    """Somebody who has opened the link of this token, or none."""
    transport = httpx.ASGITransport(app=site(house), raise_app_exceptions=False)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://test", headers={"origin": "http://test"}
    ) as client:
        if token:
            await client.get(f"/u/{token}")
        yield Sender(client)
