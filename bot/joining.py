"""Joining and leaving: what a code for another chat does, and how a chat is taken out of a case.

All in the transaction of the turn in which it was said. A code that works is kept for the chat that
used it; the chat stays in its own empty case until whoever writes there has agreed, so that nothing
of the other case can reach it before.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.jobs.queue import Queue
from bot.store import audit, case_keys, chat_codes, codec, inbox, leaving, reach
from bot.store.db import Row
from bot.tokens import token_hash
from handlers.effects import JoinCase, UseCode
from handlers.updates import CaseNews, ChatOutcome, CodeTried, News

#: Jobs that a case without answers and files may have, and that nobody waits for once it is left.
_LEFT = ("timer",)
#: So long whoever has used a code has to read what they agree to. In seconds.
_TO_AGREE = 24 * 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Here:
    """The chat in whose turn it happens. `everything` may be said in it."""

    row_id: int
    case_id: str
    session_id: str
    channel: str
    everything: bool
    now: float


async def use_code(tx: AsyncConnection, here: Here, effect: UseCode) -> None:
    """Keep a code for the chat, if it works; what came of it comes back as `CodeTried`."""
    if await chat_codes.tried_too_often(tx, here.session_id, here.now):
        await _tell_here(tx, here, "wait")
        return
    code = await chat_codes.find(tx, token_hash(effect.secret), here.now)
    refused = await _refused(tx, code, here, only_own=effect.only_own)
    until = here.now + _TO_AGREE
    if code is not None and not refused:
        # Of two who use it at once one is too late.
        mine = await chat_codes.use(tx, code.code_hash, here.session_id, until)
        code = code if mine else None
    if code is None or refused:
        if code is None:
            await chat_codes.note_wrong(tx, here.session_id, here.now)
        await _tell_here(tx, here, refused or "wrong")
        return
    known = {"writer": code.writer, "same": bool(code.same), "locale": code.locale}
    await _tell_here(tx, here, "found", **known)


async def join_case(tx: AsyncConnection, queue: Queue, here: Here, effect: JoinCase) -> None:
    """Have the chat join the case of the code that is kept for it, unless it has ended since.

    Where everything may be said in it, it is handed what other chats could not carry.
    """
    code = await chat_codes.used_by(tx, here.session_id, here.now)
    refused = await _refused(tx, code, here, only_own=False)
    if code is None or refused:
        await _tell_here(tx, here, refused or "lapsed")
        return
    await chat_codes.use_up(tx, code.code_hash)
    # They would lead into the case that ends here.
    await chat_codes.revoke(tx, here.session_id)
    await queue.drop(tx, here.case_id, _LEFT)
    if await chat_codes.move_chat(tx, here.session_id, here.case_id, code.case_id):
        await audit.joined(tx, case_id=code.case_id, number=here.case_id, at=here.now)
    if here.everything:
        await reach.hand_over(tx, code.case_id, (here.session_id, here.channel), here.now)
    joined = {"chat": effect.chat, "inviter": code.session_id, "locale": code.locale}
    await _tell(tx, here, code.case_id, here.session_id, "joined", **joined)
    await leaving.behind(tx, here.session_id, code.case_id, this=here.row_id)
    await _tell(tx, here, code.case_id, code.session_id, "used", channel=here.channel)


async def take_out(
    tx: AsyncConnection, here: Here, session_id: str, outcome: ChatOutcome = "removed"
) -> None:
    """Take a chat out of the case. It has a new one, which is empty, and is told so there."""
    new = await case_keys.new_case(tx)
    locale = await leaving.take_out(tx, session_id, here.case_id, new, here.now)
    if locale is not None:
        await _tell(tx, here, new, session_id, outcome, locale=locale)
        await leaving.behind(tx, session_id, new, this=here.row_id)


async def take_out_others(tx: AsyncConnection, here: Here) -> None:
    """Take all chats but this one out of a case that is erased."""
    for session_id in await leaving.others(tx, here.case_id, here.session_id):
        await take_out(tx, here, session_id, "erased")


async def tell_others(tx: AsyncConnection, here: Here, news: News) -> None:
    """Tell every other chat of the case what holds for it too."""
    for session_id in await leaving.others(tx, here.case_id, here.session_id):
        await inbox.add_update(
            tx,
            case_id=here.case_id,
            session_id=session_id,
            key=f"news:{here.row_id}:{news}:{session_id}",
            update=CaseNews(news=news),
            at=codec.moment(here.now),
        )


async def _tell_here(tx: AsyncConnection, here: Here, outcome: ChatOutcome, **more: Any) -> None:
    await _tell(tx, here, here.case_id, here.session_id, outcome, **more)


async def _tell(
    tx: AsyncConnection, here: Here, case_id: str, to: str, outcome: ChatOutcome, **more: Any
) -> None:
    await inbox.add_update(
        tx,
        case_id=case_id,
        session_id=to,
        key=f"code:{here.row_id}:{outcome}:{to}",
        update=CodeTried(outcome=outcome, **more),
        at=codec.moment(here.now),
    )


async def _refused(
    tx: AsyncConnection, code: Row | None, here: Here, *, only_own: bool
) -> ChatOutcome | None:
    if code is not None and code.case_id == here.case_id:
        return "same"
    # A chat with a case of its own is told so whether or not the code is right.
    if only_own or await chat_codes.holds_files(tx, here.case_id):
        return "own"
    return None
