"""Slides, blocks and films: what there is, what the laboratory wants, and where it is on its way.

Nothing is cut or sent before the receiving laboratory has said what it wants. A coordinator asks it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from checklist.case import Answer, Case
from checklist.folding import folded
from checklist.phrases import phrases_of
from checklist.physical import KINDS, Kind, Parcel, State, may, opened, told
from checklist.physical_reading import read_amount, read_courier, read_tracking, tidy
from checklist.text import Text, _, _c
from handlers.effects import Effect, NotifyCoordinators, RecordAudit
from handlers.item import NOT_KNOWN, item_of
from handlers.parcel_words import KIND_NAMES, line_of, wanted
from handlers.replies import Choice, Prompt
from handlers.step import Move, Said, View, pick

ID: Final = "parcel"
#: The step under which it is kept that slides were asked about, so that they are asked about once.
ASKED: Final = "slides"
#: What the draft holds: the question that stands, and the numbers of the parcels that it is about.
QUESTION, ABOUT = "parcel_question", "parcel_about"

_SLIDES = Choice(id="slides", label=_("Glass slides"))
_BLOCKS = Choice(id="blocks", label=_("A tissue block"))
_BOTH = Choice(id="both", label=_c("slides and block", "Both"))
_FILMS = Choice(id="films", label=_("Films"))
_NOTHING = Choice(id="no", label=_("No, nothing"))
_LATER = Choice(id="later", label=_("Later"))
_DIGITAL = Choice(id="digital", label=_("I ask for digital"))
_GO_ON = Choice(id="go_on", label=_("Go on"))

_THERE = (_SLIDES, _BLOCKS, _BOTH, _NOTHING, NOT_KNOWN, _LATER)
_ANY = (_SLIDES, _BLOCKS, _BOTH, _FILMS, _NOTHING)
_OF: Final[dict[str, tuple[Kind, ...]]] = {
    "slides": ("slides",), "blocks": ("blocks",), "both": ("slides", "blocks"), "films": ("films",),
}  # fmt: skip
#: What a patient can tell of a parcel, and the label of its button.
_TELLS: Final[Mapping[State, Text]] = {
    "ready": _("{things}: ready"),
    "sent": _("{things}: sent"),
    "not_lent": _("{things}: refused"),
}
_MOST_WORDS: Final = 300
#: Whole answers in which there is neither a count nor a tracking number.
_NO_NUMBER: Final = frozenset({"no", "none", "later", "skip", "can_get", "have", "what", "how"})


def asks_for_slides(case: Case) -> bool:
    """Whether it makes sense to ask: a report on tissue is here, and nobody has asked yet."""
    reported = any(not record.part_of for record in case.records_of("pathology"))
    known = any(parcel.kind != "films" for parcel in case.parcels)
    return reported and not known and case.answer(ASKED) is None


def says_only_films(view: View, text: str) -> bool:
    """Whether words at the question for scans say that there are only films."""
    return _speaks_of(view, "only_films", text)


def films_draft() -> dict[str, str]:
    """The draft of the question that follows where there are only films."""
    return {QUESTION: "films"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ParcelAside:
    """Its questions: `there`, `any`, `amount`, `films`, `way`; "" shows where everything is."""

    id: str = ID

    def prompt(self, view: View) -> Prompt:
        """The question that stands."""
        match _question(view):
            case "there":
                return Prompt(
                    text=(view.of(_HAVE, _HAVE_HELPER),), choices=_THERE, expects="choice"
                )
            case "any":
                return Prompt(text=(_HAVE_ANY,), choices=_ANY, expects="choice")
            case "amount":
                return Prompt(text=(_HOW_MANY,), choices=(NOT_KNOWN,), expects="text")
            case "films":
                text = (_FILMS_ARE_SECOND, _HOW_MANY_FILMS)
                return Prompt(text=text, choices=(_DIGITAL, NOT_KNOWN), expects="text")
            case "way":
                return Prompt(text=(_WHO_CARRIES,), choices=(NOT_KNOWN,), expects="text")
            case _:
                lines = tuple(line_of(parcel) for parcel in view.case.parcels)
                return Prompt(text=(_WHERE, *lines), choices=_told_choices(view), expects="choice")

    def read(self, view: View, said: Said) -> Said | None:
        """A button or its words; what answers in words is taken as it stands."""
        question = _question(view)
        if question in ("amount", "films", "way"):
            choices = (_DIGITAL, NOT_KNOWN) if question == "films" else (NOT_KNOWN,)
            choice = pick(view, choices, said, near=False)
            if choice is None and said.choice is None and view.meant(said.text) in _NO_NUMBER:
                if question == "films":
                    # "Later" and "I can get it" answer the question for scans, which stands behind it.
                    return None
                choice = NOT_KNOWN.id
            if choice is not None:
                return Said(text=said.text, choice=choice)
            return said if said.choice is None and said.text.strip() else None
        if question in ("there", "any"):
            return _read_there(view, said, _ANY if question == "any" else _THERE)
        choice = pick(view, _told_choices(view), said)
        if choice is None and said.choice is None and _speaks_of(view, "sent", said.text):
            choice = next((c.id for c in _told_choices(view) if c.id.startswith("sent-")), None)
        return None if choice is None else Said(text=said.text, choice=choice)

    def follow(self, view: View, said: Said) -> Move:
        """Keep what was said, and tell the coordinators."""
        match _question(view):
            case "there" | "any":
                return _there(view, said)
            case "amount":
                return _with_amount(view, said)
            case "films":
                return _with_films(view, said)
            case "way":
                return _with_way(view, said)
            case _:
                return _with_news(view, said)


# ---- what there is -----------------------------------------------------------------------------


def _read_there(view: View, said: Said, choices: tuple[Choice, ...]) -> Said | None:
    choice = pick(view, choices, said)
    if choice is None and said.choice is None:
        kinds = [kind for kind in KINDS if _speaks_of(view, kind, said.text)]
        meant = view.meant(said.text)
        if kinds == ["slides", "blocks"]:
            choice = _BOTH.id
        elif len(kinds) == 1 and kinds[0] in {c.id for c in choices}:
            choice = kinds[0]
        else:
            choice = {"yes": "slides", "have": "slides", "none": "no"}.get(meant or "")
    return None if choice is None else Said(text=said.text, choice=choice)


def _there(view: View, said: Said) -> Move:
    phase, choice = view.session.phase, said.choice or ""
    answer = Answer(step=ASKED, at=view.now, choice=choice, text=said.text.strip()[:_MOST_WORDS])
    case = view.case if choice == "films" else view.case.with_answer(answer)
    if choice not in _OF:
        words = _LATER_WORDS if choice == "later" else _NOTED
        return Move(case=case, phase=phase, draft=_draft(view), say=(words,))
    if choice == "films":
        return Move(case=case, phase=phase, aside=ID, draft={**_draft(view), **films_draft()})
    amount = read_amount(said.text, view.words) if said.text else None
    numbers: list[str] = []
    for kind in _OF[choice]:
        parcel = opened(kind, number=len(case.parcels) + 1, at=view.now)
        case = case.with_parcel(parcel)
        numbers.append(str(parcel.number))
    about = " ".join(numbers)
    draft = {**_draft(view), QUESTION: "amount", ABOUT: about}
    view = replace(view, case=case, session=replace(view.session, draft=draft))
    if amount is not None and (amount.count is not None or amount.ids):
        return _with_amount(view, Said(text=said.text))
    return Move(case=case, phase=phase, aside=ID, draft=draft)


def _with_amount(view: View, said: Said) -> Move:
    """How many, and which: of a block there are numbers, of slides a count."""
    parcels = _about(view)
    case = view.case
    amount = read_amount(said.text, view.words)
    several = len(parcels) > 1
    for parcel in parcels if said.choice is None else ():
        count = amount.count
        if several and parcel.kind == "blocks":
            # "12 slides, blocks A1 and A2": the count is of the slides, the numbers of the blocks.
            count = len(amount.ids) or None
        ids = () if several and parcel.kind == "slides" else amount.ids
        if not several and count is None and ids:
            count = len(ids)
        words = tidy(said.text, _MOST_WORDS)
        case = case.with_parcel(replace(parcel, count=count, ids=ids, words=words))
    say = (_WAIT, _COME_BACK)
    return _noted(view, case, "parcel.asked", say)


def _with_films(view: View, said: Said) -> Move:
    item = item_of(view, "imaging")
    if said.choice == _DIGITAL.id:
        how = view.of(item.how, item.how_helper)
        return Move(case=view.case, phase=view.session.phase, draft=_draft(view), say=(how,))
    known = view.case.answer(item.id) or Answer(step=item.id, at=view.now)
    words = tidy(said.text, _MOST_WORDS) if said.choice is None else ""
    count = read_amount(words, view.words).count
    parcel = opened("films", number=len(view.case.parcels) + 1, at=view.now)
    case = view.case.with_parcel(replace(parcel, count=count, words=words))
    goto = None
    if view.session.step == item.id:
        case = case.with_answer(replace(known, at=view.now, choice="none"))
        goto = ">"
    return replace(_noted(view, case, "parcel.asked", (_WAIT_FILMS,)), goto=goto)


# ---- on its way --------------------------------------------------------------------------------


def _told_choices(view: View) -> tuple[Choice, ...]:
    """What can be told of each parcel; each button names the one that it is about."""
    choices = [
        Choice(id=f"{state}-{parcel.number}", label=label.with_(things=KIND_NAMES[parcel.kind]))
        for parcel in view.case.parcels
        for state, label in _TELLS.items()
        if may(parcel, state, "patient") and (state != "sent" or parcel.state != "sent")
    ]
    return (*choices[:7], _GO_ON)


def _with_news(view: View, said: Said) -> Move:
    phase = view.session.phase
    state, _dash, number = (said.choice or "").partition("-")
    parcel = next((one for one in view.case.parcels if str(one.number) == number), None)
    if parcel is None:
        return Move(case=view.case, phase=phase, draft=_draft(view))
    match state:
        case "sent" if may(parcel, "sent", "patient"):
            draft = {**_draft(view), QUESTION: "way", ABOUT: number}
            if read_courier(said.text) or read_tracking(said.text):
                there = replace(view, session=replace(view.session, draft=draft))
                return _with_way(there, Said(text=said.text))
            return Move(case=view.case, phase=phase, aside=ID, draft=draft)
        case "ready" if may(parcel, "ready", "patient"):
            case = view.case.with_parcel(told(parcel, "ready", at=view.now, by="patient"))
            return _noted(view, case, "parcel.ready", (_PACK, _THEN_TELL))
        case "not_lent" if may(parcel, "not_lent", "patient"):
            case = view.case.with_parcel(told(parcel, "not_lent", at=view.now, by="patient"))
            return _noted(view, case, "parcel.not_lent", (_REFUSED,))
        case _:
            return Move(case=view.case, phase=phase, draft=_draft(view), say=(_NOT_NOW,))


def _with_way(view: View, said: Said) -> Move:
    case, text = view.case, said.text if said.choice is None else ""
    for parcel in _about(view):
        if may(parcel, "sent", "patient"):
            courier = read_courier(text)
            sent = told(
                parcel, "sent", at=view.now, by="patient", courier=courier,
                tracking=read_tracking(text),
            )  # fmt: skip
            words = tidy(text, _MOST_WORDS) or parcel.words
            case = case.with_parcel(replace(sent, words=words))
    lines = tuple(line_of(one) for one in case.parcels if one.state == "sent")
    return _noted(view, case, "parcel.sent", (_THANKS_SENT, *lines))


def _noted(view: View, case: Case, action: str, say: tuple[Text, ...]) -> Move:
    key = f"{case.id}:parcel:{view.session.version}"
    effects: tuple[Effect, ...] = (
        RecordAudit(actor="helper" if view.by_helper else "patient", action=action),
        NotifyCoordinators(reason="parcel", key=key),
    )
    return Move(
        case=case, phase=view.session.phase, draft=_draft(view), say=say, effects=effects,
    )  # fmt: skip


# ---- pieces ------------------------------------------------------------------------------------


def _question(view: View) -> str:
    named = view.session.draft.get(QUESTION, "")
    return named or ("" if view.case.parcels else "any")


def _draft(view: View) -> dict[str, str]:
    return {k: v for k, v in view.session.draft.items() if k not in (QUESTION, ABOUT)}


def _about(view: View) -> tuple[Parcel, ...]:
    numbers = view.session.draft.get(ABOUT, "").split()
    return tuple(one for one in view.case.parcels if str(one.number) in numbers)


def _speaks_of(view: View, thing: str, text: str) -> bool:
    plain = folded(text[:_MOST_WORDS])[0]
    for tag in dict.fromkeys((view.locale, *view.languages.offered)):
        words = view.languages.words(tag)
        patterns = words.things.get(thing, ())
        if patterns and phrases_of(words, patterns).are_in(plain):
            return True
    return False


def wish_words(view: View, parcel: Parcel, *, by: str) -> tuple[Text, ...]:
    """What the laboratory wants, in plain words, and what to say to the hospital."""
    own = parcel.wish.words if parcel.wish else ""
    said = (_("{name} wrote: “{words}”", name=by, words=own),) if own else ()
    if parcel.kind == "films":
        return (_FILMS_WANTED, *said, _PACK_FILMS, _THEN_TELL)
    ask = view.of(_SAY, _SAY_HELPER)
    return (_ANSWERED, *wanted(parcel), *said, ask, _KEEP, _CUSTOMS, _THEN_TELL)


_HAVE = _(
    "Does the hospital still have the glass slides or the tissue block of this test? "
    "A second lab may want to look at them."
)
_HAVE_HELPER = _(
    "Does the hospital still have the patient's glass slides or tissue block of this test? "
    "A second lab may want to look at them."
)
_HAVE_ANY = _("Nothing is on its way yet. Is there something to send by post?")
_HOW_MANY = _(
    "How many are there, and which numbers are on them? They may be in the report. "
    "For example: 12 slides, block A1."
)
_HOW_MANY_FILMS = _("How many films are there?")
_FILMS_ARE_SECOND = _(
    "The original picture files are better than film: the specialist sees more in them. "
    "Most hospitals can still give them on a disc. If there is only film, it can go by post."
)
_WAIT = _(
    "Thank you. Please do not have anything cut yet, and send nothing yet. "
    "I ask the coordinator first what the lab wants."
)
_WAIT_FILMS = _(
    "Thank you, I noted it. Please do not send the films yet. "
    "I ask the coordinator first where they should go."
)
_COME_BACK = _("I write to you when we know. To see where things are, write “parcel”.")
_NOTED = _("Thank you. I noted that.")
_LATER_WORDS = _("All right, later. Write “parcel” when you know more.")
_WHERE = _("This is where the things are:")
_WHO_CARRIES = _(
    "Who carries the parcel, and what is its tracking number? For example: DHL 1234567890."
)
_THANKS_SENT = _("Thank you. I told the coordinator, and I tell you when it has arrived.")
_REFUSED = _("Thank you for telling me. I told the coordinator. That is nobody's fault.")
_NOT_NOW = _("That can't be noted just now. I told nobody. This is where we are:")
_ANSWERED = _("The lab has answered. This is what it wants:")
_FILMS_WANTED = _("The coordinator has answered: the films can be sent.")
_SAY = _(
    "You can say to the hospital: “A second lab needs this. Please give it to me.” "
    "Show this message, and bring your ID."
)
_SAY_HELPER = _(
    "You can say to the hospital: “A second lab needs this for the patient. Please give it to us.” "
    "Show this message, and bring the patient's ID."
)
_KEEP = _(
    "Slides may not come back soon. Ask the hospital to keep its own block. "
    "Can it scan whole slides? Then tell me first: a scan may do."
)
_PACK = _("Slides travel best in a plastic slide box, with soft paper around it.")
_PACK_FILMS = _("Please keep the films flat, between two sheets of card.")
_CUSTOMS = _(
    "The courier asks what is in the parcel. Say just what it is. "
    "The paper for customs needs a small value, not zero."
)
_THEN_TELL = _("When you have sent it, write “parcel” and tell me the tracking number.")

ASIDE = ParcelAside()
