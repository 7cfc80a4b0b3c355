"""A data folder with a case that was handed over, for the real program to be started on."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from bot.channels.plain import raw_message
from bot.jobs.children import Children
from bot.jobs.lease_table import LeaseTable
from bot.settings import Settings
from bot.store import api_tokens, inbox
from bot.store.api_tokens import Scope
from bot.store.blobs_folder import FolderBlobs
from bot.store.db import Database
from bot.store.partials_folder import FolderPartials
from bot.store.scratch import Scratch
from bot.store.sealed_blobs import SealedBlobs
from bot.store.sealed_partials import SealedPartials
from tests.web.conftest import Clock, House, said
from tests.web.test_desk import fill


async def seeded(folder: Path, *scopes: Scope) -> tuple[str, str]:
    """The number of the case, and a token for the API."""
    folder.mkdir(parents=True, exist_ok=True)
    clock, decoders = Clock(now=datetime.now(UTC)), Children()
    async with await Database.open(folder / "second-opinion.db") as db:
        scratch = Scratch(folder / "scratch", 1 << 30)
        house = House(
            db=db,
            blobs=SealedBlobs(FolderBlobs(folder / "files"), db.keys, scratch),
            partials=SealedPartials(FolderPartials(folder / "uploads"), db.keys, scratch),
            queue=LeaseTable(db, clock),
            settings=Settings.model_construct(data_dir=folder),
            children=decoders,
            decoders=decoders,
            clock=clock,
        )
        await inbox.add(
            db,
            channel="web",
            external_id="seed",
            address="seed",
            raw=raw_message(external_id="seed", address="seed", opened=True),
            received_at=clock(),
        )
        case = await fill(house, replace(await house.answer(said("Welcome"))))
        given = scopes or api_tokens.SCOPES
        at = clock().timestamp()
        token = await db.write(lambda tx: api_tokens.add(tx, "City Hospital", given, at))
    decoders.close()
    assert token is not None
    return case.id, token
