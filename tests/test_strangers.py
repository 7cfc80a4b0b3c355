"""Other people's discs among many: all are set apart, and hardly any of the patient's own."""

from __future__ import annotations

from pathlib import Path

from bot.intake.indexing import index_file
from checklist.belonging import judged
from checklist.case import Answer, Case
from checklist.identity import compare
from checklist.records import Record
from tests import synthetic
from tests.strangers import Disc, discs, with_name_as_read
from tests.synthetic import Person, SeriesPlan, StudyPlan


def disc_of(disc: Disc) -> bytes:
    """The disc as a zip; each person's study is one slice."""
    files: dict[str, bytes] = {}
    for number, who in enumerate((*disc.own, *disc.strangers), 1):
        person = Person(
            name=who.name,
            patient_id=who.patient_id,
            birth_date=who.birth_date.replace("-", ""),
            sex=who.sex,
        )
        made = synthetic.study_files(
            StudyPlan(key=number, person=person, series=(SeriesPlan(slices=1),))
        )
        files |= {f"{number}/{name}": body for name, body in made.items()}
    return synthetic.zipped(files)


def case_of(disc: Disc, records: tuple[Record, ...]) -> Case:
    """The case of the disc's patient with what the disc held, judged."""
    at, who = synthetic.received_at(), disc.patient
    answers = {"name": Answer(step="name", at=at, text=who.name)}
    if who.birth_date:
        answers["birth_date"] = Answer(step="birth_date", at=at, value=who.birth_date)
    return judged(Case(id="C", opened_at=at, answers=answers, records=records))


def counted(made: tuple[Disc, ...], folder: Path) -> tuple[int, int, int]:
    """Strangers' studies set apart, the patients' own set apart, and own studies asked about."""
    caught = alarms = doubts = 0
    path = folder / "disc.zip"
    for disc in made:
        path.write_bytes(disc_of(disc))
        indexed = index_file(
            path, file_id="f", name="disc.zip", item=None, received_at=synthetic.received_at()
        )
        own = {who.patient_id for who in disc.own}
        for record in case_of(disc, indexed.records).records:
            assert record.study is not None
            mine = record.study.patient.patient_id in own
            caught += record.is_apart and not mine
            alarms += record.is_apart and mine
            doubts += record.set_apart == "doubtful" and mine
    return caught, alarms, doubts


def test_ten_strangers_discs_among_a_hundred_are_set_apart(tmp_path: Path) -> None:
    """From the file to the verdict."""
    caught, alarms, doubts = counted(discs(100, wrong=5, mixed=5), tmp_path)
    assert caught == 10
    assert alarms <= 1
    assert doubts <= 10


def test_strangers_are_told_from_a_thousand_patients_by_what_headers_say() -> None:
    """The same by identities alone, in the number that `make bench` makes real discs of."""
    made = discs(1000, wrong=5, mixed=5, seed=2026)
    own = [compare(d.patient, with_name_as_read(who)) for d in made for who in d.own]
    others = [compare(d.patient, with_name_as_read(who)) for d in made for who in d.strangers]
    assert [found.verdict for found in others] == ["different"] * 10
    assert sum(found.verdict == "different" for found in own) < 10


def test_strangers_are_told_from_each_other() -> None:
    """A stranger's study that is not set apart is at least asked about, or says nothing of whose it is."""
    made = discs(500, wrong=500, mixed=0, seed=1)
    found = [compare(d.patient, with_name_as_read(who)) for d in made for who in d.strangers]
    assert not [one for one in found if one.verdict == "same"]
    assert sum(one.verdict == "different" for one in found) >= 490
