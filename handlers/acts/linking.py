"""Private links at the desk: one in the chat for the patient, one to pass on, and the end of one."""

from __future__ import annotations

from dataclasses import replace

from checklist.case import Share
from checklist.text import _
from handlers.acts.outcome import Acted, trail
from handlers.effects import RevokeLink
from handlers.links import LASTS, own_link
from handlers.step import View
from handlers.turn import reply_of
from handlers.updates import CoordinatorActed


def send_link(view: View, act: CoordinatorActed) -> Acted:
    """Hand the patient a link of their own, in the chat."""
    item = act.values.get("item") or None
    if not view.case.consented:
        return view, ()
    words, effects = own_link(view, item if item and view.catalog.item(item) else None)
    head = _("{name}, a coordinator, made this for you.", name=act.coordinator)
    said = reply_of(view, (head, words), ask=False)
    return view, (*effects, trail(act, "link.sent"), *said)


def link_made(view: View, act: CoordinatorActed) -> Acted:
    """A link was made at the desk for somebody who has records (`values` `link`, `name`)."""
    link_id, name = act.values.get("link", ""), act.values.get("name", "").strip()
    if not link_id or not name or not view.case.consented:
        # Nobody will hear of what comes by it, so it must not stay.
        ended = (RevokeLink(link_id=link_id),) if link_id else ()
        return view, (*ended, trail(act, "link.not_made", link_id))
    share = Share(id=link_id, name=name, ends_at=view.now + LASTS)
    case = replace(view.case, shares=(*view.case.shares, share))
    told = _(
        "{coordinator}, a coordinator, made a private link with which {name} can send records "
        "for you. With “share” you can stop it.",
        coordinator=act.coordinator,
        name=name,
    )
    view = replace(view, case=case)
    return view, (trail(act, "link.made", link_id), *reply_of(view, (told,), ask=False))


def revoke_link(view: View, act: CoordinatorActed) -> Acted:
    """End a link of the case (`values` `link`)."""
    link_id = act.values.get("link", "")
    shares = tuple(share for share in view.case.shares if share.id != link_id)
    if not link_id:
        return view, ()
    view = replace(view, case=replace(view.case, shares=shares))
    return view, (RevokeLink(link_id=link_id), trail(act, "link.revoked", link_id))
