"""What is uploaded as a translation: a document that a specialist can open, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bot.channels.plain import PlainFile
from bot.jobs.children import ChildDied, TookTooLong
from bot.web.shell import Shell

_SECONDS = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What a file is by its content, and its SHA-256 in hexadecimal."""

    media_type: str
    sha256: str


async def usable(shell: Shell, file: PlainFile) -> Looked | None:
    """What a stored file is, or None where it is no document."""
    try:
        async with shell.blobs.local(file.ref) as path:
            return await shell.decoders.run(_SECONDS, look, path)
    except (ChildDied, TookTooLong, FileNotFoundError):
        return None


def look(path: Path) -> Looked | None:
    """What a file is; None for what is no document. For a process with limits."""
    from bot.intake.contents import take
    from bot.intake.documents import DOCUMENT_KINDS
    from bot.intake.limits import MIB, Refused
    from bot.intake.plain_text import kind_of
    from bot.intake.sniff import MEDIA_TYPES

    with path.open("rb") as file:
        content = take(iter(lambda: file.read(4 * MIB), b""))
    try:
        kind = kind_of(content)
        return (
            Looked(media_type=MEDIA_TYPES[kind], sha256=content.sha256)
            if kind in DOCUMENT_KINDS
            else None
        )
    except Refused:
        return None
    finally:
        content.close()
