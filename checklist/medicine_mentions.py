"""Medicines that a whole text mentions, among everything else that it says.

Where the conversation asks for medicines, each line is one (`medications.py`). Elsewhere only what
has a name and a dose is a medicine, or a name and how often it is taken after a word of taking:
"headaches every day" is none, and neither is a value of a laboratory ("128 g/L").
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from functools import cache

from checklist.date_words import date_spans, plainly
from checklist.dates import Ambiguous, PartialDate
from checklist.folding import folded
from checklist.medications import Medication, doses, frequencies, is_name, split_medication
from checklist.phrases import alternatives
from checklist.words import Words

_LONGEST = 20_000
#: No sentence is so long; patterns would take minutes for a page of figures without a space.
_LONGEST_SENTENCE = 600
_MOST = 40
#: Letters of "I", "я", "我", أنا.
_PRONOUN = 3
_SENTENCES = re.compile(r"(?<!\d)[.](?=\s|$)|(?<=\d)[.](?=\s+[^\W\d]|$)|[!?。！？؟\n]")
_COMMAS = re.compile(r"[;；؛，،、+]|,(?!\d)|(?<!\d),")
_AROUND = " \t\r\n-–—:;,.،؛，。：；、()（）[]•*"


def medicines_in(text: str, words: Words, today: date) -> tuple[tuple[str, Medication], ...]:
    """The medicines of a text in their order, each with the words that tell of it."""
    text = unicodedata.normalize("NFC", text)[:_LONGEST]
    found: list[tuple[str, Medication]] = []
    for sentence in _SENTENCES.split(text):
        found += _mentions(sentence[:_LONGEST_SENTENCE], words, today)
        if len(found) >= _MOST:
            break
    return tuple(found[:_MOST])


def _mentions(sentence: str, words: Words, today: date) -> Iterator[tuple[str, Medication]]:
    """The medicines of a sentence, each with what goes on about it."""
    mention, since = "", None
    for piece in (*_pieces(sentence, words), ""):
        own, before = _from_its_name(piece, words)
        taken = before is not None
        parts = split_medication(own, words, today)
        named = any(map(str.isalpha, parts.name)) and _names(parts.name, words)
        told = _is_dose(own, parts.dose) or (bool(parts.frequency) and taken and not parts.dose)
        goes_on = not named and (parts.dose or parts.frequency or parts.since)
        if mention and goes_on:
            mention = f"{mention}, {own}"
            continue
        if mention:
            whole = split_medication(mention, words, today)
            yield mention, whole._replace(since=whole.since or since)
        mention = own if named and told else ""
        since = _since(before or "", words, today)


def _since(before: str, words: Words, today: date) -> PartialDate | None:
    """Since when, where hardly more than that stands before the word of taking: "Since May I take"."""
    spans = tuple(date_spans(before, words, today))
    if len(spans) != 1 or isinstance(spans[0].date, Ambiguous):
        return None
    rest = before[: spans[0].start] + " " + before[spans[0].end :]
    letters = sum(map(str.isalpha, rest))
    told = before[spans[0].start : spans[0].end]
    return replace(spans[0].date, words=plainly(told, words)) if letters <= _PRONOUN else None


def _names(name: str, words: Words) -> bool:
    return is_name(name, words) if words.spaced else len(name) > 1


def _pieces(sentence: str, words: Words) -> Iterator[str]:
    """What stands between commas, and between words of going on that part two medicines."""
    for part in _COMMAS.split(sentence):
        plain, origins = folded(part)
        at = 0
        for joint in _joints(words).finditer(plain):
            # "And" parts two where a name and a dose stand on both sides: not in "morning and night".
            if re.search(r"\d", plain[at : joint.start()]) and re.search(
                r"\d", plain[joint.end() :]
            ):
                yield part[origins[at] : origins[joint.start()]].strip(_AROUND)
                at = joint.end()
        yield (part[origins[at] :] if at < len(origins) else "").strip(_AROUND)


@cache
def _joints(words: Words) -> re.Pattern[str]:
    if words.spaced:
        return re.compile(r"\s(?:and|&|plus|и|а также|плюс|و(?=[^\W\d_]{3})|مع|بالاضافه الي)\s*")
    return re.compile(r"和|以及|还有|加")


def _from_its_name(piece: str, words: Words) -> tuple[str, str | None]:
    """The piece from the name on, and what stands before the word of taking, None without one."""
    plain, origins = folded(piece)
    begin = end = 0
    for found in _takings(words).finditer(plain):
        # "Metformin 500 mg that I take twice a day" has its name before.
        if not doses(words).search(plain[: found.start()]):
            begin, end = found.span()
    taken = end > 0
    if often := next(frequencies(words).finditer(plain), None):
        # 每天吃两次: the word of taking is a part of how often.
        end = min(end, often.start()) if often.start() < end <= often.end() else end
    begun = _also(words).match(plain, end)
    end = begun.end() if begun else end
    own = piece[origins[end] :] if end < len(origins) else ""
    before = piece[: origins[begin]] if taken else None
    return own.strip(_AROUND) or piece, before


@cache
def _takings(words: Words) -> re.Pattern[str]:
    taken = alternatives(words.taking)
    if words.spaced:
        return re.compile(rf"(?<!\w)(?:و)?(?:{taken})(?!\w)")
    # 用 is in 用法 too.
    return re.compile(rf"(?:{taken})(?![法量药])")


@cache
def _also(words: Words) -> re.Pattern[str]:
    """Words with which one goes on, at the beginning: "also", "and", "now"."""
    going_on = alternatives((*words.dose_changes, *words.dates.lists["filler"]))
    if words.spaced:
        return re.compile(rf"(?:\s*(?:{going_on})(?=\s))*\s*")
    # One character can begin a name: 加巴喷丁 is gabapentin.
    longer = alternatives([one for one in words.dose_changes if len(one) > 1 or one == "我"])
    return re.compile(rf"(?:\s*(?:{longer}))*\s*")


def _is_dose(piece: str, dose: str) -> bool:
    """Whether a dose is one, and not the value of a test: "128 g/L", "5 ml/min"."""
    if not dose:
        return False
    after = piece[piece.find(dose) + len(dose) :].lstrip()
    return not re.match(r"/\s?(?:l|dl|ml|min|л|дл|мл|мин|升|分)", after, re.IGNORECASE)
