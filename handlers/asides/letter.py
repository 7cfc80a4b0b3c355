"""A letter to a hospital: for which records, in which language, and when it was sent.

Three departments get three letters. Each button names the letter or the item that it is about, for a
letter is printed, signed and sent long after it was made.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from checklist.case import Answer
from checklist.date_words import parse_date
from checklist.dates import Ambiguous, PartialDate
from checklist.letter_making import ITEM_FOR, asked_again_on, letter_for
from checklist.letter_words import LETTER_NAMES, letter_words, plain_parts
from checklist.letters import Letter, letter_named
from checklist.record_laws import law_of, note_of, provision_of
from checklist.text import Text, _, verbatim
from handlers.effects import Actor, CancelTimer, Effect, RecordAudit, SetTimer
from handlers.letters import ID, MAKING, at
from handlers.links import letter_link
from handlers.reminders import asking_to_remind, by_day, expected_key, letter_key
from handlers.replies import Choice, Prompt
from handlers.step import ONWARD, Move, Said, View, pick

_GO_ON = Choice(id="go_on", label=_("Go on"))
_WRITE: Final = _("Write the letter")
_TODAY: Final = _("Today")
_FOLLOW: Final = _("A second letter")
_ISOLATES: Final = {0x2068: None, 0x2069: None}


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterAside:
    """The making of a letter, and what becomes of it."""

    id: str = ID

    def prompt(self, view: View) -> Prompt:
        """The question of the phase."""
        phase = view.session.draft.get(MAKING, "").partition(":")[0]
        choices = self.choices(view)
        match phase:
            case "offer":
                return Prompt(text=(_OFFER,), choices=choices, expects="choice")
            case "language":
                ask = _("In which language does the hospital write?")
                return Prompt(text=(ask,), choices=choices, expects="choice")
            case "where":
                # Another country has another law.
                ask = _("Is the hospital in this country: {country}?", country=_country(view))
                return Prompt(text=(ask,), choices=choices, expects="choice")
            case "made":
                return Prompt(text=(_TELL_ME,), choices=choices, expects="choice")
            case "sent":
                ask = _("When did you send it? For example: today, or 15 May.")
                return Prompt(text=(ask,), choices=choices, expects="date")
            case "again":
                return Prompt(text=(_SECOND,), choices=choices, expects="choice")
            case _:
                ask = _("Which letter do you need? Each department gets a letter of its own.")
                return Prompt(text=(ask,), choices=choices, expects="choice")

    def choices(self, view: View) -> tuple[Choice, ...]:
        """The buttons of the phase."""
        phase, _colon, about = view.session.draft.get(MAKING, "").partition(":")
        match phase:
            case "offer":
                return (Choice(id=f"write-{about}", label=_WRITE), _GO_ON)
            case "language":
                return (*_languages(view, about), _GO_ON)
            case "where":
                here = Choice(id=f"here-{about}", label=_("Yes"))
                return (here, Choice(id=f"away-{about}", label=_("No")), _GO_ON)
            case "made":
                labels = {"sent": _("I sent it"), "text": _("Show the text")}
                own = (Choice(id=f"{w}-{about}", label=label) for w, label in labels.items())
                return (*own, Choice(id="other", label=_("Another letter")), _GO_ON)
            case "sent":
                return (Choice(id=f"today-{about}", label=_TODAY), _GO_ON)
            case "again":
                return (Choice(id=f"follow-{about}", label=_FOLLOW), _GO_ON)
            case _:
                kinds = (
                    Choice(id=f"write-{ITEM_FOR[kind]}", label=label)
                    for kind, label in LETTER_NAMES.items()
                )
                return (*kinds, _GO_ON)

    def read(self, view: View, said: Said) -> Said | None:
        """A button, also of an earlier letter; a day, where that is asked for."""
        if said.choice is not None:
            return said if _is_known(view, said.choice) else None
        choice = pick(view, self.choices(view), said, near=False)
        if choice is None:
            choice = self._in_words(view, said.text)
        if choice is not None:
            return Said(text=said.text, choice=choice)
        dated = _sent_number(view) and parse_date(said.text, view.words, view.today) is not None
        return said if dated else None

    def _in_words(self, view: View, text: str) -> str | None:
        """What a plain yes, no or "later" means at the question that stands, or None."""
        asked = view.session.draft.get(MAKING, "").partition(":")[0]
        first = self.choices(view)[0].id
        meant = {
            "offer": {"yes": first, "no": _GO_ON.id, "later": _GO_ON.id},
            "again": {"yes": first, "no": _GO_ON.id, "later": _GO_ON.id},
            "where": {"yes": first, "no": first.replace("here-", "away-")},
            "made": {"yes": first, "done": first, "later": _GO_ON.id, "no": _GO_ON.id},
            "sent": {"later": _GO_ON.id, "no": _GO_ON.id, "not_known": _GO_ON.id},
        }.get(asked, {})
        return meant.get(view.meant(text) or "")

    def follow(self, view: View, said: Said) -> Move:
        """One phase further."""
        what, _dash, about = (said.choice or "").partition("-")
        number = _sent_number(view) if said.choice is None else about
        letter = letter_named(view.case.letters, number)
        match what:
            case "write":
                return at(view, f"language:{about}")
            case "other":
                return at(view, "")
            case "in" if _has_rule(view):
                return at(view, f"where:{about}")
            case "in" | "here" | "away":
                tag, _slash, item = about.partition("/")
                return _made(view, item, tag, here=what != "away")
            case "text" if letter is not None:
                return at(view, f"made:{number}", say=_as_text(view, letter), ask=False)
            case "sent" if letter is not None:
                return at(view, f"sent:{number}")
            case "follow" if letter is not None:
                return _followed(view, letter)
            case "today" if letter is not None:
                return _sent(view, letter, PartialDate.of(view.today))
            case "" if letter is not None:
                day = _day(view, said.text)
                # A day to come is none on which it was sent.
                return at(view, f"made:{number}") if day is None else _sent(view, letter, day)
            case _:
                return Move(case=view.case, phase=view.session.phase)


def begun(view: View) -> Move:
    """The letter for the item that is asked for, or the question which one."""
    item = view.catalog.item(view.session.step)
    asked = item is not None and item.collects == "records"
    return at(view, f"language:{view.session.step}" if asked else "")


def again(view: View, letter: Letter, effects: tuple[Effect, ...]) -> Move:
    """There is no answer yet: offer a second letter."""
    return at(view, f"again:{letter.number}", effects=effects)


def _is_known(view: View, choice: str) -> bool:
    """Whether a button means something: of which item or letter it is stands in it."""
    what, _dash, about = choice.partition("-")
    if what in ("go_on", "other"):
        return True
    if what == "write":
        return view.catalog.item(about) is not None
    if what in ("in", "here", "away"):
        tag, _slash, item = about.partition("/")
        return tag in view.languages.offered and view.catalog.item(item) is not None
    known = letter_named(view.case.letters, about) is not None
    return known and what in ("text", "sent", "follow", "today")


def _sent_number(view: View) -> str:
    """The letter whose day is asked for, or ""."""
    phase, _colon, about = view.session.draft.get(MAKING, "").partition(":")
    return about if phase == "sent" else ""


def _languages(view: View, item: str) -> tuple[Choice, ...]:
    """The languages on offer, those of the country first, then the patient's own."""
    country = view.case.answer("country")
    likely = view.languages.spoken_in(country.value) if country and country.value else ()
    tags = dict.fromkeys((*likely, view.locale, *view.languages.offered))
    return tuple(
        Choice(id=f"in-{tag}/{item}", label=verbatim(view.languages.own_name(tag)))
        for tag in tags
        if tag in view.languages.offered
    )


def _country(view: View) -> str:
    """The country's name as it is said here."""
    country = view.case.answer("country")
    return view.languages.country_name(country.value, view.locale) if country else ""


def _has_rule(view: View) -> bool:
    """Whether there is a rule of the patient's country that the letter would follow."""
    country = view.case.answer("country")
    row = law_of(country.value) if country else None
    return row is not None and (
        provision_of(row.countries.split()[0]) is not None or not row.abroad
    )


def _made(view: View, item: str, tag: str, *, here: bool) -> Move:
    letter = letter_for(
        view.case, item, locale=tag, own=view.locale, helper=_helper(view), now=view.now
    )
    return _handed_out(view, letter if here else replace(letter, country=""))


def _followed(view: View, letter: Letter) -> Move:
    new = letter_for(
        view.case, letter.item, locale=letter.locale, own=view.locale, helper=_helper(view),
        now=view.now,
    )  # fmt: skip
    new = replace(new, country=letter.country, known=letter.known, follows=letter.sent_on)
    return _handed_out(view, new)


def _helper(view: View) -> str:
    """The name of whoever writes for the patient in this chat, or ""."""
    if not view.by_helper:
        return ""
    chat, role = view.case.chat(view.session.id), view.case.answer("role")
    return (chat.name if chat else "") or (role.note if role else "") or "…"


def _handed_out(view: View, letter: Letter) -> Move:
    """The letter is ready: as a PDF by a private link, and as text."""
    view = replace(view, case=view.case.with_letter(letter))
    address, effects = letter_link(view, letter.number)
    ready = (
        _(
            "Your letter is ready, as a PDF to print and sign: {link} "
            "The link works for 7 days. Write “letter” to get it anew.",
            link=address,
        )
        if address
        else _("Your letter is ready.")
    )
    text = () if address else _as_text(view, letter)
    fill = _("Please fill in the empty lines by hand. Add a copy of the ID.")
    note = note_of(letter.country)
    say = (ready, *text, fill, *((note,) if note else ()))
    audit = RecordAudit(
        actor=_actor(view), action="letter.generated", object=f"{letter.kind} {letter.locale}"
    )
    return at(view, f"made:{letter.number}", say=say, effects=(*effects, audit))


def _as_text(view: View, letter: Letter) -> tuple[Text, ...]:
    """The letter in the hospital's language, in paragraphs, to be copied."""
    lines = (line for part in plain_parts(letter_words(letter)) for line in part)
    said = (view.languages.say(line, letter.locale) for line in lines)
    return (_COPY, *(verbatim(line.translate(_ISOLATES)) for line in said))


def _day(view: View, words: str) -> PartialDate | None:
    """The day on which it was sent; of two readings the newest that is not to come."""
    found = parse_date(words, view.words, view.today)
    options = found.options if isinstance(found, Ambiguous) else (found,) if found else ()
    days = [
        one
        for one in options
        if one.precision == "day" and one.sort_key <= PartialDate.of(view.today).sort_key
    ]
    return max(days, key=lambda one: one.sort_key) if days else None


def _sent(view: View, letter: Letter, day: PartialDate) -> Move:
    """It is on its way: the item is awaited, and the hospital's answer asked about in its time."""
    letter = replace(letter, state="sent", sent_on=day, said_at=view.now)
    known = view.case.answer(letter.item) or Answer(step=letter.item, at=view.now)
    awaited = replace(known, at=view.now, choice="can_get", date=None)
    case = view.case.with_letter(letter).with_answer(awaited)
    on = datetime(day.year, day.month or 1, day.day or 1, 10, tzinfo=UTC)
    # What was sent long ago is asked about tomorrow, not at once.
    due = by_day(case, max(asked_again_on(letter, on), view.now + timedelta(days=1)))
    effects: tuple[Effect, ...] = (
        SetTimer(name="letter", key=letter_key(case, letter.number), at=due),
        CancelTimer(key=expected_key(case, letter.item)),
        RecordAudit(actor=_actor(view), action="letter.sent", object=letter.kind),
    )
    noted = _(
        "Thank you. I noted that you sent it on {date}. "
        "On {then} I will ask you whether an answer has come.",
        date=day,
        then=PartialDate.of(due.date()),
    )
    case, aside = asking_to_remind(view, case)
    here = view.session.step == letter.item
    return Move(
        case=case,
        goto=ONWARD if here else None,
        phase="" if here else view.session.phase,
        aside=aside,
        say=(noted,),
        effects=effects,
    )


def _actor(view: View) -> Actor:
    return "helper" if view.by_helper else "patient"


_OFFER = _(
    "I can write a letter to the hospital for you. It is ready to sign, "
    "in the hospital's language and in yours."
)
_TELL_ME = _("When you have sent it, tell me. Then I ask you later whether an answer has come.")
_SECOND = _(
    "All right. I will ask you again in a week. I can also write a second, friendly letter for you."
)
_COPY = _("This is the text of the letter. You can copy it into an e-mail.")

ASIDE = LetterAside()
