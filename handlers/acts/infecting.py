"""A virus was found in a document that was uploaded at the desk: it is part of nothing any more."""

from __future__ import annotations

from handlers.acts import opining, translating
from handlers.acts.outcome import Acted
from handlers.effects import NotifyCoordinators, RecordAudit
from handlers.step import View
from handlers.updates import CoordinatorActed


def take_out(view: View, act: CoordinatorActed) -> Acted:
    """Take the document `file_id` out of the opinion or the translations, and tell the coordinators.

    An opinion that lost one is to be approved and sent anew. Nobody has done it: it is the scanner's.
    """
    case = view.case
    if case.desk.opinion is not None:
        left = tuple(file for file in case.desk.opinion.files if file.id != act.file_id)
        if left != case.desk.opinion.files:
            view = opining.with_opinion(view, case.desk.opinion.unsettled(left))
    view, effects = translating.without(view, act)
    if view.case == case:
        return view, ()
    return view, (
        *effects,
        RecordAudit(actor="system", action="document.infected", object=act.file_id),
        NotifyCoordinators(reason="infected", key=f"{case.id}:infected:{act.file_id}"),
    )
