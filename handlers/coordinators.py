"""Coordinators: what each of their acts leads to. This is the one door through which they act."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from checklist.belonging import asked, judged, with_decision
from checklist.case import Case
from checklist.dividing import divided
from checklist.marks import mark_of_study, mark_of_whose
from handlers.acts import (
    agreeing,
    arranging,
    asking,
    chatting,
    having,
    holding,
    infecting,
    labelling,
    linking,
    making_room,
    opining,
    pairing,
    replying,
    saying_again,
    sending,
    talking,
    translating,
)
from handlers.acts.outcome import NOTHING, Acted, rebuilt, refused, stale, trail
from handlers.asides.whose import ASIDE as WHOSE_ASIDE
from handlers.effects import Effect, Unlock
from handlers.step import View
from handlers.updates import Action, CoordinatorActed

#: What may still be done with a case whose consent was taken back: talk, and see to its end.
_WITHOUT_CONSENT: Final[frozenset[Action]] = frozenset(
    {
        "message", "resume", "answer", "note", "revoke_link", "remove_chat", "hold", "lift",
        "document_infected",
    }
)  # fmt: skip


def acted(view: View, act: CoordinatorActed) -> Acted:
    """What a coordinator did, done. Of an erased case nothing is left to act on, and a stopped one rests.

    Who did something that came to nothing is on record, too.
    """
    came_to_nothing = (trail(act, NOTHING, act.action),)
    if view.case.erased or (view.case.withdrawn and act.action not in _WITHOUT_CONSENT):
        return view, came_to_nothing
    view, effects = ACTS[act.action](view, act)
    return view, effects or came_to_nothing


def _unlock(view: View, act: CoordinatorActed) -> Acted:
    if view.case.locked_file(act.file_id) is None:
        return view, ()
    return view, (Unlock(file_id=act.file_id, secrets=()),)


def _decided(view: View, act: CoordinatorActed) -> Acted:
    """Whose a record is. The package of a case that was handed over is made anew."""
    mine = act.action == "take_study"
    if stale(act, mark_of_whose(view.case, act.record_id)):
        return refused(view, act)
    study = next((r.study for r in view.case.records if r.id == act.record_id), None)
    if act.people and study is not None and len(study.identities) != act.people:
        # More of it has come since, of somebody whom the coordinator has not seen.
        late = trail(act, "study.decision_late", act.record_id)
        return view, (late,)
    case = with_decision(view.case, act.record_id, is_the_patients=mine)
    what = "study" if study is not None else "record"
    return _judged(view, act, case, f"{what}.taken" if mine else f"{what}.kept_apart")


def _divided(view: View, act: CoordinatorActed) -> Acted:
    """Which series of a study are somebody else's (`values` `series`); the others are the patient's."""
    if stale(act, mark_of_study(view.case, act.record_id)):
        return refused(view, act)
    theirs = act.values.get("series", "").split()
    case = judged(divided(view.case, act.record_id, theirs))
    return _judged(view, act, case, "study.divided" if theirs else "study.joined")


def _judged(view: View, act: CoordinatorActed, case: Case, action: str) -> Acted:
    """The case with whose a study is now; the question to the patient ends with it."""
    if case == view.case:
        return view, ()
    effects: tuple[Effect, ...] = (
        trail(act, action, act.record_id),
        *rebuilt(case),
    )
    session = view.session
    if session.aside == WHOSE_ASIDE.id and not asked(case):
        session = replace(session, aside="")
    return replace(view, case=case, session=session), effects


ACTS: Final[Mapping[Action, Callable[[View, CoordinatorActed], Acted]]] = {
    "message": talking.write,
    "resume": talking.resume,
    "unlock": _unlock,
    "take_study": _decided,
    "keep_apart": _decided,
    "divide_study": _divided,
    "take": having.take,
    "assign": having.assign,
    "note": having.note,
    "move": having.move,
    "reopen": having.reopen,
    "request": asking.ask,
    "withdraw": asking.withdraw,
    "send_link": linking.send_link,
    "link_made": linking.link_made,
    "revoke_link": linking.revoke_link,
    "label": labelling.label,
    "split": arranging.split,
    "merge": arranging.merge,
    "cover": labelling.cover,
    "undo": labelling.undo,
    "pair": pairing.pair,
    "answer": replying.answer,
    "opinion_add": opining.add,
    "opinion_remove": opining.remove,
    "opinion_approve": opining.approve,
    "opinion_send": opining.send,
    "say_again": saying_again.say_again,
    "translation_take": translating.take,
    "translation_return": translating.give_back,
    "translation_skip": translating.not_needed,
    "translation_add": translating.add,
    "translation_approve": translating.approve,
    "parcel_open": sending.open_,
    "parcel_wish": sending.wish,
    "parcel_step": sending.step,
    "parcel_back": sending.back,
    "remove_chat": chatting.remove_chat,
    "hold": holding.hold,
    "lift": holding.lift,
    "ask_point": agreeing.ask_point,
    "more_room": making_room.more_room,
    "document_infected": infecting.take_out,
}
