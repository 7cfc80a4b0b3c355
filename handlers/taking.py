"""A case that nobody has taken is called out, in office hours and a few times at most."""

from __future__ import annotations

from handlers.effects import Effect, NotifyCoordinators, SetTimer
from handlers.step import View

_MOST = 3


def watched(view: View) -> tuple[Effect, ...]:
    """The timer that calls a case out that has just come, where nobody has it."""
    if view.office is None or view.case.desk.assignee:
        return ()
    return (_timer(view, 1),)


def still_untaken(view: View, key: str) -> tuple[Effect, ...]:
    """Call it out, unless somebody has taken it. At night it waits for the morning."""
    case, office = view.case, view.office
    if office is None or case.desk.assignee or case.status != "submitted":
        return ()
    number = int(last) if (last := key.rpartition(":")[2]).isdecimal() else 1
    if office.opens_at is not None:
        return (_timer(view, number),)
    again = (_timer(view, number + 1),) if number < _MOST else ()
    # It may have been called out before somebody took it and gave it back.
    called = f"{case.id}:not_taken:{view.session.version}:{number}"
    return (NotifyCoordinators(reason="not_taken", key=called), *again)


def _timer(view: View, number: int) -> Effect:
    assert view.office is not None
    key = f"{view.case.id}:untaken:{number}"
    return SetTimer(name="untaken", key=key, at=view.office.due(view.now))
