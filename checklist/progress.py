"""Progress: how far a case is, item by item. What is absent is not what was never asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from checklist.belonging import other_patient_findings
from checklist.case import Answer, Case
from checklist.catalog import Catalog, ChecklistItem, Level, Need
from checklist.findings import Finding
from checklist.imaging import WITHOUT_IMAGES, imaging_findings
from checklist.locked import locked_finding
from checklist.records import Record
from checklist.text import Text, _

Gap = Literal["date", "ranges"]
ItemStatus = Literal["open", "have", "partial", "requested", "absent", "declined", "not_applicable"]

#: How much of an item each status settles. An honest "I don't have it" settles it wholly: nothing
#: more can be asked of the patient.
_SETTLED: Mapping[ItemStatus, float] = {
    "open": 0.0,
    "have": 1.0,
    "partial": 0.5,
    "requested": 0.5,
    "absent": 1.0,
    "declined": 1.0,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemProgress:
    """One item of the case's checklist and where it stands, with what this kind of case needs of it."""

    item: ChecklistItem
    status: ItemStatus
    needs: tuple[tuple[Need, Level], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Checklist:
    """The checklist of one case.

    `completeness` is how much is answered, 0 to 100; how much is here is another question.
    """

    items: tuple[ItemProgress, ...]
    findings: tuple[Finding, ...]
    completeness: int

    @property
    def missing(self) -> tuple[str, ...]:
        """Ids of items that the specialist will not, or not fully, find in the package."""
        return tuple(
            entry.item.id for entry in self.items if entry.status not in ("have", "not_applicable")
        )

    @property
    def wanted(self) -> int:
        """How many items this kind of case has."""
        return sum(1 for entry in self.items if entry.status != "not_applicable")

    @property
    def here(self) -> int:
        """Of how many of them the specialist will find all: what was skipped is not here."""
        return self.wanted - len(self.missing)

    @property
    def open(self) -> tuple[str, ...]:
        """Ids of items that nobody has answered yet, or that were put off."""
        return tuple(entry.item.id for entry in self.items if entry.status == "open")

    @property
    def warnings(self) -> tuple[str, ...]:
        """Distinct codes of the findings that a coordinator should see."""
        return tuple(
            dict.fromkeys(finding.code for finding in self.findings if finding.severity != "info")
        )

    def status(self, item_id: str) -> ItemStatus:
        """The status of an item; one that the catalog doesn't have is not applicable."""
        return next((e.status for e in self.items if e.item.id == item_id), "not_applicable")


def checklist_for(case: Case, catalog: Catalog) -> Checklist:
    """Where a case stands."""
    findings = (
        *other_patient_findings(case),
        *imaging_findings(case),
        *_of_files(case),
        *(locked_finding(file) for file in case.locked),
    )
    scope = scope_of(case, catalog)
    items = tuple(
        ItemProgress(
            item=item,
            status=item_status(case, item, scope, findings),
            needs=catalog.needs_of(item.id, scope),
        )
        for item in catalog.items
    )
    weights = [_SETTLED[entry.status] for entry in items if entry.status != "not_applicable"]
    completeness = round(100 * sum(weights) / len(weights)) if weights else 0
    return Checklist(items=items, findings=findings, completeness=completeness)


def _of_files(case: Case) -> tuple[Finding, ...]:
    """What was found in the files, but for those that hold nothing of the patient's."""
    used = {record.file_id for record in case.own_records}
    return tuple(found for r in case.records if r.file_id in used for found in r.findings)


def scope_of(case: Case, catalog: Catalog) -> frozenset[str]:
    """The case types whose needs the case has."""
    return catalog.scope(case.choice("case_type"), case.choice("case_kind"))


def case_type_name(case: Case, catalog: Catalog) -> Text | None:
    """What the case is about: the broad type, and which of its kinds where that is known."""
    broad = catalog.case_type(case.choice("case_type"))
    kind = catalog.case_type(case.choice("case_kind"))
    if broad is None or kind is None or kind.of != broad.id:
        return broad.label if broad else None
    return _("{broad}: {kind}", broad=broad.label, kind=kind.label)


def records_for(case: Case, item: ChecklistItem) -> tuple[Record, ...]:
    """The records that answer an item: those filed under it, and studies that count for it too."""
    return tuple(
        record
        for record in case.own_records
        if record.item == item.id or (record.study is not None and _counts(record, item))
    )


def _counts(record: Record, item: ChecklistItem) -> bool:
    series = record.study.series if record.study is not None else ()
    return any(one.modality in item.modalities for one in series)


def item_status(
    case: Case,
    item: ChecklistItem,
    scope: frozenset[str],
    findings: tuple[Finding, ...] | None = None,
) -> ItemStatus:
    """The status of one item of a case of these types."""
    if not item.applies(scope):
        return "not_applicable"
    if case.request_for(item.id) is not None:
        return "requested"
    answer = case.answer(item.id)
    if item.collects == "entries":
        return _entries_status(case, item, answer)
    if records_for(case, item):
        known = imaging_findings(case) if findings is None else findings
        return _records_status(case, item, known)
    return _without_evidence(answer)


def _entries_status(case: Case, item: ChecklistItem, answer: Answer | None) -> ItemStatus:
    if answer is None:
        return "have" if case.records_of(item.id) else "open"
    if answer.entries:
        return "have"
    if answer.choice == "none" and item.none_is_answer:
        return "have"
    if case.records_of(item.id):
        return "have"
    return _without_evidence(answer)


def _records_status(case: Case, item: ChecklistItem, findings: tuple[Finding, ...]) -> ItemStatus:
    if awaited(case, item):
        return "partial"
    if item.id == "imaging":
        short = {*WITHOUT_IMAGES, "missing_instances", "truncated_instance"}
        images = any(r.study is not None and r.study.image_count for r in case.own_records)
        reports = any(r.kind == "imaging_report" for r in case.own_records)
        if not images or not reports or any(finding.code in short for finding in findings):
            return "partial"
    if item.id == "labs" and lab_gaps(case):
        return "partial"
    return "have"


def awaited(case: Case, item: ChecklistItem) -> bool:
    """Whether something that the patient said they can get has not come since."""
    answer = case.answer(item.id)
    if answer is None or answer.choice != "can_get":
        return False
    return not any(record.received_at > answer.at for record in records_for(case, item))


def lab_gaps(case: Case) -> tuple[tuple[Gap, Record], ...]:
    """What lab sheets lack, `date` or `ranges`, each with its sheet.

    What the patient said is not to be had (`no-<gap>:<record id>` in the answer's note) is no gap.
    """
    answer = case.answer("labs")
    settled = set(answer.note.split()) if answer else set()
    found: list[tuple[Gap, Record]] = []
    for sheet in case.records_of("labs"):
        if sheet.date is None:
            found.append(("date", sheet))
        if sheet.has_reference_ranges is False:
            found.append(("ranges", sheet))
    return tuple((gap, sheet) for gap, sheet in found if f"no-{gap}:{sheet.id}" not in settled)


def _without_evidence(answer: Answer | None) -> ItemStatus:
    match answer.choice if answer else None:
        case "can_get":
            return "requested"
        case "none":
            return "absent"
        case "skip":
            return "declined"
        case _:
            return "open"
