"""Where slices lie along their normal: what a stack of them lacks, place by place.

A gap alone proves nothing, since stacks are imaged apart on purpose. The numbers on both sides of it
tell more: they leave out as many as the gap does, or they run on as if nothing were there.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean, median_low
from typing import Protocol

#: Positions closer than this, in mm, are the same slice.
_SAME_PLACE = 0.05
#: Where every place is imaged several times, its positions may differ by so much and still be one.
_WOBBLE = 0.3
#: How far from a whole number of steps a distance may be, as a part of a step.
_JITTER = 0.15
#: The part of the places that may lack something before the lack is taken for a plan.
_FEW = 0.25


class Placed(Protocol):
    """What of a slice is needed here."""

    @property
    def number(self) -> int | None:
        """Its instance number."""
        ...

    @property
    def position(self) -> float | None:
        """Its distance along the slice normal in mm."""
        ...

    @property
    def acquisition(self) -> int | None:
        """The number of its acquisition."""
        ...

    @property
    def phase(self) -> tuple[str, ...]:
        """What tells it from others at the same place."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class StackGap:
    """What a stack lacks: `confirmed` by the numbers beside each gap, `open` where they are silent.

    `edge` counts images that the first and last places lack of what nearly all others have, which
    is as often a plan as a loss.
    """

    confirmed: int = 0
    open: int = 0
    edge: int = 0


class _Grid:
    """The distinct places of a stack in ascending order, and the slices at each.

    `phases` is how often most places are imaged: 1, or the number of phases, echoes or b values.
    """

    def __init__(self, at: Sequence[float], slices: Sequence[Sequence[Placed]]) -> None:
        self.at = at
        self.slices = slices
        self.repeats = [len(ones) for ones in slices]
        self.phases = Counter(self.repeats).most_common(1)[0][0]

    @property
    def even(self) -> bool:
        """Whether nearly all places are imaged equally often, and none more often."""
        phases, repeats = self.phases, self.repeats
        lacking = sum(1 for count in repeats if count < phases)
        return max(repeats) == phases and lacking <= _FEW * len(repeats)

    def at_gap(self, index: int) -> int:
        """How many images an absent place after this one would have."""
        return self.phases if self.even else min(self.repeats[index : index + 2])


def phases_of(slices: Sequence[Placed]) -> int:
    """How often most places of a stack are imaged."""
    placed = [one for one in slices if one.position is not None]
    return _grid(placed).phases if len(placed) >= 3 else 1


def stack_gap(slices: Sequence[Placed]) -> StackGap | None:
    """What a stack of equal orientation and size lacks; None where it has no regular geometry."""
    grid = _grid(slices)
    if len(grid.at) < 3:
        return None
    steps = [later - earlier for earlier, later in pairwise(grid.at)]
    step = _step(steps)
    irregular = [distance for distance in steps if _off_grid(distance, step)]
    if len(irregular) * 10 > len(steps):
        return None
    confirmed = unsure = 0
    voice = _Numbers(grid)
    for index, distance in enumerate(steps):
        absent = 0 if _off_grid(distance, step) else round(distance / step) - 1
        if not absent:
            continue
        said = voice.across(index, absent)
        if said:
            confirmed += absent * grid.at_gap(index)
        elif said is None and absent <= len(grid.at) // 2 and _spanned(grid, index):
            unsure += absent * grid.at_gap(index)
    inner, edge = _of_phases(grid)
    return StackGap(confirmed=confirmed, open=unsure + inner, edge=edge)


def _step(steps: Sequence[float]) -> float:
    """The distance from slice to slice: the mean of those that are as usual, so that jitter evens out."""
    # Of an even number the lower: a stack of four that lost one has steps of one and of two.
    usual = median_low(steps)
    return fmean(distance for distance in steps if not abs(distance - usual) > 2 * _JITTER * usual)


def _off_grid(distance: float, step: float) -> bool:
    return abs(distance - round(distance / step) * step) > _JITTER * step


def _grid(slices: Sequence[Placed]) -> _Grid:
    ordered = sorted(((one.position or 0.0), index) for index, one in enumerate(slices))
    same = _tolerance([position for position, _ in ordered])
    at: list[float] = []
    ones: list[list[Placed]] = []
    for position, index in ordered:
        if at and position - at[-1] <= same:
            ones[-1].append(slices[index])
        else:
            at.append(position)
            ones.append([slices[index]])
    return _Grid(at, ones)


def _tolerance(positions: Sequence[float]) -> float:
    """How near two positions are one place: where phases wobble, a little more than rounding."""
    distances = sorted(later - earlier for earlier, later in pairwise(positions))
    for index, (shorter, longer) in enumerate(pairwise(distances)):
        many = (len(distances) - index - 1) * 20 >= len(distances)
        if _SAME_PLACE < shorter < _WOBBLE and longer > 5 * shorter and many:
            return max(_SAME_PLACE, 2 * shorter)
    return _SAME_PLACE


def _spanned(grid: _Grid, index: int) -> bool:
    """Whether one acquisition lies on both sides of a gap; two that end there are two blocks."""
    below = {one.acquisition for ones in grid.slices[: index + 1] for one in ones}
    above = {one.acquisition for ones in grid.slices[index + 1 :] for one in ones}
    return bool(below & above)


class _Numbers:
    """What the instance numbers of each phase say of a gap."""

    def __init__(self, grid: _Grid) -> None:
        self._by_phase = _numbers_by_phase(grid)
        self._steps = {key: _usual_step(n) for key, n in self._by_phase.items()}

    def across(self, index: int, absent: int) -> bool | None:
        """Whether the numbers leave out what the gap does; False: they don't, None: no word."""
        said = []
        for key, numbers in self._by_phase.items():
            step = self._steps[key]
            if step and index in numbers and index + 1 in numbers:
                said.append(abs(numbers[index + 1] - numbers[index]) == (absent + 1) * step)
        return None if not said else all(said)


def _numbers_by_phase(grid: _Grid) -> Mapping[object, dict[int, int]]:
    found: dict[object, dict[int, int]] = defaultdict(dict)
    for place, ones in enumerate(grid.slices):
        for one in ones:
            # An acquisition may end at a gap and its numbers start anew, so only the phase counts.
            if one.number is None or place in found[one.phase]:
                return {}
            found[one.phase][place] = one.number
    return found


def _usual_step(numbers: Mapping[int, int]) -> int:
    """By how much the number grows from place to place; 0 where it follows no such order."""
    pairs = [abs(numbers[p + 1] - n) for p, n in numbers.items() if p + 1 in numbers]
    if not pairs:
        return 0
    step, times = Counter(pairs).most_common(1)[0]
    return step if times * 10 >= len(pairs) * 6 else 0


def _of_phases(grid: _Grid) -> tuple[int, int]:
    """Images that a few places lack of the phases that nearly all have: inside, at the ends."""
    if grid.phases > 1 and grid.even:
        lacking = [grid.phases - count for count in grid.repeats]
        inner = sum(_inside(lacking))
        return inner, sum(lacking) - inner
    return sum(_holes(grid)), 0


def _inside(lacking: Sequence[int]) -> Sequence[int]:
    """The middle part, without the places at both ends that lack something."""
    full = [index for index, lack in enumerate(lacking) if not lack]
    return lacking[full[0] : full[-1] + 1] if full else ()


def _holes(grid: _Grid) -> Iterator[int]:
    """Places that a phase skips between its first and its last, where phases tell themselves apart."""
    places: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for place, ones in enumerate(grid.slices):
        for one in ones:
            places[one.phase].append(place)
    if len(places) < 2 or any(len(set(where)) != len(where) for where in places.values()):
        return
    for where in places.values():
        lost = where[-1] - where[0] + 1 - len(where)
        if lost <= _FEW * len(where):
            yield lost
