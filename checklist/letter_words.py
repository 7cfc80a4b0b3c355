"""Letter words: a letter in its parts, in words that any hospital understands and none can dislike.

Short, polite and complete, since a desk hands out what it is asked for: all series, as DICOM, not as
pictures or film; the report in full; paper by its kinds. The law is named where that is known well
enough (`checklist/record_laws.py`), and never as a threat.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from checklist.letters import Letter
from checklist.record_laws import LetterKind, days_of, fee_of, may_send_abroad, provision_of
from checklist.text import Text, _, _n, verbatim


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A label and what stands beside it; None is a line to be filled in by hand."""

    label: Text
    value: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterWords:
    """A letter's parts, in the order in which they stand."""

    to: Text
    subject: Text
    who: tuple[Line, ...]
    opening: tuple[Text, ...]
    please: Text
    wanted: tuple[Text, ...]
    fill_in: tuple[Line, ...]
    known_head: Text | None
    known: tuple[Text, ...]
    closing: tuple[Text, ...]
    thanks: Text
    sign: tuple[Line, ...]
    enclosed: Text


#: What the three letters are called, on a button too.
LETTER_NAMES: Final[dict[LetterKind, Text]] = {
    "images": _("For the scans"),
    "pathology": _("For the pathology"),
    "papers": _("For the papers"),
}
_TO: Final[dict[LetterKind, Text]] = {
    "images": _("To the radiology department"),
    "pathology": _("To the pathology department"),
    "papers": _("To the medical records office"),
}
_SUBJECT: Final[dict[LetterKind, Text]] = {
    "images": _("Request for a copy of scans and their reports"),
    "pathology": _("Request for a pathology report and tissue slides"),
    "papers": _("Request for a copy of medical records"),
}
_ON_DISC = _("Please put the files on a CD, DVD or USB stick, or offer them as a download.")
_IN_HAND = _("Please put the files on a CD, DVD or USB stick, and hand it to me.")
_WANTED: Final[dict[LetterKind, tuple[Text, ...]]] = {
    "images": (
        _(
            "all picture files of each scan as DICOM files: all series, as they are stored. "
            "JPEG pictures, screenshots or film are not enough."
        ),
        _("the written report of each scan"),
    ),
    "pathology": (
        _(
            "the full pathology report, with all additional tests (for example stains and gene tests)"
        ),
        _("the original glass slides on loan, or new unstained sections (recuts)"),
    ),
    "papers": (
        _("discharge letters"),
        _("operation reports"),
        _("letters from the clinics"),
        _("lab results, with the date, the units and the normal range of each value"),
    ),
}
_FILL_IN: Final[dict[LetterKind, tuple[Line, ...]]] = {
    "images": (Line(label=_("Scans and dates")),),
    "pathology": (
        Line(label=_("Sample number and date")),
        Line(label=_("Recuts: how many, how thick, on which glass")),
    ),
    "papers": (Line(label=_("Department and dates")),),
}


def letter_words(letter: Letter) -> LetterWords:
    """The letter in its parts."""
    kind = letter.kind
    helped = bool(letter.helper)
    return LetterWords(
        to=_TO[kind],
        subject=_SUBJECT[kind],
        who=(
            Line(label=_("Hospital")),
            Line(label=_("Patient's name"), value=verbatim(letter.name) if letter.name else None),
            Line(label=_("Date of birth"), value=_born(letter)),
            Line(label=_("Patient number in your hospital")),
        ),
        opening=_opening(letter),
        please=_("Please give a copy of:"),
        wanted=_WANTED[kind],
        fill_in=() if kind == "images" and letter.known else _FILL_IN[kind],
        known_head=_("It is about these scans above all:") if letter.known else None,
        known=letter.known,
        closing=_closing(letter),
        thanks=_("Thank you very much for your help."),
        sign=(
            Line(label=_("Place and date")),
            Line(label=_("Phone or e-mail")),
            Line(label=_("Signature")),
        ),
        enclosed=(
            _("Enclosed: the patient's signed authority; copies of the patient's ID and of mine.")
            if helped
            else _("Enclosed: a copy of my ID.")
        ),
    )


def _born(letter: Letter) -> Text | None:
    born = letter.birth_date
    return Text(msgid="{date}", params={"date": born}) if born else None


def _opening(letter: Letter) -> tuple[Text, ...]:
    why = (
        _(
            "I am {name}, and I write for the patient named above, with the patient's authority. "
            "The patient asks for a copy of their own records, for a second medical opinion.",
            name=letter.helper,
        )
        if letter.helper
        else _("I ask for a copy of my own records, for a second medical opinion.")
    )
    again = _(
        "A first letter about this was sent on {date}. Perhaps it was lost, so here it is again.",
        date=letter.follows,
    ) if letter.follows else None  # fmt: skip
    law = provision_of(letter.country)
    # A law on copies says nothing of glass and tissue.
    right = (
        _("The right to a copy of the report stands here: {law}.")
        if letter.kind == "pathology"
        else _("The right to this copy stands here: {law}.")
    )
    cited = right.with_(law=law) if law else None
    return tuple(one for one in (why, again, cited) if one is not None)


def _closing(letter: Letter) -> tuple[Text, ...]:
    fee = fee_of(letter.country) or _("If there is a fee, please tell me the amount before.")
    days = days_of(letter.country)
    time = (
        _n(
            "The rules named above give {n} day for an answer.",
            "The rules named above give {n} days for an answer.",
            days,
        )
        if days
        else None
    )
    how = {
        "images": _ON_DISC if may_send_abroad(letter.country) else _IN_HAND,
        "pathology": _(
            "Please cut nothing before I confirm the number: "
            "the receiving hospital says what it needs."
        ),
        "papers": _("Paper or PDF files are both fine."),
    }[letter.kind]
    form = _("If you have a form of your own for this, please send it to me.")
    return tuple(one for one in (how, fee, time, form) if one is not None)


#: So long a line is drawn in plain text for what is filled in by hand.
BLANK: Final = "_" * 24


def plain_parts(words: LetterWords) -> tuple[tuple[Text, ...], ...]:
    """The letter as plain text, to be copied into an e-mail: its paragraphs, and the lines of each."""
    known = (words.known_head, *_listed(words.known)) if words.known_head else ()
    parts = (
        (words.to, *(_filled(line) for line in words.who)),
        (words.subject,),
        words.opening,
        (words.please, *_listed(words.wanted), *(_filled(line) for line in words.fill_in)),
        known,
        words.closing,
        (words.thanks,),
        tuple(_filled(line) for line in words.sign),
        (words.enclosed,),
    )
    return tuple(part for part in parts if part)


def _listed(things: tuple[Text, ...]) -> tuple[Text, ...]:
    return tuple(_("• {thing}", thing=thing) for thing in things)


def _filled(line: Line) -> Text:
    value = line.value if line.value is not None else verbatim(BLANK)
    return _("{label}: {value}", label=line.label, value=value)
