"""Numbers with their units as documents write them, in any script's digits.

"3,5" is three and a half to a Russian and "1,025" a thousand and twenty-five to an American, so a
number may have more values than one; the language of the text leaves out those that it can't have.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Final

from checklist.unit_names import FACTORS, SAID_APART, WRITTEN

#: Languages that write "1,234" for a thousand and more, and "1.5" for one and a half.
_POINT: Final = frozenset({"en", "zh", "ja", "ko", "hi", "th", "he", "ur"})
#: Languages in whose countries both are in use.
_BOTH: Final = frozenset({"ar", "fa", "", "ms", "sw"})

#: Of an alphabet whose words go on: a unit ends where its letters do.
_NO_LETTER: Final = r"(?![a-zà-öø-ÿа-яёіїєґ\u0620-\u064a0-9])"
_SUPERSCRIPTS: Final = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """A number of a text, from `start` to `end` of it.

    `values` are what it may come to; `unit` is its English sign, with `/` between, or "".
    `mark` tells that it may be no more than the number of a line in a list.
    """

    start: int
    end: int
    values: frozenset[Decimal]
    unit: str = ""
    mark: bool = False

    @property
    def measures(self) -> frozenset[tuple[Decimal, str]]:
        """Its values in the first unit of their dimension: 12 g/dL measures what 120 g/L does."""
        factor, unit = _scaled(self.unit)
        return frozenset((_short(value * factor), unit) for value in self.values)


@lru_cache(maxsize=8)
def plain(text: str) -> str:
    """The text in small letters, with European digits, of the same length."""
    return "".join(map(_plain, text))


@lru_cache(maxsize=4096)
def _plain(sign: str) -> str:
    if unicodedata.category(sign) == "Nd":
        return str(unicodedata.digit(sign))
    if sign in _SIGNS:
        return _SIGNS[sign]
    small = sign.lower()
    return small if len(small) == 1 else sign


_SIGNS: Final = {
    "٫": ".", "٬": ",", "．": ".", "－": "-", "−": "-", "–": "-", "—": "-", "‑": "-", "～": "-", "~": "-",
    "／": "/", "∕": "/", "％": "%", "×": "x", "х": "х", "＊": "*", "μ": "µ", "㎎": "㎎", "أ": "أ",
}  # fmt: skip

_NUMBER: Final = re.compile(
    r"(?P<power>(?:[xх*·∙]\s*)?10\s?(?:\^|\*\*?|e)\s?\d{1,2}|(?:[xх*·∙]\s*)?10[⁰-⁹¹²³]{1,2})"
    r"|(?P<number>\d+(?:[.,'’\u00a0\u202f\u2009]\d+)*|(?<![\d.,])[.,]\d+)"
)
#: After a number: a unit that is a power of ten; PDF text loses what stands raised.
_POWER: Final = re.compile(
    r"\s?(?:[xх*·∙]\s?)?10\s?(?:\^|\*\*?|e)?\s?([⁰-⁹¹²³]{1,2}|9|12|6|3)"
    r"(?:\s?/\s?(л|l|升|لتر|мкл|µl|ul|мл|ml))?(?!\d)"
)
_LITRES: Final = {"л": 0, "l": 0, "升": 0, "لتر": 0, "мл": 3, "ml": 3, "мкл": 6, "µl": 6, "ul": 6}


def quantities(text: str, language: str, taken: bytearray) -> Iterator[Quantity]:
    """The numbers of a text but for those whose place in it is `taken`, in their order."""
    simple = plain(text)
    found: list[Quantity] = []
    for match in _NUMBER.finditer(simple):
        # The 2 of m2 belongs to the unit of the number before it.
        inside = found and match.start() < found[-1].end
        if not inside and not match["power"] and not any(taken[match.start() : match.end()]):
            found += _quantities(text, simple, match, language)
    yield from _with_shared_units(simple, found)


def _quantities(text: str, simple: str, match: re.Match[str], language: str) -> Iterator[Quantity]:
    written = text[slice(*match.span("number"))]
    values = values_of(written, language)
    start, end = match.span("number")
    if values is None:
        # 1.2.3 is no number, but three.
        for part in re.finditer(r"\d+", plain(written)):
            at = start + part.start()
            yield Quantity(
                start=at, end=at + len(part[0]), values=frozenset({_short(Decimal(part[0]))})
            )
        return
    unit, after = _unit(text, simple, end)
    if unit == "y" and any(1900 <= value <= 2100 for value in values):
        unit = ""  # "in the year 2019"
    if unit == "g" and simple[end:after].strip() == "г" and any(1900 < v <= 2100 for v in values):
        unit = ""
    if _is_negative(simple, start):
        values = frozenset(-value for value in values)
        start -= 1
    alone = re.match(r"[.)]\s", simple[end : end + 2]) and not simple[:start].rpartition("\n")[
        2
    ].strip(" -•*\t")
    yield Quantity(
        start=start, end=after if unit else end, values=values, unit=unit, mark=bool(alone)
    )


def _is_negative(simple: str, start: int) -> bool:
    """Whether a minus stands before it, and neither a range's dash nor a line's."""
    if not start or simple[start - 1] != "-":
        return False
    before = simple[: start - 1].rpartition("\n")[2]
    return bool(before.strip()) and before[-1:] in " \t(:=<>\u00a0"


def values_of(written: str, language: str) -> frozenset[Decimal] | None:
    """What a number may come to in a language; None where it is none."""
    language = language.split("-")[0]
    if "٫" in written or "٬" in written:
        written, language = written.replace("٬", ""), "en"  # there is no doubt of these
    digits = re.sub(r"(?<=\d)['’\u00a0\u202f\u2009](?=\d{3}(?!\d))", "", plain(written))
    signs = re.findall(r"\D", digits)
    if not signs:
        return frozenset({_short(Decimal(digits))})
    if len(set(signs)) == 2 and signs.count(signs[-1]) == 1 and signs[-1] in ".,":
        whole, _, rest = digits.rpartition(signs[-1])
        return frozenset({_short(Decimal(re.sub(r"\D", "", whole) + "." + rest))})
    if len(set(signs)) > 1 or signs[0] not in ".,":
        return None
    if len(signs) > 1:
        grouped = re.fullmatch(r"\d{1,3}(?:[.,]\d{3})+", digits)
        return frozenset({_short(Decimal(re.sub(r"\D", "", digits)))}) if grouped else None
    whole, rest = digits.split(signs[0])
    share, group = Decimal(f"{whole or 0}.{rest}"), Decimal(whole + rest)
    if len(rest) != 3 or not whole or len(whole) > 3 or whole == "0":
        return frozenset({_short(share)})
    if language in _BOTH:
        return frozenset({_short(share), _short(group)})
    if signs[0] == ",":
        return frozenset({_short(group if language in _POINT else share)})
    both = {_short(share)} if language in _POINT else {_short(share), _short(group)}
    return frozenset(both)


def _short(value: Decimal) -> Decimal:
    """Without zeros at the end: 5.10 is 5.1."""
    short = value.normalize()
    return (
        short.quantize(Decimal(1))
        if short == short.to_integral() and abs(short) < 10**20
        else short
    )


# ---- units -------------------------------------------------------------------------------------


def _pattern(written: str) -> str:
    stem = written.removesuffix("*")
    escaped = re.escape(stem).replace(r"\ ", r"\s?")
    if stem != written:
        return f"{escaped}[a-zа-яёіїєґ]*"
    last = stem[-1]
    is_han = unicodedata.name(last, "").startswith("CJK")
    return escaped + (_NO_LETTER if last.isalpha() and not is_han else "")


_NAMES: Final = {
    plain(written.removesuffix("*")): name for name, ways in WRITTEN.items() for written in ways
}


@lru_cache(maxsize=1)
def _unit_forms() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """The first unit after a number, and what that is of.

    Made when a text is first compared: a tenth of the time that the program takes to start.
    """
    one = "|".join(
        _pattern(plain(written))
        for written in sorted(
            (w for ways in WRITTEN.values() for w in ways), key=lambda w: (-len(w.rstrip("*")), w)
        )
    )
    return re.compile(rf"[\s\u00a0]{{0,2}}-?({one})"), re.compile(rf"\s?/\s?({one})")


def _unit(text: str, simple: str, end: int) -> tuple[str, int]:
    """The unit that stands there, with what it is of; and where it ends."""
    power = _POWER.match(simple, end)
    if power and (power[2] or not power[1].isdecimal() or "^" in power[0]):
        tens = int(power[1].translate(_SUPERSCRIPTS))
        return f"10^{tens + _LITRES.get(power[2] or '', 0)}/L", power.end()
    unit_form, each_form = _unit_forms()
    first = unit_form.match(simple, end)
    if first is None or "\n" in first[0]:
        return "", end
    name, at = _named(first[1]), first.end()
    if name == "Gy" and text[first.start(1) : first.start(1) + 2] == "гр":
        name = "g"  # the gray has a capital
    while each := each_form.match(simple, at):
        of = _named(each[1])
        at = each.end()
        if of not in SAID_APART and "bpm" not in (of, name):
            name = f"{name}/{of}"
    return name, at


@lru_cache(maxsize=1024)
def _named(written: str) -> str:
    known = _NAMES.get(written) or _NAMES.get(re.sub(r"\s", "", written))
    if known:
        return known
    stems = (stem for stem in _NAMES if written.startswith(stem))
    return _NAMES[max(stems, key=len)]


@lru_cache(maxsize=512)
def _scaled(unit: str) -> tuple[Decimal, str]:
    """By how much it is to be multiplied, and the unit that comes of it."""
    parts, factor, named = unit.split("/"), Decimal(1), []
    if unit.startswith("10^"):
        return Decimal(1), unit
    for place, part in enumerate(parts):
        base, size = FACTORS.get(part, (part, Decimal(1)))
        factor = factor / size if place else factor * size
        named.append(base)
    return factor, "/".join(named)


_BETWEEN: Final = re.compile(r"\s?[-xх*]\s?|\s?\.\.\.?\s?|…")


def _with_shared_units(simple: str, found: list[Quantity]) -> Iterator[Quantity]:
    """Each of "3 x 4 x 5 cm" and of "3-5 mmol/L" in the unit that is written once."""
    unit, begin = "", -1
    shared: list[Quantity] = []
    for one in reversed(found):
        joined = begin >= 0 and _BETWEEN.fullmatch(simple, one.end, begin) is not None
        if not one.unit and joined and unit:
            one = Quantity(
                start=one.start, end=one.end, values=one.values, unit=unit, mark=one.mark
            )
        unit, begin = one.unit, one.start
        shared.append(one)
    yield from reversed(shared)
