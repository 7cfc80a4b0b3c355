"""Previews: a small picture and a larger one of a study, or of the first page of a document.

These functions run in a child process with limits, since what they decode was sent by strangers.
A preview that can't be made is a preview that isn't there: nothing here raises but for memory.
"""

from __future__ import annotations

import time
import warnings
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from bot.intake.limits import MIB, Refused

if TYPE_CHECKING:
    from PIL import Image

    from bot.intake.members import Members
    from bot.intake.picks import Pick, SeriesPicks
    from bot.intake.sheets import Strip

#: Bytes of a picture: for a phone, and for the desk.
SMALL_BYTES, LARGE_BYTES = 150_000, 2 * MIB
#: Pixels of a page or a photo, at most: for a phone, and for the desk.
_SMALL_PAGE, _LARGE_PAGE = (480, 640), (1400, 1800)
#: Larger pictures are not decoded: no phone takes them.
_MOST_PIXELS = 60_000_000
_MOST_BYTES = 256 * MIB

PHOTOS = frozenset(
    ("image/jpeg", "image/png", "image/webp", "image/tiff", "image/gif", "image/bmp", "image/heic")
)
PDF = "application/pdf"


@dataclass(frozen=True, slots=True, kw_only=True)
class Previews:
    """What was made: JPEGs, b"" where there is nothing to show; the small one's size in pixels.

    `failed` tells what could not be decoded and why, for the log: transfer syntaxes or media types,
    never a name.
    """

    small: bytes = b""
    large: bytes = b""
    size: tuple[int, int] = (0, 0)
    failed: tuple[str, ...] = ()


# ---- studies -----------------------------------------------------------------------------------


def study_previews(series: tuple[SeriesPicks, ...], *, seconds: float) -> Previews:
    """The contact sheets of a study, of what could be decoded within these seconds."""
    from bot.intake.sheets import LARGE, SMALL, chosen, draw, jpeg

    failed: Counter[str] = Counter()
    strips = _strips(series, time.monotonic() + seconds, failed)
    why = tuple(failed)
    if not any(tile is not None for strip in strips for tile in strip.tiles):
        return Previews(failed=why)
    few = chosen(strips, SMALL.rows)
    small = draw(few, SMALL, more=len(series) - len(few) - _captures(series, few))
    large = draw(strips[: LARGE.rows], LARGE, more=len(series) - len(strips[: LARGE.rows]))
    return Previews(
        small=jpeg(small, SMALL_BYTES),
        large=jpeg(large, LARGE_BYTES),
        size=small.size,
        failed=why,
    )


def _captures(series: tuple[SeriesPicks, ...], shown: tuple[Strip, ...]) -> int:
    """How many screenshots are left out on purpose: nobody misses them on a phone."""
    if any(strip.kind == "secondary_capture" for strip in shown):
        return 0
    return sum(one.kind == "secondary_capture" for one in series)


def _strips(series: tuple[SeriesPicks, ...], deadline: float, failed: Counter[str]) -> list[Strip]:
    from bot.intake.members import Members
    from bot.intake.sheets import LARGE, Strip, columns_of

    # As large as it will stand on the larger sheet.
    room = min(LARGE.tile, LARGE.across // columns_of(len(one.picks) for one in series))
    strips = []
    with Members() as members:
        for one in series:
            tiles: list[Image.Image | None] = []
            for pick in one.picks:
                in_time = time.monotonic() < deadline
                tiles.append(_tile(members, pick, room, failed) if in_time else None)
            if time.monotonic() >= deadline:
                failed["out_of_time"] += 1
                if not any(tiles):
                    break
            strips.append(
                Strip(label=one.label, kind=one.kind, images=one.images, tiles=tuple(tiles))
            )
    return strips


def _tile(members: Members, pick: Pick, room: int, failed: Counter[str]) -> Image.Image | None:
    from bot.intake.codecs import NoPicture
    from bot.intake.frames import read_frame
    from bot.intake.sheets import tile_of

    try:
        file = members.open(pick.path, pick.member)
        return tile_of(read_frame(file, pick.frame, room), room)
    except NoPicture as error:
        reason = error.reason
    except (Refused, OSError, KeyError, MemoryError) as error:
        reason = type(error).__name__.lower()
    failed[f"{pick.syntax or 'unknown'} {reason}"] += 1
    return None


# ---- documents ---------------------------------------------------------------------------------


def has_preview(media_type: str) -> bool:
    """Whether there is anything to show of a document of this kind."""
    return media_type == PDF or media_type in PHOTOS


def document_previews(path: Path, member: str, media_type: str) -> Previews:
    """The first page of a PDF or a TIFF, or a photo, upright; nothing else of the file."""
    from bot.intake.members import Members

    with warnings.catch_warnings(), Members() as members:
        # Pillow warns of large pictures, which are refused here, and of odd metadata.
        warnings.simplefilter("ignore")
        try:
            file = members.open(path, member)
            page = _page(file) if media_type == PDF else _photo(file, media_type)
            return _shown(page)
        except Exception as error:  # whatever broken bytes lead the parsers to
            return Previews(failed=(f"{media_type} {type(error).__name__}",))


def _page(file: BinaryIO) -> Image.Image:
    from bot.pdfium import opened

    data = file.read(_MOST_BYTES)
    with opened(data) as document:
        page = document[0]
        width, height = page.get_size()
        scale = min(_LARGE_PAGE[0] / max(width, 1), _LARGE_PAGE[1] / max(height, 1))
        # Copied, for its pixels are PDFium's own and go with the document.
        image: Image.Image = page.render(scale=scale).to_pil().copy()
    return image


def _photo(file: BinaryIO, media_type: str) -> Image.Image:
    from PIL import Image, ImageOps

    if media_type == "image/heic":
        from pi_heif import register_heif_opener

        register_heif_opener()
    picture: Image.Image = Image.open(file)
    if picture.width * picture.height > _MOST_PIXELS:
        raise Refused("bomb")
    # A JPEG can be decoded at a half, a quarter or an eighth, which is quicker by as much.
    picture.draft("RGB", _LARGE_PAGE)
    # Turned as the phone was held; with that, and with nothing else, its EXIF is used up.
    picture = ImageOps.exif_transpose(picture)
    if picture.mode in ("I;16", "I;16B", "I;16L", "I", "F"):
        low, high = picture.getextrema()
        width = max(1.0, float(high) - float(low))  # type: ignore[arg-type]  # one channel
        picture = picture.convert("F").point(lambda level: (level - low) * (255 / width))
        return picture.convert("L")
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        clear = picture.convert("RGBA")
        page = Image.new("RGBA", clear.size, (255, 255, 255, 255))
        return Image.alpha_composite(page, clear).convert("RGB")
    return picture.convert("RGB")


def _shown(page: Image.Image) -> Previews:
    from bot.intake.sheets import jpeg

    large = page.convert("RGB")
    large.thumbnail(_LARGE_PAGE)
    small = large.copy()
    small.thumbnail(_SMALL_PAGE)
    return Previews(small=jpeg(small, SMALL_BYTES), large=jpeg(large, LARGE_BYTES), size=small.size)
