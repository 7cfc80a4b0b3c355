"""Opening PDF and Office files that are locked with a password, in a limited process."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import Any, BinaryIO, Literal

from bot.intake.limited import Caps, Values
from bot.intake.limits import GIB
from bot.intake.sniff import Kind
from bot.intake.unpacking import call_refusing

#: `plain`: nothing in it is locked.
Outcome = Literal["unlocked", "wrong_password", "unreadable", "plain"]

LOCKABLE: frozenset[Kind] = frozenset({"pdf", "ole"})
_CAPS = Caps(file_bytes=2 * GIB, cpu_seconds=120, wall_seconds=180.0)

#: https://pdfium.googlesource.com/pdfium/+/refs/heads/main/public/fpdfview.h, FPDF_ERR_*
_PASSWORD = 4


def unlock_document(file: BinaryIO, kind: Kind, to: BinaryIO, passwords: Sequence[str]) -> Outcome:
    """Write a document without its password, which is one of these; both are files on disk.

    Raises `Refused`.
    """
    work = _unlock_pdf if kind == "pdf" else _unlock_office
    said = call_refusing(work, {"passwords": list(passwords)}, files=(file, to), caps=_CAPS)
    outcome: Outcome = said["outcome"]
    to.seek(0, 2)
    return outcome


# ---- in the limited process --------------------------------------------------------------------


def _unlock_pdf(values: Values, files: Sequence[int]) -> Values:
    import pypdfium2
    from pypdfium2 import raw

    with open(files[0], "rb", closefd=False) as source:
        data = source.read()

    def opened(password: str | None) -> tuple[Any, int]:
        try:
            return pypdfium2.PdfDocument(data, password=password), 0
        except pypdfium2.PdfiumError as error:
            return None, getattr(error, "err_code", None) or -1

    document, error = opened(None)
    if document is not None:
        return {"outcome": "plain"}
    if error != _PASSWORD:
        return {"outcome": "unreadable"}
    for password in values["passwords"]:
        document, error = opened(password)
        if error != _PASSWORD:
            break
    if document is None:
        return {"outcome": "wrong_password" if error == _PASSWORD else "unreadable"}
    with open(files[1], "wb", closefd=False) as to:
        document.save(to, flags=raw.FPDF_REMOVE_SECURITY)
    return {"outcome": "unlocked"}


def _unlock_office(values: Values, files: Sequence[int]) -> Values:
    import msoffcrypto
    from msoffcrypto import exceptions

    with open(files[0], "rb", closefd=False) as source:
        try:
            document = msoffcrypto.OfficeFile(source)
            if not document.is_encrypted():
                return {"outcome": "plain"}
            for password in values["passwords"]:
                with contextlib.suppress(exceptions.InvalidKeyError):
                    document.load_key(password=password, verify_password=True)
                    with open(files[1], "wb", closefd=False) as to:
                        document.decrypt(to)
                    return {"outcome": "unlocked"}
        except Exception:  # Its parsers raise whatever broken bytes lead them to.
            return {"outcome": "unreadable"}
    return {"outcome": "wrong_password"}
