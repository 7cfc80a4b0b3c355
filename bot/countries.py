"""Countries: found by any of their names in any of the languages that are offered."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from babel import Locale

from checklist.folding import fold

#: The end of a name changes with its case in Russian ("Россия", "в России", "в Казахстане").
_CYRILLIC = re.compile("[а-я -]+")
_ENDING = re.compile("[аеиоуыэюяьй]?$")
_SHORTEST_STEM = 4
_HAN = re.compile("[\u3400-\u9fff]")


class Countries:
    """The names of all countries, ready to be looked for in a message."""

    def __init__(self, locales: Iterable[Locale], aliases: Iterable[Mapping[str, str]]) -> None:
        """Take the names of CLDR in these locales, and other names as `words.toml` has them."""
        names: dict[str, str] = {}
        for locale in locales:
            for code, name in locale.territories.items():
                if re.fullmatch("[A-Z]{2}", code) and code not in _NO_COUNTRIES:
                    names.setdefault(fold(name), code)
        for others in aliases:
            names.update(others)
        self._names = {name: code for name, code in names.items() if len(name) > 1}
        self._codes = frozenset(self._names.values())
        self._stems = {
            stem: code
            for name, code in self._names.items()
            if _CYRILLIC.fullmatch(name)
            and len(stem := _ENDING.sub("", name, count=1)) >= _SHORTEST_STEM
        }
        self._name = _finder(self._names, "")
        self._stem = _finder(self._stems, "[а-я]{0,2}")

    def named_in(self, text: str) -> str | None:
        """The ISO 3166 alpha-2 code of the one country that a message names, or None."""
        plain = fold(text[:200]).strip(" .!?,;")
        if plain in self._names:
            return self._names[plain]
        code = text.strip()
        if code.isascii() and code.isupper() and code in self._codes:
            return code
        found = {self._names[match["name"]] for match in self._name.finditer(plain)}
        found = found or {self._stems[match["name"]] for match in self._stem.finditer(plain)}
        return found.pop() if len(found) == 1 else None


#: What CLDR lists beside countries: unions, outlying places of other countries, test codes.
_NO_COUNTRIES = frozenset({"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"})


def _finder(names: Mapping[str, str], ending: str) -> re.Pattern[str]:
    """Any of the names, the longest first.

    Before an Arabic name "in", "from" or "and" may be written onto it; Chinese has no spaces.
    """
    ordered = sorted((name for name in names if len(name) > 2 or _HAN.match(name)), key=len)
    named = "|".join(re.escape(name) for name in reversed(ordered)) or "(?!)"
    return re.compile(
        rf"(?:(?<!\w)[وبلف]?|(?={_HAN.pattern}))(?P<name>{named})"
        rf"(?:{ending}(?!\w)|(?<={_HAN.pattern}))"
    )
