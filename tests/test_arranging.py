"""Where one record ends and the next begins: splitting and merging are compared, kept and undone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from checklist.case import Case
from checklist.corrections import undoable
from checklist.dates import PartialDate
from checklist.labelling import label_of
from checklist.marks import mark_of_cut, mark_of_label, mark_of_marks, mark_of_whose
from checklist.progress import checklist_for
from checklist.records import Record
from checklist.summary import summarize
from handlers.effects import BuildPackage
from handlers.updates import RecordIndexed
from tests.player import Player
from tests.test_desk_acts import CATALOG, done, handed, letter, trail

__all__ = ["handed"]

#: What the trail says of an act that changes nothing.
NOTHING = [("act.nothing", "Li Wei")]
DAY = PartialDate(year=2026, month=4, day=12)


def pdf(record_id: str = "scan", **values: object) -> Record:
    given: dict[str, object] = {"media_type": "application/pdf", "pages": 5, "date": DAY}
    return letter(record_id, **(given | values))


@pytest.fixture
def scanned(handed: Player) -> Player:
    """The case of `handed` with a scan of five pages, too."""
    handed.case = replace(handed.case, records=(*handed.case.records, pdf()))
    return handed


def used(player: Player) -> list[str]:
    return [record.id for record in player.case.own_records]


def known(case: Case, record_id: str) -> Record:
    record = case.record(record_id)
    assert record is not None
    return record


def test_a_scan_of_several_letters_is_split_where_each_begins(scanned: Player) -> None:
    """Its parts stand in its place, under its label until they have their own."""
    effects = done(scanned, "split", record="scan", pages="3 5")
    assert trail(effects) == [("record.split", "Li Wei")]
    assert BuildPackage() in effects
    assert used(scanned) == ["a", "b", "lab", "scan.p1-2", "scan.p3-4", "scan.p5-5"]
    part = known(scanned.case, "scan.p3-4")
    assert (part.span, part.pages, part.kind, part.date) == ((3, 4), 2, "consultation", DAY)
    done(scanned, "label", record="scan.p3-4", kind="lab", date="2026-05")
    assert known(scanned.case, "scan.p3-4").item == "labs"
    assert known(scanned.case, "scan.p1-2").kind == "consultation"


def test_a_split_is_undone_after_what_came_on_top_of_it(scanned: Player) -> None:
    """No word about a part is lost by taking back the split under it."""
    before = scanned.case
    done(scanned, "split", record="scan", pages="3")
    done(scanned, "label", record="scan.p3-5", kind="lab")
    (relabelled,) = undoable(scanned.case)
    assert relabelled.label is not None
    done(scanned, "undo", change=str(relabelled.number))
    (split,) = undoable(scanned.case)
    done(scanned, "undo", change=str(split.number))
    assert scanned.case.records == before.records
    assert scanned.case.desk.corrections == ()


def test_a_split_at_other_pages_keeps_the_parts_that_stay(scanned: Player) -> None:
    """And the undoing of it brings back the labels of those that went."""
    done(scanned, "split", record="scan", pages="3")
    done(scanned, "label", record="scan.p1-2", kind="discharge")
    done(scanned, "label", record="scan.p3-5", kind="lab")
    done(scanned, "split", record="scan", pages="3 4")
    assert used(scanned)[3:] == ["scan.p1-2", "scan.p3-3", "scan.p4-5"]
    assert known(scanned.case, "scan.p1-2").kind == "discharge"
    done(scanned, "undo", change=str(undoable(scanned.case)[0].number))
    assert known(scanned.case, "scan.p3-5").kind == "lab"
    done(scanned, "split", record="scan")
    assert used(scanned)[3:] == ["scan"]


@pytest.mark.parametrize("pages", ["1", "6", "0 77", "x", ""])
def test_a_page_that_is_not_there_splits_nothing(scanned: Player, pages: str) -> None:
    before = scanned.case
    assert trail(done(scanned, "split", record="scan", pages=pages)) == NOTHING
    assert scanned.case == before


@pytest.mark.parametrize("record", ["a", "nothing"])
def test_only_a_pdf_with_pages_is_split(scanned: Player, record: str) -> None:
    assert trail(done(scanned, "split", record=record, pages="2")) == NOTHING


def test_a_split_stays_when_the_file_is_read_again(scanned: Player) -> None:
    """And it goes when what is read has other pages by then."""
    done(scanned, "split", record="scan", pages="3")
    scanned.hear(RecordIndexed(file_id="f-scan", original_name="s.pdf", records=(pdf(),)))
    assert used(scanned)[3:] == ["scan.p1-2", "scan.p3-5"]
    again = RecordIndexed(file_id="f-scan", original_name="s.pdf", records=(pdf(pages=2),))
    scanned.hear(again)
    assert used(scanned)[3:] == ["scan"]


def test_two_who_split_one_scan_do_not_overwrite_each_other(scanned: Player) -> None:
    seen = mark_of_cut(scanned.case, "scan")
    done(scanned, "split", record="scan", pages="3", seen=seen)
    before = scanned.case
    effects = done(scanned, "split", record="scan", pages="4", seen=seen)
    assert trail(effects) == [("act.conflict", "Li Wei")]
    assert scanned.case == before


# ---- merging -----------------------------------------------------------------------------------


def test_photos_of_one_report_become_its_pages_in_the_order_that_was_said(handed: Player) -> None:
    """They are of its kind and day, and one record in all counts."""
    done(handed, "label", record="b", kind="imaging_report", date="2026-04-12", body_part="HEAD")
    effects = done(handed, "merge", records="b lab a")
    assert trail(effects) == [("record.merged", "Li Wei")]
    assert [page.id for page in handed.case.pages_of("b")] == ["lab", "a"]
    assert {label_of(r).kind for r in handed.case.own_records} == {"imaging_report"}
    summary = summarize(handed.case, checklist_for(handed.case, CATALOG), CATALOG)
    assert summary.records == 1
    assert len(summary.imaging) == 1


def test_merging_is_one_change_to_undo(handed: Player) -> None:
    before = handed.case.records
    done(handed, "merge", records="a lab b")
    (change,) = undoable(handed.case)
    done(handed, "undo", change=str(change.number))
    assert handed.case.records == before
    assert handed.case.desk.corrections == ()


def test_what_is_merged_brings_its_pages_along(handed: Player) -> None:
    done(handed, "merge", records="lab b")
    done(handed, "merge", records="a lab")
    assert [page.id for page in handed.case.pages_of("a")] == ["lab", "b"]
    assert handed.case.pages_of("lab") == ()


def test_another_label_of_a_record_is_that_of_its_pages_too(handed: Player) -> None:
    done(handed, "merge", records="a b")
    done(handed, "label", record="a", kind="discharge", date="2025")
    page = known(handed.case, "b")
    assert (page.kind, page.part_of, page.date) == ("discharge", "a", PartialDate(year=2025))


def test_one_more_page_comes_last(handed: Player) -> None:
    done(handed, "merge", records="b a")
    done(handed, "label", record="lab", part_of="b")
    assert [page.id for page in handed.case.pages_of("b")] == ["a", "lab"]
    done(handed, "label", record="a", part_of="")
    assert [page.id for page in handed.case.pages_of("b")] == ["lab"]


@pytest.mark.parametrize("records", ["a", "", "a nothing", "a a"])
def test_less_than_two_records_are_not_merged(handed: Player, records: str) -> None:
    before = handed.case
    assert trail(done(handed, "merge", records=records)) == NOTHING
    assert handed.case == before


def test_parts_of_a_scan_are_merged_like_any_record_and_hold_the_split(scanned: Player) -> None:
    """While parts are pages of something, the scan is not split anew under them."""
    done(scanned, "split", record="scan", pages="3")
    done(scanned, "merge", records="a scan.p3-5")
    assert trail(done(scanned, "split", record="scan")) == NOTHING
    assert [change.cut for change in undoable(scanned.case)] == [None]


def test_who_merges_what_was_relabelled_meanwhile_is_told(handed: Player) -> None:
    seen = mark_of_marks(mark_of_label(handed.case, one) for one in ("a", "b"))
    done(handed, "label", record="b", kind="lab")
    before = handed.case
    effects = done(handed, "merge", records="a b", seen=seen)
    assert trail(effects) == [("act.conflict", "Li Wei")]
    assert handed.case == before


# ---- somebody else's ---------------------------------------------------------------------------


def test_a_part_that_is_somebody_elses_is_kept_apart_however_often_it_is_read(
    scanned: Player,
) -> None:
    """Until a coordinator takes it back."""
    done(scanned, "split", record="scan", pages="3")
    effects = done(scanned, "keep_apart", record="scan.p3-5")
    assert trail(effects)[0][0] == "record.kept_apart"
    assert used(scanned)[3:] == ["scan.p1-2"]
    done(scanned, "keep_apart", record="a")
    again = RecordIndexed(file_id="f-a", original_name="a.jpg", records=(letter("a"),))
    scanned.hear(again)
    assert "a" not in used(scanned)
    done(scanned, "take_study", record="a")
    done(scanned, "take_study", record="scan.p3-5")
    assert used(scanned) == ["a", "b", "lab", "scan.p1-2", "scan.p3-5"]


def test_who_decides_what_was_decided_meanwhile_is_told(scanned: Player) -> None:
    seen = mark_of_whose(scanned.case, "a")
    done(scanned, "keep_apart", record="a", seen=seen)
    effects = done(scanned, "take_study", record="a", seen=seen)
    assert trail(effects) == [("act.conflict", "Li Wei")]
    assert "a" not in used(scanned)
