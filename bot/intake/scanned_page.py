"""The words of one page that is a picture, read by tesseract: a machine's guess, never a fact.

It runs in a limited process (`limited.py`), as the program that it starts does: both read what
strangers sent. Nothing is written to the disk.
"""

from __future__ import annotations

import io
import os
import subprocess
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from bot.intake.limited import Values, follow_parent
from bot.intake.limits import Refused

if TYPE_CHECKING:
    from PIL import Image

PROGRAM: Final = "tesseract"
#: The longer side of what is read, in pixels: a page of A4 with 200 dots to the inch.
_LONG: Final = 2400
#: A photograph with fewer is made twice as large, since letters of ten pixels are read badly.
_SHORT: Final = 1200
#: Larger pictures are not decoded: no phone takes them.
_PIXELS: Final = 60_000_000
_LETTERS: Final = 20_000
#: A page with this many letters of its own needs no machine.
_SOME: Final = 12


def page_words(values: Values, files: Sequence[int]) -> Values:
    """The `words` of a page, how many `pages` there are, and whether it `scanned` this one at all.

    `values`: `pdf`, whether it is one, `heic` likewise; `page` from 0; `languages` as tesseract
    names them. Raises `Refused` for a picture that can't be read, or is too large.
    """
    with open(files[0], "rb", closefd=False) as file:
        file.seek(0)
        image, pages = _pdf(file, values["page"]) if values["pdf"] else _picture(file, values)
    if image is None:
        return {"pages": pages, "scanned": False, "words": ""}
    return {"pages": pages, "scanned": True, "words": _read(_sized(image), values["languages"])}


def _pdf(file: io.BufferedReader, number: int) -> tuple[Image.Image | None, int]:
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(file)
        try:
            page = document[number]
            text = page.get_textpage().get_text_bounded()
            if len("".join(text.split())) >= _SOME:
                return None, len(document)
            longest = max(*page.get_size(), 1.0)
            image: Image.Image = page.render(scale=_LONG / longest, grayscale=True).to_pil().copy()
            return image, len(document)
        finally:
            document.close()
    except pypdfium2.PdfiumError:
        raise Refused("damaged_document") from None


def _picture(file: io.BufferedReader, values: Values) -> tuple[Image.Image, int]:
    from PIL import Image, ImageOps

    if values["heic"]:
        from pi_heif import register_heif_opener

        register_heif_opener()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            picture: Image.Image = Image.open(file)
            if picture.width * picture.height > _PIXELS:
                raise Refused("bomb")
            picture.draft("L", (_LONG, _LONG))
            turned = ImageOps.exif_transpose(picture)
            return _on_white(turned), 1
    except (MemoryError, Refused):
        raise
    except Exception:  # Pillow's parsers raise whatever broken bytes lead them to
        raise Refused("damaged_document") from None


def _on_white(picture: Image.Image) -> Image.Image:
    from PIL import Image

    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        clear = picture.convert("RGBA")
        page = Image.new("RGBA", clear.size, (255, 255, 255, 255))
        picture = Image.alpha_composite(page, clear)
    return picture.convert("L")


def _sized(image: Image.Image) -> Image.Image:
    longest = max(image.size)
    if longest > _LONG:
        image.thumbnail((_LONG, _LONG))
    elif longest < _SHORT:
        image = image.resize((image.width * 2, image.height * 2))
    return image.convert("L")


def _read(image: Image.Image, languages: Sequence[str]) -> str:
    buffer = io.BytesIO()
    image.save(buffer, "PPM")
    image.close()
    said = subprocess.run(
        [PROGRAM, "stdin", "stdout", "-l", "+".join(languages), "--psm", "3"],
        input=buffer.getvalue(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        # Its threads wait for each other more than they work, and there are others on this machine.
        env=os.environ | {"OMP_THREAD_LIMIT": "1"},
        preexec_fn=follow_parent,  # This process has one thread.
        check=False,
    )
    if said.returncode:
        raise Refused("damaged_document")
    return (
        said.stdout.decode("utf-8", "ignore").replace("\0", "").replace("\f", "").strip()[:_LETTERS]
    )
