"""Unlocking: a copy without the password of a locked zip or PDF."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path
from typing import Literal

import pypdfium2
from pypdfium2 import raw

from bot.intake.limits import LIMITS, MIB, Limits

_PIECE = MIB

Unlocked = Literal["unlocked", "wrong_password", "unreadable"]


def unlocked(
    path: Path,
    password: str,
    to: Path,
    *,
    limits: Limits = LIMITS,
    original: Path | None = None,
) -> Unlocked:
    """Write the plain copy of a locked file to `to`: a stored zip, or a PDF without a password.

    Where `path` is such a copy already, `original` is what it was made of, and is tried next. Where
    it is not "unlocked", what lies at `to` is of no use.
    """
    outcome = _tried(path, password, to, limits)
    if outcome != "unlocked" and original is not None:
        again = _tried(original, password, to, limits)
        outcome = again if again != "unreadable" else outcome
    return outcome


def _tried(path: Path, password: str, to: Path, limits: Limits) -> Unlocked:
    with path.open("rb") as file:
        begin = file.read(5)
    try:
        return _pdf(path, password, to) if begin == b"%PDF-" else _zip(path, password, to, limits)
    except (OSError, NotImplementedError, zipfile.BadZipFile, pypdfium2.PdfiumError):
        return "unreadable"


def _pdf(path: Path, password: str, to: Path) -> Unlocked:
    try:
        document = pypdfium2.PdfDocument(path, password=password)
    except pypdfium2.PdfiumError as error:
        return "wrong_password" if getattr(error, "err_code", None) == 4 else "unreadable"
    try:
        document.save(to, flags=raw.FPDF_REMOVE_SECURITY)
    finally:
        document.close()
    return "unlocked"


def _zip(path: Path, password: str, to: Path, limits: Limits) -> Unlocked:
    room = min(limits.inflated, max(limits.floor, path.stat().st_size * limits.ratio))
    locked = 0
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(to, "w") as plain:
        for member in source.infolist():
            locked += member.flag_bits & 1
            # Old programs write a password in the code page of its country; most are ASCII.
            secret = password.encode()
            try:
                with (
                    source.open(member, pwd=secret) as inflated,
                    plain.open(member.filename, "w", force_zip64=True) as stored,
                ):
                    while piece := inflated.read(_PIECE):
                        room -= len(piece)
                        if room < 0:
                            return "unreadable"
                        stored.write(piece)
            except (RuntimeError, zlib.error, zipfile.BadZipFile):
                if not member.flag_bits & 1:
                    return "unreadable"
                # One wrong password in 256 passes its first check, and fails at the checksum.
                return "wrong_password"
    return "unlocked" if locked else "unreadable"
