"""What the patient agreed to, point by point, and the hold for an open dispute, on the page of a case."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from bot.web.shell import Shell
from checklist.case import Case
from checklist.consents import Point, newest
from checklist.text import Text, _, _c
from handlers.basis import STATED
from handlers.consenting import NAMES, RIGHT, line_of
from handlers.retention import UNREACHED

CONSENTS: Final[Mapping[str, Text]] = {
    "consents": _("What the patient agreed to"),
    "not_abroad": _(
        "The patient has not agreed to sending the case to another country, so it can't be taken from "
        "here. Ask them to write “withdraw” and to press “Send it abroad”."
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
    shown: list[Point] = [p for p in NAMES if newest(case.consents, p) is not None]
    if shell.settings.specialist_country and "abroad" not in shown:
        shown.append("abroad")
    hold = case.desk.hold
    return {
        "lines": [say(line_of(point, newest(case.consents, point))) for point in shown],
        "basis": (say(RIGHT), say(STATED[case.basis])) if case.basis else None,
        "kept": say(kept) if (kept := why_kept(shell, case)) is not None else "",
        "held": words["held"].format(name=hold.by, at=time(hold.at)) if hold else "",
        "unreached": (
            words["unreached"].format(at=time(case.unreached_at + UNREACHED))
            if case.unreached_at and not hold and not case.erased
            else ""
        ),
        "wished": bool(hold and hold.erasure_wished),
    }
