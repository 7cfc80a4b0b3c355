"""A question that only a doctor can answer: say so kindly, and offer to put it to the specialist."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, replace

from checklist.case import Answer, Case, Entry
from checklist.folding import folded
from checklist.names import modality_name
from checklist.scan_words import modalities_in
from checklist.text import Text, _
from handlers.replies import Choice, Prompt
from handlers.step import Move, Said, View, pick

_CHANGE = Choice(id="change", label=_("Change it"))
_CHOICES = (
    Choice(id="yes", label=_("Yes, add it")),
    _CHANGE,
    Choice(id="no", label=_("No, go on")),
)
#: In the draft: the question is being written anew.
_CHANGING = "changing"
_NO_QUESTION = ("no", "none", "later", "skip", "back")

ADDED = _("I added it to your questions.")


@dataclass(frozen=True, slots=True, kw_only=True)
class AdviceAside:
    """The refusal in four parts: can't, why, what instead, an offer. It can be worded anew."""

    id: str = "advice"

    def prompt(self, view: View) -> Prompt:
        """The fixed words of the class that was seen, and the offer."""
        if is_changing(view):
            return Prompt(text=(_ASK,), choices=(_CHOICES[2],), expects="text")
        offer = _(
            "I can add this to your questions for the specialist: “{question}” Shall I?",
            question=view.session.draft.get("held", ""),
        )
        return Prompt(
            text=(refusal(view.session.draft.get("safety", "")), offer),
            choices=_CHOICES,
            expects="choice",
        )

    def read(self, view: View, said: Said) -> Said | None:
        """A plain yes or no, or the question in other words."""
        if not is_changing(view):
            choice = pick(view, _CHOICES, said)
            return None if choice is None else Said(text=said.text, choice=choice)
        choice = pick(view, _CHOICES[2:], said, near=False)
        if choice is not None or view.meant(said.text) in _NO_QUESTION:
            return Said(text=said.text, choice="no")
        return Said(text=said.text) if said.choice is None and said.text.strip() else None

    def follow(self, view: View, said: Said) -> Move:
        """Add the question, ask for other words, or leave it; then go on where the form stood."""
        phase, held = view.session.phase, view.session.draft.get("held", "")
        if said.choice == "change":
            draft = {**view.session.draft, "held": held, _CHANGING: "yes"}
            return Move(case=view.case, phase=phase, aside=self.id, draft=draft)
        draft = {k: v for k, v in view.session.draft.items() if k not in _OF_THIS}
        if said.choice is None:
            held = " ".join(said.text.split())
        if said.choice == "no" or not held:
            return Move(case=view.case, phase=phase, draft=draft)
        return Move(case=with_question(view, held), phase=phase, draft=draft, say=(ADDED,))


_OF_THIS = ("held", "safety", _CHANGING)


def is_changing(view: View) -> bool:
    """Whether a question to the specialist is being worded anew."""
    return view.session.aside == "advice" and _CHANGING in view.session.draft


def offered(view: View, words: str) -> str:
    """The question as it is offered: the patient's own words, and the day of the scan they name.

    Only where the case has one such scan: else it would be a guess which one is meant.
    """
    plain = folded(unicodedata.normalize("NFC", words))[0]
    named = modalities_in(plain)
    studies = [
        record.study for record in view.case.records if record.is_used and record.study is not None
    ]
    meant = [study for study in studies if set(named) & set(study.modalities)]
    if len(named) != 1 or len(meant) != 1 or (day := meant[0].study_date) is None:
        return words
    if str(day.year) in plain:
        return words
    scan = _("({scan}, {date})", scan=modality_name(named[0]), date=day)
    return f"{words.strip()} {view.languages.say(scan, view.locale)}"


def put_aside(view: View) -> tuple[View, tuple[Text, ...]]:
    """Go on without an answer to the question in between; a question to a doctor is not lost by it."""
    held, was_offered = view.session.draft.get("held", ""), view.session.aside == "advice"
    view = replace(view, session=replace(view.session, aside=""))
    if not (was_offered and held):
        return view, ()
    draft = {k: v for k, v in view.session.draft.items() if k != _CHANGING}
    view = replace(view, session=replace(view.session, draft=draft))
    return replace(view, case=with_question(view, held)), (ADDED,)


def refusal(safety: str) -> Text:
    """Why the assistant does not answer, by the class of what was asked."""
    match safety:
        case "dosing":
            return _(
                "Please don't stop or change a medicine because of this chat. "
                "Ask the doctor who gave it. If you feel ill now, call for emergency help."
            )
        case "guarantee":
            return _(
                "A second opinion may agree with your doctor. No one can promise another answer."
            )
        case _:
            return _(
                "I can't tell you what your results mean or what to do. I am not a doctor. "
                "The specialist can answer that."
            )


def with_question(view: View, words: str) -> Case:
    """The case with one more question for the specialist."""
    known = view.case.answer("questions") or Answer(step="questions", at=view.now)
    entries = (*known.entries, Entry(text=words))
    entries = tuple(
        replace(e, chosen=sum(x.chosen for x in entries[:i]) < 3) for i, e in enumerate(entries)
    )
    return view.case.with_answer(replace(known, entries=entries))


_ASK = _("How shall I write it? Please write your question in your own words.")

ASIDE = AdviceAside()
