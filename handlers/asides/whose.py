"""Whose images: a study under another name or birth date is asked about, kindly and once.

The words never show what the headers say: they may be a stranger's. Nothing waits for the answer.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from checklist.belonging import (
    asked,
    compared,
    judged,
    person_of,
    study_label,
    to_ask,
    with_asked,
    with_patients_word,
)
from checklist.case import Case
from checklist.identity import mixes_people
from checklist.records import PatientSays, Record
from checklist.text import Text, _
from handlers.doorway import at_door
from handlers.effects import Effect, RecordAudit
from handlers.replies import Choice, Prompt
from handlers.step import Move, Said, View, pick
from handlers.steps.done import tell_of_news

_NO = Choice(id="no", label=_("No, it is not"))
_NOT_KNOWN = Choice(id="not_known", label=_("I don't know"))
_SAYS: dict[str | None, PatientSays] = {"yes": "yes", "no": "no"}


@dataclass(frozen=True, slots=True, kw_only=True)
class WhoseAside:
    """Is this scan the patient's? A yes is for the coordinator, a no keeps it apart."""

    id: str = "whose"

    def choices(self, view: View) -> tuple[Choice, ...]:
        """Yes in the words of who writes, no, and not known."""
        yes = Choice(id="yes", label=view.of(_("Yes, it is mine"), _("Yes, the patient's")))
        return (yes, _NO, _NOT_KNOWN)

    def prompt(self, view: View) -> Prompt:
        """What does not fit, on which scan, and what became of it."""
        records = asked(view.case)
        ask = view.of(
            _("Is this your scan? It can be yours under another name, or misspelt."),
            _(
                "Is this the patient's scan? It can be the patient's under another name, "
                "or misspelt."
            ),
        )
        what = (_what(view, records),) if records else ()
        apart = (_APART,) if any(record.is_apart for record in records) else ()
        return Prompt(text=(*what, *apart, ask), choices=self.choices(view), expects="choice")

    def read(self, view: View, said: Said) -> Said | None:
        """One of the three."""
        choice = pick(view, self.choices(view), said)
        return None if choice is None else Said(text=said.text, choice=choice)

    def follow(self, view: View, said: Said) -> Move:
        """Note it, and go on where the conversation stood."""
        records = asked(view.case)
        says = _SAYS.get(said.choice, "not_known")
        case = with_patients_word(view.case, says)
        effects: tuple[Effect, ...] = tuple(
            RecordAudit(actor="patient", action=f"study.whose.{says}", object=record.id)
            for record in records
        )
        if case.submitted_at is not None:
            effects = (*effects, *tell_of_news(view))
        apart = any(record.is_apart for record in records)
        return Move(
            case=case,
            phase=view.session.phase,
            say=(_THANKS[says, apart],),
            effects=effects,
        )


_APART = _("I have set it apart. Nothing is lost.")
_KEPT_APART = _(
    "Thank you. I keep it apart, and it does not go to the specialist. "
    "If you find the right CD, you can send it at any time."
)
_FOR_A_PERSON = _("That is all right. A coordinator will look at it. We go on.")
_THANKS: dict[tuple[PatientSays, bool], Text] = {
    ("yes", True): _("Thank you. A coordinator will look at it and decide. We go on."),
    ("yes", False): _("Thank you. I noted it, and we go on."),
    ("no", True): _KEPT_APART,
    ("no", False): _KEPT_APART,
    ("not_known", True): _FOR_A_PERSON,
    ("not_known", False): _FOR_A_PERSON,
}


def _what(view: View, records: tuple[Record, ...]) -> Text:
    """What of the headers is not what was said, without saying what it is."""
    # All of them: the answer is about all.
    scans = tuple(study_label(record) for record in records)
    if records[0].study is not None and mixes_people(records[0].study):
        return _(
            "Not all pictures of this scan carry the same name or birth date: {scan}.", scan=scans
        )
    found = compared(view.case, records[0])
    assert found is not None
    if found.other_name and found.other_birth_date:
        return view.of(
            _(
                "About this scan: {scan}. The name and the birth date on it are not the ones "
                "you gave me.",
                scan=scans,
            ),
            _(
                "About this scan: {scan}. The name and the birth date on it are not the patient's.",
                scan=scans,
            ),
        )
    if found.other_birth_date:
        return view.of(
            _(
                "About this scan: {scan}. The birth date on it is not the one you gave me.",
                scan=scans,
            ),
            _(
                "About this scan: {scan}. The birth date on it is not the patient's, "
                "as you gave it to me.",
                scan=scans,
            ),
        )
    return view.of(
        _("About this scan: {scan}. The name on it is not the one you gave me.", scan=scans),
        _(
            "About this scan: {scan}. The name on it is not the patient's, as you gave it to me.",
            scan=scans,
        ),
    )


def judged_anew(view: View, before: Case) -> tuple[View, tuple[Effect, ...]]:
    """The view with each study judged by who the patient is now, and what follows from a change."""
    if person_of(view.case) == person_of(before) and view.case.records == before.records:
        return view, ()
    case = judged(view.case)
    was_apart = {record.id for record in before.records if record.is_apart}
    effects: tuple[Effect, ...] = tuple(
        RecordAudit(actor="system", action="study.set_apart", object=record.id)
        for record in case.records
        if record.set_apart == "apart" and record.study is not None and record.id not in was_apart
    )
    if case.submitted_at is not None and case.records != view.case.records:
        effects = (*effects, *tell_of_news(view))
    return replace(view, case=case), effects


def asked_about(view: View) -> View:
    """The view with the question about a study in between, where one is due and none stands."""
    session, case = view.session, view.case
    known = case.answer("name") is not None and case.answer("birth_date") is not None
    if session.aside or session.mode == "human" or session.batch or not known or at_door(view):
        return view
    records = to_ask(case)
    if not records or not case.consented:
        return view
    return replace(view, case=with_asked(case, records), session=replace(session, aside=ASIDE.id))


ASIDE = WhoseAside()
