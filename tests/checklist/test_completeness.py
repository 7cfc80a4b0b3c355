"""Whether slices are missing: what must be noticed, and what must not be an alarm."""

from __future__ import annotations

import random
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checklist.completeness import COMPLETE, Gap, Slice, missing_among, missing_instances
from checklist.study import Instance

STACK = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 512, 512)


def volume(
    numbers: Iterable[int],
    *,
    spacing: float = 2.0,
    first: float = 0.0,
    stack: tuple[float | int, ...] = STACK,
    declared: int | None = None,
) -> list[Slice]:
    return [
        Slice(number=n, position=first + n * spacing, stack=stack, declared=declared)
        for n in numbers
    ]


def without(count: int, *absent: int) -> list[int]:
    return [n for n in range(1, count + 1) if n not in absent]


def test_a_whole_series_is_complete() -> None:
    assert missing_instances(volume(range(1, 101))) == COMPLETE


def test_a_gap_in_place_and_number_is_certain() -> None:
    slices = volume(without(100, 40, 41, 42, 77))
    assert missing_instances(slices) == Gap(missing=4, certain=True)


def test_the_order_of_the_slices_does_not_matter() -> None:
    slices = volume(without(60, 10, 30))
    random.Random(1).shuffle(slices)
    assert missing_instances(slices) == Gap(missing=2, certain=True)


def test_a_gap_without_numbers_is_suspect() -> None:
    slices = [Slice(position=s.position, stack=s.stack) for s in volume(without(50, 20, 21))]
    assert missing_instances(slices) == Gap(missing=2)


def test_a_gap_in_number_without_places_is_suspect() -> None:
    slices = [Slice(number=n) for n in without(50, 20, 21)]
    assert missing_instances(slices) == Gap(missing=2)


def test_numbers_in_steps_over_whole_places_are_no_gap() -> None:
    """Numbers need not be sequential by the standard; the places say that nothing is lost."""
    slices = [Slice(number=10 * n, position=float(n), stack=STACK) for n in range(40)]
    assert missing_instances(slices) == COMPLETE


def test_sparse_numbers_without_places_are_no_gap() -> None:
    slices = [Slice(number=100 * n) for n in range(10)]
    assert missing_instances(slices) == COMPLETE


def test_jittered_places_are_no_gap() -> None:
    wobble = random.Random(2)
    slices = [
        Slice(number=n, position=2.0 * n + wobble.uniform(-0.04, 0.04), stack=STACK)
        for n in range(1, 200)
    ]
    assert missing_instances(slices) == COMPLETE


def test_jitter_does_not_hide_a_gap() -> None:
    wobble = random.Random(3)
    slices = [
        Slice(number=n, position=2.0 * n + wobble.uniform(-0.04, 0.04), stack=STACK)
        for n in without(100, 50)
    ]
    assert missing_instances(slices) == Gap(missing=1, certain=True)


def test_phases_at_the_same_places_are_no_gap() -> None:
    """A 4D series images every place several times; its numbers run on."""
    slices = [
        Slice(number=phase * 30 + place + 1, position=place * 3.0, stack=STACK)
        for phase in range(4)
        for place in range(30)
    ]
    assert missing_instances(slices) == COMPLETE


def test_a_slice_of_one_phase_that_is_lost_is_certain() -> None:
    slices = [
        Slice(number=phase * 30 + place + 1, position=place * 3.0, stack=STACK)
        for phase in range(4)
        for place in range(30)
        if (phase, place) != (2, 11)
    ]
    assert missing_instances(slices) == Gap(missing=1, certain=True)


def test_uneven_phases_alone_are_no_gap() -> None:
    """Diffusion images some places more often than others, and numbers run on without a gap."""
    places = [*range(20), *range(20), *range(5, 15)]
    slices = [
        Slice(number=n, position=place * 3.0, stack=STACK) for n, place in enumerate(places, 1)
    ]
    assert missing_instances(slices) == COMPLETE


def test_two_stacks_with_a_space_between_them_are_no_gap() -> None:
    """A spine is imaged in blocks; the numbers run on from one to the next."""
    upper = volume(range(1, 11), spacing=4.0)
    lower = volume(range(11, 21), spacing=4.0, first=60.0)
    assert missing_instances(upper + lower) == COMPLETE


def test_stacks_of_different_orientation_are_judged_apart() -> None:
    other = (0.0, 1.0, 0.0, 0.0, 0.0, -1.0, 512, 512)
    slices = volume(range(1, 21)) + volume(without(40, *range(1, 21), 30), stack=other)
    assert missing_instances(slices) == Gap(missing=1, certain=True)


def test_irregular_places_say_nothing() -> None:
    places = [0.0, 1.0, 4.5, 6.1, 11.0, 12.3, 19.9]
    slices = [Slice(number=n, position=p, stack=STACK) for n, p in enumerate(places)]
    assert missing_instances(slices) == COMPLETE


def test_a_loss_at_the_end_shows_only_in_a_declared_count() -> None:
    assert missing_instances(volume(range(1, 41))) == COMPLETE
    assert missing_instances(volume(range(1, 41), declared=45)) == Gap(missing=5)


def test_a_loss_at_the_beginning_that_is_declared_is_certain() -> None:
    assert missing_instances(volume(range(6, 41), declared=40)) == Gap(missing=5, certain=True)


def test_two_counts_that_agree_are_certain_however_few_came() -> None:
    both = [Slice(number=n, position=2.0 * n, declared=40, declared_series=40) for n in (1, 2)]
    assert missing_instances(both) == Gap(missing=38, certain=True)
    one = [Slice(number=n, position=2.0 * n, declared=40) for n in range(1, 31)]
    assert missing_instances(one) == Gap(missing=10)


def test_a_series_count_tells_of_plain_films_too() -> None:
    films = [
        Instance(
            sop_instance_uid=str(n),
            sop_class_uid="",
            series_instance_uid="",
            study_instance_uid="",
            member="",
            size=1,
            sha256="",
            kind="image",
            instance_number=n,
            number_of_series_related_instances=4,
        )
        for n in (1, 2, 9)
    ]
    assert missing_among(films, "MG") == Gap(missing=1)


@pytest.mark.parametrize("count", [0, 1, 2])
def test_two_slices_are_too_few_to_judge(count: int) -> None:
    assert missing_instances([Slice(number=9 * n, position=9.0 * n) for n in range(count)]) == Gap()


@given(
    count=st.integers(10, 80),
    spacing=st.floats(0.5, 10),
    data=st.data(),
)
def test_any_few_interior_losses_are_counted(
    count: int, spacing: float, data: st.DataObject
) -> None:
    """As long as the first, the last and most of the slices are there, every loss is certain."""
    lost = data.draw(st.sets(st.integers(2, count - 1), min_size=1, max_size=count // 5))
    slices = volume(without(count, *lost), spacing=spacing)
    assert missing_instances(slices) == Gap(missing=len(lost), certain=True)


@given(
    st.lists(
        st.builds(
            Slice,
            number=st.none() | st.integers(-(10**9), 10**9),
            position=st.none() | st.floats(-1e9, 1e9),
            stack=st.sampled_from([(), STACK]),
            declared=st.none() | st.integers(-5, 10**6),
        ),
        max_size=40,
    )
)
def test_no_headers_whatever_raise_or_count_below_nothing(slices: list[Slice]) -> None:
    assert missing_instances(slices).missing >= 0
