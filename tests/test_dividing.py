"""A study of two people: some of its series are the patient's, the others are nobody's here."""

from __future__ import annotations

from dataclasses import replace

import pytest

from checklist.belonging import judged
from checklist.case import Answer
from checklist.dividing import all_series
from checklist.marks import mark_of_study
from checklist.records import Record
from checklist.study import PatientIdentity, Series, Study
from handlers.effects import BuildPackage
from handlers.updates import RecordIndexed
from tests.player import START, Player
from tests.test_desk_acts import done, handed, letter, trail

__all__ = ["handed"]

ANA = PatientIdentity(name="Ana Petrova", birth_date="1980-04-12", sex="F")
BORIS = PatientIdentity(name="Boris Sokolov", birth_date="1955-06-30", sex="M")


def series(uid: str, who: PatientIdentity, images: int = 20) -> Series:
    return Series(
        series_instance_uid=uid, modality="CT", kind="image", instances=images, patients=(who,)
    )


def scan(*found: Series) -> Record:
    names = tuple(dict.fromkeys(who for one in found for who in one.patients))
    study = Study(study_instance_uid="1", series=found, patient=names[0], others=names[1:])
    return letter(
        "s", kind="imaging_study", item="imaging", media_type="application/zip", study=study,
        original_name="disc.zip",
    )  # fmt: skip


@pytest.fixture
def mixed(handed: Player) -> Player:
    """The case of `handed`, Ana's, with a study whose second series names Boris."""
    born = Answer(step="birth_date", at=START, text="12 April 1980", value="1980-04-12")
    case = handed.case.with_answer(Answer(step="name", at=START, text="Ana Petrova"))
    case = case.with_answer(born).with_record(scan(series("1.1", ANA), series("1.2", BORIS)))
    handed.case = judged(case)
    assert handed.case.records[-1].set_apart == "apart"
    return handed


def of(player: Player, record_id: str) -> Record:
    found = player.case.record(record_id)
    assert found is not None
    return found


def uids(record: Record) -> list[str]:
    assert record.study is not None
    return [one.series_instance_uid for one in record.study.series]


def test_the_patients_series_are_used_and_the_others_kept_apart(mixed: Player) -> None:
    effects = done(mixed, "divide_study", record="s", series="1.2")
    assert trail(effects)[0] == ("study.divided", "Li Wei")
    assert BuildPackage() in effects
    mine, rest = of(mixed, "s"), of(mixed, "s.rest")
    assert (uids(mine), mine.set_apart, mine.is_used) == (["1.1"], "taken", True)
    assert (uids(rest), rest.set_apart, rest.is_used) == (["1.2"], "kept_apart", False)
    assert mine.study is not None
    assert rest.study is not None
    assert mine.study.identities == (ANA,)
    assert rest.study.identities == (BORIS,)


def test_a_study_is_put_together_again_and_waits_anew(mixed: Player) -> None:
    before = mixed.case.records
    done(mixed, "divide_study", record="s", series="1.2")
    done(mixed, "divide_study", record="s", series="")
    assert mixed.case.records == before


def test_more_of_a_divided_study_goes_where_its_series_is(mixed: Player) -> None:
    """And a stranger's series that nobody has seen yet sets it apart anew."""
    done(mixed, "divide_study", record="s", series="1.2")
    again = replace(scan(series("1.1", ANA, 30), series("1.2", BORIS, 40)), file_id="f2")
    mixed.hear(RecordIndexed(file_id="f2", original_name="more.zip", records=(again,)))
    assert (uids(of(mixed, "s")), of(mixed, "s").set_apart) == (["1.1"], "taken")
    assert [one.instances for one in all_series(mixed.case, of(mixed, "s"))] == [30, 40]
    third = replace(scan(series("1.3", BORIS)), file_id="f3")
    mixed.hear(RecordIndexed(file_id="f3", original_name="third.zip", records=(third,)))
    assert (uids(of(mixed, "s")), of(mixed, "s").set_apart) == (["1.1", "1.3"], "apart")


@pytest.mark.parametrize("theirs", ["1.1 1.2", "9.9", ""])
def test_nothing_is_divided_where_one_side_would_be_empty(mixed: Player, theirs: str) -> None:
    before = mixed.case
    done(mixed, "divide_study", record="s", series=theirs)
    assert mixed.case == before


def test_who_divides_what_has_changed_meanwhile_is_told(mixed: Player) -> None:
    seen = mark_of_study(mixed.case, "s")
    done(mixed, "keep_apart", record="s")
    before = mixed.case
    effects = done(mixed, "divide_study", record="s", series="1.2", seen=seen)
    assert trail(effects) == [("act.conflict", "Li Wei")]
    assert mixed.case == before
