"""What a kind of case needs of an item, and what of it is old, for the checklist on a case's page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from checklist.catalog import Level
from checklist.freshness import Aged
from checklist.progress import ItemProgress
from checklist.text import Text, _, _n

_LEVELS: Final[Mapping[Level, Text]] = {
    "mandatory": _("needed"),
    "if_done": _("needed if it was done"),
    "recommended": _("helpful"),
}


def needs_view(
    entry: ItemProgress, old: Iterable[Aged], say: Callable[[Text], str]
) -> dict[str, Any]:
    """An item's needs with their level, what came and is old, and that nobody has signed it off."""
    needs = [(say(need.text), say(_LEVELS[level])) for need, level in entry.needs]
    signed = entry.item.reviewed_by and all(need.reviewed_by for need, _level in entry.needs)
    return {
        "needs": needs,
        "unsigned": "" if signed or not needs else say(_("Not yet reviewed by a clinician")),
        "old": [say(_old(one)) for one in old if one.item == entry.item.id],
    }


def _old(one: Aged) -> Text:
    """Nobody's rule, where it is practice: so it is said as what is usual."""
    return _n(
        "{what}: the newest is from {date}. Specialists often want one of the last {n} day.",
        "{what}: the newest is from {date}. Specialists often want one of the last {n} days.",
        one.days,
        what=one.what,
        date=one.newest,
    )
