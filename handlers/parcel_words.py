"""Physical things in words: what they are, where they are, and what the laboratory wants."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from checklist.physical import Kind, Parcel, State
from checklist.text import Text, _, _c

KIND_NAMES: Final[Mapping[Kind, Text]] = {
    "slides": _c("by post", "Slides"),
    "blocks": _c("by post", "Blocks"),
    "films": _c("by post", "Films"),
}

STATE_WORDS: Final[Mapping[State, Text]] = {
    "asked": _("a coordinator asks what is wanted"),
    "confirmed": _("the lab has said what it wants"),
    "ready": _("ready to be sent"),
    "sent": _("sent"),
    "arrived": _("arrived"),
    "returned": _("sent back"),
    "lost": _("not found on its way"),
    "not_lent": _("not given out"),
}


#: The same for coordinators and specialists.
STATES: Final[Mapping[State, Text]] = {
    "asked": _("The laboratory is to be asked"),
    "confirmed": _("The laboratory has said what it wants"),
    "ready": _("Ready to be sent"),
    "sent": _("Sent"),
    "arrived": _("Arrived"),
    "returned": _("Sent back"),
    "lost": _("Lost on its way"),
    "not_lent": _("Not given out"),
}


def line_of(parcel: Parcel) -> Text:
    """A parcel in one line: what, how many, where it is and since when."""
    things = things_of(parcel)
    words = STATE_WORDS[parcel.state]
    last = parcel.way[-1]
    way = " ".join(part for part in (parcel.courier, parcel.tracking) if part)
    if parcel.state == "sent" and way:
        return _("• {things}: {state}, {way}", things=things, state=words, way=way)
    if last.day is not None:
        return _("• {things}: {state}, {day}", things=things, state=words, day=last.day)
    return _("• {things}: {state}", things=things, state=words)


def things_of(parcel: Parcel) -> Text:
    """What it is: the kind, how many, and the numbers on them."""
    kind = KIND_NAMES[parcel.kind]
    ids = ", ".join(parcel.ids)
    if parcel.count is not None and ids:
        return _("{kind} ({n}; {ids})", kind=kind, n=parcel.count, ids=ids)
    if parcel.count is not None:
        return _("{kind} ({n})", kind=kind, n=parcel.count)
    return _("{kind} ({n})", kind=kind, n=ids) if ids else kind


def wanted(parcel: Parcel) -> tuple[Text, ...]:
    """The four values of a laboratory, a line each; what was not said is not there."""
    wish = parcel.wish
    if wish is None:
        return ()
    coating = {
        "coated": _("• On coated slides, to which tissue sticks (the lab calls them “charged”)"),
        "plain": _("• On plain slides"),
    }.get(wish.coating)
    lines = (
        _("• Which: {which}", which=wish.which) if wish.which else None,
        _("• How many: {count}", count=wish.count) if wish.count else None,
        coating,
        _("• How thick: {thickness}", thickness=wish.thickness) if wish.thickness else None,
    )
    return tuple(line for line in lines if line is not None)
