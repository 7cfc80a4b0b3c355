"""Scripts: which one a locale is written in, and which one a text is written in."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping

from babel import Locale, UnknownLocaleError
from babel.core import get_global

#: How Unicode's names of letters begin, for the scripts (ISO 15924) of languages we may offer.
_BEGINNINGS: Mapping[str, str] = {
    "LATIN": "Latn",
    "CYRILLIC": "Cyrl",
    "ARABIC": "Arab",
    "CJK": "Hani",
    "HIRAGANA": "Kana",
    "KATAKANA": "Kana",
    "HANGUL": "Hang",
    "THAI": "Thai",
    "LAO": "Laoo",
    "KHMER": "Khmr",
    "MYANMAR": "Mymr",
    "DEVANAGARI": "Deva",
    "BENGALI": "Beng",
    "HEBREW": "Hebr",
    "GREEK": "Grek",
    "GEORGIAN": "Geor",
    "ARMENIAN": "Armn",
}
#: Scripts of a locale that are mixtures of others, or variants of one.
_MADE_OF: Mapping[str, frozenset[str]] = {
    "Hans": frozenset({"Hani"}),
    "Hant": frozenset({"Hani"}),
    "Jpan": frozenset({"Hani", "Kana"}),
    "Kore": frozenset({"Hang", "Hani"}),
}


def script_of(locale: Locale) -> str:
    """The script (ISO 15924) of a locale, the usual one of its language where it names none."""
    if locale.script:
        return locale.script
    likely = get_global("likely_subtags")
    full = likely.get(str(locale)) or likely.get(locale.language) or ""
    return next((part for part in str(full).split("_") if len(part) == 4), "")


def written_with(locale: Locale) -> frozenset[str]:
    """The scripts of the letters that a locale's texts are made of."""
    script = script_of(locale)
    return _MADE_OF.get(script, frozenset({script}))


def script_in(text: str) -> str | None:
    """The script of more than half of a text's letters, or None."""
    found = Counter(_script(character) for character in text if character.isalpha())
    script, count = next(iter(found.most_common(1)), ("", 0))
    return script if script and count * 2 > found.total() else None


def parse_locale(hint: str) -> Locale | None:
    """The locale of a tag such as `zh-CN`; what isn't known at its end is left out."""
    parts = re.split(r"[-_]", hint.strip())[:3]
    for length in range(len(parts), 0, -1):
        try:
            return Locale.parse("_".join(parts[:length]))
        except (UnknownLocaleError, ValueError):
            continue
    return None


def _script(character: str) -> str:
    return _BEGINNINGS.get(unicodedata.name(character, "").partition(" ")[0], "")
