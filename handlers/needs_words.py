"""What a kind of case needs, in words: short lists at an item's question and behind its explanations."""

from __future__ import annotations

from checklist.catalog import ChecklistItem, Level, Need
from checklist.freshness import aged_of
from checklist.progress import scope_of
from checklist.text import Text, _
from handlers.step import View

#: A question on a small phone has so many lines beside it, and no more.
_SHOWN = 4


def wanted(view: View, item: ChecklistItem) -> tuple[Text, ...]:
    """What matters most, for the item's question: lines, with how to see the rest."""
    named = [pair for pair in _needs(view, item) if pair[1] != "recommended"]
    shown = named[:_SHOWN]
    must = [_line(need) for need, level in shown if level == "mandatory"]
    may = [_line(need) for need, level in shown if level == "if_done"]
    told: list[Text] = []
    if must:
        told += [_("For this kind of illness, the specialist most wants:"), *must]
    if may and must:
        told += [_("These too, if there are any:"), *may]
    elif may:
        told += [_("For this kind of illness, these matter, if there are any:"), *may]
    if len(named) > _SHOWN:
        told.append(_("• more: press “What is this?”"))
    return tuple(told)


def explained(view: View, item: ChecklistItem) -> tuple[Text, ...]:
    """What the item is, and all that this kind of case needs of it, with why."""
    lines = [
        _line(need) if need.why is None else _("• {need} – {more}", need=need.text, more=need.why)
        for need, _level in _needs(view, item)
    ]
    head = (_("For this kind of illness, these help, as far as there are any:"),) if lines else ()
    return (item.what, *head, *lines)


def ways(view: View, item: ChecklistItem) -> tuple[Text, ...]:
    """How to get the item, and what of it is got another way."""
    lines = [
        _("• {need} – {more}", need=need.text, more=need.how)
        for need, _level in _needs(view, item)
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


def _needs(view: View, item: ChecklistItem) -> tuple[tuple[Need, Level], ...]:
    return view.catalog.needs_of(item.id, scope_of(view.case, view.catalog))


def _line(need: Need) -> Text:
    return _("• {need}", need=need.text)
