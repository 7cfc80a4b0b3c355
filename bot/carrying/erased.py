"""What was erased since a moment was kept, and is not brought back with it.

The keys come as they are now, the rows as they were: of whom there is no key any more, nothing is left.
Where a moment holds words as they were, no key tells; the audit trail of the newest moment does.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.carrying.moments import manifest_of, moments, sheet_file
from bot.carrying.place import Place
from bot.store import append_only, audit
from bot.store.columns import metadata
from bot.store.keyring import ID_LETTERS, MARK
from bot.store.own_keys import HOUSE, of_contact, whose
from bot.store.schema import audit as events
from bot.store.schema import case_key, cases, contact, inbox, session, set_aside
from bot.store.sealing import as_stored, sealed_tables


async def drop_erased(place: Place, since: set[str]) -> int:
    """Drop what is left of cases that were erased since, and of contacts and messages of no case.

    `since` are cases of which the newest moment says so. How many there were.
    """

    async def work(tx: AsyncConnection) -> int:
        await _give_back_keys(tx)
        owners = await _owners(tx)
        known = owners.keys()
        gone, kept = set[str](), set[str]()
        for belongs, words in ((session.c.case_id, session.c.address), (cases.c.id, cases.c.body)):
            # An erased case has a key, for what came after: which one it is, the words say.
            for case_id, stored in await tx.execute(sa.select(belongs, as_stored(words))):
                if case_id in since:
                    gone.add(case_id)
                elif key_id := _key_of(stored):
                    (kept if key_id in known else gone).add(case_id)
        # Where only some of it names a key that nobody knows, that is damage, and no erasure.
        gone -= kept - since
        for case_id in sorted(gone):
            await _drop(tx, case_id)
        await _drop_of_no_case(tx, owners)
        # Of what ended before the moment no key tells.
        await audit.forget_ended(tx, at=time.time())
        return len(gone)

    return await place.engine.write(work, synced=True, about=None, wait=True)


def erased_since(folder: Path, moment: Path) -> set[str]:
    """The cases that the newest moment of a backup folder knows to have been erased since this one."""
    return {case_id for case_id, _at in _erasures(moments(folder)[-1]) - _erasures(moment)}


def _erasures(moment: Path) -> set[tuple[str, float]]:
    """Cases that were erased, and when, by the audit trail of a moment; of old ones nobody knows."""
    told = manifest_of(moment)["tables"].get(events.name)
    if told is None:
        return set()
    names = [name for name, _kind in told["columns"]]
    found = set()
    with sheet_file(moment, events.name).open("rb") as lines:
        for line in lines:
            event = dict(zip(names, json.loads(line), strict=True))
            # Who forgot what ended by joining another case was the operator: nobody erased it.
            if event["action"] == append_only.FORGOTTEN and event["actor"] == audit.ERASING:
                found.add((event["case_id"], event["at"]))
    return found


async def _drop(tx: AsyncConnection, case_id: str) -> None:
    # The audit trail keeps that there was a case, and nobody.
    await audit.forget(tx, case_id=case_id, at=time.time())
    # Where words stand as they were, a chat says whose it was; a contact would be left without one.
    chats = sa.select(as_stored(session.c.address)).where(session.c.case_id == case_id)
    await tx.execute(sa.delete(contact).where(contact.c.id.in_(chats)))
    for table in metadata.sorted_tables:
        if table.name in append_only.TABLES:
            continue
        belongs: Any = cases.c.id if table is cases else table.c.get("case_id")
        if belongs is not None:
            await tx.execute(sa.delete(table).where(belongs == case_id))


async def _drop_of_no_case(tx: AsyncConnection, owners: Mapping[str, str]) -> None:
    """Contacts that were forgotten since, and messages that named no chat.

    A contact that has another key since is there yet: how it was reached can't be read, and whoever
    writes is known for who they are. Without it a chat would be nobody's, and its case begun anew.
    """
    known, alive = {None, *owners}, set(owners.values())
    for table, column, which in (
        (contact, contact.c.reach, sa.true()),
        (inbox, inbox.c.raw, inbox.c.case_id == HOUSE),
    ):
        rows = (await tx.execute(sa.select(table.c.id, as_stored(column)).where(which))).all()
        for row_id, stored in rows:
            if _key_of(stored) in known or (table is contact and of_contact(row_id) in alive):
                continue
            await tx.execute(sa.delete(table).where(table.c.id == row_id))
            if table is inbox:
                await tx.execute(sa.delete(set_aside).where(set_aside.c.inbox_id == row_id))


async def _give_back_keys(tx: AsyncConnection) -> None:
    """Give the keys to whom the rows say they are.

    In a moment from before a case joined another both are there; its key is the other's since. Left so,
    its own erasure would not destroy it, and that of the other would.
    """
    now = await _owners(tx)
    for key_id, owners in (await _used(tx)).items():
        if now.get(key_id, HOUSE) != HOUSE and len(owners) == 1:
            mine = sa.update(case_key).where(case_key.c.key_id == key_id)
            await tx.execute(mine.values(case_id=owners.pop()))


async def _owners(tx: AsyncConnection) -> Mapping[str, str]:
    """Whose each key is."""
    rows = await tx.execute(sa.select(case_key.c.key_id, case_key.c.case_id))
    return {row.key_id: row.case_id for row in rows}


async def _used(tx: AsyncConnection) -> Mapping[str, set[str]]:
    """Whose words each key has sealed."""
    found: dict[str, set[str]] = {}
    for one in sealed_tables():
        for column in one.columns:
            stored = as_stored(column)
            key_id = sa.func.substr(stored, len(MARK) + 1, ID_LETTERS)
            query = sa.select(key_id, whose(one.table)).where(stored.startswith(MARK)).distinct()
            for sealed_by, owner in await tx.execute(query):
                found.setdefault(sealed_by, set()).add(owner)
    return found


def _key_of(stored: str) -> str | None:
    """The id of the key by which words are sealed; None for what is not."""
    return stored[len(MARK) :].partition(":")[0] if stored.startswith(MARK) else None
