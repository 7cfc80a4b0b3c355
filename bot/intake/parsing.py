"""What PDFium and Pillow say of a PDF or a picture.

Both are native code: what is here is only called in a limited process (`standing.py`), and gives
nothing back but values.
"""

from __future__ import annotations

import mmap
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING

from bot.intake.active_content import UNREAD, pdf_active
from bot.intake.limited import Values
from bot.intake.limits import Refused

if TYPE_CHECKING:
    from PIL import Image

# ---- PDF ---------------------------------------------------------------------------------------


def pdf(values: Values, files: Sequence[int]) -> Values:
    """How many `pages`, the `text` of the first of them, and what is `active` in all of it.

    `values`: `pages`, `text` at most.
    """
    import pypdfium2

    with open(files[0], "rb", closefd=False) as file:
        try:
            document = pypdfium2.PdfDocument(file)
        except pypdfium2.PdfiumError as error:
            # 4 is FPDF_ERR_PASSWORD, 5 an unknown security handler.
            locked = getattr(error, "err_code", None) in (4, 5)
            raise Refused("encrypted_document" if locked else "damaged_document") from None
        try:
            count = len(document)
            pages = [_page_text(document, index) for index in range(min(count, values["pages"]))]
        finally:
            document.close()
    if not count:
        raise Refused("damaged_document")
    return {
        "pages": count,
        "text": "\n".join(pages)[: values["text"]],
        "active": list(_active(files[0])),
    }


def _active(file: int) -> tuple[str, ...]:
    """What could run, over all of the file, which is mapped and not read."""
    try:
        with mmap.mmap(file, 0, access=mmap.ACCESS_READ) as data:
            return pdf_active(data)
    except (OSError, MemoryError):
        return (UNREAD,)


def _page_text(document: object, index: int) -> str:
    import pypdfium2

    try:
        page = document[index]  # type: ignore[index]  # pypdfium2 has no types
        text: str = page.get_textpage().get_text_bounded()
    except pypdfium2.PdfiumError:
        return ""  # one broken page doesn't make the document unreadable
    return text.replace("\r\n", "\n").replace("\0", "")


# ---- pictures ----------------------------------------------------------------------------------

#: Larger pictures are not decoded: no phone takes them.
_PIXELS = 60_000_000
#: A progressive JPEG has ten scans or so; each goes over all of the picture once more.
_SCANS = 100


def picture(values: Values, files: Sequence[int]) -> Values:
    """Whether a picture opens: `width`, `height`, `frames`, and whether it can be a `film`.

    `values`: its `kind`, and how many `scans` a JPEG has.
    """
    from PIL import Image

    kind = values["kind"]
    try:
        with warnings.catch_warnings(), open(files[0], "rb", closefd=False) as file:
            warnings.simplefilter("ignore")
            if kind == "png":
                Image.open(file).verify()
                file.seek(0)
            picture = Image.open(file)
            # Before `draft` below, which makes the picture smaller.
            width, height = picture.size
            frames: int = getattr(picture, "n_frames", 1) if kind == "tiff" else 1
            film = kind in ("jpeg", "png") and _dark_and_grey(picture, values["scans"])
    except Image.DecompressionBombError:
        raise Refused("bomb") from None
    except MemoryError:
        raise
    except Exception:  # Pillow's parsers raise whatever broken bytes lead them to
        raise Refused("damaged_document") from None
    return {"width": width, "height": height, "frames": frames, "film": film}


def _dark_and_grey(picture: Image.Image, scans: int) -> bool:
    """Whether most of a picture is nearly black and none of it coloured; a page is bright."""
    if picture.width * picture.height > _PIXELS or scans > _SCANS:
        return False
    picture.draft("RGB", (64, 64))
    small = picture.convert("RGB").resize((32, 32)).convert("HSV")
    saturation, value = small.getchannel("S").histogram(), small.getchannel("V").histogram()
    # Saturation means nothing in the dark, so colour counts only where there is light to see it.
    dark, bright = sum(value[:64]), sum(value[128:])
    coloured = sum(saturation[96:])
    return dark >= 512 and bright >= 20 and coloured <= dark
