"""The links of a PDF's pages, as PDFium reads them."""

from __future__ import annotations

import ctypes

import pypdfium2
import pypdfium2.raw as pdfium


def links_of(pdf: bytes) -> list[str]:
    """Where each link of the first page leads, in the order in which they stand."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        page = document[0]
        start, link = ctypes.c_int(0), pdfium.FPDF_LINK()
        found = []
        while pdfium.FPDFLink_Enumerate(page, ctypes.byref(start), ctypes.byref(link)):
            action = pdfium.FPDFLink_GetAction(link)
            size = pdfium.FPDFAction_GetURIPath(document, action, None, 0)
            buffer = ctypes.create_string_buffer(size)
            pdfium.FPDFAction_GetURIPath(document, action, buffer, size)
            found.append(buffer.value.decode())
        return found
    finally:
        document.close()
