"""draft: have a machine translate a record, for a translator to go on from."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from functools import partial

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.jobs import plain_text
from bot.jobs.queue import NOTHING, Job, Later, Outcome, Permanent
from bot.jobs.shell import Shell
from bot.store import cases, codec, inbox, translations
from bot.store.blobs import Blob
from bot.translating.base import TranslateError
from bot.translating.document import DRAFT, draft_pdf
from bot.translating.registry import translator_of
from checklist.case import Case
from checklist.to_translate import language_of
from handlers.updates import CoordinatorActed

#: Seconds until what a document says is looked for again.
_PAUSE = 5.0


def key_of(record_id: str) -> str:
    """The key of a record's job."""
    return f"draft:{record_id}"


async def run(shell: Shell, job: Job) -> Outcome:
    """Draft it. A machine that is out of reach is asked again."""
    case = await shell.db.read(partial(cases.load_case, case_id=job.text("case")))
    record = case.record(job.text("record")) if case is not None else None
    if case is None or case.erased or record is None:
        return NOTHING
    if not case.agrees("machine_translation"):
        raise Permanent("not_agreed")
    said = await shell.db.read(partial(translations.text_of, document_id=record.id))
    if said is None:
        await shell.db.write(
            lambda tx: plain_text.ask(tx, shell.queue, job.text("case"), job.text("record"))
        )
        raise Later(_PAUSE, "not_read_yet")
    if said.state != "read":
        raise Permanent("no_text")
    lines = await _translated(shell, said.words, language_of(case, record))
    pdf = await asyncio.to_thread(
        draft_pdf,
        lines,
        title=f"{case.id} {record.id}",
        locale=shell.settings.review_locale,
        mark=DRAFT,
        languages=shell.languages,
    )
    blob = await shell.blobs.put(once(pdf), case_id=case.id)
    return Outcome(
        effect=partial(_tell, shell=shell, job=job, case=case, blob=blob, words="\n".join(lines)),
        undo=partial(shell.blobs.delete, blob.id),
    )


async def _translated(shell: Shell, words: str, source: str) -> list[str]:
    machine = translator_of(shell.settings)
    if machine is None:
        raise Permanent("no_machine")
    try:
        lines = [line.strip() for line in words.splitlines()]
        return await machine.translate(lines, source=source, target=shell.settings.review_locale)
    except TranslateError as error:
        if error.lasting:
            raise Permanent(error.reason) from error
        raise
    finally:
        await machine.close()


async def _tell(
    tx: AsyncConnection, *, shell: Shell, job: Job, case: Case, blob: Blob, words: str
) -> None:
    now, record_id, file_id = shell.clock(), job.text("record"), secrets.token_hex(8)
    known = await cases.load_case(tx, case.id)
    # After an erasure a new case begins under the same number, without this record.
    if known is None or known.erased or known.record(record_id) is None:
        await shell.queue.add(tx, "erase", {"blobs": [blob.id]}, case_id=case.id)
        return
    name = f"{record_id}_draft.pdf"
    await translations.add(
        tx, file_id=file_id, case_id=case.id, record_id=record_id, name=name,
        media_type="application/pdf", size=blob.size, sha256=blob.sha256, blob_id=blob.id,
        now=codec.seconds(now),
    )  # fmt: skip
    # What it says is known, without the mark on each page.
    await translations.keep_text(
        tx, document_id=file_id, case_id=case.id, state="read", pages=None, scanned=0, words=words,
        now=codec.seconds(now),
    )  # fmt: skip
    acted = CoordinatorActed(
        action="translation_add",
        coordinator=job.text("by"),
        record_id=record_id,
        file_id=file_id,
        values={
            "name": name, "media_type": "application/pdf", "size": str(blob.size),
            "sha256": blob.sha256, "draft": "yes", "reader": shell.settings.review_locale,
        },
        key=f"draft-{job.id}",
    )  # fmt: skip
    await inbox.add_update(
        tx, case_id=case.id, key=f"desk:{case.id}:draft-{job.id}", update=acted, at=now
    )


async def once(body: bytes) -> AsyncIterator[bytes]:
    """All of it, as a stream."""
    yield body
