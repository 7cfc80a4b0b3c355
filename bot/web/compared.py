"""Two documents compared, as pages show it: side by side, with the words around each difference."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.jobs import plain_text
from bot.store import translations
from bot.store.db import Row
from bot.web.desk_translation_wording import DIFFERENCE, OF
from bot.web.shell import Shell
from checklist.text import Text
from checklist.translation_check import Mention, compare

Say = Callable[[Text], str]

#: More rows than anybody reads; how many more there are is said.
_MOST = 100


async def compared(
    shell: Shell,
    say: Say,
    *,
    case_id: str,
    original: str,
    translation: str,
    source: str = "",
    target: str = "",
) -> dict[str, Any]:
    """What came of comparing two documents by their ids.

    `state` is `waits` until both were read, `scan` where one has no text, else `read`.
    """

    async def texts(tx: AsyncConnection) -> tuple[Row | None, Row | None]:
        return await translations.text_of(tx, original), await translations.text_of(tx, translation)

    theirs, ours = await shell.db.read(texts)
    if theirs is None or ours is None:
        await ask_for(
            shell, case_id, [original] * (theirs is None) + [translation] * (ours is None)
        )
        return {"state": "waits", "rows": [], "agree": 0, "more": 0}
    if theirs.state != "read" or ours.state != "read":
        return {"state": "scan", "rows": [], "agree": 0, "more": 0}
    both = partial(compare, theirs.words, ours.words, source=source, target=target)
    came = await asyncio.to_thread(both)
    return {
        "state": "read",
        "partly": bool(theirs.scanned or ours.scanned),
        "agree": came.agree,
        "more": max(0, len(came.differences) - _MOST),
        "rows": [
            {
                "kind": one.kind,
                "what": f"{say(OF[one.of])}: {say(DIFFERENCE[one.kind])}",
                "original": _shown(one.original),
                "translation": _shown(one.translation),
            }
            for one in came.differences[:_MOST]
        ],
    }


def _shown(mention: Mention | None) -> tuple[str, str, str] | None:
    return None if mention is None else (mention.before, mention.words, mention.after)


async def ask_for(shell: Shell, case_id: str, document_ids: list[str]) -> None:
    """Have documents read that nobody has read yet."""

    async def work(tx: AsyncConnection) -> None:
        for document_id in document_ids:
            await plain_text.ask(tx, shell.queue, case_id, document_id)

    if document_ids:
        await shell.db.write(work)
