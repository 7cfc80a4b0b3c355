"""Names in a zip as labels that people can read: in any code page, safe to show, no two the same.

A zip that doesn't say that its names are UTF-8 doesn't say either what they are: each system writes
its own code page. All names of one zip that are neither ASCII nor UTF-8 are read in the code page in
which they look most like words. Nothing but what is shown depends on it.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

#: Between the name of an archive within an archive and a name inside it.
NESTED = "!/"

#: In the order in which they are preferred where two read a name equally well.
_CODE_PAGES = ("cp866", "cp1251", "gb18030", "euc_kr", "shift_jis", "cp1256", "cp437")

_SEPARATORS = re.compile(r"[\\/]+")
_DRIVE = re.compile(r"[A-Za-z]:")
#: What a name must not do to a terminal or a page: control it, or turn its direction around.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
_DEVICE = re.compile(r"(?i)(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?")
#: All that makes a name worth a second look.
_ODD = re.compile(
    _CONTROL.pattern
    + r"|[\\:]|//|!/|^/|(?:^|/)\.\.?(?:/|$)|(?i:(?:^|/)(?:con|prn|aux|nul|com|lpt))"
)


@dataclass(frozen=True, slots=True)
class Label:
    """A name to show. `unsafe` says that the written one was meant to do more than name a file."""

    text: str
    unsafe: bool


def label_all(names: Sequence[tuple[bytes, bool, bytes]]) -> list[Label]:
    """Labels for names as they are written, whether they say to be UTF-8, and the field 0x7075."""
    texts = [_declared(*name) for name in names]
    unknown = [name[0] for name, text in zip(names, texts, strict=True) if text is None]
    page = code_page(unknown) if unknown else "cp437"
    taken: set[str] = set()
    labels = []
    for (raw, _, _), text in zip(names, texts, strict=True):
        label = _safe(_in_page(raw, page) if text is None else text)
        labels.append(Label(_apart(label.text, taken), label.unsafe))
    return labels


def code_page(names: Sequence[bytes]) -> str:
    """The code page in which these names look most like words."""
    together = b"\n".join(names[:500])
    return max(_CODE_PAGES, key=lambda page: _plausible(together, page))


def _declared(raw: bytes, utf8: bool, unicode_path: bytes) -> str | None:
    """The name where it says what it is, or can only be one thing."""
    if unicode_path[:1] == b"\x01" and unicode_path[1:5] == zlib.crc32(raw).to_bytes(4, "little"):
        return unicode_path[5:].decode("utf-8", "replace")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("utf-8", "replace") if utf8 else None


def _in_page(raw: bytes, page: str) -> str:
    """The name in the page of its zip, or in another where it makes no sense in that one."""
    if _plausible(raw, page) < 0.4:
        page = code_page([raw])
    return raw.decode(page)


def _safe(name: str) -> Label:
    """The name without what leads out of a folder."""
    if not _ODD.search(name):
        return Label(name, False)
    unsafe = bool(_CONTROL.search(name)) or name.startswith(("/", "\\"))
    parts = []
    for part in _SEPARATORS.split(_CONTROL.sub("_", name)):
        drive = _DRIVE.match(part)
        unsafe = unsafe or bool(drive) or part == ".." or bool(_DEVICE.fullmatch(part))
        part = part[2:] if drive else part
        if part not in ("", ".", ".."):
            parts.append(part)
    text = "/".join(parts) or "_"
    if _SEPARATORS.match(name[-1:]):
        text += "/"
    return Label(text.replace(NESTED, "_/"), unsafe)


def _apart(name: str, taken: set[str]) -> str:
    """The name, with a number where the same name stood in this zip before."""
    label, number = name, 1
    while label in taken and not name.endswith("/"):
        number += 1
        label = f"{name} ({number})"
    taken.add(label)
    return label


# ---- which code page ---------------------------------------------------------------------------


def _plausible(names: bytes, page: str) -> float:
    """How much the names look like words in a code page, from about -3 to 1."""
    try:
        text = names.decode(page)
    except UnicodeDecodeError:
        return -10.0
    points, letters = 0.0, 0
    for before, letter in pairwise("\n" + text):
        if letter.isascii() and before.isascii():
            continue
        if not letter.isascii():
            letters += 1
            points += _likely(letter, page)
        if before.isalpha() and letter.isalpha():
            points -= _unlikely_pair(before, letter)
    return points / max(1, letters)


def _unlikely_pair(before: str, letter: str) -> float:
    """Nobody writes like tHIS, nor two alphabets in one word; but `胸部CT` is a word."""
    if before.islower() and letter.isupper():
        return 2.0
    one, other = _script(before), _script(letter)
    if one == other or ({one, other} == {_LATIN, _CHINESE} and not (before + letter).islower()):
        return 0.0
    return 2.0


#: First and last letter, and how likely letters in between are in the name of a file.
_SCRIPTS = (
    (0x00C0, 0x024F, 0.6),  # Latin with marks
    (0x0410, 0x044F, 1.0),  # Russian
    (0x0400, 0x04FF, 0.3),
    (0x0621, 0x064A, 1.0),  # Arabic
    (0x0600, 0x06FF, 0.3),
    (0x3041, 0x30FF, 1.1),  # kana
    (0xAC00, 0xD7A3, 0.7),  # Hangul
)


#: The syllables that make up most of Korean.
_EVERYDAY = frozenset(
    "가각간감강개거건검견경계고골과관광구국군권그기김나난날남내년노뇌다단담당대더도동두드들등라래로료름리린"
    "마만말매면명목무문물미민박반발방배백번병보복본부북분비사산상새생서석선성세소손송수술스시식신실심아안암"
    "압양어여역연영예오와외요용우원월위유은을음의이인일임입자장재저적전정제조종주중증지직진질차찰참척천철"
    "체초촬최추치침컴타탄터통퇴판평폐표필하학한합해행허현형호홍화환황회후흉"
)


def _likely(letter: str, page: str) -> float:
    code = ord(letter)
    if letter in _EVERYDAY:
        return 1.0
    if letter in "Ёё":
        return 0.5
    if 0x4E00 <= code <= 0x9FFF:
        return _likely_character(letter, page)
    for first, last, points in _SCRIPTS:
        if first <= code <= last and letter.isalpha():
            return points
    return -2.0  # lines, arrows, fractions, half-width signs


def _likely_character(letter: str, page: str) -> float:
    """Each national standard has the everyday characters in its first level."""
    first = letter.encode(page)[0]
    if page == "gb18030":
        return 0.9 if 0xB0 <= first <= 0xD7 else -1.0
    if page == "shift_jis":
        return 0.9 if 0x88 <= first <= 0x97 else -1.0
    return -1.0


_LATIN, _CHINESE = 0, 3


def _script(letter: str) -> int:
    """A number for the script of a letter; kana and Chinese characters go together."""
    code = ord(letter)
    for number, (first, last) in enumerate(
        ((0x0000, 0x024F), (0x0400, 0x04FF), (0x0600, 0x06FF), (0x3000, 0x9FFF), (0xAC00, 0xD7A3))
    ):
        if first <= code <= last:
            return number
    return -1
