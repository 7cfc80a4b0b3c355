"""Multi-frame images: where each frame lies, and which part of a longer image an object is.

Enhanced CT, MR and PET keep a whole series in one object, the geometry of each frame in functional
groups (PS3.3 C.7.6.16). They take pydicom a while, so they are read only of objects that have them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from bot.intake.elements import integer, mark, normal_position, numbers, text, uid
from checklist.completeness import COMPLETE, Gap, Slice, missing_instances
from checklist.study import Concatenation

_WANTED = (
    "SharedFunctionalGroupsSequence",
    "PerFrameFunctionalGroupsSequence",
    "ConcatenationUID",
    "InConcatenationNumber",
    "InConcatenationTotalNumber",
)
#: The first bytes of an item of a sequence, and how many of them a header may have: of 20 000
#: frames each has a dozen. More would be hours of work, or all the memory.
_ITEM = b"\xfe\xff\x00\xe0"
_MOST_ITEMS = 300_000
#: No scanner makes more frames in one object; a header that lists more is not gone through.
_MOST = 20_000
_FRAME_TYPES = (
    *("CTImageFrameTypeSequence", "MRImageFrameTypeSequence", "PETFrameTypeSequence"),
    "XRay3DFrameTypeSequence",
)


@dataclass(frozen=True, slots=True)
class Frames:
    """What one multi-frame object says of its frames."""

    gap: Gap = COMPLETE
    concatenation: Concatenation | None = None


def frames_of(head: bytes, declared: int) -> Frames:
    """What the beginning of a file says of its frames; `declared` is how many it says it has.

    Nothing is known of a header that can't be read, or that is not all there.
    """
    from pydicom.filereader import read_partial
    from pydicom.tag import BaseTag, Tag

    if head.count(_ITEM) > _MOST_ITEMS:
        return Frames()
    try:
        stream = BytesIO(head)
        tags: list[BaseTag | int] = [Tag(name) for name in _WANTED]
        dataset = read_partial(stream, stop_when=_at_pixels, force=True, specific_tags=tags)
        return Frames(_gap(dataset, declared), _concatenation(dataset))
    except Exception:  # functional groups break in as many ways as other values
        return Frames()


def _at_pixels(tag: int, _vr: str | None, _length: int) -> bool:
    return tag >= 0x7FE00008


def _concatenation(dataset: Any) -> Concatenation | None:
    name, number = uid(dataset, "ConcatenationUID"), integer(dataset, "InConcatenationNumber")
    if not name or not number or not 0 < number < 10_000:
        return None
    total = integer(dataset, "InConcatenationTotalNumber")
    plausible = total is not None and number <= total < 10_000
    return Concatenation(uid=name, number=number, total=total if plausible else None)


def _gap(dataset: Any, declared: int) -> Gap:
    per_frame = dataset.get("PerFrameFunctionalGroupsSequence") or ()
    if not 1 < len(per_frame) <= _MOST:
        return COMPLETE
    if len(per_frame) > declared:
        # More frames are described than there are: some were left out when it was copied.
        return Gap(missing=len(per_frame) - declared)
    shared = next(iter(dataset.get("SharedFunctionalGroupsSequence") or ()), None)
    return missing_instances(list(_slices(per_frame, shared)))


def _slices(per_frame: Any, shared: Any) -> Iterator[Slice]:
    for frame in per_frame:
        content = _group("FrameContentSequence", frame, None)
        stack_id = text(content, "StackID") if content is not None else ""
        cosines, position = normal_position(
            _numbers("PlaneOrientationSequence", "ImageOrientationPatient", 6, frame, shared),
            _numbers("PlanePositionSequence", "ImagePositionPatient", 3, frame, shared),
        )
        acquisition = _number(content, "FrameAcquisitionNumber")
        yield Slice(
            number=_number(content, "InStackPositionNumber"),
            position=position,
            stack=(*(round(value, 2) + 0.0 for value in cosines), stack_id),
            # Some scanners count each frame as an acquisition of its own.
            acquisition=None if acquisition is None else 0,
            phase=tuple(_phase(frame, shared, content)),
        )


def _phase(frame: Any, shared: Any, content: Any) -> Iterator[str]:
    yield str(_number(content, "TemporalPositionIndex") or "")
    yield _value("MREchoSequence", "EffectiveEchoTime", frame, shared)
    yield _value("MRDiffusionSequence", "DiffusionBValue", frame, shared)
    diffusion = _group("MRDiffusionSequence", frame, shared)
    yield _value("DiffusionGradientDirectionSequence", "DiffusionGradientOrientation", diffusion)
    yield "".join(_value(name, "FrameType", frame, shared) for name in _FRAME_TYPES)


def _numbers(group: str, name: str, count: int, frame: Any, shared: Any) -> tuple[float, ...]:
    """Decimal numbers of a functional group, of the frame or of all."""
    found = _group(group, frame, shared)
    return numbers(found, name, count) if found is not None else ()


def _group(name: str, frame: Any, shared: Any = None) -> Any:
    for place in (frame, shared):
        item = next(iter(place.get(name) or ()), None) if place is not None else None
        if item is not None:
            return item
    return None


def _value(group: str, name: str, frame: Any, shared: Any = None) -> str:
    found = _group(group, frame, shared)
    return mark(found, name) if found is not None else ""


def _number(dataset: Any, name: str) -> int | None:
    return integer(dataset, name) if dataset is not None else None
