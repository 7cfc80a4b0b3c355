"""Contact sheets: which slices of a study are shown, and how they stand on the picture.

A label is a series' number and modality. No name, no date and no word of any language is ever put
on a sheet.
"""

from __future__ import annotations

import io
import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from bot.intake.greys import picture_of
from bot.intake.frames import Frame
from checklist.study import Instance, Series, Study

#: The first, quarter, middle, three-quarter and last slice.
PLACES = (0.0, 0.25, 0.5, 0.75, 1.0)

_SHOWN = ("image", "localizer", "secondary_capture")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """A frame to be shown, and where its object lies."""

    path: Path
    member: str
    frame: int
    syntax: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesPicks:
    """The frames of one series, in order. `images` counts all there are."""

    label: str
    kind: str
    images: int
    picks: tuple[Pick, ...]


def picks_of(study: Study, parts: Sequence[tuple[Path, Instance]]) -> tuple[SeriesPicks, ...]:
    """What is shown of a study: of each series with pictures, in the order of the study.

    `parts` are its objects with the files in which they lie; one that came twice counts once.
    """
    found: dict[str, dict[str, tuple[Path, Instance]]] = {}
    for path, instance in parts:
        of_series = found.setdefault(instance.series_instance_uid, {})
        of_series.setdefault(instance.sop_instance_uid, (path, instance))
    return tuple(
        _picks(series, list(found[series.series_instance_uid].values()))
        for series in study.series
        if series.kind in _SHOWN and series.series_instance_uid in found
    )


def _picks(series: Series, parts: list[tuple[Path, Instance]]) -> SeriesPicks:
    parts = _in_order(parts)
    ends = list(itertools.accumulate(one.number_of_frames for _, one in parts))
    picks = []
    for place in dict.fromkeys(round(share * (ends[-1] - 1)) for share in PLACES):
        which = next(n for n, end in enumerate(ends) if place < end)
        path, instance = parts[which]
        frame = place - ends[which] + instance.number_of_frames
        syntax = instance.transfer_syntax_uid
        picks.append(Pick(path=path, member=instance.member, frame=frame, syntax=syntax))
    number = "" if series.series_number is None else str(series.series_number)
    label = " · ".join(part for part in (number, series.modality) if part)
    return SeriesPicks(label=label, kind=series.kind, images=ends[-1], picks=tuple(picks))


def _in_order(parts: list[tuple[Path, Instance]]) -> list[tuple[Path, Instance]]:
    """By position where all have one along the same line, else by number."""
    placed = all(one.position is not None for _, one in parts)
    if placed and len({one.orientation for _, one in parts}) == 1:
        return sorted(parts, key=lambda part: (part[1].position or 0.0, _number(part[1])))
    return sorted(parts, key=lambda part: _number(part[1]))


def _number(instance: Instance) -> int:
    return instance.instance_number or 0


# ---- drawing -----------------------------------------------------------------------------------


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
SMALL = Shape(across=664, tile=400, label=20, rows=6)
LARGE = Shape(across=1364, tile=720, label=26, rows=60)

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
    font = ImageFont.load_default(shape.label - 6)
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
