"""Any bytes, and real files after anything happened to them: an answer, and never an exception."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.intake.limits import MIB
from bot.intake.survey import survey_file
from tests import synthetic
from tests.fuzz import seeds, targets
from tests.fuzz.mutations import mutations_of

few = settings(max_examples=600, suppress_health_check=[HealthCheck.too_slow])
#: What all of this may add to the most memory that the process ever had.
ROOM = 300 * MIB


@pytest.fixture(scope="module", autouse=True)
def no_memory_is_taken() -> object:
    """The high-water mark of the process hardly rises, whatever was read."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    yield
    targets.LIMITED.close()
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    assert after - before < ROOM


@few
@given(
    data=st.binary(max_size=2000)
    | st.builds(
        bytes.__add__,
        st.sampled_from(
            [
                b"PK\x03\x04",
                b"PK\x05\x06",
                b"Rar!\x1a\x07\x01\0",
                b"%PDF-",
                b"7z\xbc\xaf\x27\x1c",
                b"\x1f\x8b\x08",
                b"\xff\xd8\xff",
                bytes(128) + b"DICM",
                b"\x08\0\x05\0CS",
            ]
        ),
        st.binary(max_size=600),
    )
)
def test_any_bytes_are_answered(data: bytes) -> None:
    targets.patient(targets.survey)(data)


@few
@given(data=mutations_of(seeds.archives()))
def test_mutated_archives_are_answered(data: bytes) -> None:
    targets.patient(targets.survey)(data)


@few
@given(data=mutations_of(seeds.archives()))
def test_the_zip_reader_gives_members_or_refuses(data: bytes) -> None:
    targets.patient(targets.archive)(data)


@few
@given(data=mutations_of(seeds.objects()))
def test_mutated_headers_are_read_or_refused(data: bytes) -> None:
    targets.patient(targets.header)(data)


@few
@given(data=mutations_of(seeds.documents()))
def test_mutated_documents_are_read_or_refused(data: bytes) -> None:
    targets.patient(targets.document)(data)


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(objects=st.lists(mutations_of(seeds.objects()), min_size=1, max_size=6))
def test_every_file_of_a_disc_is_counted(objects: list[bytes], tmp_path: Path) -> None:
    """Nothing sent is ever silently ignored: as many answers as there are files."""
    path = tmp_path / "disc.zip"
    path.write_bytes(synthetic.zipped({f"IM{n}": data for n, data in enumerate(objects)}))
    survey = survey_file(path, limits=targets.LIMITS)
    counted = (
        len(survey.found)
        + survey.directories
        + len(survey.documents)
        + survey.ignored
        + survey.unreadable
    )
    # A mutation can make an archive of a slice, whose members are then counted in its place.
    assert counted >= len(objects) or survey.refused or any(b"PK" in data for data in objects)


@pytest.mark.parametrize("size", [0, 1, 127, 128, 131, 132, 140, 400, 4096])
def test_objects_cut_anywhere_are_answered(size: int) -> None:
    for whole in seeds.objects():
        targets.survey(whole[:size])


def test_a_header_of_a_million_elements_takes_no_time() -> None:
    """Eight MiB of the smallest elements: slow, if each cost what an interesting one costs."""
    whole = synthetic.encoded(synthetic.dataset(synthetic.StudyPlan(), synthetic.SeriesPlan(), 0))
    pixels = whole.index(b"\xe0\x7f\x10\x00")
    filler = b"\x29\x00\x10\x10LO\x00\x00" * MIB
    start = time.process_time()
    targets.survey(whole[:pixels] + filler + whole[pixels:])
    assert time.process_time() - start < 20


def _deep(depth: int, opening: bytes) -> bytes:
    whole = synthetic.encoded(synthetic.dataset(synthetic.StudyPlan(), synthetic.SeriesPlan(), 0))
    at = whole.index(b"\x10\x00\x10\x00")  # the patient's name
    return whole[:at] + opening * depth + whole[at:]


@pytest.mark.parametrize("depth", [10, 500, 5000, 100_000])
@pytest.mark.parametrize(
    "make",
    [
        partial(
            _deep, opening=b"\x09\0\x40\x11SQ\0\0\xff\xff\xff\xff\xfe\xff\0\xe0\xff\xff\xff\xff"
        ),
        partial(
            _deep, opening=b"\x09\0\x40\x11UN\0\0\xff\xff\xff\xff\xfe\xff\0\xe0\xff\xff\xff\xff"
        ),
        partial(_deep, opening=b"\x09\0\x40\x11SQ\0\0\x08\0\0\0\xfe\xff\0\xe0\0\0\0\0"),
    ],
)
def test_sequences_of_any_depth_are_answered(depth: int, make: Callable[[int], bytes]) -> None:
    targets.patient(targets.survey)(make(depth))
