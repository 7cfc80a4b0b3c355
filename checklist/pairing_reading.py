"""Of which scan a report tells: read from its head, from what its sender wrote, and from nothing else.

What a report says of earlier scans, of the patient's history and of what should be done next is
full of other scans; so is what it describes, of other parts of the body. Neither is looked at.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from typing import Final

from checklist.dates import PartialDate
from checklist.examination import DayOf, Examination
from checklist.pairing_days import Day, days_of
from checklist.report_words.tables import words_of
from checklist.scan_words import mended, modalities_in, parts_in, sides_in, vessels_in
from checklist.word_finding import finds, has, likely
from checklist.word_folding import folded, without_titles

#: Lines at the top of a report that may say what it is about, and so many characters of them.
_LINES: Final = 40
_HEAD: Final = 2500
_MOST_NUMBERS: Final = 12
#: A text of no more lines may be a message, whose days are of this year or the last.
_MESSAGE: Final = 2
#: So much of a text is asked whether its author writes the day or the month first.
_BESIDE: Final = 4000


def examination_of(text: str, *, caption: str = "", not_after: date) -> Examination:
    """What the report with this text is about; `caption` are its sender's words on it.

    What the report says stands above what its sender does.
    """
    lines = _lines(text)
    head = _head(lines)
    beside = _folded(f"{text[:_BESIDE]}\n{caption[:_BESIDE]}")
    every = days_of(_joined(lines), not_after=not_after, beside=beside)
    if not every and len(lines) <= _MESSAGE:
        # Somebody's message, and no report: "MRI of the back on 14 May".
        every = days_of(_joined(lines), not_after=not_after, without_year=True, beside=beside)
    read = _read(head, every)
    said = _about_scan(caption)
    asked = _read((said,), days_of(said, not_after=not_after, without_year=True, beside=beside))
    days, day_of = (read.days, read.day_of) if read.days else (asked.days, asked.day_of)
    whole = Examination(
        modalities=read.modalities or asked.modalities,
        parts=read.parts or asked.parts,
        days=days,
        day_of=day_of,
        sides=read.sides or asked.sides,
        vessels=read.vessels or asked.vessels,
        accession=_accession(head),
        numbers=_numbers(head),
        amends=any(has(words_of("amended"), line) for line in lines[:_LINES]),
    )
    several = _several(head, lines, not_after, beside)
    if not several and not (read.modalities or read.parts):
        # A letter has no scan of its own: what it lists of earlier ones is all that it is about.
        several = _several(
            [_folded(line) for line in text.splitlines()[:_LINES]], (), not_after, beside
        )
    if not several and not (read.modalities or read.parts):
        several = _several((said,), (), not_after, beside, without_year=True)
    if not several:
        return whole
    first, *others = several
    return replace(first, accession=whole.accession, numbers=whole.numbers, also=tuple(others))


def _about_scan(caption: str) -> str:
    """The sentences of a message that name a machine, folded; all of it where none does."""
    sentences = [_folded(one) for one in re.split(r"[\n。!?؟]|\.(?=\s+[^\W\d])", caption)]
    about = [one for one in sentences if modalities_in(one)]
    return " ; ".join(about or sentences).strip(" ;")


# ---- the head ----------------------------------------------------------------------------------


def _folded(text: str) -> str:
    text = without_titles(text)
    digits = "".join(str(unicodedata.decimal(char)) if char.isdecimal() else char for char in text)
    return folded(digits).strip()


def _lines(text: str) -> tuple[str, ...]:
    """The lines that are about this scan, folded: without earlier ones, history and advice."""
    kept: list[str] = []
    skipping = False
    for raw in text.splitlines():
        line = _folded(raw)
        if not line:
            continue
        if skipping and not _LABELLED.match(line):
            skipping = not _ended(line)
            continue
        kept_part, cut = _before_other_scans(line)
        skipping = cut and not _ended(line)
        if kept_part:
            kept.append(kept_part)
    return tuple(kept)


#: A line that begins with a label of its own.
_LABELLED = re.compile(r"[^\d:：.]{2,40}[:：]")


def _ended(line: str) -> bool:
    return line.endswith((".", "。", "!", "؟", ";", "；"))


def _before_other_scans(line: str) -> tuple[str, bool]:
    """The line up to where it begins to tell of earlier scans or of the patient, and whether it does."""
    places = [_earlier_scans(line)]
    clinical = _first_of(words_of("clinical"), line)
    if clinical is not None and _is_label(line, clinical):
        places.append(clinical)
    places.append(_advice(line))
    cut = min((place for place in places if place is not None), default=None)
    return (line, False) if cut is None else (line[:cut].strip(), True)


def _earlier_scans(line: str) -> int | None:
    """Where a line begins to tell of earlier scans: the sentence, "CT of 3 May was compared"."""
    earlier = _first_of(words_of("earlier"), line)
    ended = _first_of(words_of("ended_earlier"), line)
    if earlier is None and ended is None:
        return None
    at = min(place for place in (earlier, ended) if place is not None)
    start = max(line.rfind(mark, 0, at) for mark in (". ", "。", "; ", "；"))
    if start < 0 and at == ended:
        start = max(line.rfind(mark, 0, at) for mark in (", ", ": "))
        return start + 1
    return start + 1 if start >= 0 else at


def _advice(line: str) -> int | None:
    """Where a sentence begins that says which scan should be made: "An MRI is advised."."""
    at = _first_of(words_of("advice"), line)
    if at is None:
        return None
    start = max(line.rfind(mark, 0, at) for mark in (". ", "。", "; ", "；")) + 1
    # A line that is no sentence may be a title: "MRI of the knee, recommended by Dr Lowe".
    return start if start or not at or _ended(line) else None


def _is_label(line: str, place: int) -> bool:
    return place == 0 or bool(re.match(r"[^:：]{1,40}[:：]", line[place:]))


def _head(lines: Sequence[str]) -> tuple[str, ...]:
    """The lines before the description begins."""
    words = words_of("body")
    head: list[str] = []
    for line in lines[:_LINES]:
        begins = next((w for w in likely(words, line) if line.startswith(w)), None)
        if begins is not None and head and re.match(r"\W*[:：]|\W*$", line[len(begins) :]):
            break
        inside = re.search(rf"[.。;；]\s?(?:{_alternatives(words)})\s?[:：]", line)
        head.append(line[: inside.start() + 1] if inside else line)
        if inside:
            break
    return tuple(head)


@cache
def _alternatives(words: tuple[str, ...]) -> str:
    return "|".join(map(re.escape, words))


def _joined(lines: Sequence[str]) -> str:
    return "\n".join(lines)


def _read(head: Sequence[str], days: Sequence[Day]) -> Examination:
    titles = _titles(head)
    title = " ".join(titles)
    if not (modalities_in(title) and parts_in(title)):
        # Somebody's slip of the finger hides a word only where nothing is found without it.
        titles = _titles([mended(line) for line in head])
    title = " \n ".join(map(_without_description, titles))
    modalities = modalities_in(title)
    chosen, day_of = _day(_of_machines(days, modalities), titles)
    return Examination(
        modalities=modalities,
        parts=parts_in(title),
        days=chosen,
        day_of=day_of,
        sides=sides_in(title),
        vessels=vessels_in(title),
    )


def _without_description(title: str) -> str:
    """A title up to its colon, where it names all and sentences follow: "Chest X-ray: clear lungs. ..."."""
    named, _colon, rest = title.partition(":")
    described = re.search(r"[.。]\s*\S|[.。]$", rest) and modalities_in(named) and parts_in(named)
    return named if described else title


def _of_machines(days: Sequence[Day], modalities: Sequence[str]) -> Sequence[Day]:
    """The days without those that lines about another machine only mention, where others are left."""
    own = [
        day
        for day in days
        if day.kind
        or not modalities
        or not (said := modalities_in(day.line))
        or set(said) & set(modalities)
    ]
    return own or days


def _titles(head: Sequence[str]) -> tuple[str, ...]:
    """The lines that say what was examined: labelled so, else with a machine and a part, else either."""
    exam = [(line, value) for line in head if (value := _exam_value(line))]
    labelled = [value for _line, value in exam if modalities_in(value) or parts_in(value)]
    both = [line for line in head if modalities_in(line) and parts_in(line)]
    if any(modalities_in(value) for value in labelled) and any(map(parts_in, labelled)):
        return tuple(labelled)
    if labelled and (more := [line for line in both if line not in [one for one, _v in exam]]):
        return (*labelled, more[0])
    if both:
        return tuple(both[:2])
    machine = [line for line in head if modalities_in(line)][:2]
    found = tuple(dict.fromkeys((*labelled, *machine)))
    if any(map(parts_in, found)):
        return found
    # "Ultrasound report", and the part on a line of its own.
    return (*found, *[line for line in head if parts_in(line)][:1])


def _exam_value(line: str) -> str:
    """What stands behind "Examination:" and the like in a line, "" where it has no such label."""
    found = _exam_label().search(line)
    if found is None:
        return ""
    value = line[found.end() :]
    # Another label ends it: "检查部位：胸部 检查日期：2026年4月12日".
    other = re.search(r"\s[^\s:：\d]{2,24}(?:\s[^\s:：\d]{2,24}){0,2}\s?[:：]", value)
    return (value[: other.start()] if other else value).strip()


@cache
def _exam_label() -> re.Pattern[str]:
    words = _alternatives(words_of("exam"))
    return re.compile(rf"(?:^|(?<=[\s|,;.]))(?:{words})\s?[:：]\s?")


# ---- several scans in one document -------------------------------------------------------------

#: Where one scan of a list ends and the next begins.
_PIECES: Final = re.compile(
    rf"[;,、，；]|\s(?:(?:{'|'.join(map(re.escape, words_of('ands')))})(?!\w)|و(?=\w))\s?|[和及]"
)


def _several(
    head: Sequence[str],
    lines: Sequence[str],
    not_after: date,
    beside: str,
    *,
    without_year: bool = False,
) -> tuple[Examination, ...]:
    """The scans of a document that tells of more than one, each with its machine, part and day.

    They stand in its head; behind the first description only what is labelled as an examination counts.
    """
    titled = [*head, *(line for line in lines[len(head) :] if _exam_value(line))]
    found: dict[tuple[object, ...], Examination] = {}
    for number, line in enumerate(titled):
        own = _scans_of(line, not_after, beside, without_year=without_year)
        if not own and number + 1 < len(titled) and _exam_value(line):
            own = _scans_of(
                f"{line} {titled[number + 1]}", not_after, beside, without_year=without_year
            )
        for one in own:
            found.setdefault((one.modalities, one.parts, one.sides, one.days[0].iso), one)
    return tuple(found.values()) if len(found) > 1 else ()


def _scans_of(
    line: str, not_after: date, beside: str, *, without_year: bool
) -> tuple[Examination, ...]:
    """The scans that a line names with their days; of several each has to have all of it."""
    pieces = [
        scan
        for piece in _PIECES.split(line)
        if (scan := _scan_of(piece, not_after, beside, without_year=without_year)) is not None
    ]
    if len(pieces) > 1:
        return tuple(pieces)
    whole = _scan_of(line, not_after, beside, without_year=without_year)
    return (whole,) if whole is not None else ()


def _scan_of(words: str, not_after: date, beside: str, *, without_year: bool) -> Examination | None:
    modalities, parts = modalities_in(words), parts_in(words)
    days = [
        day
        for day in days_of(words, not_after=not_after, without_year=without_year, beside=beside)
        if day.kind in ("scan", "")
    ]
    if not modalities or not parts or len(days) != 1:
        return None
    return Examination(
        modalities=modalities,
        parts=parts,
        days=days[0].options,
        day_of="scan",
        sides=sides_in(words),
        vessels=vessels_in(words),
    )


# ---- the day -----------------------------------------------------------------------------------


def _day(days: Sequence[Day], titles: Sequence[str]) -> tuple[tuple[PartialDate, ...], DayOf]:
    """The day of the scan where one is called so, else of the report, else the first of all."""
    for kind in ("scan", "titled", "", "written", "printed"):
        for day in days:
            own = day.kind or ("titled" if _in_title(day, titles) else "")
            if own == kind:
                return day.options, _DAY_OF[own]
    return (), ""


_DAY_OF: Final[Mapping[str, DayOf]] = {
    "scan": "scan", "titled": "scan", "": "", "written": "written", "printed": "printed",
}  # fmt: skip


def _in_title(day: Day, titles: Sequence[str]) -> bool:
    words = day.options[0].words
    return any(words in title for title in titles)


# ---- numbers -----------------------------------------------------------------------------------

_NUMBER = r"[a-z0-9][a-z0-9./\-]{3,23}"


def _accession(head: Sequence[str]) -> str:
    """The number that is called the accession number; letters and digits only."""
    words = _alternatives(words_of("accession"))
    found = (re.search(rf"(?:{words})\s?[:：#.]*\s?({_NUMBER})", line) for line in head)
    numbers = (bare_number(one[1]) for one in found if one)
    return next((one for one in numbers if any(map(str.isdigit, one))), "")


def _numbers(head: Sequence[str]) -> tuple[str, ...]:
    """Whatever else may be such a number: in one piece, with four digits, and no day."""
    found: dict[str, None] = {}
    for line in head:
        for word in re.findall(rf"(?<![\w./\-]){_NUMBER}(?![\w/])", line):
            plain = bare_number(word)
            year = re.fullmatch(r"(?:19|20)\d\d", plain)
            if (
                sum(map(str.isdigit, plain)) >= 4
                and not year
                and not re.search(r"\d[./\-]\d+[./\-]\d", word)
            ):
                found[plain] = None
    return tuple(found)[:_MOST_NUMBERS]


def bare_number(written: str) -> str:
    """A number as it is compared: capital letters and digits, without leading zeros."""
    return re.sub(r"[^A-Z0-9]", "", written.upper()).lstrip("0")


# ---- words -------------------------------------------------------------------------------------


def _first_of(words: tuple[str, ...], line: str) -> int | None:
    places = (finds(word, line) for word in likely(words, line))
    return min((found.start() for found in places if found), default=None)
