"""/parcel: where slides, blocks and films are, and what can be told of them."""

from __future__ import annotations

from dataclasses import replace

from handlers.asides.parcel import ABOUT, ID, QUESTION
from handlers.command import Command, stay, too_early
from handlers.step import Move, View


def _run(view: View) -> Move:
    if not view.case.consented:
        return too_early(view)
    draft = {k: v for k, v in view.session.draft.items() if k not in (QUESTION, ABOUT)}
    return replace(stay(view, aside=ID), draft=draft)


COMMAND = Command(id="parcel", run=_run)
