"""Origins: an answer remembers the message that it was, whichever step has read it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from checklist.case import Answer, Entry
from checklist.origin import Origin
from checklist.physical import Parcel
from handlers.session import Session
from handlers.step import View
from handlers.updates import InboundMessage, Update

#: What a draft holds of a patient's words that may become an answer by a later button.
_HELD = ("held", "birth")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Heard:
    """The message of this turn, and the earlier one whose words were waiting in the draft."""

    now: Origin
    words: tuple[str, ...]
    earlier: Origin | None

    def of(self, *texts: str) -> Origin:
        """The message by which one of these texts was said."""
        if self.earlier is not None and any(text and text in self.words for text in texts):
            return self.earlier
        return self.now


def remembered(view: View, before: View, update: Update) -> View:
    """The view in which everything that this turn has answered knows by which message it was said."""
    if not isinstance(update, InboundMessage):
        return view
    now = Origin(
        at=update.received_at, channel=update.channel, chat=view.session.id, message=update.number
    )
    heard = _Heard(now=now, words=tuple(_held(before.session)), earlier=before.session.words_from)
    answers = {
        step: _of(answer, before.case.answer(step), heard)
        for step, answer in view.case.answers.items()
    }
    parcels = tuple(_told(parcel, now) for parcel in view.case.parcels)
    case = view.case
    if any(new is not case.answers[step] for step, new in answers.items()):
        case = replace(case, answers=answers)
    if any(new is not old for new, old in zip(parcels, case.parcels, strict=True)):
        case = replace(case, parcels=parcels)
    return replace(view, case=case, session=_waiting(view.session, before.session, now))


def _held(session: Session) -> Iterator[str]:
    return (session.draft[key] for key in _HELD if session.draft.get(key))


def _waiting(session: Session, before: Session, now: Origin) -> Session:
    """The session that knows where the words in its draft come from."""
    held = tuple(_held(session))
    if not held:
        return session if session.words_from is None else replace(session, words_from=None)
    return session if held == tuple(_held(before)) else replace(session, words_from=now)


def _of(answer: Answer, before: Answer | None, heard: _Heard) -> Answer:
    if before is not None and (answer is before or answer == before):
        return answer
    entries = tuple(_entry(entry, heard) for entry in answer.entries)
    return replace(answer, entries=entries, origin=heard.of(answer.text))


def _entry(entry: Entry, heard: _Heard) -> Entry:
    return entry if entry.origin is not None else replace(entry, origin=heard.of(entry.text))


def _told(parcel: Parcel, now: Origin) -> Parcel:
    if parcel.way[-1].origin is not None or parcel.way[-1].by != "patient":
        return parcel
    way = (*parcel.way[:-1], replace(parcel.way[-1], origin=now))
    return replace(parcel, way=way)
