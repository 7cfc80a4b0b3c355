"""PDFium, which only one thread of a process at a time may use, whatever it is used for."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pypdfium2

_LOCK = threading.Lock()


@contextmanager
def opened(pdf: Path | bytes) -> Iterator[pypdfium2.PdfDocument]:
    """A PDF, open. All others wait, so nothing slow belongs inside, and nothing of it outlives this.

    Raises `pypdfium2.PdfiumError` where it is no PDF.
    """
    with _LOCK:
        document = pypdfium2.PdfDocument(pdf)
        try:
            yield document
        finally:
            document.close()
