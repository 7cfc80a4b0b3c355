"""Languages on the cover page: their names, their fonts, and how many letters there are of them."""

from __future__ import annotations

import unicodedata
from typing import Any

from babel import Locale

Json = dict[str, Any]


def language_name(tag: str, locale: str) -> str:
    """A language's name in a locale; the tag itself where there is none."""
    names = Locale.parse(locale, sep="-").languages
    keys = (tag.replace("-", "_"), tag.split("-")[0])
    return next((str(names[key]) for key in keys if key in names), tag[:24])


def language_in_template(locale: str) -> Json:
    """What the template needs to set a language: its tag, and its fonts in order."""
    parsed = Locale.parse(locale, sep="-")
    cjk = {"ja": "JP", "ko": "KR"}.get(parsed.language) or {"Hant": "TC"}.get(
        parsed.script or "", "SC"
    )
    region = {"SC": "cn", "TC": "tw", "JP": "jp", "KR": "kr"}[cjk]
    arabic = ["Amiri", "Almarai"] if parsed.language in ("fa", "ur", "ps") else ["Almarai", "Amiri"]
    family = f"Noto Sans CJK {cjk}"
    is_cjk = parsed.language in ("zh", "ja", "ko")
    return {
        "lang": parsed.language,
        "rtl": parsed.text_direction == "rtl",
        "region": region if is_cjk else None,
        # In Chinese text quotation marks and dashes are as wide as the letters.
        "fonts": [{"name": "Noto Sans", "latin": is_cjk}]
        + [{"name": name, "latin": False} for name in ("Noto Sans Thai", family, *arabic)],
    }


def letters(data: object) -> int:
    """How many letters are shown; marks that stand on one are none."""
    match data:
        case str():
            return sum(1 for sign in data if unicodedata.category(sign) != "Mn")
        case dict():
            return sum(letters(value) for value in data.values())
        case list() | tuple():
            return sum(letters(value) for value in data)
        case _:
            return 0
