"""Asking for the password of a locked file. What is answered is tried once and not kept.

Here words are a password exactly as they stand: a number presses no button. Only a whole label, a
plain "I don't know", a command, and words of any safety class are what they are everywhere else.
All other words are hidden, also those that can't be tried: a password may stand among them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from checklist.case import Case
from checklist.locked import LockedFile
from checklist.text import Text, _, _n
from checklist.words import bare
from handlers.a_person import ask_for_a_person
from handlers.effects import Effect, HideWords, RecordAudit, Unlock
from handlers.item import LATER
from handlers.passwords import birth_date_of, candidates, may_be_password, of_date
from handlers.replies import Choice, Prompt
from handlers.step import Move, Said, View

ID = "password"

_BIRTH_DATE = Choice(id="birth_date", label=_("Try date of birth"))
_UNKNOWN = Choice(id="not_known", label=_("I don't know it"))
_PERSON = Choice(id="human", label=_("Ask a person"))

#: What plain words mean here; "ask" asks again. Nobody's disc is locked with "I don't know".
_PLAIN = {
    "not_known": "not_known",
    "none": "not_known",
    "no": "not_known",
    "how": "not_known",
    "later": "later",
    "skip": "later",
    "can_get": "later",
    "yes": "ask",
    "have": "ask",
}

#: Wrong passwords after which a person is offered.
PATIENCE = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordAside:
    """The question about one file at a time; the same password is tried on the others too."""

    id: str = ID

    def prompt(self, view: View) -> Prompt:
        """The question, with other hints after each wrong try."""
        file = asked_about(view.case)
        if file is None:
            return Prompt(text=(_NONE_LOCKED,))
        if is_trying(view.case):
            return Prompt(text=(_STILL_TRYING,), choices=(LATER,), expects="text")
        return Prompt(text=_question(view, file), choices=_choices(view, file), expects="text")

    def read(self, view: View, said: Said) -> Said | None:
        """A button, its whole label, or else words that are a password or hide one."""
        file = asked_about(view.case)
        if file is None:
            return None
        shown = {c.id for c in (_BIRTH_DATE, _UNKNOWN, _PERSON, LATER)}
        if said.choice is not None:
            return said if said.choice in shown else None
        labels = {
            bare(view.languages.say(choice.label, view.locale)): choice.id
            for choice in _choices(view, file)
        }
        choice = labels.get(bare(said.text)) or _PLAIN.get(view.meant(said.text) or "")
        if choice is not None:
            return Said(text=said.text, choice=choice)
        return Said(text=said.text)

    def follow(self, view: View, said: Said) -> Move:
        """Try it, or leave the file for later."""
        file = asked_about(view.case)
        assert file is not None, "`read` takes nothing where no file is locked"
        match said.choice:
            case None if not may_be_password(said.text):
                return _only_the_password(view)
            case None:
                return _tried(view, candidates(view, said.text), (HideWords(),))
            case "birth_date" if (born := birth_date_of(view)) is not None:
                agreed = RecordAudit(
                    actor="patient", action="password.birth_date", object=file.file_id
                )
                return _tried(view, of_date(born), (agreed,), born=True)
            case "birth_date" | "ask":
                return Move(case=view.case, phase=view.session.phase, aside=ID)
            case "human":
                given_up = replace(file, state="given_up")
                asked = ask_for_a_person(view)
                return replace(asked, case=view.case.with_locked(given_up))
            case _ if is_trying(view.case):
                # What comes of it is told all the same.
                return Move(case=view.case, phase=view.session.phase)
            case "not_known":
                return _left(view, file, "unknown", _how_to_get_it(file))
            case _:
                return _left(view, file, "later", _KEPT_FOR_LATER)


# ---- what else knows of it ---------------------------------------------------------------------


def asked_about(case: Case) -> LockedFile | None:
    """The file whose password is asked for, or is being tried."""
    asked = next((file for file in case.locked if file.state == "asked"), None)
    return asked or next((file for file in case.locked if file.trying), None)


def next_asked(case: Case) -> LockedFile:
    """The file to ask about when the patient has a password to give. One must be locked."""
    order = ("asked", "new", "later", "unknown", "given_up", "unreadable")
    return min(case.locked, key=lambda file: order.index(file.state))


def is_trying(case: Case) -> bool:
    """Whether a password is being tried just now."""
    return any(file.trying for file in case.locked)


def asking(case: Case, file: LockedFile) -> Case:
    """The case in which this file, and no other, is asked about."""
    for other in case.locked:
        if other.state == "asked" and other.file_id != file.file_id:
            case = case.with_locked(replace(other, state="later"))
    return case.with_locked(replace(file, state="asked"))


# ---- what follows from an answer ---------------------------------------------------------------


def _tried(
    view: View, secrets: tuple[str, ...], effects: tuple[Effect, ...], *, born: bool = False
) -> Move:
    """Try them on every file that is locked: discs of one hospital often share a password."""
    case = view.case
    if not secrets:
        return Move(case=case, phase=view.session.phase, aside=ID, effects=effects)
    for file in case.locked:
        if file.state != "unreadable":
            born_tried = born or file.born_tried
            case = case.with_locked(replace(file, trying=True, born_tried=born_tried))
            effects = (*effects, Unlock(file_id=file.file_id, secrets=secrets))
    return Move(
        case=case, phase=view.session.phase, aside=ID, say=(_TRYING,), effects=effects, ask=False
    )


def _only_the_password(view: View) -> Move:
    return Move(
        case=view.case,
        phase=view.session.phase,
        aside=ID,
        say=(_ONLY_THE_PASSWORD,),
        effects=(HideWords(),),
        understood=False,
    )


def _left(view: View, file: LockedFile, state: str, say: Text) -> Move:
    left = replace(file, state="unknown" if state == "unknown" else "later")
    audit = RecordAudit(actor="patient", action=f"password.{state}", object=file.file_id)
    return Move(
        case=view.case.with_locked(left), phase=view.session.phase, say=(say,), effects=(audit,)
    )


# ---- words -------------------------------------------------------------------------------------


def _choices(view: View, file: LockedFile) -> tuple[Choice, ...]:
    untried = birth_date_of(view) is not None and not file.born_tried
    born = (_BIRTH_DATE,) if untried else ()
    person = (_PERSON,) if file.tries >= PATIENCE else ()
    return (*born, *person, _UNKNOWN, LATER)


def _question(view: View, file: LockedFile) -> tuple[Text, ...]:
    name = file.name or file.file_id
    promise = _("I use it once and don't keep it.")
    match file.tries:
        case 0:
            return (
                _("The file {file} is locked with a password. What is the password?", file=name),
                _(
                    "It is often the date of birth, for example 31121980. "
                    "It may stand on the CD or in the letter that came with it."
                ),
                promise,
            )
        case 1:
            hint = _(
                "Please look at each letter: capital and small letters count. A date may also be "
                "written the other way round, for example 19801231 or 311280."
            )
        case 2:
            hint = _(
                "It may also be the patient number or the number of the examination. "
                "Both stand on the CD, its cover or the letter."
            )
        case _:
            hint = _(
                "A person can help you with it, or the hospital can tell you. "
                "You can also go on without this file for now."
            )
    return (_("What is the password of {file}?", file=name), hint, promise)


def _how_to_get_it(file: LockedFile) -> Text:
    return _(
        "That is all right. Please ask the hospital for the password, or for a copy without one. "
        "The password often stands in the letter or on the cover of the CD. I keep the file "
        "{file} until then. When you have the password, write “status”.",
        file=file.name or file.file_id,
    )


def waiting_lines(case: Case) -> tuple[Text, ...]:
    """A line about the files that wait for their password, one about those that none opens, or none."""
    names = [file.name or file.file_id for file in case.locked if file.state != "unreadable"]
    shut = [file.name or file.file_id for file in case.locked if file.state == "unreadable"]
    lines: tuple[Text, ...] = ()
    if names:
        waits = _n(
            "• {n} file waits for its password: {files}",
            "• {n} files wait for their passwords: {files}",
            len(names),
            files=tuple(names),
        )
        lines = (waits,)
    if shut:
        closed = _n(
            "• {n} file could not be opened: {files}",
            "• {n} files could not be opened: {files}",
            len(shut),
            files=tuple(shut),
        )
        lines = (*lines, closed)
    return lines


_STILL_TRYING = _("I am trying the password now. This can take a minute.")
_TRYING = _("Thank you. I am trying it now. This can take a minute.")
_ONLY_THE_PASSWORD = _(
    "Please write only the password, in one line. I did not keep what you wrote just now."
)
_KEPT_FOR_LATER = _(
    "That is all right. I keep the file. When you have the password, write “status”."
)
_NONE_LOCKED = _("No file waits for a password now.")

ASIDE = PasswordAside()
