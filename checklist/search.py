"""Search: what a case can be found by, and what a coordinator's words look for.

A case is found by its number, by the patient's name in whatever script either side writes, by the
names of files, and by the dates of records. Both sides become tokens in a line of text, each between
two blanks, so that any database can look for one within the other. A token is the folded word itself,
or begins with a sign: `~` how a name sounds, `^` and `=` its consonants (of a word in Arabic letters,
and of any other), for Arabic leaves out the short vowels.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date
from functools import lru_cache
from itertools import islice, product
from typing import Final, TypeAlias

from checklist import chinese
from checklist.case import Case
from checklist.date_words import parse_date
from checklist.dates import Ambiguous, PartialDate
from checklist.folding import fold
from checklist.person_names import SOUNDED, written
from checklist.romanisation import letters_of, sounds
from checklist.words import Words

#: What is looked for: one of these, and of that one all parts.
Term: TypeAlias = tuple[tuple[str, ...], ...]

_VOWELS: Final = str.maketrans("", "", "aeiouyAEIOUYJ")
_READINGS: Final = 6
_MOST_WORDS: Final = 8
_LONGEST: Final = 200
#: So many letters of a case's scans are looked through; the first pages of a few letters.
_READ: Final = 20_000
#: So few consonants tell a name only where the other side has no vowels to compare.
_TELLING: Final = 3


def search_text(case: Case, more: Iterable[str] = (), read: Iterable[str] = ()) -> str:
    """Everything that a case is found by; `more` are names of files and addresses of chats.

    `read` is what a machine has read in scans: it helps to find a case, and may be wrong.
    """
    if case.erased:
        return f" {fold(case.id)} "
    role, born = case.answer("role"), case.answer("birth_date")
    names = [case.text("name"), role.note if role is not None and case.by_helper else ""]
    dates = [born.value] if born is not None else []
    plain = [case.id, case.id.replace("-", ""), *names, *more]
    for record in case.records:
        plain.append(record.original_name)
        if record.date is not None:
            dates.append(record.date.iso)
        if record.study is not None:
            names += [who.name for who in record.study.identities]
            if record.study.study_date is not None:
                dates.append(record.study.study_date.iso)
    tokens = [fold(words) for words in plain]
    tokens += [token for name in dict.fromkeys(names) if name for token in _name_tokens(name)]
    tokens += dates
    left = _READ
    for words in read:
        # Its noise must not look like the signs of this line.
        tokens += dict.fromkeys(re.findall(r"\w[\w./-]+", fold(words[:left])))
        left = max(0, left - len(words))
    return f" {' '.join(dict.fromkeys(token for token in tokens if token))} "


def search_terms(query: str, words: Words, today: date) -> tuple[Term, ...]:
    """What a query looks for: all of these terms. `words` tell how its language writes dates."""
    query = query.strip()[:_LONGEST]
    parts = query.split()[:_MOST_WORDS]
    dates = [(f" {found.iso}",) for found in _dates(query, words, today)]
    if dates:
        return ((*dates, tuple(fold(part) for part in parts)),)
    return tuple(_term(part) for part in parts if fold(part))


def _dates(query: str, words: Words, today: date) -> tuple[PartialDate, ...]:
    found = parse_date(query, words, today)
    if isinstance(found, Ambiguous):
        return found.options
    return () if found is None else (found,)


def _term(part: str) -> Term:
    found: list[tuple[str, ...]] = [(fold(part),)]
    for name in written(part):
        if name.script == "han":
            found += _han_in_latin("".join(name.words))
        elif name.script in SOUNDED and len(name.words) == 1:
            found += _sounding(name.words[0], arabic=name.script == "arabic")
    return tuple(dict.fromkeys(found))


def _sounding(word: str, *, arabic: bool) -> Iterator[tuple[str, ...]]:
    yield (f" ~{sounds(word)}",)
    bones = _consonants(word)
    if len(bones) >= _TELLING:
        yield from ((f" ^{bones}",), (f" ={bones}",))
    elif bones:
        yield (f" {'=' if arabic else '^'}{bones} ",)


def _han_in_latin(name: str) -> Iterator[tuple[str, ...]]:
    """Characters as a passport spells them: the family name alone, or with the given name."""
    for spelt in _readings(name):
        family, given = spelt[0], "".join(spelt[1:])
        yield tuple(f" ~{sounds(part)} " for part in (family, given) if part)


# ---- what stands for a name --------------------------------------------------------------------


@lru_cache(maxsize=4096)
def _name_tokens(name: str) -> tuple[str, ...]:
    tokens: list[str] = []
    for one in written(name):
        if one.script == "han":
            characters = "".join(one.words)
            tokens.append(characters)
            for spelt in _readings(characters):
                tokens += [f"~{sounds(''.join(spelt))}", f"~{sounds(''.join(spelt[1:]))}"]
        elif one.script in SOUNDED:
            sign = "^" if one.script == "arabic" else "="
            for word in one.words:
                tokens += [f"~{sounds(word)}", f"{sign}{_consonants(word)}"]
    return tuple(dict.fromkeys(token for token in tokens if len(token) > 1))


def _consonants(word: str) -> str:
    return sounds(word).translate(_VOWELS)


def _readings(characters: str) -> list[tuple[str, ...]]:
    """The likeliest ways to read a name in Mandarin, in pinyin."""
    readings = [sorted(chinese.pinyin(c)) for c in characters if letters_of(c) == "han"]
    return list(islice(product(*(one for one in readings if one)), _READINGS)) if readings else []
