"""Templates: WhatsApp has buttons and lists only under what was laid down at Twilio beforehand.

They are generic: the words over the buttons, the labels and their ids are variables. A list has one
word of its own, on the button that opens it, so there is a set of lists for each language; and there
are the approved words that may be sent when a patient has not written for a day. They are found by
their names, and without them everything is said in numbered lines.
https://www.twilio.com/docs/content/content-types-overview
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from bot.channels.base import Capabilities, Rendered
from bot.channels.fit import as_buttons, units
from bot.channels.twilio_http import TROUBLE
from checklist.text import Text, _
from handlers.languages import Languages

_log = structlog.get_logger(__name__)

CHOOSE: Text = _("Choose")
NEWS: Text = _("There is news about your case. Please reply to this message to read it.")

# https://www.twilio.com/docs/content/twilio-quick-reply (without approval three)
MAX_BUTTONS, MAX_LABEL = 3, 20
# https://www.twilio.com/docs/content/twiliolist-picker
MAX_ITEMS, MAX_ITEM, MAX_ITEM_ID, MAX_OPENER = 10, 24, 200, 20
# Of both, and of a message that WhatsApp approves.
MAX_BODY = 1024

# Of a changed template: WhatsApp approves words, not names, and an old program may still run.
_VERSION = 1

# Seconds until templates that weren't there are looked for again, and until all are.
_AGAIN, _STALE = 60.0, 3600.0

# A variable holds no line break, no tab and at most four spaces together.
# https://www.twilio.com/docs/api/errors/21656
_SPACES = re.compile(r"\s+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """One template as Twilio keeps it. `variables` are samples; `approved` is what WhatsApp must see."""

    name: str
    language: str
    types: Mapping[str, Any]
    variables: Mapping[str, str]
    approved: bool = False

    def body(self) -> dict[str, Any]:
        """What Twilio is sent to create it."""
        return {
            "friendly_name": self.name,
            "language": self.language,
            "variables": dict(self.variables),
            "types": dict(self.types),
        }


def buttons_name(count: int) -> str:
    """The template of so many buttons."""
    return f"second_opinion_buttons_{count}_v{_VERSION}"


def list_name(count: int, locale: str) -> str:
    """The template of a list of so many items, in one language."""
    return f"second_opinion_list_{count}_{_plain(locale)}_v{_VERSION}"


def news_name(locale: str) -> str:
    """The template that says that there is news, in one language."""
    return f"second_opinion_news_{_plain(locale)}_v{_VERSION}"


def wanted(languages: Languages, locales: Sequence[str]) -> tuple[Template, ...]:
    """All templates, in every language. Raises ValueError where words are over their limits."""
    found = [_buttons(n) for n in range(1, MAX_BUTTONS + 1)]
    for locale in locales:
        opener = languages.say(CHOOSE, locale)
        found += [_list(n, locale, opener) for n in range(1, MAX_ITEMS + 1)]
        found.append(_news(locale, languages.say(NEWS, locale)))
    for template in found:
        check(template)
    return tuple(found)


def check(template: Template) -> None:
    """Raise ValueError, naming the template, where one of its words is over its limit."""
    for kind, content in template.types.items():
        limits = {"body": MAX_BODY, "button": MAX_OPENER}
        pairs = [(name, content.get(name, ""), most) for name, most in limits.items()]
        for item in content.get("items", ()):
            pairs += [("item", item["item"], MAX_ITEM), ("id", item["id"], MAX_ITEM_ID)]
        pairs += [("title", action["title"], MAX_LABEL) for action in content.get("actions", ())]
        for name, words, most in pairs:
            if units(words) > most:
                where = f"{template.name}: the {name} of {kind}"
                raise ValueError(f"{where} has {units(words)} letters, and {most} is the most")


def variables_for(rendered: Rendered) -> str:
    """What is put into a template's places: the words, and each label with its id."""
    said = [rendered.text, *(words for wire, label in rendered.choices for words in (label, wire))]
    return json.dumps({str(n): _line(words) for n, words in enumerate(said, 1)}, ensure_ascii=False)


def name_for(rendered: Rendered, capabilities: Capabilities) -> str:
    """The template that a prompt needs."""
    count = len(rendered.choices)
    if as_buttons(rendered.choices, capabilities):
        return buttons_name(count)
    return list_name(count, rendered.locale)


class Templates:
    """Which templates there are at Twilio, by name; asked for when they are first needed."""

    def __init__(self, client: Any, *, now: Callable[[], float] = time.monotonic) -> None:
        """Take the REST client."""
        self._client = client
        self._now = now
        self._sids: dict[str, str] = {}
        self._asked_at: float | None = None
        self._lock = asyncio.Lock()

    async def sid(self, name: str) -> str:
        """Twilio's id of a template, or "" where there is none, or Twilio can't be asked."""
        async with self._lock:
            age = None if self._asked_at is None else self._now() - self._asked_at
            if age is None or age > (_STALE if name in self._sids else _AGAIN):
                await self._ask()
        return self._sids.get(name, "")

    def forget(self) -> None:
        """Twilio did not take what was known: use none, and ask again in a minute."""
        self._sids, self._asked_at = {}, self._now()

    async def _ask(self) -> None:
        self._asked_at = self._now()
        try:
            found = await self._client.content.v1.contents.list_async(page_size=500)
        except TROUBLE as error:
            _log.warning("templates_not_asked", error=type(error).__name__, again_in=_AGAIN)
            return
        self._sids = {one.friendly_name: one.sid for one in found if one.friendly_name}


def _buttons(count: int) -> Template:
    places = [(f"{{{{{2 * n}}}}}", f"{{{{{2 * n + 1}}}}}") for n in range(1, count + 1)]
    actions = [{"type": "QUICK_REPLY", "title": title, "id": own} for title, own in places]
    return Template(
        name=buttons_name(count),
        language="en",
        types={"twilio/quick-reply": {"body": "{{1}}", "actions": actions}},
        variables=_samples(count),
    )


def _list(count: int, locale: str, opener: str) -> Template:
    places = [(f"{{{{{2 * n}}}}}", f"{{{{{2 * n + 1}}}}}") for n in range(1, count + 1)]
    items = [{"item": item, "id": own} for item, own in places]
    content = {"body": "{{1}}", "button": opener, "items": items}
    return Template(
        name=list_name(count, locale),
        language=_language(locale),
        types={"twilio/list-picker": content},
        variables=_samples(count),
    )


def _news(locale: str, words: str) -> Template:
    return Template(
        name=news_name(locale),
        language=_language(locale),
        types={"twilio/text": {"body": words}},
        variables={},
        approved=True,
    )


def _samples(count: int) -> dict[str, str]:
    samples = {"1": "Do you have it?"}
    for n in range(1, count + 1):
        samples |= {str(2 * n): f"Answer {n}", str(2 * n + 1): f"step:answer{n}:1"}
    return samples


def _line(words: str) -> str:
    # Twilio takes no empty value.
    return _SPACES.sub(" ", words).strip() or "-"


def _plain(locale: str) -> str:
    return locale.lower().replace("-", "_")


def _language(locale: str) -> str:
    """The code by which WhatsApp knows a language.

    https://developers.facebook.com/docs/whatsapp/business-management-api/message-templates/supported-languages
    """
    return {"zh-Hans": "zh_CN", "zh-Hant": "zh_TW"}.get(locale, locale.partition("-")[0])
