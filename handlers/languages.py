"""Languages: what the conversation needs to know of the languages that are offered."""

from __future__ import annotations

from typing import Literal, Protocol

from checklist.text import Text
from checklist.words import Words

Direction = Literal["ltr", "rtl"]


class Languages(Protocol):
    """The languages offered. A locale is a BCP 47 tag; an unknown one is treated as English."""

    @property
    def offered(self) -> tuple[str, ...]:
        """The tags of the languages that are spoken, English first."""
        ...

    @property
    def understood(self) -> tuple[str, ...]:
        """The tags of the languages whose words are known, spoken or not."""
        ...

    def say(self, text: Text, locale: str) -> str:
        """The text in that language, in English where it has no translation; never raises."""
        ...

    def words(self, locale: str) -> Words:
        """What people write in that language."""
        ...

    def own_name(self, locale: str) -> str:
        """What the language calls itself: "English", "中文", "русский"."""
        ...

    def direction(self, locale: str) -> Direction:
        """Which way the language is written."""
        ...

    def is_reviewed(self, locale: str) -> bool:
        """Whether a native speaker has put their name to what is said in the language."""
        ...

    def country(self, text: str) -> str | None:
        """The ISO 3166 alpha-2 code of the one country named in a message, in any language."""
        ...

    def country_name(self, code: str, locale: str) -> str:
        """A country's name in that language; a code that nobody knows is returned as it is."""
        ...

    def spoken_in(self, country: str) -> tuple[str, ...]:
        """The offered languages that are official in a country (alpha-2), the most spoken first."""
        ...

    def match_locale(self, hint: str) -> str | None:
        """The offered language for a client's hint such as `zh-CN` or `ar_EG`, or None."""
        ...

    def guess_locale(self, text: str) -> str | None:
        """The language a text is written in, where its script leaves no doubt, else None."""
        ...

    def named_locale(self, text: str) -> str | None:
        """The language that a message names, in its own or any offered language, or None."""
        ...
