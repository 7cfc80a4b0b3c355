"""Private links: where whole discs go, from any chat, and who may send by them."""

from __future__ import annotations

from datetime import timedelta

from checklist.case import Share
from checklist.text import Text, _
from handlers.effects import Effect, MakeLink
from handlers.step import View

#: How long a link works.
LASTS = timedelta(days=7)

_LINK = _(
    "Open this private page to send it: {link} "
    "It takes whole CDs and very large files. It works for 7 days. Please don't pass it on."
)
_NO_PAGE = _("A coordinator will tell you another way to send it.")


def own_link(view: View, item: str | None) -> tuple[Text, tuple[Effect, ...]]:
    """The words that hand out a link of the patient's own, and what makes it."""
    if not view.web_address:
        return _NO_PAGE, ()
    address, effect = _made(view, link_id=view.ids(), name="", item=item)
    return _LINK.with_(link=address), (effect,)


def shared_link(view: View, name: str) -> tuple[Share, str, Effect]:
    """A link for somebody else: what the case keeps of it, its address, and what makes it."""
    share = Share(id=view.ids(), name=name, ends_at=view.now + LASTS, chat=view.session.id)
    address, effect = _made(view, link_id=share.id, name=name, item=None)
    return share, address, effect


def letter_link(view: View, number: int) -> tuple[str, tuple[Effect, ...]]:
    """The address of a letter's page, and what makes it; "" where there is no page."""
    if not view.web_address:
        return "", ()
    token = f"{view.ids()}{view.ids()}"
    effect = MakeLink(
        link_id=view.ids(), token=token, ends=view.now + LASTS, item=str(number), purpose="letter"
    )
    return f"{view.web_address}/l/{token}", (effect,)


def _made(view: View, *, link_id: str, name: str, item: str | None) -> tuple[str, MakeLink]:
    # Two ids together are 128 random bits; the address is the only place where they stand.
    token = f"{view.ids()}{view.ids()}"
    effect = MakeLink(link_id=link_id, token=token, ends=view.now + LASTS, name=name, item=item)
    return f"{view.web_address}/u/{token}", effect
