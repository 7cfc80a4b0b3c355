"""Contact sheets: how the picked slices of a study stand on one picture.

A label is a series' number and modality. No name, no date and no word of any language is ever put
on a sheet.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont

from bot.intake.frames import Frame
from bot.intake.greys import picture_of
from bot.intake.picks import PLACES


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """One series, drawn: its tiles in order, None for one that could not be decoded."""

    label: str
    kind: str
    images: int
    tiles: tuple[Image.Image | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """How large a sheet is: pixels across, of a tile at most, of a label; and how many rows."""

    across: int
    tile: int
    label: int
    rows: int


#: On a phone 360 px wide the sheet is 300 px, and two or three of its pixels make one of them.
SMALL = Shape(across=664, tile=400, label=32, rows=6)
LARGE = Shape(across=1364, tile=720, label=28, rows=60)

_COLUMNS = len(PLACES)
_GAP = 4
_GROUND, _INK, _EMPTY = (12, 16, 17), (200, 210, 210), (38, 46, 48)


def tile_of(frame: Frame, room: int) -> Image.Image:
    """The frame as a picture whose longer side is `room`, its pixels square. Raises NoPicture."""
    scale = room / max(frame.width, frame.height)
    size = (max(1, round(frame.width * scale)), max(1, round(frame.height * scale)))
    return picture_of(frame).resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0)


def chosen(series: Sequence[Strip], rows: int) -> tuple[Strip, ...]:
    """The series for a sheet of so many rows, in their order: images, and else what there is.

    Where they are too many, those with the most images.
    """
    kinds = {one.kind for one in series}
    if "image" in kinds or "localizer" in kinds:
        series = [one for one in series if one.kind != "secondary_capture"]
    if len(series) <= rows:
        return tuple(series)
    weight = sorted(series, key=lambda one: (one.kind != "image", -one.images))[:rows]
    return tuple(one for one in series if one in weight)


def columns_of(tiles: Iterable[int]) -> int:
    """How many columns a sheet has, by the number of tiles of each series."""
    return max(1, min(_COLUMNS, sum(tiles)))


def draw(strips: Sequence[Strip], shape: Shape, *, more: int = 0) -> Image.Image:
    """The sheet. A series with few images shares its row; `more` series are only counted."""
    columns = columns_of(len(strip.tiles) for strip in strips)
    edge = min(shape.tile, (shape.across - _GAP * (columns + 1)) // columns)
    rows = _rows(strips, columns)
    step = edge + _GAP
    height = _GAP + len(rows) * (shape.label + step) + (shape.label if more else 0)
    sheet = Image.new("RGB", (_GAP + columns * step, height), _GROUND)
    pen = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(shape.label - 8)
    top = _GAP
    for row in rows:
        left = _GAP
        for strip in row:
            pen.text((left + 2, top), strip.label, fill=_INK, font=font)
            for tile in strip.tiles:
                _place(sheet, pen, tile, (left, top + shape.label), edge)
                left += step
        top += shape.label + step
    if more:
        pen.text((_GAP + 2, top), f"+ {more}", fill=_INK, font=font)
    return sheet


def _rows(strips: Sequence[Strip], columns: int) -> list[list[Strip]]:
    rows: list[list[Strip]] = []
    room = 0
    for strip in strips:
        if len(strip.tiles) > room:
            rows.append([])
            room = columns
        rows[-1].append(strip)
        room -= len(strip.tiles)
    return rows


def _place(
    sheet: Image.Image,
    pen: ImageDraw.ImageDraw,
    tile: Image.Image | None,
    at: tuple[int, int],
    edge: int,
) -> None:
    left, top = at
    if tile is None:
        pen.rectangle((left, top, left + edge - 1, top + edge - 1), outline=_EMPTY)
        return
    if max(tile.size) != edge:
        scale = edge / max(tile.size)
        size = (max(1, round(tile.width * scale)), max(1, round(tile.height * scale)))
        tile = tile.resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0)
    sheet.paste(tile, (left + (edge - tile.width) // 2, top + (edge - tile.height) // 2))


def jpeg(picture: Image.Image, most: int) -> bytes:
    """The picture as a JPEG of at most so many bytes, as good as that allows; no metadata."""
    data = b""
    for quality in (84, 72, 60, 45, 30):
        out = io.BytesIO()
        picture.convert("RGB").save(out, "JPEG", quality=quality, optimize=True)
        data = out.getvalue()
        if len(data) <= most:
            break
    return data
