"""Which parts of the program run in this process: `serve`, and `work --kinds ...`."""

from __future__ import annotations

from dataclasses import dataclass

from bot.jobs.registry import LANES, Lane

TURNS = "turns"
MESSAGES = "messages"
ALL = "all"
NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What runs: the turns of the conversation, the sending of messages, and lanes of jobs."""

    turns: bool = True
    messages: bool = True
    lanes: tuple[Lane, ...] = LANES

    @property
    def empty(self) -> bool:
        """Whether nothing runs."""
        return not (self.turns or self.messages or self.lanes)


def parts_of(kinds: str) -> Parts:
    """The parts named in a list with commas: `all`, `none`, `turns`, `messages`, or lanes of jobs.

    Raises ValueError for a name that there isn't.
    """
    asked = {name.strip() for name in kinds.split(",") if name.strip()} or {ALL}
    known = (ALL, NONE, TURNS, MESSAGES, *(lane.name for lane in LANES))
    if strange := sorted(asked - set(known)):
        raise ValueError(f"no such kind of work: {', '.join(strange)}; use {', '.join(known)}")
    if ALL in asked:
        return Parts()
    return Parts(
        turns=TURNS in asked,
        messages=MESSAGES in asked,
        lanes=tuple(lane for lane in LANES if lane.name in asked),
    )
