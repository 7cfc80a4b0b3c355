"""Joining: what a code for another chat does, in the transaction of the turn in which it was said."""

from __future__ import annotations

from typing import Any, Literal

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.jobs.queue import Queue
from bot.store import chat_codes, codec, inbox, reach
from bot.store.db import Row
from bot.tokens import token_hash
from handlers.effects import UseCode
from handlers.updates import CodeTried

#: Jobs that a case without answers and files may have, and that nobody waits for once it is left.
_LEFT = ("timer",)


async def use_code(
    tx: AsyncConnection,
    queue: Queue,
    effect: UseCode,
    *,
    row_id: int,
    case_id: str,
    session_id: str,
    channel: str,
    everything: bool,
    now: float,
) -> None:
    """Have the chat join the case of a code; what came of it comes back as `CodeTried`.

    `everything` may be said in it: then it is handed what other chats could not carry.
    """

    async def tell(to: str, chat: str, outcome: Outcome, **more: Any) -> None:
        await inbox.add_update(
            tx,
            case_id=to,
            session_id=chat,
            key=f"code:{row_id}:{outcome}",
            update=CodeTried(outcome=outcome, **more),
            at=codec.moment(now),
        )

    if await chat_codes.tried_too_often(tx, session_id, now):
        await tell(case_id, session_id, "wait")
        return
    code = await chat_codes.find(tx, token_hash(effect.secret), now)
    refused = await _refused(tx, code, effect, case_id)
    if code is not None and not refused and not await chat_codes.use_up(tx, code.code_hash):
        code = None
    if code is None or refused:
        if code is None:
            await chat_codes.note_wrong(tx, session_id, now)
        await tell(case_id, session_id, refused or "wrong")
        return
    await queue.drop(tx, case_id, _LEFT)
    await chat_codes.move_chat(tx, session_id, case_id, code.case_id)
    if everything:
        await reach.hand_over(tx, code.case_id, (session_id, channel), now)
    await tell(code.case_id, session_id, "joined", writer=code.writer, locale=code.locale)
    await tell(code.case_id, code.session_id, "used", channel=channel)


Outcome = Literal["joined", "used", "wrong", "wait", "same", "own"]


async def _refused(
    tx: AsyncConnection, code: Row | None, effect: UseCode, case_id: str
) -> Outcome | None:
    if code is not None and code.case_id == case_id:
        return "same"
    # A chat with a case of its own is told so whether or not the code is right.
    if effect.only_own or await chat_codes.holds_files(tx, case_id):
        return "own"
    return None
