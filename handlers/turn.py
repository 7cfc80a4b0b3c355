"""Turn: what one update leads to; and the drawing up of a turn's single reply."""

from __future__ import annotations

from dataclasses import dataclass, replace

from checklist.case import Case
from checklist.text import Text, _
from handlers.doorway import NEUTRAL, at_door
from handlers.doorway import STEP as DOORWAY
from handlers.effects import Effect, SendReply
from handlers.flow import next_step
from handlers.registry import ASIDES, STEPS, step_for
from handlers.replies import Choice, Picture, Prompt, Reply
from handlers.session import Session
from handlers.step import ONWARD, Move, Step, View

#: Always there, whatever is asked: it does not depend on anybody recognising an emergency.
EMERGENCY = Choice(id="emergency", label=_("🆘 Emergency"))

#: What a draft holds of the batch that is being read.
OF_BATCH = ("batch_at", "patience")

#: How many steps `back` can retrace.
_TRAIL = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """The session and the case after an update, and what is to be done."""

    session: Session
    case: Case
    effects: tuple[Effect, ...] = ()


def active_step(view: View) -> Step:
    """The step, or the question in between, that awaits an answer."""
    if at_door(view) and view.session.aside not in NEUTRAL:
        return DOORWAY
    if view.session.aside in ASIDES:
        return ASIDES[view.session.aside]
    return step_for(view.session.step, view.catalog) or STEPS["review"]


def apply(view: View, move: Move) -> View:
    """The view after a move: the session stands where the move leads."""
    kept = view.session.draft if move.goto is None else {}
    # Files go on being read wherever the conversation goes meanwhile.
    batch = {k: v for k, v in view.session.draft.items() if k in OF_BATCH}
    draft = {**batch, **(kept if move.draft is None else move.draft)}
    session = replace(view.session, aside=move.aside, draft=draft, phase=move.phase)
    if move.locale:
        session = replace(session, locale=move.locale)
    if not move.understood:
        session = replace(session, tries=view.session.tries + 1)
    else:
        session = replace(session, tries=0)
    case = move.case
    if move.goto is not None:
        session = _gone(session, case, move, view)
    if case.erased:
        session = begun_anew(session)
    return replace(view, session=session, case=case)


def begun_anew(session: Session) -> Session:
    """The chat as if nothing had been said in it, but for its language."""
    return Session(
        id=session.id,
        case_id=session.case_id,
        channel=session.channel,
        address=session.address,
        locale=session.locale,
        batch_no=session.batch_no,
        last_inbound_at=session.last_inbound_at,
        version=session.version,
    )


def _gone(session: Session, case: Case, move: Move, view: View) -> Session:
    here = session.step
    if move.goto == ONWARD:
        there = session.return_to or next_step(case, view.catalog)
        session = replace(session, return_to=None)
    else:
        assert move.goto is not None
        there = move.goto
        if _is_change(session, here, there):
            session = replace(session, return_to=here)
    if there == "stopped":
        # No question can be gone back to: none is heard before the patient has chosen.
        trail: tuple[str, ...] = ()
    elif session.trail and session.trail[-1] == there:
        trail = session.trail[:-1]
    elif here in (there, "done", "declined"):
        trail = session.trail
    else:
        trail = (*session.trail, here)[-_TRAIL:]
    phase = move.phase if move.goto != ONWARD else ""
    return replace(session, step=there, phase=phase, trail=trail)


def _is_change(session: Session, here: str, there: str) -> bool:
    """Whether going there is a detour from a review, to which the patient then returns."""
    return here in ("review", "done") and there not in ("review", "done", "consent", "declined")


def shown_choices(step: Step, prompt: Prompt) -> tuple[Choice, ...]:
    """The buttons under a question, in their order, which is what their numbers are."""
    return prompt.choices if step.id == "emergency" else (*prompt.choices, EMERGENCY)


def reply_of(
    view: View,
    say: tuple[Text, ...],
    *,
    ask: bool,
    pictures: tuple[Picture, ...] = (),
    nudge: bool = False,
    everywhere: bool = False,
) -> tuple[Effect, ...]:
    """The turn's one reply: what is said, then the standing question. () where nothing is said.

    Without `ask` the question is not said again, but it stands, and so do its buttons. A `nudge` is
    not said to somebody who has written meanwhile; what is said `everywhere` is said in all chats.
    """
    if not ask and not say:
        return ()
    step = active_step(view)
    prompt = step.prompt(view)
    reply = Reply(
        step=step.id,
        turn=view.session.version,
        text=(*say, *prompt.text) if ask else say,
        choices=shown_choices(step, prompt),
        expects=prompt.expects,
        nudge=nudge,
        everywhere=everywhere,
        pictures=pictures,
    )
    return (SendReply(reply=reply),)
