"""Patients and what hospitals wrote on their discs: names in four scripts, noise, and strangers.

None of it is made with the tables that the product compares with: Cyrillic is romanised by the
schemes of iuliia, Chinese by pypinyin and by spellings that families use, Arabic by spellings that
people have in their passports.
"""

from __future__ import annotations

import random
import tomllib
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import iuliia
from pypinyin import Style, lazy_pinyin

from checklist.study import PatientIdentity

_NAMES = {
    kind: tuple(names.split())
    for kind, names in tomllib.loads(
        (Path(__file__).parent / "data" / "names.toml").read_text(encoding="utf-8")
    ).items()
}

#: How often each kind of noise is met, of a hundred.
_TYPO, _MARRIED, _NO_DATE, _CASE_WITHOUT_DATE, _OTHER_DATE, _CUT, _INITIAL = 6, 4, 15, 5, 3, 6, 4


@dataclass(frozen=True, kw_only=True)
class Disc:
    """A case's patient, and the patient on each study of the disc; `strangers` are others' studies."""

    patient: PatientIdentity
    own: tuple[PatientIdentity, ...]
    strangers: tuple[PatientIdentity, ...] = ()


@dataclass(frozen=True, kw_only=True)
class _Someone:
    """A person who can be written in several ways; `write` gives family, given and a middle name."""

    sex: str
    born: date
    known_as: str
    write: Callable[[random.Random], tuple[str, str]]
    marries: Callable[[random.Random], str] | None = None


def discs(count: int, *, wrong: int, mixed: int, seed: int = 4711) -> tuple[Disc, ...]:
    """So many discs, of which `wrong` hold only another patient, and `mixed` another one as well."""
    dice = random.Random(seed)
    return tuple(
        _disc(dice, wrong=number < wrong, mixed=wrong <= number < wrong + mixed)
        for number in range(count)
    )


_SCHEMES = tuple(name for name in dir(iuliia) if name.isupper())


def _disc(dice: random.Random, *, wrong: bool, mixed: bool) -> Disc:
    someone = _someone(dice)
    known = "" if _in_hundred(dice, _CASE_WITHOUT_DATE) else someone.born.isoformat()
    return Disc(
        patient=PatientIdentity(name=someone.known_as, birth_date=known),
        own=() if wrong else (_header(dice, someone),),
        strangers=(_header(dice, _someone(dice)),) if wrong or mixed else (),
    )


def _header(dice: random.Random, someone: _Someone) -> PatientIdentity:
    """What a hospital wrote, with the noise of hospitals."""
    family, given = someone.write(dice)
    if someone.marries and _in_hundred(dice, _MARRIED):
        family = someone.marries(dice)
    if _in_hundred(dice, _TYPO):
        family, given = dice.choice(
            ((_misspelt(dice, family), given), (family, _misspelt(dice, given)))
        )
    if _in_hundred(dice, _INITIAL) and ord(given[0]) < 0x3000:
        given = given[:1]
    name = dice.choice(
        (f"{family}^{given}", f"{family} {given}", f"{given} {family}", f"{family}, {given}")
    )
    if _in_hundred(dice, _CUT):
        name = name[:16]
    return PatientIdentity(
        name=name.upper() if dice.random() < 0.6 else name,
        patient_id=f"{dice.randrange(10**6):06}",
        birth_date=_birth_date(dice, someone.born),
        sex=someone.sex if dice.random() < 0.9 else "",
    )


def _birth_date(dice: random.Random, born: date) -> str:
    if _in_hundred(dice, _NO_DATE):
        return ""
    if not _in_hundred(dice, _OTHER_DATE):
        return born.isoformat()
    swapped = f"{born.year}-{born.day:02}-{born.month:02}" if born.day <= 12 else born.isoformat()
    step = 1 if born.day < 28 and born.day % 10 != 9 else -1
    digit = born.replace(day=born.day + step).isoformat()
    return dice.choice((f"{born.year}-01-01", "1900-01-01", swapped, digit))


def _someone(dice: random.Random, *, sex: str = "") -> _Someone:
    made = dice.choice((_latin, _cyrillic, _arabic, _chinese))
    return made(dice, sex or dice.choice("FM"))


def _born(dice: random.Random) -> date:
    return date(1935, 1, 1) + timedelta(days=dice.randrange(80 * 365))


def _latin(dice: random.Random, sex: str) -> _Someone:
    given = [name.replace("_", " ") for name in dice.sample(_NAMES[f"latin_given_{sex}"], 2)]
    family = dice.choice(_NAMES["latin_family"]).replace("_", " ")
    middle = dice.random() < 0.3
    known = " ".join((given[0], *([given[1]] if middle else []), family))

    def write(dice: random.Random) -> tuple[str, str]:
        first = " ".join(given) if middle and dice.random() < 0.5 else given[0]
        return _ascii(dice, family), _ascii(dice, first)

    return _Someone(
        sex=sex,
        born=_born(dice),
        known_as=known,
        write=write,
        marries=_western_name if sex == "F" else None,
    )


def _western_name(dice: random.Random) -> str:
    return _ascii(dice, dice.choice(_NAMES["latin_family"]).replace("_", " "))


def _ascii(dice: random.Random, name: str) -> str:
    """As it is, or as a keyboard without marks has it, ü as ue or as u."""
    if dice.random() < 0.3:
        return name
    table = {
        "ß": "ss",
        "ł": "l",
        "Ł": "L",
        "ø": "o",
        "æ": "ae",
        "đ": "d",
        "Đ": "D",
        "ı": "i",
        "İ": "I",
    }
    if dice.random() < 0.5:
        table |= {"ü": "ue", "ö": "oe", "ä": "ae", "ø": "oe"}
    spelt = "".join(table.get(sign, sign) for sign in name)
    return spelt.encode("ascii", "ignore").decode() if spelt.isascii() else _without_marks(spelt)


def _without_marks(name: str) -> str:
    return "".join(s for s in unicodedata.normalize("NFD", name) if not unicodedata.combining(s))


def _cyrillic(dice: random.Random, sex: str) -> _Someone:
    given = dice.choice(_NAMES[f"cyrillic_given_{sex}"])
    family = dice.choice(_NAMES["cyrillic_family"])
    if sex == "F" and family.endswith(("в", "н")):
        family += "а"
    elif sex == "F" and family.endswith("ий"):
        family = family[:-2] + "ая"
    father = dice.choice(_NAMES["cyrillic_father"])
    father = (father[:-1] + "е" if father.endswith("й") else father + "о") + (
        "вна" if sex == "F" else "вич"
    )
    known = dice.choice((f"{family} {given} {father}", f"{given} {family}", f"{family} {given}"))
    if dice.random() < 0.4:
        known = iuliia.ICAO_DOC_9303.translate(known)
    schemes = [getattr(iuliia, name) for name in _SCHEMES]

    def write(dice: random.Random) -> tuple[str, str]:
        first = f"{given} {father}" if dice.random() < 0.3 else given
        if dice.random() < 0.15:
            return family, first
        scheme = dice.choice(schemes)
        return scheme.translate(family), scheme.translate(first)

    return _Someone(
        sex=sex,
        born=_born(dice),
        known_as=known,
        write=write,
        marries=_western_name if sex == "F" else None,
    )


def _arabic(dice: random.Random, sex: str) -> _Someone:
    given, *spelt_given = dice.choice(_NAMES[f"arabic_given_{sex}"]).split(":")
    father, *spelt_father = dice.choice(_NAMES["arabic_given_M"]).split(":")
    family, *spelt_family = dice.choice(_NAMES["arabic_family"]).split(":")
    if dice.random() < 0.6:
        known = dice.choice((f"{given} {family}", f"{given} {father} {family}"))
    else:
        known = f"{dice.choice(spelt_given)} {dice.choice(spelt_family)}".replace("_", " ")

    def write(dice: random.Random) -> tuple[str, str]:
        first = dice.choice(spelt_given)
        if dice.random() < 0.3:
            first = f"{first} {dice.choice(spelt_father)}"
        if dice.random() < 0.1:
            return family, given
        return dice.choice(spelt_family).replace("_", " "), first.replace("_", " ")

    return _Someone(sex=sex, born=_born(dice), known_as=known, write=write)


def _chinese(dice: random.Random, sex: str) -> _Someone:
    family = dice.choice(_NAMES["chinese_family"]).split(":")
    given = [one.split(":") for one in dice.sample(_NAMES["chinese_given"], dice.choice((1, 2, 2)))]
    characters = family[0], "".join(one[0] for one in given)
    pinyin = [lazy_pinyin(one) for one in characters]
    own = dice.choice((0, 0, 0, 1, 2))
    if dice.random() < 0.6:
        known = "".join(characters)
    elif own:
        known = f"{family[own]} {'-'.join(one[own] for one in given)}"
    else:
        known = f"{pinyin[0][0]} {''.join(pinyin[1])}".title()

    def write(dice: random.Random) -> tuple[str, str]:
        if own:
            return family[own], dice.choice(("-", " ")).join(one[own] for one in given)
        style = dice.choice(("pinyin", "pinyin", "tones", "characters"))
        if style == "characters":
            return characters
        marked = Style.TONE if style == "tones" else Style.NORMAL
        first = [lazy_pinyin(one, style=marked) for one in characters]
        return first[0][0].title(), dice.choice(("", " ", "-")).join(first[1]).title()

    return _Someone(sex=sex, born=_born(dice), known_as=known, write=write)


def _misspelt(dice: random.Random, word: str) -> str:
    """One letter left out, doubled, changed, or swapped with its neighbour."""
    if len(word) < 4 or not word.isalpha():
        return word
    at = dice.randrange(1, len(word) - 1)
    kind = dice.randrange(4)
    if kind == 0:
        return word[:at] + word[at + 1 :]
    if kind == 1:
        return word[:at] + word[at] + word[at:]
    if kind == 2:
        return word[:at] + dice.choice("aeinrst") + word[at + 1 :]
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


def _in_hundred(dice: random.Random, times: int) -> bool:
    return dice.random() * 100 < times


def with_name_as_read(header: PatientIdentity) -> PatientIdentity:
    """The name as intake reads it out of a header: components with spaces between them."""
    return replace(header, name=" ".join(header.name.replace("^", " ").split()))
