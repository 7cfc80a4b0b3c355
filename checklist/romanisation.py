"""Romanisation: names in Latin, Cyrillic and Arabic letters, brought to where they can be compared.

No table of one scheme helps: the same name was written by a passport office, by a hospital abroad
and by the patient. So letters are folded to coarse sounds, in which the schemes meet (Щ, shch, sch
and sc; Х, kh and h), and what is left of the difference is weighed: a vowel weighs less than a
consonant, a doubled letter nothing.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final, Literal

#: same: one name; near: perhaps one name, misspelt; other: two names.
Likeness = Literal["same", "near", "other"]

#: Up to these shares of a word's length may differ.
_SAME: Final = 0.17
_NEAR: Final = 0.3
#: In a word as short as this, one other letter makes another name: Dina and Dana.
_SHORT: Final = 4
_NEAR_IN_SHORT: Final = 0.22
#: In a word as long as this, one wrong consonant is a slip: only then is it still the same.
_LONG: Final = 8

_LATIN: Final = str.maketrans(
    {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "ı": "i", "þ": "th",
     "ħ": "h", "ə": "a", "č": "ch", "ć": "ch", "š": "sh", "ś": "sh", "ş": "sh", "ș": "sh",
     "ž": "zh", "ź": "zh", "ż": "zh", "ç": "ch", "ţ": "ts", "ț": "ts", "ě": "e", "ë": "e"}
)  # fmt: skip

_CYRILLIC: Final = str.maketrans(
    {"а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ё": "e", "ж": "$", "з": "z",
     "и": "i", "й": "i", "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r",
     "с": "s", "т": "t", "у": "u", "ф": "f", "х": "h", "ц": "$", "ч": "$", "ш": "$", "щ": "$",
     "ъ": "", "ы": "i", "ь": "", "э": "e", "ю": "iu", "я": "ia", "і": "i", "ї": "i", "є": "e",
     "ґ": "g", "ў": "u", "ә": "a", "ғ": "g", "қ": "k", "ң": "n", "ө": "o", "ұ": "u", "ү": "u",
     "һ": "h", "ј": "J", "љ": "li", "њ": "ni", "џ": "$", "ђ": "$", "ћ": "$"}
)  # fmt: skip

#: Long vowels are capitals: Arabic writes them, and the short ones not.
_ARABIC: Final = str.maketrans(
    {"ا": "A", "أ": "A", "إ": "A", "آ": "A", "ٱ": "A", "ى": "A", "و": "U", "ؤ": "U", "ي": "I",
     "ئ": "I", "ی": "I", "ة": "H", "ء": "", "ع": "", "ب": "b", "پ": "p", "ت": "t", "ث": "t",
     "ج": "J", "چ": "$", "ح": "h", "خ": "h", "د": "d", "ذ": "z", "ر": "r", "ز": "z", "ژ": "$",
     "س": "s", "ش": "$", "ص": "s", "ض": "d", "ط": "t", "ظ": "z", "غ": "g", "ف": "f", "ق": "k",
     "ك": "k", "ک": "k", "گ": "g", "ل": "l", "م": "m", "ن": "n", "ه": "h", "ـ": "", "ھ": "h",
     # Urdu.
     "ہ": "h", "ۂ": "h", "ۃ": "H", "ے": "I", "ۓ": "I", "ں": "n", "ٹ": "t", "ڈ": "d", "ڑ": "r"}
)  # fmt: skip

#: Two neighbours in each other's place.
_TURNED: Final = 0.6

#: In this order. $ is any hissing sound, C the many that `ch` may be, X is `x` and `ks`, J is `j`.
_SOUNDS: Final = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        (r"schtsch|shtch|chtch|shch|stsch", "$"),
        (r"dj", "J"),
        (r"tsch|dsch|tch|dzh|dsh|sch|dz|zh|sh|cz|sz|ts|tz|tc", "$"),
        (r"ch", "C"),
        (r"kh", "h"),
        (r"gh", "g"),
        (r"ph", "f"),
        (r"th", "t"),
        (r"dh", "d"),
        (r"ck|qu|q", "k"),
        (r"c(?=[eiy])", "c"),
        (r"c", "k"),
        (r"gu(?=[ei])", "g"),
        (r"w", "v"),
        (r"ou|oo", "u"),
        (r"ee|y", "i"),
        (r"(?<=[aou])e(?![ae])", ""),  # ae, oe and ue for ä, ö and ü
        (r"j", "J"),
    )
)
_ABDULLAH: Final = re.compile(r"^abd[aeiou]*l+a(?=h?$)")
_ABD: Final = re.compile(r"^abd[aeiou]*(?:l(?=[a-zA-Z$])|(?=[rszdtn]))")
_ENDING: Final = re.compile(r"(?:[oe]va?|[oe]f|skii?|skaia|skaja|ska|enko)$")
_TWICE: Final = re.compile(r"(.)\1+")

#: Written short on forms and scanners.
_SHORT_FORMS: Final = {"mohd": "mohamed", "mhd": "mohamed", "md": "mohamed", "muhd": "muhamad"}

#: Arabic letters that only carry a vowel at the beginning of a word, and one that is not heard in Latin.
_BEFORE_A_VOWEL: Final = frozenset("اأإآعٱ")
_VOWELS: Final = frozenset("aeiouAUI")
_CHEAP: Final[dict[frozenset[str], float]] = {
    frozenset(pair): cost
    for pairs, cost in (
        (("Ii", "Uu", "Aa", "Uv", "IJ"), 0.05),
        (("ou", "OU", "iJ", "Uo", "Ie"), 0.2),
        (("ei", "$J", "C$", "Ch", "Ck", "cs", "c$", "Xh", "Hh", "Ht", "Ae", "Cc"), 0.25),
        (("$s", "$z", "sz", "fv", "gJ", "zd", "ck", "cC"), 0.3),
        (("eo", "gh", "dt", "bp", "ts", "Ha"), 0.4),
        (("ae", "ao", "gk", "kh", "hJ", "$k", "kX"), 0.5),
        (("eu", "mn", "Ai", "Ao", "Au", "Ua", "Ia", "Ui", "Iu"), 0.6),
        (("iu", "lr"), 0.8),
    )
    for pair in pairs
}  # fmt: skip


def letters_of(word: str) -> str:
    """The script of a word: `latin`, `cyrillic`, `arabic`, `han`, or another by its Unicode name."""
    for sign in word:
        if sign.isalpha():
            name = unicodedata.name(sign, "?").split()[0].split("-")[0].lower()
            return "han" if name == "cjk" else name
    return ""


@lru_cache(maxsize=4096)
def sounds(word: str) -> str:
    """The coarse sounds of one word in Latin, Cyrillic or Arabic letters, case folded already."""
    script = letters_of(word)
    if script == "arabic":
        return _arabic(word)
    if script == "cyrillic":
        plain = unicodedata.normalize("NFC", word)
        for pair, one in (("дж", "ж"), ("тч", "ч"), ("тц", "ц"), ("дз", "з")):
            plain = plain.replace(pair, one)
        plain = plain.translate(_CYRILLIC)
    else:
        composed = unicodedata.normalize("NFC", word).translate(_LATIN)
        plain = _without_marks(composed)
        plain = _SHORT_FORMS.get(plain, plain)
        for pattern, sound in _SOUNDS:
            plain = pattern.sub(sound, plain)
    plain, found = _ABDULLAH.subn("abdla", plain)
    plain = plain if found else _ABD.sub("abd", plain)
    return _TWICE.sub(r"\1", plain.replace("ks", "X").replace("x", "X"))


def _arabic(word: str) -> str:
    bare = _without_marks(word)
    bare = bare.removeprefix("ال") if len(bare) > 3 else bare
    bare = re.sub(r"^عبد\s*ال", "عبد", bare)
    return _TWICE.sub(r"\1", bare.translate(_ARABIC))


def _without_marks(word: str) -> str:
    return "".join(s for s in unicodedata.normalize("NFKD", word) if not unicodedata.combining(s))


@lru_cache(maxsize=8192)
def likeness(one: str, other: str) -> Likeness:
    """How alike two words are, by their sounds. Words of scripts without sounds are compared as they are."""
    if one == other:
        return "same"
    found = [
        _likeness(a, b) for a in _with_and_without_al(one) for b in _with_and_without_al(other)
    ]
    return min(found, key=("same", "near", "other").index)


def _with_and_without_al(word: str, *, least: int = 5) -> tuple[str, ...]:
    """`Alhasan` is also `Hasan`, who may be written so."""
    fused = len(word) > least and word.startswith(("al", "el"))
    return (word, word[2:]) if fused else (word,)


def _likeness(one: str, other: str) -> Likeness:
    a, b = _stems(sounds(one), sounds(other))
    if not a or not b:
        return "same" if a == b else "other"
    arabic = "arabic" in (letters_of(one), letters_of(other))
    cost, heavy = _difference(a, b, arabic=arabic)
    length = min(len(a), len(b))
    share = cost / max(len(a), len(b), 4 if arabic else 1)
    if share <= _SAME and (not heavy or length >= _LONG):
        return "same"
    if heavy and not {a[0], b[0]} & _VOWELS and _swap(a[0], b[0]) >= 1:
        # Slips are seldom in the first letter; other names begin otherwise.
        return "other"
    return "near" if share <= (_NEAR_IN_SHORT if length <= _SHORT else _NEAR) else "other"


def _stems(a: str, b: str) -> tuple[str, str]:
    """The words without the ending that both have: Petrova and Sidorova have nothing in common."""
    ending = _ENDING.search(a), _ENDING.search(b)
    if ending[0] and ending[1] and min(ending[0].start(), ending[1].start()) > 1:
        return a[: ending[0].start()], b[: ending[1].start()]
    return a, b


def begins_alike(short: str, long: str) -> bool:
    """Whether a word may be the beginning of another: an initial, or what a scanner left of it."""
    if len(short) == 1:
        return _is_initial(short, long)
    return any(
        _begins(sounds(a), sounds(b))
        for a in _with_and_without_al(short, least=3)
        for b in _with_and_without_al(long)
    )


def _is_initial(initial: str, word: str) -> bool:
    a, b = sounds(initial), sounds(word)
    if not a or not b:
        return False
    if word[0] in _BEFORE_A_VOWEL:
        return a in _VOWELS
    glide = b[0] == "i" and a[0] == b[1:2]  # U. for Yuri
    return initial == word[0] or glide or _swap(a[0], b[0]) <= 0.5


def _begins(a: str, b: str) -> bool:
    arabic = any(sign in "AUIH" for sign in a + b)
    if not a or (len(a) >= len(b) and not arabic):
        return False
    shortest = max(1, len(a) - (3 if arabic else 1))
    cut = {b[:length] for length in range(shortest, len(a) + 2)}
    return min(_difference(a, one, arabic=arabic)[0] for one in cut) <= _SAME * len(a)


def _difference(a: str, b: str, *, arabic: bool) -> tuple[float, bool]:
    """The weight of what differs, and whether a whole consonant does."""
    row = [(0.0, False)]
    for j, sign in enumerate(b):
        row.append(_plus(row[-1], _extra(sign, at=j, arabic=arabic)))
    above = row
    for i, left in enumerate(a):
        below = [_plus(row[0], _extra(left, at=i, arabic=arabic))]
        for j, right in enumerate(b):
            swap = _swap(left, right)
            if i == j == 0 and {left, right} <= _VOWELS and left != right and not arabic:
                swap *= 2 if swap > 0.3 else 1
            ways = [
                _plus(row[j], swap),
                _plus(row[j + 1], _extra(left, at=i, arabic=arabic)),
                _plus(below[j], _extra(right, at=j, arabic=arabic)),
            ]
            if i and j and left != right and (left, right) == (b[j - 1], a[i - 1]):
                ways.append(_plus(above[j - 1], _TURNED))
            below.append(min(ways))
        above, row = row, below
    return row[-1]


def _plus(so_far: tuple[float, bool], cost: float) -> tuple[float, bool]:
    return so_far[0] + cost, so_far[1] or cost >= 1.0


def _swap(one: str, other: str) -> float:
    if one == other:
        return 0.0
    return _CHEAP.get(frozenset((one, other)), 1.0)


def _extra(sign: str, *, at: int, arabic: bool) -> float:
    """The weight of a letter that the other word has not."""
    if arabic:
        if sign in "aeiou":
            return 0.1
        return 0.15 if sign == "H" else 0.5 if sign in "AUIh" else 1.0
    if sign == "J":
        return 0.25
    if sign in _VOWELS:
        return 0.6 if at == 0 and sign != "i" else 0.4
    return 0.4 if sign == "h" else 1.0
