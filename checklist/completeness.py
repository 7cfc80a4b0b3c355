"""Whether slices of a series are missing, from what its headers say.

Three signals, none reliable alone: a gap along the slice normal, a gap in the instance numbers, a
declared count. Numbers are neither sequential nor unique by the standard, stacks have legitimate
gaps, and phases repeat positions, so two signals that agree are certain and one alone is suspect;
a signal that another contradicts is no signal.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from checklist.study import Instance

#: Modalities whose slices are numbered and placed one after the other.
SLICED = frozenset({"CT", "MR", "PT"})

#: Positions closer than this, in mm, are the same slice.
_SAME_PLACE = 0.05
#: How far from a whole number of steps a distance may be, as a part of a step.
_JITTER = 0.15


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """What one instance says about its place in a series.

    `position` is its distance along the slice normal in mm; `stack` is equal for slices of the same
    orientation and size; `declared` is how many images its acquisition says it has.
    """

    number: int | None = None
    position: float | None = None
    stack: tuple[float | int, ...] = ()
    declared: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """How many instances are missing, and whether two signals agree on it."""

    missing: int = 0
    certain: bool = False


COMPLETE = Gap()


def missing_among(instances: Sequence[Instance], modality: str) -> Gap:
    """What a series of these instances lacks; COMPLETE for a modality that is not made of slices."""
    if modality not in SLICED:
        return COMPLETE
    return missing_instances(
        [
            Slice(number=one.instance_number, position=one.position, stack=one.orientation)
            for one in instances
        ]
    )


def missing_instances(slices: Sequence[Slice]) -> Gap:
    """What one series lacks; duplicates of an instance must be taken out before."""
    if len(slices) < 3:
        return COMPLETE
    by_position = _lost_by_position(slices)
    by_number = _lost_by_number([s.number for s in slices])
    by_declaration = _lost_by_declaration(slices)
    for lost in (by_position, by_number):
        others = (by_position, by_number, by_declaration)
        if lost and sum(other == lost for other in others) >= 2:
            return Gap(missing=lost, certain=True)
    if by_position and by_number:
        return Gap(missing=min(by_position, by_number))
    if by_position and by_number is None:
        return Gap(missing=by_position)
    if by_number and by_position is None and by_number < len(slices):
        return Gap(missing=by_number)
    if by_declaration and not by_position and not by_number:
        return _tail(slices, by_declaration)
    return COMPLETE


def _tail(slices: Sequence[Slice], declared: int) -> Gap:
    """A loss at the ends, which leaves no gap: only a declared count shows it."""
    numbers = [s.number for s in slices if s.number is not None]
    from_one = bool(numbers) and min(numbers) > 1 and min(numbers) - 1 == declared
    return Gap(missing=declared, certain=from_one) if declared < len(slices) else COMPLETE


def _lost_by_number(numbers: Sequence[int | None]) -> int | None:
    """Numbers absent between the first and the last; None where the numbers say nothing."""
    known = [number for number in numbers if number is not None]
    if len(known) != len(numbers) or len(set(known)) != len(known):
        return None
    return max(known) - min(known) + 1 - len(known)


def _lost_by_declaration(slices: Sequence[Slice]) -> int | None:
    declared = {s.declared for s in slices}
    if len(declared) != 1:
        return None
    count = declared.pop()
    return max(0, count - len(slices)) if count else None


def _lost_by_position(slices: Sequence[Slice]) -> int | None:
    """Places absent within the stacks; None where there is no regular geometry."""
    stacks: dict[tuple[float | int, ...], list[float]] = defaultdict(list)
    for piece in slices:
        if piece.position is None:
            return None
        stacks[piece.stack].append(piece.position)
    lost = [_lost_in_stack(sorted(positions)) for positions in stacks.values()]
    known = [count for count in lost if count is not None]
    return sum(known) if known else None


def _lost_in_stack(positions: list[float]) -> int | None:
    places, repeats = _places(positions)
    if len(places) < 3:
        return None
    steps = [later - earlier for earlier, later in pairwise(places)]
    step = median(steps)
    irregular = [distance for distance in steps if _off_grid(distance, step)]
    if len(irregular) * 10 > len(steps):
        return None
    absent = sum(round(distance / step) - 1 for distance in steps if not _off_grid(distance, step))
    phases = _phases(repeats)
    return absent * phases + _lost_of_phases(repeats, phases)


def _off_grid(distance: float, step: float) -> bool:
    return abs(distance - round(distance / step) * step) > _JITTER * step


def _places(positions: Iterable[float]) -> tuple[list[float], list[int]]:
    """Distinct places in ascending order, and how many instances lie at each."""
    places: list[float] = []
    repeats: list[int] = []
    for position in positions:
        if places and position - places[-1] <= _SAME_PLACE:
            repeats[-1] += 1
        else:
            places.append(position)
            repeats.append(1)
    return places, repeats


def _phases(repeats: Sequence[int]) -> int:
    """How often most places are imaged: 1, or the number of phases, echoes or b values."""
    return Counter(repeats).most_common(1)[0][0]


def _lost_of_phases(repeats: Sequence[int], phases: int) -> int:
    """Instances that a few places lack of the phases that nearly all of them have."""
    if phases == 1 or any(count > phases for count in repeats):
        return 0
    return sum(phases - count for count in repeats)
