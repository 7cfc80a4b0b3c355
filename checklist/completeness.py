"""Whether slices of a series are missing, from what its headers say.

Signals, none reliable alone: a gap along the slice normal, a gap in the instance numbers, a declared
count. Numbers are neither sequential nor unique by the standard, stacks have legitimate gaps, and
phases repeat positions, so two signals that agree are certain and one alone is suspect; a signal
that another contradicts is no signal.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import gcd

from checklist.places import phases_of, stack_gap
from checklist.study import Instance

#: Modalities whose slices are numbered and placed one after the other.
SLICED = frozenset({"CT", "MR", "PT"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """What one instance says about its place in a series.

    `position` is its distance along the slice normal in mm; `stack` is equal for slices of the same
    orientation and size; `phase` differs for those at one place; `declared` is how many images its
    acquisition says it has, `declared_series` how many its series has.
    """

    number: int | None = None
    position: float | None = None
    stack: tuple[float | int | str, ...] = ()
    acquisition: int | None = None
    phase: tuple[str, ...] = ()
    declared: int | None = None
    declared_series: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """How many instances are missing, and whether two signals agree on it."""

    missing: int = 0
    certain: bool = False


COMPLETE = Gap()


def missing_among(instances: Sequence[Instance], modality: str) -> Gap:
    """What a series of these instances lacks: slices, frames within one, parts of a long image."""
    images = [one for one in instances if one.kind == "image"]
    parts = _parts_missing(images)
    gaps = [
        Gap(missing=parts, certain=True),
        *(Gap(missing=i.frames_missing, certain=i.frames_missing_certain) for i in images),
    ]
    if modality in SLICED and not parts:
        gaps.append(missing_instances([slice_of(one) for one in images]))
    elif not parts:
        # Of other images places and numbers say nothing; how many there should be, they may say.
        bare = [Slice(declared_series=i.number_of_series_related_instances) for i in images]
        gaps.append(missing_instances(bare))
    certain = sum(gap.missing for gap in gaps if gap.certain)
    unsure = sum(gap.missing for gap in gaps)
    return Gap(missing=certain, certain=True) if certain else Gap(missing=unsure)


def phases_among(instances: Iterable[Instance]) -> int:
    """How often most places of a series are imaged: 1 but for 4D, diffusion and several echoes."""
    stacks: dict[object, list[Slice]] = defaultdict(list)
    for one in instances:
        if one.position is not None and one.kind == "image":
            stacks[slice_of(one).stack].append(slice_of(one))
    return phases_of(max(stacks.values(), key=len)) if stacks else 1


def slice_of(instance: Instance) -> Slice:
    """What an instance says about its place in its series."""
    # Rounded once more: slices of one stack may differ in the last digit of a cosine.
    cosines = tuple(round(value, 2) + 0.0 for value in instance.orientation)
    return Slice(
        number=instance.instance_number,
        position=instance.position,
        stack=(*cosines, instance.rows, instance.columns),
        acquisition=instance.acquisition_number,
        phase=instance.phase,
        declared=instance.images_in_acquisition,
        declared_series=instance.number_of_series_related_instances,
    )


def _parts_missing(instances: Iterable[Instance]) -> int:
    """Parts of concatenations that did not come; each part says which it is, and of how many."""
    parts: dict[str, dict[int, int]] = defaultdict(dict)
    for instance in instances:
        part = instance.concatenation
        if part is not None:
            parts[part.uid][part.number] = part.total or 0
    return sum(
        max(0, max(*numbers.values(), *numbers) - len(numbers)) for numbers in parts.values()
    )


def missing_instances(slices: Sequence[Slice]) -> Gap:
    """What one series lacks; duplicates of an instance must be taken out before."""
    if not slices:
        return COMPLETE
    enough = len(slices) >= 3
    placed = _by_position(slices) if enough else None
    numbered = _by_number(slices) if enough else None
    declared = tuple(_declared(slices))
    for lost in (*(placed.counts if placed else ()), *(numbered or ())):
        voices = ((*placed.counts,) if placed else (), numbered or (), declared)
        if lost and sum(lost in voice for voice in voices) >= 2:
            return Gap(missing=lost, certain=True)
    if placed and placed.confirmed:
        # No more than all numbers leave out: places that are imaged twice may have lost one image,
        # and what one stack lacks may lie in another, whose cosines differ in the last digit.
        lost = min(placed.confirmed, max(numbered)) if numbered else placed.confirmed
        return Gap(missing=lost, certain=lost > 0)
    suspected = _suspected(placed, numbered, len(slices))
    if suspected or not declared or (placed and placed.counts[0]):
        return Gap(missing=suspected)
    return _tail(slices, declared)


def _suspected(placed: _Places | None, numbered: tuple[int, ...] | None, count: int) -> int:
    """What one signal says, where no other contradicts it."""
    by_position = placed.counts[0] if placed else 0
    by_number = min(numbered) if numbered else 0
    if placed is None:
        return by_number if by_number < count else 0
    if by_position and numbered is None:
        return by_position
    return min(by_position, by_number)


def _tail(slices: Sequence[Slice], declared: tuple[int, ...]) -> Gap:
    """A loss at the ends, which leaves no gap: only declared counts show it."""
    lost = min(declared)
    numbers = [s.number for s in slices if s.number is not None]
    from_one = bool(numbers) and min(numbers) > 1 and min(numbers) - 1 == lost
    agree = len(declared) > 1 and len(set(declared)) == 1
    # One count alone, of far more than there are, may be that of several series together.
    believed = agree or lost < len(slices)
    return Gap(missing=lost, certain=from_one or agree) if believed else COMPLETE


# ---- by position -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Places:
    """How many the places say are absent, the fewest first, and how many numbers confirm."""

    counts: tuple[int, ...]
    confirmed: int


def _by_position(slices: Sequence[Slice]) -> _Places | None:
    """Places absent within the stacks; None where there is no regular geometry."""
    stacks: dict[object, list[Slice]] = defaultdict(list)
    for piece in slices:
        if piece.position is None:
            return None
        stacks[piece.stack].append(piece)
    gaps = [gap for ones in stacks.values() if (gap := stack_gap(ones))]
    if not gaps:
        return None
    confirmed = sum(gap.confirmed for gap in gaps)
    inside = confirmed + sum(gap.open for gap in gaps)
    with_edges = inside + sum(gap.edge for gap in gaps)
    return _Places(tuple(dict.fromkeys((inside, with_edges))), confirmed)


# ---- by number ---------------------------------------------------------------------------------


def _by_number(slices: Sequence[Slice]) -> tuple[int, ...] | None:
    """Numbers that may be absent between the first and the last; None where they say nothing.

    There are several answers where acquisitions or phases have ranges of numbers of their own.
    """
    if any(piece.number is None for piece in slices):
        return None
    found: list[int] = []
    for groups in (_grouped(slices, 0), _grouped(slices, 1), _grouped(slices, 2)):
        if all(len(set(numbers)) == len(numbers) for numbers in groups):
            found += (sum(_absent(numbers) for numbers in groups),)
            found += (sum(_absent(numbers) - _planned(numbers) for numbers in groups),)
    return tuple(dict.fromkeys(found)) or None


def _grouped(slices: Sequence[Slice], depth: int) -> list[list[int]]:
    """The numbers together, by acquisition, or by acquisition and phase; each in order."""
    groups: dict[object, list[int]] = defaultdict(list)
    for piece in slices:
        key = (piece.acquisition, piece.phase)[:depth]
        groups[key].append(piece.number or 0)
    return [sorted(numbers) for numbers in groups.values()]


def _absent(numbers: Sequence[int]) -> int:
    """Numbers left out, counted in the steps in which they go: 10, 20, 40 lack one."""
    step = _step(numbers)
    return (numbers[-1] - numbers[0]) // step + 1 - len(numbers) if step else 0


def _step(numbers: Sequence[int]) -> int:
    return gcd(*(later - earlier for earlier, later in pairwise(numbers)))


def _planned(numbers: Sequence[int]) -> int:
    """Numbers left out on purpose: blocks that start at 101, 201, or blocks of equal length."""
    step = _step(numbers)
    gaps = [(a, b) for a, b in pairwise(numbers) if b - a > step > 0]
    edges = [numbers[0], *(n for gap in gaps for n in gap), numbers[-1]]
    blocks = {last - first for first, last in zip(edges[::2], edges[1::2], strict=True)}
    widths = {b - a for a, b in gaps}
    even = len(gaps) > 1 and len(blocks) == 1 and len(widths) == 1 and min(widths) > 5 * step
    planned = [(a, b) for a, b in gaps if even or (b % 100 <= 1 and b > 100)]
    return sum((b - a) // step - 1 for a, b in planned)


# ---- by declaration ----------------------------------------------------------------------------


def _declared(slices: Sequence[Slice]) -> Iterator[int]:
    """How many each declared count says are absent; a count below what is there means another."""
    series = {piece.declared_series for piece in slices if piece.declared_series}
    if len(series) == 1 and (lost := series.pop() - len(slices)) > 0:
        yield lost
    acquisitions: dict[int | None, list[int | None]] = defaultdict(list)
    for piece in slices:
        acquisitions[piece.acquisition].append(piece.declared)
    lost = 0
    for counts in acquisitions.values():
        first = counts[0]
        if not first or set(counts) != {first} or first < len(counts):
            return
        lost += first - len(counts)
    if lost:
        yield lost
