"""Passwords: what is tried when somebody has written one, or agreed to their date of birth.

The words are tried exactly as typed, and first. What follows are the ways in which the same password
comes out differently on a phone or on paper.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import date

from checklist.date_words import parse_birth_date
from checklist.dates import Ambiguous, PartialDate
from handlers.step import View

#: A password is often told in a sentence. More words, or longer ones, or several lines, are not tried.
_MOST_WORDS = 15
_LONGEST = 100
#: So many are tried for one message. Each costs a good archive a part of a second.
_MOST_TRIED = 64
_QUOTED = re.compile('["«“„‘](.+?)["»”“’]')
_QUOTES = "\"'«»“”„‘’().,;:!?،؟。"


def may_be_password(text: str) -> bool:
    """Whether words can be a password at all, by their shape."""
    return "\n" not in text.strip() and len(text) <= _LONGEST and len(text.split()) <= _MOST_WORDS


def candidates(view: View, text: str) -> tuple[str, ...]:
    """What is tried for these words, in order; the words themselves are the first."""
    found = parse_birth_date(text.strip(), view.words, view.today)
    options = found.options if isinstance(found, Ambiguous) else (found,)
    dates = [form for option in options if option is not None for form in of_date(option)]
    return tuple(dict.fromkeys((*variants(text), *dates, *_told(text.strip()))))[:_MOST_TRIED]


def variants(text: str) -> tuple[str, ...]:
    """The words as typed, and as they were perhaps meant; () for none."""
    plain = text.strip()
    # A phone begins a message with a capital letter by itself.
    forms = (text, plain, _ascii_digits(plain), plain[:1].lower() + plain[1:])
    return tuple(dict.fromkeys(filter(None, forms))) if plain else ()


def _told(plain: str) -> Iterator[str]:
    """The password in a sentence: 'The password is "Anna 77"', "It is 31121980."."""
    yield from _QUOTED.findall(plain)
    parts = [part.strip(_QUOTES) for part in plain.split()]
    if len(parts) > 1:
        numbers = [part for part in parts if any(sign.isdigit() for sign in part)]
        for part in filter(None, (*numbers, parts[-1], "".join(parts))):
            yield from (part, _ascii_digits(part))


def birth_date_of(view: View) -> PartialDate | None:
    """The birth date of the case, if it is known to the day."""
    answer = view.case.answer("birth_date")
    known = answer.date if answer else None
    return known if known is not None and known.precision == "day" else None


def of_date(known: PartialDate) -> tuple[str, ...]:
    """The ways in which hospitals write a day as a password, the usual ones first."""
    if known.month is None or known.day is None:
        return ()
    day = date(known.year, known.month, known.day)
    d, m, year, short = f"{day:%d}", f"{day:%m}", f"{day.year:04d}", f"{day:%y}"
    # Not strftime's month, which is written in the machine's language.
    name = _MONTHS[day.month - 1]
    whole = ((d, m, year), (year, m, d), (m, d, year), (d, m, short), (short, m, d), (m, d, short))
    forms = ["".join(parts) for parts in whole]
    forms += [mark.join(parts) for mark in ".-/" for parts in whole[:4]]
    forms += [f"{day.day}.{day.month}.{year}", f"{day.day}/{day.month}/{year}"]
    forms += [f"{day.day}{day.month}{year}"]
    forms += [f"{d}{cased}{year}" for cased in (name.upper(), name.title(), name)]
    return tuple(dict.fromkeys(forms))


_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def _ascii_digits(text: str) -> str:
    """The text with the digits of every script as 0 to 9: a keyboard writes its own."""
    return "".join(
        sign if (value := unicodedata.decimal(sign, None)) is None else str(value) for sign in text
    )
