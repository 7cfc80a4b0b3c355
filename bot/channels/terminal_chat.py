"""The loop of `second-opinion chat`: the same conversation, in one process, line by line."""

from __future__ import annotations

import asyncio
import json
import mimetypes
import secrets
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol, TextIO

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.fit import fit
from bot.channels.plain import PlainFile, raw_message
from bot.channels.terminal import TerminalChannel
from bot.channels.terminal_input import Line, lines_of, read_line
from bot.render import Rendered
from bot.signals import INBOX, JOBS, OUTBOX
from bot.store import cases, codec, inbox, messages, schema
from bot.store.db import Database, Row
from handlers.replies import Reply

#: What a line may start, and is waited for before the next one is read.
STARTED = ("fetch", "virus_scan", "index", "package", "timer")
#: What is finished, besides, before the program ends.
LEFT_OVER = ("notify", "erase")

# Seconds. A receipt's timer runs out within this time, a reminder's doesn't.
_SOON = 5.0
_GLANCE = 0.05

_INTERRUPTED = 130


class Jobs(Protocol):
    """The durable jobs."""

    async def unfinished(
        self, tx: AsyncConnection, case_id: str, kinds: Sequence[str], until: datetime
    ) -> int:
        """How many jobs of a case are still to run by then."""
        ...


class Program(Protocol):
    """The opened program, as the terminal sees it. It is not imported: it imports the channels."""

    @property
    def db(self) -> Database:
        """The store's rows."""
        ...

    @property
    def queue(self) -> Jobs:
        """The durable jobs."""
        ...

    @property
    def clock(self) -> Callable[[], datetime]:
        """The time, aware, UTC."""
        ...

    def running(self) -> AbstractAsyncContextManager[object]:
        """Take turns, send and work for as long as the block runs."""
        ...


async def chat(
    app: Program,
    *,
    stdin: TextIO,
    stdout: TextIO,
    as_json: bool,
    address: str = TerminalChannel.name,
    echo: bool = False,
    first: Sequence[str] = (),
) -> int:
    """Have the conversation until the input ends; the exit code, 130 when it was interrupted.

    With `echo` each line is shown before its answer, for a script whose play is to be read. The
    `first` lines are taken, and shown, before any of the input is read.
    Whatever was typed is in the inbox, so an interrupted chat is gone on with the next time.
    """
    talk = _Talk(app, stdout, as_json=as_json, address=address)
    prompt = stdin.isatty() and not as_json
    with _interruptible() as interrupted:
        try:
            async with app.running():
                await talk.open()
                for typed in first:
                    if (line := read_line(typed)) is not None:
                        talk.write(f"\n> {typed}")
                        await talk.take(line)
                lines = lines_of(stdin)
                with suppress(StopAsyncIteration):
                    while True:
                        if prompt:
                            talk.write("> ", end="")
                        typed = await anext(lines)
                        if (line := read_line(typed)) is None:
                            continue
                        if echo:
                            talk.write(f"\n> {typed.strip()}")
                        await talk.take(line)
                await talk.finish()
        except asyncio.CancelledError:
            if not interrupted():
                raise
            talk.write("")
            return _INTERRUPTED
    return 0


async def settle(app: Program, case_id: str, kinds: tuple[str, ...] = STARTED) -> None:
    """Wait until the case is quiet: nothing is left to be read, done or said.

    Jobs of these kinds are waited for that are under way or due soon; a reminder in some days and
    a job that is tried again in some minutes are not.
    """
    with app.db.signals.watch(INBOX, OUTBOX, JOBS) as watch:
        while not await _is_quiet(app, case_id, kinds):
            await watch.wait(_GLANCE)


async def _is_quiet(app: Program, case_id: str, kinds: tuple[str, ...]) -> bool:
    soon = app.clock() + timedelta(seconds=_SOON)
    unread = sa.select(sa.literal(1)).where(
        schema.inbox.c.case_id == case_id, schema.inbox.c.state == "new"
    )
    unsent = sa.select(sa.literal(1)).where(
        schema.message.c.case_id == case_id,
        schema.message.c.channel == TerminalChannel.name,
        schema.message.c.state.in_(messages.WAITING),
    )

    # One view of all three: what ends in one of them begins in another, in one transaction.
    async def look(tx: AsyncConnection) -> bool:
        return not (
            (await tx.execute(unread.limit(1))).first()
            or (await tx.execute(unsent.limit(1))).first()
            or await app.queue.unfinished(tx, case_id, kinds, soon)
        )

    return await app.db.read(look)


class _Talk:
    """One chat of the terminal: what was shown last, and what is typed next."""

    def __init__(self, app: Program, stdout: TextIO, *, as_json: bool, address: str) -> None:
        self._app = app
        self._stdout = stdout
        self._as_json = as_json
        self._address = address
        # A line is a message of its own, whatever was typed in an earlier run.
        self._run = secrets.token_hex(8)
        self._count = 0
        self._seen = 0
        self._last: Reply | None = None
        self._asked: Reply | None = None

    async def open(self) -> None:
        """Greet, or show the question that stands."""
        session = await self._session()
        if session is not None:
            for line in await messages.transcript(self._app.db, session.id):
                self._seen = line.id
        await self._say(opened=True)

    async def take(self, line: Line) -> None:
        """Say what a line says; the answer is shown before this returns."""
        if line.choice is not None:
            await self._say(choice=self._wire(line.choice))
            return
        files = [file for path in line.paths if (file := self._file(path)) is not None]
        if files or not line.paths:
            await self._say(text=line.text, files=files)

    async def finish(self) -> None:
        """See to it that nothing is left to do, and show what was said meanwhile."""
        session = await self._session()
        if session is not None:
            await settle(self._app, session.case_id, STARTED + LEFT_OVER)
            await self._show()

    def write(self, words: str, *, end: str = "\n") -> None:
        """Write to the terminal."""
        self._stdout.write(words + end)
        self._stdout.flush()

    # ---- what is typed -------------------------------------------------------------------------

    async def _say(
        self,
        *,
        text: str = "",
        choice: str | None = None,
        files: list[PlainFile] | None = None,
        opened: bool = False,
    ) -> None:
        self._count += 1
        external_id = f"terminal:{self._run}:{self._count}"
        await inbox.add(
            self._app.db,
            channel=TerminalChannel.name,
            external_id=external_id,
            address=self._address,
            raw=raw_message(
                external_id=external_id,
                address=self._address,
                text=text,
                choice=choice,
                files=files or (),
                opened=opened,
            ),
            received_at=self._app.clock(),
        )
        session = await self._session()
        if session is not None:
            await settle(self._app, session.case_id)
            await self._show()

    def _wire(self, choice: str) -> str:
        """What that button carries. For one that isn't there the conversation has an answer."""
        if choice.count(":") == 2:
            return choice
        known = {one.id for one in self._asked.choices} if self._asked else set()
        reply = self._asked if choice in known else self._last
        if reply is None:
            return choice
        return f"{reply.step}:{choice}:{reply.turn}"

    def _file(self, name: str) -> PlainFile | None:
        path = Path(name).expanduser()
        try:
            with path.open("rb"):
                size = path.stat().st_size
        except OSError as error:
            sys.stderr.write(f"{path}: {error.strerror}; it was not attached\n")
            return None
        kind, _ = mimetypes.guess_type(path.name)
        return PlainFile(ref=str(path.resolve()), name=path.name, media_type=kind or "", size=size)

    # ---- what is shown -------------------------------------------------------------------------

    async def _session(self) -> Row | None:
        return await self._app.db.read(
            lambda tx: cases.session_at(tx, TerminalChannel.name, self._address)
        )

    async def _show(self) -> None:
        session = await self._session()
        if session is None:
            return
        for line in await messages.transcript(self._app.db, session.id, self._seen):
            self._seen = line.id
            if line.reply is not None and line.rendered is not None:
                self._one(line.reply, codec.load(Rendered, line.rendered))

    def _one(self, reply: Reply, rendered: Rendered) -> None:
        self._last = reply
        if reply.choices:
            self._asked = reply
        (shown,) = fit(rendered, TerminalChannel.capabilities)
        choices = [
            {"id": choice.id, "label": label}
            for choice, (_, label) in zip(reply.choices, shown.choices, strict=True)
        ]
        if self._as_json:
            self.write(json.dumps(_line(shown, choices), ensure_ascii=False))
            return
        rows = [f"  {n}. [{one['id']}] {one['label']}" for n, one in enumerate(choices, 1)]
        pictures = [f"[{picture.alt}]" for picture in shown.pictures]
        self.write("\n".join(["", *pictures, shown.text, *([""] if rows else []), *rows]))


def _line(shown: Rendered, choices: list[dict[str, str]]) -> dict[str, object]:
    return {
        "step": shown.step,
        "text": shown.text,
        "choices": choices,
        "expects": shown.expects,
        "locale": shown.locale,
    }


@contextmanager
def _interruptible() -> Iterator[Callable[[], bool]]:
    """Let Ctrl-C end the task of this block, and tell afterwards whether it was that."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    pressed = False

    def interrupt() -> None:
        nonlocal pressed
        pressed = True
        if task is not None:
            task.cancel()

    # Elsewhere than in the main thread nobody presses keys.
    with suppress(ValueError, RuntimeError, NotImplementedError):
        loop.add_signal_handler(signal.SIGINT, interrupt)
    try:
        yield lambda: pressed
    finally:
        loop.remove_signal_handler(signal.SIGINT)
        if pressed and task is not None:
            task.uncancel()
