"""RecordsStep: a checklist item that files answer."""

from __future__ import annotations

from dataclasses import dataclass, replace

from checklist.case import Answer, Case
from checklist.catalog import ChecklistItem
from checklist.dates import PartialDate
from checklist.imaging import WITHOUT_IMAGES, exactly, imaging_findings
from checklist.progress import Gap, lab_gaps, records_for
from checklist.records import Record
from checklist.text import Text, _, _n
from handlers.asides import parcel
from handlers.item import (
    CAN_GET,
    DONE,
    HAVE,
    HOW,
    LATER,
    NONE,
    NOT_KNOWN,
    by_when_prompt,
    follow_by_when,
    follow_choice,
    item_choices,
    item_of,
    item_prompt,
    read_by_when,
    read_choice,
)
from handlers.needs_words import old_ones
from handlers.replies import Choice, Prompt
from handlers.said_dates import said_date
from handlers.step import ONWARD, Move, Said, View, pick

_DATE_OF_SHEET = _(
    "On the lab sheet {file} I can't see the date. When was the blood taken? "
    "For example: 3 March 2026."
)
_RANGES_OF_SHEET = _(
    "On the lab sheet {file} I can't see the normal ranges. Can you send the page that shows them?"
)
#: So many questions about single sheets, and no more: the coordinator sees the rest.
_MOST_ASKED = 3
#: It is a command, so that it is understood at every question.
_UPLOAD = Choice(id="upload", label=_("A whole CD"))
#: Shown where reports came without pictures; in words it is understood at every question for scans.
ONLY_FILMS = Choice(id="only_films", label=_("I only have films"))
_NO_RANGES = Choice(id="none", label=_("I don't have it"))


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordsStep:
    """Files for one item. Phases: `files` awaits them, `images` asks for what reports lack."""

    id: str

    def prompt(self, view: View) -> Prompt:
        """The question of the phase."""
        item = item_of(view, self.id)
        match view.session.phase:
            case "by_when":
                return by_when_prompt()
            case "images":
                ask = _("Do you have the picture files of the scan too, or can you get them?")
                return Prompt(
                    text=(ask,),
                    choices=(HAVE, CAN_GET, NONE, HOW, LATER, ONLY_FILMS),
                    expects="choice",
                )
            case "lab_date":
                ask = _DATE_OF_SHEET.with_(file=_sheet_name(view.case, "date"))
                return Prompt(text=(ask,), choices=(NOT_KNOWN,), expects="date")
            case "lab_ranges":
                ask = _RANGES_OF_SHEET.with_(file=_sheet_name(view.case, "ranges"))
                return Prompt(text=(ask,), choices=(_NO_RANGES, DONE), expects="files")
            case "files":
                return self._files_prompt(view, item)
            case _:
                if records_for(view.case, item):
                    return self._files_prompt(view, item)
                return item_prompt(view, item)

    def _files_prompt(self, view: View, item: ChecklistItem) -> Prompt:
        known = len(records_for(view.case, item))
        if known:
            ask = _n(
                "{title}: I have {n} record so far. Is there more? Send it, or press Done.",
                "{title}: I have {n} records so far. Is there more? Send it, or press Done.",
                known,
                title=item.title,
            )
            return Prompt(text=(ask,), choices=_sending(item), expects="files")
        return Prompt(text=(item.send,), choices=_sending(item), expects="files")

    def read(self, view: View, said: Said) -> Said | None:
        """One of the item's answers, a date where one is asked for, or words to keep as a note."""
        item = item_of(view, self.id)
        match view.session.phase:
            case "by_when":
                return read_by_when(view, said)
            case "lab_date":
                choice = pick(view, (NOT_KNOWN, *item_choices(item)), said)
                if choice is not None:
                    return Said(text=said.text, choice=choice)
                return said if said.text.strip() else None
            case _:
                if self.id == "imaging" and _only_films(view, said):
                    return Said(text=said.text, choice=ONLY_FILMS.id)
                choice = read_choice(view, item, said)
                if choice is not None:
                    return Said(text=said.text, choice=choice)
                return said if said.choice is None and said.text.strip() else None

    def follow(self, view: View, said: Said) -> Move:
        """Keep the answer; on `done`, ask once for what is missing, then go on."""
        item = item_of(view, self.id)
        phase = view.session.phase
        if phase == "by_when":
            return follow_by_when(view, item, said)
        if phase == "lab_date":
            return self._with_lab_date(view, said)
        if phase == "lab_ranges" and said.choice in ("none", "done", "not_known"):
            return self._after_gaps(view, _settled(view.case, view, "ranges"))
        if said.choice == ONLY_FILMS.id:
            draft = parcel.films_draft()
            return Move(case=view.case, phase=phase, aside=parcel.ID, draft=draft)
        if said.choice == "done":
            return self._done(view, item)
        if said.choice is not None:
            return follow_choice(view, item, said.choice, send_phase="files")
        return self._with_note(view, said)

    def _done(self, view: View, item: ChecklistItem) -> Move:
        if not records_for(view.case, item):
            if view.session.batch:
                return Move(case=view.case, phase="files", say=(_STILL_READING,), ask=False)
            if self.id == "imaging" and view.case.locked:
                # What has come is locked, and that keeps nobody from going on.
                answer = Answer(step=self.id, at=view.now, choice="have")
                return Move(case=view.case.with_answer(answer), goto=ONWARD)
            nothing = _("Nothing for this has arrived yet. Send it now, or choose another answer.")
            return Move(case=view.case, phase="", say=(nothing,))
        answer = view.case.answer(self.id) or Answer(step=self.id, at=view.now)
        case = view.case.with_answer(replace(answer, at=view.now, choice="have"))
        told = view.session.phase == "images"
        if self.id == "imaging" and not told and (say := _about_images(case)):
            return Move(case=case, phase="images", say=say)
        move = self._after_gaps(view, case)
        # Once, where the item is done: who is asked again for a sheet has it said already.
        return replace(move, say=(*move.say, *old_ones(view, item)))

    def _after_gaps(self, view: View, case: Case) -> Move:
        """Ask for the first thing that the lab sheets lack and that was not asked for yet."""
        if self.id == "labs":
            answer = case.answer(self.id)
            asked = len(answer.note.split()) if answer else 0
            for gap, _sheet in lab_gaps(case) if asked < _MOST_ASKED else ():
                return Move(case=case, phase=f"lab_{gap}")
        if self.id == "pathology" and parcel.asks_for_slides(case):
            draft = {parcel.QUESTION: "there"}
            return Move(case=case, goto=ONWARD, aside=parcel.ID, draft=draft)
        return Move(case=case, goto=ONWARD)

    def _with_lab_date(self, view: View, said: Said) -> Move:
        if said.choice is not None and said.choice != NOT_KNOWN.id:
            item = item_of(view, self.id)
            return follow_choice(view, item, said.choice, send_phase="files")
        found = said_date(view, said.text) if said.choice is None else None
        if said.choice is None and not isinstance(found, PartialDate):
            again = _("I could not read that date. Please write it like this: 3 March 2026.")
            return Move(case=view.case, phase="lab_date", say=(again,), understood=False)
        case = _settled(view.case, view, "date")
        if isinstance(found, PartialDate) and (sheet := _sheet(view.case, "date")) is not None:
            case = case.with_record(replace(sheet, date=found))
        return self._after_gaps(view, case)

    def _with_note(self, view: View, said: Said) -> Move:
        """Words are not an answer here, but nothing that is said may be lost."""
        answer = view.case.answer(self.id) or Answer(step=self.id, at=view.now)
        words = "\n".join(filter(None, (answer.text, said.text.strip())))
        case = view.case.with_answer(replace(answer, at=view.now, text=words))
        kept = _("I kept your note for the coordinator. Here is my question once more:")
        # Who goes on writing notes is stuck, and gets a person.
        return Move(case=case, phase=view.session.phase, say=(kept,), understood=False)


def _only_films(view: View, said: Said) -> bool:
    if said.choice is not None:
        return said.choice == ONLY_FILMS.id
    return parcel.says_only_films(view, said.text)


_STILL_READING = _("One moment, I am still reading your files. I will tell you what I found.")


def _about_images(case: Case) -> tuple[Text, ...]:
    """What to say when reports or photos of scans came without their pictures."""
    told = exactly(imaging_findings(case))
    return tuple(f.message for f in told if f.code in WITHOUT_IMAGES)[:4]


def _sheet(case: Case, gap: Gap) -> Record | None:
    """The lab sheet that the question is about."""
    return next((sheet for lacks, sheet in lab_gaps(case) if lacks == gap), None)


def _sheet_name(case: Case, gap: Gap) -> str:
    sheet = _sheet(case, gap)
    return sheet.original_name if sheet else ""


def _settled(case: Case, view: View, gap: Gap) -> Case:
    """The case in which this gap of this sheet was asked about, and is not asked about again."""
    sheet = _sheet(case, gap)
    if sheet is None:
        return case
    answer = case.answer("labs") or Answer(step="labs", at=view.now, choice="have")
    note = f"{answer.note} no-{gap}:{sheet.id}".strip()
    return case.with_answer(replace(answer, note=note))


def _sending(item: ChecklistItem) -> tuple[Choice, ...]:
    """The buttons while files are awaited: a disc fits into no chat app, so it has a way of its own."""
    ways = (DONE, _UPLOAD) if item.id == "imaging" else (DONE,)
    return (*ways, CAN_GET, HOW, LATER)
