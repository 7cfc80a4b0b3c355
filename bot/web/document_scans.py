"""Documents that come in at the desk or from another system are looked into before anybody gets them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.plain import PlainFile
from bot.jobs import document_scan
from bot.store import codec, scans
from bot.store.scans import Scanned
from bot.web.desk_marks import scan_words
from bot.web.desk_queries import note
from bot.web.shell import Shell
from checklist.case import Case
from checklist.text import Text, _

REFUSED: Final = _(
    "A computer virus was found in this document, so it was not taken in. "
    "Please make a new copy on another computer, and upload that."
)
WAITS: Final = _(
    "The opinion waits for the virus scan, and was not sent. Please send it again in a few minutes. "
    "If that does not help, ask whoever runs the assistant whether the virus scanner answers."
)
#: Of a document of an opinion.
UNSENT: Final = _("Not scanned for viruses yet. It can be sent after the scan.")


class Infected(Exception):
    """Something was found in a document; nothing of it may be kept."""


async def looked_into(
    shell: Shell, files: Iterable[PlainFile], *, case_id: str, actor: str
) -> Mapping[str, Scanned | None]:
    """What the scanner says of files that have just come, by their blobs. Raises Infected, on record."""
    said = dict[str, Scanned | None]()
    for one in files:
        found = await document_scan.at_once(shell.settings, shell.blobs, shell.children, one.ref)
        if found is not None and found.state == "infected":
            await note(
                shell.db, case_id=case_id, at=shell.clock(), actor=actor,
                action="document.infected", object_="",
            )  # fmt: skip
            raise Infected
        said[one.ref] = found
    return said


async def keep(
    tx: AsyncConnection, shell: Shell, *, case_id: str, document_id: str, said: Scanned | None
) -> None:
    """Keep what was said beside the document's row."""
    await document_scan.keep(
        tx, shell.queue, case_id=case_id, document_id=document_id, said=said,
        now=codec.seconds(shell.clock()),
    )  # fmt: skip


async def opinion_waits(shell: Shell, case: Case) -> bool:
    """Whether a document of the opinion is yet to be looked into, which is asked for."""
    if case.desk.opinion is None:
        return False
    only = {file.id for file in case.desk.opinion.files}
    ask = partial(
        document_scan.ask,
        settings=shell.settings, queue=shell.queue, case_id=case.id, only=only,
    )  # fmt: skip
    return bool(await shell.db.write(lambda tx: ask(tx)))


async def marks(
    shell: Shell, case_id: str, ids: Iterable[str], *, waiting: Text | None = None
) -> Mapping[str, str]:
    """What is known of these documents of a case, in the coordinators' language, by their ids.

    `waiting` says what is held up by one that is yet to be looked into, where that is no package.
    """
    known = await shell.db.read(partial(scans.of_case, case_id=case_id))

    def words(said: Scanned | None) -> Text:
        if waiting is not None and said is not None and said.state == "waiting":
            return waiting
        return scan_words(said)

    locale = shell.settings.coordinator_locale
    return {one: shell.languages.say(words(known.get(one)), locale) for one in ids}
