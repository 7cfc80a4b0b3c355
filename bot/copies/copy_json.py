"""copy.json: everything that is kept of a case, for programs. `docs/copy.md` describes it.

The format has a name and a version of its own: fields are added within a version and never change
their meaning. Times are UTC, languages BCP 47 tags.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, Final

from bot.copies.gathering import Kept, Line
from bot.handoff.case_json import case_json
from checklist.catalog import Catalog
from checklist.progress import checklist_for
from checklist.summary import summarize
from handlers.languages import Languages

FORMAT: Final = "second-opinion-copy"
VERSION: Final = 1


def copy_json(
    kept: Kept, locale: str, languages: Languages, catalog: Catalog, *, made_at: datetime
) -> bytes:
    """The document as UTF-8 JSON; the texts of the assistant are in the patient's language."""
    checklist = checklist_for(kept.case, catalog)
    case = case_json(
        kept.case,
        checklist,
        summarize(kept.case, checklist, catalog),
        (),
        kept.files,
        apart=(),
        languages=languages,
        review_locale=locale,
        built_at=made_at,
    )
    document = {
        "format": FORMAT,
        "version": VERSION,
        "made_at": _time(made_at),
        "language": locale,
        "case": json.loads(case),
        "messages": [_message(line, locale, languages) for line in kept.lines],
        "accesses": [
            {"at": _time(one.at), "role": one.role, "name": one.name, "action": one.action}
            for one in kept.accesses
        ],
        "files": [
            {
                "path": one.path,
                "original_name": one.original_name,
                "sha256": one.sha256,
                "bytes": one.size,
            }
            for one in kept.entries
        ],
    }
    text = json.dumps(document, ensure_ascii=False, indent=2)
    return f"{text}\n".encode("utf-8", "replace")


def _message(line: Line, locale: str, languages: Languages) -> dict[str, Any]:
    if line.said is not None:
        return {
            "at": _time(line.at),
            "channel": line.chat,
            "by": "you",
            "text": line.said.text,
            "pressed": line.said.choice_id,
            "files": [one.filename for one in line.said.attachments],
        }
    reply = line.reply
    return {
        "at": _time(line.at),
        "channel": line.chat,
        "by": (reply.human if reply else "") or "assistant",
        "text": "\n".join(languages.say(text, locale) for text in reply.text) if reply else "",
        "pressed": None,
        "files": [],
    }


def _time(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
