"""What patients write about physical things: how many, which numbers are on them, who carries them.

Nothing is taken for certain that was not written: without a number there is no count, and a courier's
name is only one where it is known. The words are kept beside whatever was read from them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from checklist.folding import fold
from checklist.words import Words, bare

#: No hospital lends more than so many; a larger number is that of a report, or a year.
_MOST: Final = 200
_LONGEST: Final = 1000
_MOST_IDS: Final = 40

#: How patients and labels write who carries it, folded. Only a name is shown: nothing is looked up.
_COURIERS: Final[Mapping[str, tuple[str, ...]]] = {
    "DHL": ("dhl",),
    "FedEx": ("fedex", "fed ex", "федекс", "فيديكس", "联邦快递"),
    "UPS": ("ups",),
    "EMS": ("ems",),
    "SF Express": ("sf express", "sf", "顺丰"),
    "Aramex": ("aramex", "أرامكس", "ارامكس"),
    "TNT": ("tnt",),
    "CDEK": ("cdek", "сдэк"),
    "Pony Express": ("pony express", "пони экспресс"),
    "China Post": ("china post", "中国邮政"),
    "Kazpost": ("kazpost", "казпочта"),
    "Russian Post": ("russian post", "почта россии"),
}

#: A number of a block or slide has a figure, and a letter or a mark: A1, 2B, S21-1234/3, №12345-21.
_ID = re.compile(r"(?:[^\W_]|[-/.:](?=[^\W_]))+")
#: A tracking number has at least this many figures and capital letters, without blanks.
_TRACKING = re.compile(r"[A-Z0-9](?:[A-Z0-9]|[ \-/.](?=[A-Z0-9])){5,40}")
_WORD = re.compile(r"[^\W_]+")
_BLANKS = re.compile(r"\s+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """How many there are, None where it was not said, and the numbers on them."""

    count: int | None = None
    ids: tuple[str, ...] = ()


def read_amount(text: str, words: Words) -> Amount:
    """The count and the numbers in a sentence, in figures of any script or a word of the language."""
    plain = _western(text[:_LONGEST])
    tokens = [found[0].strip("-/.:") for found in _ID.finditer(plain)]
    ids = tuple(dict.fromkeys(token.upper() for token in tokens if _is_id(token)))[:_MOST_IDS]
    return Amount(count=_count(tokens, plain, words), ids=ids)


def read_courier(text: str) -> str:
    """The courier that is named, as it calls itself; "" for none that is known."""
    plain = " ".join(_WORD.findall(fold(text[:_LONGEST])))
    plain = f" {plain} "
    for name, spellings in _COURIERS.items():
        for spelling in spellings:
            folded = fold(spelling)
            there = folded in plain if not folded.isascii() else f" {folded} " in plain
            if there:
                return name
    return ""


def read_tracking(text: str) -> str:
    """The tracking number as it was written, in Western figures; "" where there is none.

    Formats differ too much to be checked: it is the longest run with four figures or more that is
    no date.
    """
    plain = _western(text[:_LONGEST])
    # A capital letter at the start of a sentence begins no number.
    found = [run[0].strip(" -/.") for run in _TRACKING.finditer(plain)]
    parts = [_with_figures(run) for run in found]
    good = [part for part in parts if sum(sign.isdigit() for sign in part) >= 4 and not _date(part)]
    return max(good, key=len, default="")


def _with_figures(run: str) -> str:
    """A run without the words at its start that have no figure, such as the courier's name."""
    pieces = run.split(" ")
    while len(pieces) > 1 and not any(sign.isdigit() for sign in pieces[0]):
        # Two letters belong to it: "RR 123 456 789 CN".
        if len(pieces[0]) == 2 and pieces[0] not in ("SF",):
            break
        pieces = pieces[1:]
    return " ".join(pieces)


def _date(part: str) -> bool:
    return re.fullmatch(r"\d{1,4}[-/. ]\d{1,2}[-/. ]\d{1,4}", part) is not None


def _western(text: str) -> str:
    """The text with Western figures and letters of usual width."""
    plain = unicodedata.normalize("NFKC", text)
    return "".join(str(unicodedata.decimal(sign)) if sign.isdecimal() else sign for sign in plain)


def _is_id(token: str) -> bool:
    """Whether a word is a number on a block: a figure with a Latin letter or a mark beside it."""
    has_figure = any(sign.isdigit() for sign in token)
    letters = [sign for sign in token if sign.isalpha()]
    if not has_figure or len(token) > 24 or _date(token):
        return False
    if any(not sign.isascii() and not "А" <= sign.upper() <= "Я" for sign in letters):
        return False
    # "10x", "5th" and "12pcs" are counts with a word behind them.
    marked = any(sign in "-/." for sign in token)
    return marked or (0 < len(letters) <= 3 and re.fullmatch(r"\d{1,3}[a-z]{2,3}", token) is None)


def _count(tokens: list[str], plain: str, words: Words) -> int | None:
    for token in tokens:
        if re.fullmatch(r"\d{1,3}", token) and 0 < int(token) <= _MOST:
            return int(token)
    glued = re.search(r"(?<![\w/.-])(\d{1,3})(?=\s*[^\W\da-zA-Z_])", plain)
    if glued and 0 < int(glued[1]) <= _MOST:
        return int(glued[1])
    if not words.spaced:
        said = re.search(r"[一二两三四五六七八九十百]+(?=[个张块片枚盒])", plain)
        return _hanzi(said[0]) if said else None
    numbers = words.dates.numbers
    return next((numbers[bare(token)] for token in tokens if bare(token) in numbers), None)


_HANZI: Final = {sign: n for n, sign in enumerate("零一二三四五六七八九")} | {"两": 2}


def _hanzi(written: str) -> int | None:
    """A small number in Chinese characters: 十二 is 12."""
    tens, ten, ones = written.rpartition("十")
    if any(sign not in _HANZI for sign in tens + ones) or len(tens) > 1 or len(ones) > 1:
        return None
    return (_HANZI[tens] if tens else 1) * 10 * bool(ten) + (_HANZI[ones] if ones else 0)


def tidy(text: str, most: int) -> str:
    """A line of words without its blanks, at most so many characters."""
    return _BLANKS.sub(" ", text).strip()[:most]
