"""Unlocking: when a password is asked for, and what is said of what came of it."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from checklist.locked import LockedFile
from checklist.text import Text, _
from handlers.asides import password
from handlers.doorway import at_door
from handlers.effects import Effect, NotifyCoordinators, OpenHandoff, RecordAudit
from handlers.flow import is_answered
from handlers.receipts import reopened
from handlers.step import View
from handlers.turn import reply_of
from handlers.updates import UnlockTried

Heard = tuple[View, tuple[Effect, ...]]


def asked_when_due(view: View) -> View:
    """The view in which the next locked file is asked about, if it is time for that.

    Not before the patient has agreed to our keeping records and has given the birth date, which is
    the likeliest password; and never across another question in between.
    """
    case, session = view.case, view.session
    ready = case.consented and is_answered(case, "birth_date") and session.mode == "assistant"
    if at_door(view) or not ready or session.aside or password.is_trying(case):
        return view
    file = next((file for file in case.locked if file.state == "new"), None)
    return view if file is None else _asking(view, file)


def reminded_at_review(view: View) -> View:
    """The view at the review: files that were left for later are asked about once more, once."""
    case = view.case
    left = [f for f in case.locked if f.state in ("asked", "later", "unknown") and not f.reminded]
    if at_door(view) or view.session.aside or password.is_trying(case) or not left:
        return view
    for file in left:
        case = case.with_locked(replace(file, reminded=True))
    return _asking(replace(view, case=case), replace(left[0], reminded=True))


def _asking(view: View, file: LockedFile) -> View:
    case = password.asking(view.case, file)
    return replace(view, case=case, session=replace(view.session, aside=password.ID))


# ---- what came of it ---------------------------------------------------------------------------


def unlock_tried(view: View, update: UnlockTried) -> Heard:
    """Say what came of a password, and ask for the next one where one is wanted."""
    file = view.case.locked_file(update.file_id)
    if file is None or view.case.erased:
        return view, ()
    if update.outcome == "lapsed" and not file.trying:
        # With the password it is forgotten who gave it. The patient's tries are noted in the case.
        update = replace(update, by_coordinator=True)
    was_asked = view.session.aside == password.ID
    view, say, effects = _outcome(view, file, update)
    audit = RecordAudit(actor="system", action=f"password.{update.outcome}", object=file.file_id)
    effects = (audit, *effects)
    if password.is_trying(view.case) or (not say and (update.by_coordinator or not was_asked)):
        return view, (*effects, *reply_of(view, say, ask=False))
    if was_asked and password.asked_about(view.case) is None:
        view = replace(view, session=replace(view.session, aside=""))
    standing = view.session.aside
    view = asked_when_due(view)
    # Of what is open now the receipt follows, and with it the question that stands.
    receipt_follows = update.outcome == "unlocked" and not view.session.aside
    ask = (was_asked and not receipt_follows) or view.session.aside != standing
    return view, (*effects, *reply_of(view, say, ask=ask))


def _outcome(
    view: View, file: LockedFile, update: UnlockTried
) -> tuple[View, tuple[Text, ...], tuple[Effect, ...]]:
    """The file as it is now, and what is said. Of a file that nobody asked about just now, nothing."""
    case, name = view.case, file.name or file.file_id
    file = replace(file, trying=False)
    match update.outcome:
        case "unlocked":
            view, effects = reopened(replace(view, case=case.without_locked(file.file_id)), file)
            return view, (_OPEN.with_(file=name),), effects
        case "unreadable":
            case = case.with_locked(replace(file, state="unreadable"))
            key = f"{case.id}:locked:{file.file_id}"
            told = (OpenHandoff(reason="asked"), NotifyCoordinators(reason="human", key=key))
            return replace(view, case=case), (_CANT.with_(file=name),), told
        case "wrong_password" | "lapsed":
            words = _WRONG if update.outcome == "wrong_password" else _LAPSED
            say: tuple[Text, ...] = (words.with_(file=name),)
            if update.by_coordinator or file.state != "asked":
                say = ()
            elif update.outcome == "wrong_password":
                file = replace(file, tries=file.tries + 1)
            if say and view.session.aside != password.ID:
                say = (*say, _BY_STATUS)
            return replace(view, case=case.with_locked(file)), say, ()
        case _:
            assert_never(update.outcome)


_OPEN = _("{file} is open now. I am reading it.")
_WRONG = _("That password did not open {file}. That happens often, and nothing is lost.")
_LAPSED = _(
    "I could not try the password for {file}, because I don't keep passwords for long. "
    "Please give it once more."
)
_BY_STATUS = _("To give a password, write “status”.")
_CANT = _(
    "I could not open {file}. If it opens on your computer, please send the files that are in it. "
    "If not, please ask the hospital for a copy without a password. "
    "I keep it, and a coordinator will look at it."
)
