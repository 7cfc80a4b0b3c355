"""Erasing: all that is kept of a case goes in one transaction, and its bytes by a job right after it.

What lies with a vendor is asked for there: files, and on Telegram the messages of the last two days,
which is as far back as a bot may delete. https://core.telegram.org/bots/api#deletemessages
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import joining
from bot.channels.base import Channel
from bot.jobs import release
from bot.jobs.queue import Args, Queue
from bot.store import (
    audit,
    case_keys,
    cases,
    chat_codes,
    contacts,
    deliveries,
    desk_rows,
    files,
    forgetting,
    inbox_erasure,
    links,
    messages,
    opinions,
    passwords,
    set_aside,
    translations,
    uploads,
)
from bot.store.blobs import named_in

#: Jobs that have nothing left to do once a case is erased.
_ENDED: Final = (
    *("fetch", "virus_scan", "document_scan", "index", "unlock", "package", "timer", "copy"),
    *("uploaded", "upload_progress", "plain_text", "draft", "machine_reading"),
)

#: How far back a bot may delete what was said in a private chat, less a moment for the job. Seconds.
_DELETABLE: Final = 47.5 * 3600


async def erase(
    tx: AsyncConnection, queue: Queue, keepers: Mapping[str, Channel], here: joining.Here
) -> None:
    """Erase the case of this chat. `keepers` are the channels whose vendors keep files."""
    case_id = here.case_id
    for channel in keepers:
        left = await files.left_behind(tx, case_id, channel)
        await release.ask(tx, queue, channel, left)
    blobs = await files.scrub(tx, case_id)
    blobs += await opinions.scrub(tx, case_id)
    blobs += await translations.scrub(tx, case_id)
    for row in await inbox_erasure.scrub(tx, case_id, this=here.row_id):
        blobs += named_in(row.raw)
        if keeper := keepers.get(row.channel):
            await release.ask(tx, queue, row.channel, _refs_in(row.raw, keeper))
    coming = await uploads.scrub(tx, case_id)
    blobs += await links.scrub(tx, case_id)
    await chat_codes.scrub(tx, case_id, here.session_id)
    await passwords.forget_case(tx, case_id)
    await cases.scrub(tx, case_id, but=here.session_id)
    await desk_rows.forget(tx, case_id)
    await cases.close_handoffs(tx, case_id, here.now)
    await audit.forget(tx, case_id=case_id, at=here.now)
    await deliveries.scrub(tx, case_id)
    await _unsay(tx, queue, here)
    await messages.scrub(tx, case_id)
    await set_aside.forget_naming(tx, await contacts.names_in_case(tx, case_id))
    await contacts.seal_again(tx, case_id)
    await joining.take_out_others(tx, here)
    await _destroy_earlier_keys(tx, case_id)
    await queue.drop(tx, case_id, _ENDED)
    # Also where there are no files: the database's log still holds the words.
    args: Args = {"blobs": [*blobs, *coming], "uploads": coming, "words": 1}
    await queue.add(tx, "erase", args, case_id=case_id)


async def forget_chats(tx: AsyncConnection, queue: Queue, case_id: str) -> None:
    """Forget where the chats of an erased case are, and what was said there since.

    Copies from between the erasure and this are forgotten with the key of that time.
    """
    await forgetting.forget_chats(tx, case_id)
    await _destroy_earlier_keys(tx, case_id)
    # The database's log still holds what was overwritten, keys too.
    emptied: Args = {"blobs": [], "words": 1}
    await queue.add(tx, "erase", emptied, case_id=case_id)


async def _destroy_earlier_keys(tx: AsyncConnection, case_id: str) -> None:
    """Seal what stays of a case with the key that this turn has made, and destroy the others."""
    await case_keys.lock_earlier(tx, case_id)
    await inbox_erasure.seal_again(tx, case_id)
    await chat_codes.seal_again(tx, case_id)
    await case_keys.destroy_earlier(tx, case_id)


async def stop_uploads(tx: AsyncConnection, queue: Queue, case_id: str) -> None:
    """Nothing more is taken for a case: what is on its way by links is forgotten, and its bytes go."""
    coming = await uploads.scrub(tx, case_id, told=False)
    await queue.drop(tx, case_id, ("uploaded", "upload_progress"))
    if coming:
        args: Args = {"blobs": coming, "uploads": coming}
        await queue.add(tx, "erase", args, case_id=case_id)


async def _unsay(tx: AsyncConnection, queue: Queue, here: joining.Here) -> None:
    """Have what was said taken out of the chats themselves, where a channel can."""
    said = await messages.external_ids(tx, here.case_id, since=here.now - _DELETABLE)
    for session_id, ids in said.items():
        args: Args = {"session": session_id, "messages": ids}
        await queue.add(tx, "unsay", args)


def _refs_in(raw: str, channel: Channel) -> list[str]:
    """What the files of a message are fetched with that no turn could deal with."""
    try:
        said = channel.parse(json.loads(raw), datetime.fromtimestamp(0, UTC))
    except Exception:
        # It may have been given up for that.
        return []
    return [attachment.fetch_ref for attachment in said.attachments] if said else []
