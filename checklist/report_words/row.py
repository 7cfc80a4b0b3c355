"""ReportWords: the words of one language by which a report says what it is, and of which scan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from checklist.records import RecordKind


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportWords:
    """The words of one language, written as people write them; `tables.py` folds them.

    What a document is: `headings` say it nearly for sure (those of `other` are titles of leaflets, and
    count only as such), several `hints` as much as one heading. `ranges` say that normal ranges stand
    beside values. `common` are a few words, with the spaces around them, that no other language with the
    same letters uses so often.

    What was examined: `modalities` by DICOM's codes and `parts` by its body parts (PS3.16 annex L),
    looked for in whole documents; `machines` and `descriptions` likewise, too short or too plain for
    that, in heads and descriptions only. `together` are words for several parts, parted by blanks:
    `{"CHEST ABDOMEN PELVIS": ("tap",)}`. `vessels`, `left`, `right` and `both` say more of them.
    `spine` is its word and those of its three parts as they stand in a list ("cervical, thoracic and
    lumbar spine"); each may be several, parted by `|`.

    Days: `scan_day`, `written_day`, `printed_day` and `other_day` stand before a day, as `study_date`
    and `birth_date` do in any document, of which `any_day` are those that say no more than "date".
    `months` are names with their numbers, `joins` may stand between day, month and year ("12 de abril
    de 2026"). `day_first` tells that 03/04/2026 is the third of April. Where the verb comes last,
    `scan_behind`, `written_behind` and `printed_behind` stand right behind a day, as `birth_behind` does in
    any language.

    Where a report speaks of what: `exam` stands before what was examined, `earlier` begins what is
    said of earlier scans, `ended_earlier` ends it where the verb comes last, `clinical` what is known
    of the patient, `body` the description itself. A sentence with one of `advice` says what should be
    done next, and not what was. `accession` stands before that number, `amended` says that it is a
    supplement. `noise` are words that hold the name of a body part or of a machine and
    mean neither. `ands` part a list.
    """

    language: str
    headings: Mapping[RecordKind, tuple[str, ...]] = field(default_factory=dict)
    hints: Mapping[RecordKind, tuple[str, ...]] = field(default_factory=dict)
    modalities: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    machines: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    parts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    descriptions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    together: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    exam: tuple[str, ...] = ()
    scan_day: tuple[str, ...] = ()
    written_day: tuple[str, ...] = ()
    printed_day: tuple[str, ...] = ()
    other_day: tuple[str, ...] = ()
    scan_behind: tuple[str, ...] = ()
    written_behind: tuple[str, ...] = ()
    printed_behind: tuple[str, ...] = ()
    birth_behind: tuple[str, ...] = ()
    earlier: tuple[str, ...] = ()
    ended_earlier: tuple[str, ...] = ()
    clinical: tuple[str, ...] = ()
    advice: tuple[str, ...] = ()
    body: tuple[str, ...] = ()
    accession: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    right: tuple[str, ...] = ()
    both: tuple[str, ...] = ()
    vessels: tuple[str, ...] = ()
    amended: tuple[str, ...] = ()
    noise: tuple[str, ...] = ()
    spine: tuple[str, tuple[str, str, str]] = ("", ("", "", ""))
    ranges: tuple[str, ...] = ()
    study_date: tuple[str, ...] = ()
    birth_date: tuple[str, ...] = ()
    any_day: tuple[str, ...] = ()
    months: tuple[tuple[str, int], ...] = ()
    joins: tuple[str, ...] = ()
    ands: tuple[str, ...] = ()
    day_first: bool = False
    common: tuple[str, ...] = ()
