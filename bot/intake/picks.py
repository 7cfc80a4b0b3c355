"""Picks: which slices of a study are shown. Pure, and light enough for any process."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from checklist.study import Instance, Series, Study

#: The first, quarter, middle, three-quarter and last slice.
PLACES = (0.0, 0.25, 0.5, 0.75, 1.0)

#: The kinds of series that have pictures.
SHOWN = ("image", "localizer", "secondary_capture")

T = TypeVar("T")


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
        if series.kind in SHOWN and series.series_instance_uid in found
    )


def _picks(series: Series, parts: list[tuple[Path, Instance]]) -> SeriesPicks:
    parts = in_order(parts)
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


def in_order(parts: Sequence[tuple[T, Instance]]) -> list[tuple[T, Instance]]:
    """The objects of a series by position where all have one along the same line, else by number."""
    placed = all(one.position is not None for _, one in parts)
    if placed and len({one.orientation for _, one in parts}) == 1:
        return sorted(parts, key=lambda part: (part[1].position or 0.0, _number(part[1])))
    return sorted(parts, key=lambda part: _number(part[1]))


def _number(instance: Instance) -> int:
    return instance.instance_number or 0
