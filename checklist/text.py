"""Text: all that the inner packages know of language.

A `Text` names a message by its English wording (the gettext msgid) and carries the values that go
into it. It is rendered by the shell when it is sent, in the locale of that moment, so a patient who
changes language sees everything that follows, and everything shown again, in the new one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeAlias

from checklist.dates import PartialDate

Param: TypeAlias = "str | int | PartialDate | Text | tuple[Param, ...]"

#: The context of words that come from an operator's own file: their translations stand there too.
OWN_WORDS = "own words"

#: The context of what stands on a button, where a date is written short.
BUTTON = "button"

_NOTHING: Mapping[str, Param] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """One message in the patient's language, not yet rendered.

    Params fill the `{name}` places of the message. A `str` is somebody's own words or a code and is
    shown as it is, set apart from the direction of the sentence around it; a `Text` is rendered in
    the same locale; a `PartialDate` is written the way the locale writes dates; a tuple becomes a
    list ("a, b and c").
    """

    msgid: str
    params: Mapping[str, Param] = field(default_factory=lambda: _NOTHING)
    plural: str | None = None
    n: int | None = None
    context: str | None = None

    def with_(self, **params: Param) -> Text:
        """The same message with these values in its places."""
        return Text(
            msgid=self.msgid,
            params={**self.params, **params},
            plural=self.plural,
            n=self.n,
            context=self.context,
        )


def _(msgid: str, **params: Param) -> Text:
    """Mark a message for translation: `_("Hello {name}", name="Ana")`."""
    return Text(msgid=msgid, params=params)


def _n(msgid: str, plural: str, n: int, **params: Param) -> Text:
    """Mark a message that counts: `_n("{n} picture", "{n} pictures", 3)`; `{n}` is filled in."""
    return Text(msgid=msgid, plural=plural, n=n, params={"n": n, **params})


def _c(context: str, msgid: str, **params: Param) -> Text:
    """Mark a message whose English is ambiguous: `_c("button", "Open")`."""
    return Text(msgid=msgid, context=context, params=params)


def verbatim(words: str) -> Text:
    """Words that are shown as they are: a name, a language's own name for itself."""
    return Text(msgid="{words}", params={"words": words})
