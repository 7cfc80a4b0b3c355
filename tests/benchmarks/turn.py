"""A durable turn of ours beside python-telegram-bot's, in one run, interleaved.

One turn is one text message: parsed, answered, and kept. Ours commits it to the inbox, takes the
turn, and commits that, each with the disk asked to keep it. Theirs is a ConversationHandler whose
PicklePersistence is flushed after each turn (which asks the disk for nothing), and a bare echo.
Nothing goes over a network: what a channel would send is taken at the last step before the wire.

Ours is measured three times: with a conversation that only echoes, as small as theirs; with the whole
one and a patient who answers it; and with the whole one and words that it can't take. Beside the time
stands what the processor alone did: the disk of a shared machine is seldom quiet.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from telegram import Update
from telegram.ext import (
    Application,
    ApplicationBuilder,
    ConversationHandler,
    MessageHandler,
    PicklePersistence,
    filters,
)
from telegram.request import BaseRequest, RequestData

from bot.channels.telegram import TelegramChannel
from bot.channels.telegram_message import parse as parse_telegram
from bot.jobs.lease_table import LeaseTable
from bot.paths import load_catalog, load_languages
from bot.store import inbox
from bot.store.db import Database
from bot.turn import Turns
from checklist.case import Answer, Case
from checklist.text import verbatim
from handlers import conversation
from handlers.effects import SendReply
from handlers.replies import Reply
from handlers.session import Session
from handlers.turn import Turn
from handlers.updates import InboundMessage

CHATS = 200
TURNS, ROUNDS = 200, 19
"""Turns of each kind in a round, and rounds; the kinds take turns round by round."""

Words = Callable[[int], str]


def greetings(number: int) -> str:
    """Words that answer no question."""
    return f"hello {number}"


def answers(number: int) -> str:
    """What a patient says, from the first word to the review. Each chat comes this way once."""
    return _ANSWERS[number // CHATS % len(_ANSWERS)]


_ANSWERS = (
    "Hello, I need a second opinion",
    "English",
    "Yes, I agree",
    "I am the patient",
    "Ana Maria Petrova",
    "12 April 1980",
    "Kazakhstan",
    "In March 2023 I noticed a lump in my left breast. The doctors in our town did an ultrasound and "
    "a biopsy, and found a tumor of 2 cm. They advise an operation and then six courses of medicine.",
    "Cancer or tumor",
    "From afar",
    "I don't have it",
    "Later",
    "I don't have it",
    "Skip",
    "Tamoxifen 20 mg once daily since May 2023\nMetformin 500 mg twice a day",
    "Since 2019",
    "none known",
    "March 2023 found a lump\nApril 2023 biopsy, a tumor of 2 cm\nsummer 2023 six courses of medicine",
    "Yes",
    "Do I need the operation?\nIs there another medicine?",
)


def an_update(number: int, words: Words = greetings) -> dict[str, Any]:
    """A text message as Telegram delivers it."""
    chat = 1000 + number % CHATS
    return {
        "update_id": number,
        "message": {
            "message_id": number,
            "date": 1_780_000_000 + number,
            "chat": {"id": chat, "type": "private", "first_name": "Ana"},
            "from": {"id": chat, "is_bot": False, "first_name": "Ana", "language_code": "en"},
            "text": words(number),
        },
    }


# ---- ours --------------------------------------------------------------------------------------


class Incoming:
    """Telegram's own parser; nothing is sent in this measurement."""

    capabilities = TelegramChannel.capabilities

    def parse(self, raw: Any, received_at: datetime) -> InboundMessage | None:
        return parse_telegram(raw, received_at)


def echo(session: Session, case: Case, update: Any, *, now: datetime, **_: Any) -> Turn:
    """The least of a conversation: keep an answer, and say it back."""
    answer = Answer(step="problem", at=now, text=update.text)
    reply = Reply(step="problem", turn=session.version + 1, text=(verbatim(update.text),))
    return Turn(
        session=replace(session, version=session.version + 1, last_inbound_at=now),
        case=case.with_answer(answer),
        effects=(SendReply(reply=reply),),
    )


async def ours(
    folder: Path, advance: Any, words: Words = greetings
) -> Callable[[int], Awaitable[None]]:
    """A durable turn: the inbox's transaction, and the turn's."""
    db = await Database.open(folder / "core.db")
    _OPEN.append(db.close)
    queue = LeaseTable(db, lambda: datetime.now(UTC))
    channels: dict[str, Any] = {"telegram": Incoming()}
    turns = Turns(
        db,
        channels,
        load_catalog(),
        load_languages(),
        lambda: datetime.now(UTC),
        queue,
        advance=advance,
    )

    async def turn(number: int) -> None:
        raw = an_update(number, words)
        await inbox.add(
            db,
            channel="telegram",
            external_id=str(number),
            address=str(raw["message"]["chat"]["id"]),
            raw=raw,
            received_at=datetime.now(UTC),
        )
        assert await turns.run_next()

    return turn


# ---- theirs ------------------------------------------------------------------------------------


class Stub(BaseRequest):
    """Answers as Telegram would, without a network."""

    read_timeout = 5.0

    async def initialize(self) -> None:
        """Nothing to open."""

    async def shutdown(self) -> None:
        """Nothing to close."""

    async def do_request(  # type: ignore[override]
        self, url: str, method: str, request_data: RequestData | None = None, **_: Any
    ) -> tuple[int, bytes]:
        if url.endswith("getMe"):
            bot = {"id": 1, "is_bot": True, "first_name": "B", "username": "b"}
            return 200, json.dumps({"ok": True, "result": bot}).encode()
        return 200, json.dumps({"ok": True, "result": an_update(1)["message"]}).encode()


async def theirs(folder: Path | None) -> Callable[[int], Awaitable[None]]:
    """A conversation with a pickle in this folder, flushed each turn; without one, a bare echo."""
    token = "1:" + "A" * 35
    builder = ApplicationBuilder().token(token).request(Stub()).get_updates_request(Stub())
    builder = builder.updater(None)

    async def answer(update: Update, context: Any) -> int:
        assert update.message is not None
        if folder is not None:
            context.user_data["problem"] = update.message.text
        await update.message.reply_text(update.message.text or "")
        return 1

    said: Any = MessageHandler(filters.TEXT, answer)
    if folder is not None:
        builder = builder.persistence(PicklePersistence(folder / "state.pickle"))
    app: Application[Any, Any, Any, Any, Any, Any] = builder.build()
    if folder is None:
        app.add_handler(said)
    else:
        app.add_handler(
            ConversationHandler(
                entry_points=[said], states={1: [said]}, fallbacks=[], name="c", persistent=True
            )
        )
    await app.initialize()
    _OPEN.append(app.shutdown)

    async def turn(number: int) -> None:
        await app.process_update(Update.de_json(an_update(number), app.bot))
        if folder is not None:
            await app.update_persistence()

    return turn


# ---- the run -----------------------------------------------------------------------------------

_OPEN: list[Callable[[], Awaitable[Any]]] = []


PICKLED = "theirs, ConversationHandler, pickle flushed"
BARE = "theirs, bare echo"


async def measure() -> dict[str, tuple[float, float]]:
    """Of each kind the median turn, and the processor's share of a turn, in microseconds."""
    with tempfile.TemporaryDirectory() as name:
        folders = [Path(name) / part for part in ("echo", "answered", "whole", "pickle")]
        for folder in folders:
            folder.mkdir()
        kinds = {
            "ours, echoing": await ours(folders[0], echo),
            "ours, a patient who answers": await ours(folders[1], conversation.advance, answers),
            "ours, words that it can't take": await ours(folders[2], conversation.advance),
            PICKLED: await theirs(folders[3]),
            BARE: await theirs(None),
        }
        times: dict[str, list[float]] = {kind: [] for kind in kinds}
        worked = dict.fromkeys(kinds, 0.0)
        number = 0
        for round_ in range(ROUNDS + 1):
            for kind, turn in kinds.items():
                before = time.process_time()
                for n in range(TURNS):
                    begun = time.perf_counter()
                    await turn(number + n)
                    if round_:  # The first warms up.
                        times[kind].append(time.perf_counter() - begun)
                if round_:
                    worked[kind] += time.process_time() - before
            number += TURNS
        for close in _OPEN:
            await close()
        _OPEN.clear()
    return {
        kind: (statistics.median(taken) * 1e6, worked[kind] / len(taken) * 1e6)
        for kind, taken in times.items()
    }


def main() -> None:
    """Print the medians, the processor's share, and the ratios of both."""
    found = asyncio.run(measure())
    print("one durable turn, median of", TURNS * ROUNDS, "and what the processor did for it")
    for kind, (median, worked) in found.items():
        print(f"  {kind:45} {median:6.0f} us  {worked:6.0f} us", end="")
        for name, other in (("theirs", PICKLED), ("the bare echo", BARE)):
            ratios = f"{median / found[other][0]:5.2f} and {worked / found[other][1]:4.2f}"
            print(f"  {ratios} of {name}", end="")
        print()


if __name__ == "__main__":
    main()
