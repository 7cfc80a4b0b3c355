"""Which scan a record is of: what its report, or its headers, or a coordinator say."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from checklist.examination import Examination
from checklist.kinds import body_part_of_code
from checklist.pairing_evidence import ALIKE
from checklist.pairing_reading import bare_number
from checklist.records import Record
from checklist.scan_words import (
    modalities_in,
    parts_in,
    sides_in,
    vessels_in,
    without_general,
)
from checklist.word_folding import folded

#: Modalities that say what an object is, and not of what examination.
_OF_NOTES: Final = frozenset({"SR", "KO", "DOC", "PR", "SMR", "RWV", "REG", "SEG", ""})


def said_by_report(record: Record, *, corrected: bool = False) -> Examination:
    """What a report says; its label where a coordinator has corrected that, or nothing else is known."""
    if record.study is not None:
        return said_by_study(record, corrected=corrected)
    read = record.examination
    if read is None or corrected:
        read = read or Examination()
        return Examination(
            modalities=(record.modality,) if record.modality else read.modalities,
            parts=tuple(sorted(_single(record.body_part))),
            days=(record.date,) if record.date else (),
            day_of="scan" if corrected else "",
            sides=read.sides,
            accession=read.accession,
            numbers=read.numbers,
            amends=read.amends,
        )
    return read


def said_by_study(record: Record, *, corrected: bool = False) -> Examination:
    """What the headers of a study say of it; the label where a coordinator has corrected that."""
    study = record.study
    assert study is not None
    said = _described(study.study_description)
    shown = [s for s in study.series if s.kind == "image"] or list(study.series)
    parts = dict.fromkeys(said.parts)
    for series in shown if not corrected else ():
        parts |= dict.fromkeys(_single(body_part_of_code(series.body_part_examined)))
    if corrected or not parts:
        parts = dict.fromkeys(sorted(_single(record.body_part)))
    if not parts:
        parts = {p: None for s in shown for p in _described(s.series_description).parts}
    named = {ALIKE.get(code, code): None for code in study.modalities}
    accession = bare_number(study.accession_number)
    own = {bare_number(who.patient_id) for who in study.identities}
    return Examination(
        modalities=tuple(c for c in named if c not in _OF_NOTES) or said.modalities,
        parts=tuple(without_general(tuple(parts))),
        days=(record.date,) if record.date else (),
        day_of="scan",
        sides=said.sides,
        vessels=said.vessels,
        # Some archives write the patient's number into it, which would fit every study.
        accession="" if accession in own or len(accession) < 4 else accession,
    )


@lru_cache(maxsize=512)
def _described(words: str) -> Examination:
    """What a description says. It is asked at each turn of a case, and is the same each time."""
    plain = folded(words.replace("_", " ").replace("^", " ").replace("+", " "))
    return Examination(
        modalities=modalities_in(plain),
        parts=parts_in(plain),
        sides=sides_in(plain),
        vessels=vessels_in(plain),
    )


def _single(body_part: str) -> frozenset[str]:
    """The parts that a code stands for, without those that they hold in turn."""
    if not body_part:
        return frozenset()
    held = _GROUPS.get(body_part)
    return held if held is not None else frozenset({body_part})


_GROUPS: Final[Mapping[str, frozenset[str]]] = {
    "CHESTABDPELVIS": frozenset({"CHEST", "ABDOMEN", "PELVIS"}),
    "ABDOMENPELVIS": frozenset({"ABDOMEN", "PELVIS"}),
    "CHESTABDOMEN": frozenset({"CHEST", "ABDOMEN"}),
    "HEADNECK": frozenset({"HEAD", "NECK"}),
}
