"""Late readings: what was read of an erased case is not kept in the one that began under its number."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.intake.machine_reading import MachineReading
from bot.intake.plain_text import PlainText
from bot.jobs import draft, machine_reading, plain_text
from bot.jobs.queue import Job
from bot.store import cases
from bot.store.blobs import Blob
from bot.store.schema import document_text
from checklist.case import Case
from handlers.effects import EraseCase
from handlers.session import Session
from handlers.turn import Turn
from handlers.updates import InboundMessage, Update
from tests.engine import Engine, opened, say


def again(session: Session, case: Case, update: Update, **_: Any) -> Turn:
    """Erases at the word "erase", and begins anew at any other, as the conversation does."""
    session = replace(session, version=session.version + 1)
    if isinstance(update, InboundMessage) and update.text == "erase":
        effects = (EraseCase(), say("All is erased."))
        return Turn(session=session, case=case.forgotten(), effects=effects)
    if case.erased:
        case = Case(id=case.id, opened_at=case.opened_at, version=case.version)
    return Turn(session=session, case=case, effects=(say("hello"),))


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[Engine]:
    async with opened(tmp_path, script=cast(Any, again)) as engine:
        for words in ("hello", "erase", "hello"):
            await engine.hear(words)
            await engine.settle()
        yield engine


def _ends(engine: Engine, job: Job, case: Case) -> dict[str, Callable[..., Awaitable[None]]]:
    """How each of the readings keeps what it has read."""
    shell = cast(Any, engine)
    blob = Blob(id="late", size=1, sha256="0" * 64)
    read = PlainText(state="read", pages=1, scanned=0, words="a tumour")
    guess = MachineReading(pages=1, scanned=1, words="a tumour")
    return {
        "machine": partial(machine_reading._keep, shell=shell, job=job, read=guess),
        "text": partial(plain_text._keep, shell=shell, job=job, read=read),
        "draft": partial(draft._tell, shell=shell, job=job, case=case, blob=blob, words="a tumour"),
    }


@pytest.mark.parametrize("reading", ["machine", "text", "draft"])
async def test_what_is_read_after_an_erasure_and_a_new_start_is_kept_nowhere(
    engine: Engine, reading: str
) -> None:
    (row,) = await cases.list_cases(engine.db)
    assert not row.case.erased
    args = {"case": row.case.id, "record": "r1", "document": "r1", "by": "Li Wei"}
    job = Job(id=1, kind=reading, args=args, attempt=1, lease="l", case_id=row.case.id)
    keep = _ends(engine, job, row.case)[reading]

    async def work(tx: AsyncConnection) -> None:
        await keep(tx)

    await engine.db.write(work)
    assert await engine.rows(document_text) == []
