"""What the patient agreed to, point by point, and the hold for an open dispute, on the page of a case."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from bot.service import service_of
from bot.web.shell import Shell
from checklist.case import Case
from checklist.consents import Basis, Point, answer_to, asked_of, newest
from checklist.marks import mark_of_points
from checklist.text import Text, _, _c
from handlers.basis import STATED, is_child
from handlers.consenting import NAMES, RIGHT, line_of, offered_by
from handlers.points import askable
from handlers.retention import UNREACHED

CONSENTS: Final[Mapping[str, Text]] = {
    "consents": _("What the patient agreed to"),
    "not_abroad": _(
        "The patient has not agreed to sending the case to another country, so it can't be taken from "
        "here. Ask them on the page of the case, under “What the patient agreed to”."
    ),
    "ask_point": _c("button", "Ask the patient"),
    "point_waits": _(
        "{name} wants it asked, {at}. The patient reads it when nothing else is under way.",
        name="{name}",
        at="{at}",
    ),
    "point_open": _("Asked by {name}, {at}. No answer yet.", name="{name}", at="{at}"),
    "point_self": _("Asked by the assistant, {at}. No answer yet.", at="{at}"),
    "point_answered": _(
        "Asked by {name}, {at}. Answered {answered}.",
        name="{name}",
        at="{at}",
        answered="{answered}",
    ),
    "stopped": _("The patient has taken back a consent. Please look at the case before you go on."),
    "hold": _c("button", "Hold the case"),
    "hold_why": _("For an open dispute: while it is held, nothing of the case is erased."),
    "unreached": _(
        "Nobody could be told that this case is erased, at the earliest {at}.", at="{at}"
    ),
    "held": _("Held by {name}, {at}", name="{name}", at="{at}"),
    "held_wished": _("The patient wants it erased."),
    "lift": _c("button", "End the hold"),
}


def why_kept(shell: Shell, case: Case) -> Text | None:
    """Why the package is handed out to nobody; None where it may go where the operator sends cases."""
    if case.withdrawn:
        return CONSENTS["stopped"]
    if shell.settings.specialist_country and not case.agrees("abroad"):
        return CONSENTS["not_abroad"]
    return None


def consents_view(
    shell: Shell,
    case: Case,
    words: Mapping[str, str],
    say: Callable[[Text], str],
    time: Callable[[datetime], str],
) -> dict[str, Any]:
    """The points with their state, in what right somebody answers, and the hold."""
    service = service_of(shell.settings)
    useful, open_ = offered_by(service), askable(case, service, shell.clock())
    shown = [p for p in NAMES if p in useful or newest(case.consents, p) is not None]
    hold = case.desk.hold
    of_child = is_child(case, shell.clock().date())
    basis: Basis = case.basis or ("no_guardian" if of_child else "")
    return {
        "points": [
            {
                "line": say(line_of(point, newest(case.consents, point))),
                "name": say(NAMES[point]),
                "asked": _asked(case, point, words, time),
                "point": point if point in open_ else "",
            }
            for point in shown
        ],
        "seen": mark_of_points(case),
        "basis": (say(RIGHT), say(STATED[basis])) if basis else None,
        "kept": say(kept) if (kept := why_kept(shell, case)) is not None else "",
        "held": words["held"].format(name=hold.by, at=time(hold.at)) if hold else "",
        "unreached": (
            words["unreached"].format(at=time(case.unreached_at + UNREACHED))
            if case.unreached_at and not hold and not case.erased
            else ""
        ),
        "wished": bool(hold and hold.erasure_wished),
    }


def _asked(
    case: Case, point: Point, words: Mapping[str, str], time: Callable[[datetime], str]
) -> str:
    """Who asked about a point last, when, and what came of it; "" where the form did, and was answered."""
    one = asked_of(case.asked, point)
    if one is None:
        return ""
    answer = answer_to(one, case.consents)
    if answer is not None:
        key = "point_answered" if one.by else ""
    elif one.shown_at is None:
        key = "point_waits"
    else:
        key = "point_open" if one.by else "point_self"
    if not key:
        return ""
    at, answered = time(one.shown_at or one.at), time(answer.at) if answer is not None else ""
    return words[key].format(name=one.by, at=at, answered=answered)
