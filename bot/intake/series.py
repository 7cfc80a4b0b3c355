"""What a series comes to, from its instances: its kind, how many, what it lacks.

The same for one file and for all files of a case, so that a series completed by a later file is
judged as if it had come at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from bot.intake.sop_classes import named_scout, object_kind
from checklist.completeness import Gap, missing_among, phases_among
from checklist.study import Instance, Listed, Series, SeriesKind

#: A scout is a picture or a few; a series named so with more is something else.
_SCOUT_MAX = 12


def distinct_instances(instances: Iterable[Instance]) -> tuple[Instance, ...]:
    """Each SOP instance once, a whole one rather than a truncated one."""
    first: dict[str, Instance] = {}
    for one in instances:
        known = first.get(one.sop_instance_uid)
        if known is None or (known.truncated and not one.truncated):
            first[one.sop_instance_uid] = one
    return tuple(first.values())


def counted(series: Series, instances: Sequence[Instance], *, listed_absent: int = 0) -> Series:
    """The series with what its distinct instances come to.

    `listed_absent` is how many more a DICOMDIR names, which is certain.
    """
    kind = _kind(instances, series)
    gap = missing_among(instances, series.modality) if kind == "image" else Gap()
    if listed_absent:
        gap = Gap(missing=max(listed_absent, gap.missing), certain=True)
    return replace(
        series,
        kind=kind,
        instances=len(instances),
        frames=sum(one.number_of_frames for one in instances),
        phases=phases_among(instances),
        missing=gap.missing,
        missing_certain=gap.certain,
        lossy=any(one.lossy for one in instances),
        truncated=sum(one.truncated for one in instances),
    )


def is_picture(listed: Listed) -> bool:
    """Whether an object that a DICOMDIR names is one to look at, as far as the directory says."""
    kind = object_kind(
        listed.sop_class_uid, modality=listed.modality, image_type=(), has_pixels=True
    )
    return kind in ("image", "localizer", "secondary_capture")


def listed_series(uid: str, listed: Sequence[Listed]) -> Series:
    """A series that a DICOMDIR names, and of which nothing came."""
    first = listed[0]
    kind = object_kind(first.sop_class_uid, modality=first.modality, image_type=(), has_pixels=True)
    return Series(
        series_instance_uid=uid,
        modality=first.modality,
        kind=kind,
        instances=0,
        series_number=first.series_number,
        missing=len(listed),
        missing_certain=True,
    )


def _kind(instances: Sequence[Instance], series: Series) -> SeriesKind:
    """Image before all else: one slice among screenshots still makes a series of images."""
    kinds = Counter(one.kind for one in instances)
    for kind in ("image", "localizer", "secondary_capture", "report"):
        if kinds[kind]:
            return "localizer" if kind == "image" and _scout(instances, series) else kind
    return "other"


def _scout(instances: Sequence[Instance], series: Series) -> bool:
    images = [one for one in instances if one.kind in ("image", "localizer")]
    if len(images) > _SCOUT_MAX or series.modality not in ("CT", "MR", "PT"):
        return False
    if named_scout(series.series_description):
        return True
    orientations = {one.orientation for one in images if one.orientation}
    return series.modality == "MR" and len(images) <= 3 and len(orientations) >= 2
