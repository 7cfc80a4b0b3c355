"""What a kind of case needs, in words: short lists at an item's question and behind its explanations."""

from __future__ import annotations

from checklist.catalog import ChecklistItem
from checklist.freshness import aged_of
from checklist.progress import scope_of
from checklist.text import Text, _
from handlers.step import View

#: A question on a small phone has so many lines beside it, and no more.
_SHOWN = 4


def wanted(view: View, item: ChecklistItem) -> tuple[Text, ...]:
    """What matters most, for the item's question: lines, with how to see the rest."""
    needs = view.catalog.needs_of(item.id, scope_of(view.case, view.catalog))
    lines = [
        _("• {need}", need=need.text)
        if level == "mandatory"
        else _("• {need}, if it was done", need=need.text)
        for need, level in needs
        if level != "recommended"
    ]
    if not lines:
        return ()
    head = _("For this kind of illness, the specialist most wants:")
    more = (_("• more: press “What is this?”"),) if len(lines) > _SHOWN else ()
    return (head, *lines[:_SHOWN], *more)


def explained(view: View, item: ChecklistItem) -> tuple[Text, ...]:
    """What the item is, and all that this kind of case needs of it, with why."""
    lines = [
        _("• {need}: {why}", need=need.text, why=need.why)
        if need.why is not None
        else _("• {need}", need=need.text)
        for need, _level in view.catalog.needs_of(item.id, scope_of(view.case, view.catalog))
    ]
    head = (_("For this kind of illness, these help, as far as there are any:"),) if lines else ()
    return (item.what, *head, *lines)


def ways(view: View, item: ChecklistItem) -> tuple[Text, ...]:
    """How to get the item, and what of it is got another way."""
    lines = [
        _("• {need}: {how}", need=need.text, how=need.how)
        for need, _level in view.catalog.needs_of(item.id, scope_of(view.case, view.catalog))
        if need.how is not None
    ]
    return (view.of(item.how, item.how_helper), *lines)


def old_ones(view: View, item: ChecklistItem) -> tuple[Text, ...]:
    """That the newest of what came is old: kind words, and no block."""
    return tuple(
        _(
            "{what}: the newest is from {date}. The specialist may want a newer one. "
            "Please send it too if you have it. What you sent still helps.",
            what=one.what,
            date=one.newest,
        )
        for one in aged_of(view.case, view.catalog, item.id, view.today)
    )
