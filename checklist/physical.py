"""Physical things: slides, blocks and films, what the receiving laboratory wants, and their way.

They travel by post, so their state is told and never found out: every step has its date and who told
it. Only the steps of `NEXT` are possible, and each only for whom `TELLS` names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, Literal, get_args

from checklist.dates import PartialDate
from checklist.origin import Origin

Kind = Literal["slides", "blocks", "films"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)

#: `asked`: the hospital has them, and the laboratory is to be asked what it wants. `confirmed`: its
#: answer is here. `ready`: they are cut or packed. `not_lent`: whoever has them does not give them.
State = Literal["asked", "confirmed", "ready", "sent", "arrived", "returned", "lost", "not_lent"]
STATES: Final[tuple[State, ...]] = get_args(State)
Teller = Literal["patient", "coordinator"]
Coating = Literal["", "coated", "plain"]

#: What may follow. A state that names itself can be told anew: another wish, another number.
NEXT: Final[Mapping[State, tuple[State, ...]]] = {
    "asked": ("confirmed", "not_lent"),
    "confirmed": ("confirmed", "ready", "sent", "not_lent"),
    "ready": ("sent", "not_lent"),
    "sent": ("sent", "arrived", "lost"),
    "arrived": ("returned", "lost"),
    "returned": (),
    "lost": ("arrived",),
    "not_lent": ("asked",),
}
#: Who may tell a state. Coordinators tell all of them, also for a patient who telephones.
TELLS: Final[Mapping[State, tuple[Teller, ...]]] = {
    "asked": ("patient", "coordinator"),
    "confirmed": ("coordinator",),
    "ready": ("patient", "coordinator"),
    "sent": ("patient", "coordinator"),
    "arrived": ("coordinator",),
    "returned": ("coordinator",),
    "lost": ("coordinator",),
    "not_lent": ("patient", "coordinator"),
}
#: States after which nothing more is waited for.
_ENDS: Final = ("returned", "not_lent", "lost")


class IllegalStep(ValueError):
    """The thing cannot come from where it is to there; says both, and who tried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the receiving laboratory wants, in its own words where they are not one of a few.

    `which` block or stain, `count` of them, coated slides or plain ones, `thickness` as it was
    written ("4 µm"), and `words` for anything else, such as an address.
    """

    which: str = ""
    count: str = ""
    coating: Coating = ""
    thickness: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One state, when it was told and by whom. `name` is a coordinator's, `day` when it happened.

    `origin` is the message by which a patient told it.
    """

    state: State
    at: datetime
    by: Teller
    name: str = ""
    day: PartialDate | None = None
    origin: Origin | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """Things of one kind that travel together.

    `number` counts from 1 within the case. `count` is None where nobody knows it, `ids` are the
    numbers on them, `words` what was said of them as it was written. `way` begins with `asked`.
    """

    number: int
    kind: Kind
    way: tuple[Told, ...]
    count: int | None = None
    ids: tuple[str, ...] = ()
    words: str = ""
    wish: Wish | None = None
    courier: str = ""
    tracking: str = ""

    @property
    def state(self) -> State:
        """Where it is now."""
        return self.way[-1].state

    @property
    def since(self) -> datetime:
        """When its state was told."""
        return self.way[-1].at

    @property
    def is_under_way(self) -> bool:
        """Whether something is still to happen to it."""
        return self.state not in _ENDS


def opened(
    kind: Kind, *, number: int, at: datetime, by: Teller = "patient", name: str = ""
) -> Parcel:
    """Things that somebody has, about which the laboratory is to be asked."""
    return Parcel(number=number, kind=kind, way=(Told(state="asked", at=at, by=by, name=name),))


def may(parcel: Parcel, state: State, by: Teller) -> bool:
    """Whether that may follow, told by them."""
    return state in NEXT[parcel.state] and by in TELLS[state]


def told(
    parcel: Parcel,
    state: State,
    *,
    at: datetime,
    by: Teller,
    name: str = "",
    day: PartialDate | None = None,
    wish: Wish | None = None,
    courier: str = "",
    tracking: str = "",
) -> Parcel:
    """The parcel after a step. Raises `IllegalStep` where it can't follow, or they can't tell it."""
    if state not in NEXT[parcel.state]:
        follows = ", ".join(NEXT[parcel.state]) or "nothing"
        raise IllegalStep(f"{state} can't follow {parcel.state}: only {follows} can")
    if by not in TELLS[state]:
        raise IllegalStep(f"a {by} can't tell that it is {state}: {' or '.join(TELLS[state])} can")
    if state == "sent":
        parcel = replace(parcel, courier=courier, tracking=tracking)
    if state == "confirmed" and wish is not None:
        parcel = replace(parcel, wish=wish)
    step = Told(state=state, at=at, by=by, name=name, day=day)
    return replace(parcel, way=(*parcel.way, step))


def taken_back(parcel: Parcel, *, by: Teller) -> Parcel:
    """The parcel without its last step. Raises `IllegalStep` where that step is not theirs to undo."""
    last = parcel.way[-1]
    if len(parcel.way) < 2 or last.by != by:
        raise IllegalStep(f"{last.state} was not told by a {by}, or is where it began")
    parcel = replace(parcel, way=parcel.way[:-1])
    if last.state == "sent" and all(one.state != "sent" for one in parcel.way):
        parcel = replace(parcel, courier="", tracking="")
    if last.state == "confirmed" and all(one.state != "confirmed" for one in parcel.way):
        parcel = replace(parcel, wish=None)
    return parcel
