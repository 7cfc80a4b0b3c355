"""What tesseract makes of a document without text, where the operator has installed it.

A machine's reading may be wrong in any letter and any digit. It is kept beside the record as what it
is, and helps a person to find and to compare; no fact of a case is ever taken from it.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import BinaryIO, Final

from bot.intake.limited import Caps, Died, call
from bot.intake.limits import MIB, Refused
from bot.intake.scanned_page import PROGRAM, page_words

#: Pages of a document that are read, and the seconds for all of them.
PAGES: Final = 5
SECONDS: Final = 240.0
_MOST: Final = 128 * MIB
#: A page takes 1 to 4 seconds and 110 MB.
_CAPS: Final = Caps(
    memory=1024 * MIB, file_bytes=64 * MIB, cpu_seconds=60, wall_seconds=90.0, open_files=64
)
#: So many at once take twice the time of one, and read it as well: who writes in one language may
#: send papers in another.
_LANGUAGES: Final = 4

#: Tesseract's languages by ours; the first that is installed is taken.
NAMES: Final = {
    "en": ("eng",), "ru": ("rus",), "ar": ("ara",), "zh": ("chi_sim", "chi_tra"),
    "zh-hant": ("chi_tra", "chi_sim"), "de": ("deu",), "fr": ("fra",), "es": ("spa",),
    "it": ("ita",), "pt": ("por",), "tr": ("tur",), "uk": ("ukr",), "fa": ("fas",), "pl": ("pol",),
}  # fmt: skip

#: The Debian packages for the languages that the assistant speaks.
PACKAGES: Final = {
    "eng": "tesseract-ocr-eng", "rus": "tesseract-ocr-rus", "chi_sim": "tesseract-ocr-chi-sim",
    "ara": "tesseract-ocr-ara",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineReading:
    """What was read. `scanned` counts the pages that have no text of their own, of those looked at."""

    pages: int = 0
    scanned: int = 0
    words: str = ""


def can_read_scans() -> bool:
    """Whether tesseract is installed on this machine."""
    return shutil.which(PROGRAM) is not None


@cache
def installed_languages() -> tuple[str, ...]:
    """The languages that tesseract can read on this machine; () where it isn't installed."""
    if not can_read_scans():
        return ()
    said = subprocess.run([PROGRAM, "--list-langs"], capture_output=True, check=False, timeout=20)
    names = said.stdout.decode("utf-8", "replace").split("\n")[1:]
    return tuple(name for name in names if name and name not in ("osd", "equ"))


def missing_reading() -> tuple[str, ...]:
    """The Debian packages without which scans in the languages offered aren't read by a machine."""
    there = installed_languages()
    lacking = tuple(package for name, package in PACKAGES.items() if name not in there)
    return lacking if can_read_scans() else ("tesseract-ocr", *lacking)


def languages_for(tags: Iterable[str], installed: Sequence[str]) -> tuple[str, ...]:
    """The languages to read with: those of these BCP 47 tags in their order, and English."""
    chosen: dict[str, None] = {}
    for tag in (*tags, "en"):
        plain = tag.lower().replace("_", "-")
        names = NAMES.get(plain) or NAMES.get(plain.split("-", maxsplit=1)[0], ())
        chosen |= dict.fromkeys([name for name in names if name in installed][:1])
    return tuple(chosen)[:_LANGUAGES] or tuple(installed)[:1]


def read_by_machine(
    path: Path, member: str, span: tuple[int, int] | None, languages: Sequence[str]
) -> MachineReading:
    """The words of a document's first pages that are pictures; never raises for what is in it.

    It is called in a child that ends with the program; each page is read in a process with limits.
    """
    from bot.intake.contents import take
    from bot.intake.documents import PICTURE_KINDS
    from bot.intake.members import Members
    from bot.intake.pdf_parts import part_of
    from bot.intake.plain_text import chunks_of

    try:
        if span is not None:
            with tempfile.TemporaryFile() as file:
                file.write(part_of(path, member, *span))
                return _pages(file, {"pdf": True, "heic": False}, languages)
        with Members() as members:
            content = take(chunks_of(members.open(path, member)))
        try:
            if content.kind != "pdf" and content.kind not in PICTURE_KINDS:
                return MachineReading()
            with tempfile.TemporaryFile() as file:
                shutil.copyfileobj(content.open(), file)
                kinds = {"pdf": content.kind == "pdf", "heic": content.kind == "heic"}
                return _pages(file, kinds, languages)
        finally:
            content.close()
    except MemoryError:
        raise
    except Exception:  # whatever broken bytes lead the parsers to
        return MachineReading()


def _pages(file: BinaryIO, kinds: dict[str, bool], languages: Sequence[str]) -> MachineReading:
    file.flush()
    until = time.monotonic() + SECONDS
    words: list[str] = []
    pages, scanned, number = 1, 0, 0
    while number < min(pages, PAGES) and time.monotonic() < until:
        asked = {**kinds, "page": number, "languages": list(languages)}
        number += 1
        try:
            said = call(page_words, asked, files=[file], caps=_CAPS)
        except (Died, Refused):
            # What it has read of the other pages stands.
            scanned += 1
            continue
        pages, scanned = int(said["pages"]), scanned + bool(said["scanned"])
        words.append(str(said["words"]))
    return MachineReading(
        pages=pages, scanned=scanned, words="\n\n".join(one for one in words if one)
    )
