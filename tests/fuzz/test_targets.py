"""Each target holds for its seeds and for some mutations of them that are always the same."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random

import pytest

from tests.fuzz import __main__ as fuzzing
from tests.fuzz import arrivals, counted, seeds, targets
from tests.fuzz.mutations import mutated

START_FROM: dict[str, Callable[[], Sequence[bytes]]] = {
    "archive": seeds.archives,
    "photo": seeds.pictures,
    "header": seeds.objects,
    "document": seeds.documents,
    "survey": lambda: (*seeds.archives(), *seeds.documents(), *seeds.objects()[::5]),
    "words": lambda: seeds.lines()[::5],
}


@pytest.mark.parametrize("name", targets.TARGETS)
def test_seeds_and_their_mutations_are_answered(name: str) -> None:
    corpus = START_FROM[name]()
    run = targets.patient(targets.TARGETS[name])
    for seed in corpus:
        run(seed)
    for number in range(100):
        random = Random(number)
        run(mutated(random.choice(corpus), corpus, random))


def test_the_targets_are_those_that_make_fuzz_runs() -> None:
    assert tuple(targets.TARGETS) == fuzzing.NAMES


def test_atheris_runs_a_target(tmp_path: Path) -> None:
    outcome = fuzzing.fuzz("archive", 20, tmp_path, "-runs=300", "-seed=1")
    assert outcome.runs >= 300
    assert outcome.branches > 50
    assert not outcome.broken


def test_one_input_can_be_run_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "crash-1"
    path.write_bytes(seeds.archives()[0])
    monkeypatch.setattr(sys, "argv", ["tests.fuzz", "archive", str(path)])
    fuzzing.main()


async def test_what_arrives_malformed_is_answered_and_so_is_the_next_patient() -> None:
    async with arrivals.opened() as target:
        for name, arrive in arrivals.ARRIVALS.items():
            answers = [await arrive(target, Random(f"1/{name}/{number}")) for number in range(60)]
            assert max(answers) < 500
        await target.settle()


@pytest.mark.parametrize("name", ["archive", "picture"])
def test_an_input_is_made_again_from_its_seed_and_number(name: str) -> None:
    assert counted.made(name, 7, 40) == counted.made(name, 7, 40)
    assert counted.made(name, 7, 40) != counted.made(name, 8, 40)
    assert sum(counted.SHARES.values()) == 100
