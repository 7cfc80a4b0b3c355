"""Person names, as passports, patients and DICOM headers write them, taken apart into words.

A name comes as `Wang^Xiaodong=王^小东`, as `Wang Xiaodong (王小东)`, as `Kowalska, Anna` or in any
order without a sign of it. What is no part of the name (a title, an apostrophe, a place holder)
is left out; what others may leave out (a patronymic, `bin`, `de la`) is marked.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from checklist.romanisation import letters_of, sounds

#: The scripts that can be compared with each other by their sounds.
SOUNDED: Final = frozenset({"latin", "cyrillic", "arabic"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """One way in which a name is written.

    `family` counts the words at the beginning that are the family name, where a sign tells so, else
    it is 0. `cut` tells that the name is as long as old scanners let it be.
    """

    words: tuple[str, ...]
    family: int = 0
    cut: bool = False

    @property
    def script(self) -> str:
        """The script of the first word."""
        return letters_of(self.words[0]) if self.words else ""

    def ends_cut(self, index: int) -> bool:
        """Whether the word of this index may be all that was left of a longer one."""
        return self.cut and index == len(self.words) - 1


_TITLE_WORDS: Final = """
mr mrs ms miss mister dr prof professor doctor md phd herr frau mme mlle monsieur madame señor señora jr sr
ii iii esq sir г-н г-жа др проф السيد السيدة الدكتور د 先生 女士 小姐 医生
"""
_PLACE_HOLDER_WORDS: Final = """
anonymous anonym anonymized anonymised anonymus anon anonyme anonimo unknown unnamed noname none null nil na
nn test tester testing patient patients patientname name dummy phantom sample demo deidentified deid removed
hidden redacted x xx xxx xxxx qa qc service subject id case study no not available identified male female
unbekannt inconnu desconocido paciente аноним анонимно неизвестный неизвестная неизвестно пациент тест
مجهول مريض اختبار 匿名 测试 測試 患者 病人 未知 无名氏 無名氏 姓名
"""
#: Words that one writes and another leaves out.
_LINK_WORDS: Final = """
al el ul ar as ash ad an bin ben ibn bint bent de da do dos das del della di du la le las los van von der den
ter ten zu af av y e i o bou ould ait آل بن ابن بنت
"""
_FUSED_WORDS: Final = "abd abdel abdul abdal abdol abdoul abu abou abo عبد ابو أبو"
#: Between the family name and the given one in Vietnam, where half of all have one of these.
_MIDDLE: Final = frozenset({"van", "thi"})
_VIETNAMESE_WORDS: Final = """
nguyen tran pham hoang huynh phan dang bui duong truong dinh luong trinh doan
"""
_VIETNAMESE: Final = frozenset(_VIETNAMESE_WORDS.split())
#: These are names of other countries as well, where no middle name stands beside them.
_SHORT_WORDS: Final = "le vo vu ho do ngo ly mai cao to ta ha lam luu dao chu"
_SHORT_VIETNAMESE: Final = frozenset(_SHORT_WORDS.split())
_TITLES: Final = frozenset(_TITLE_WORDS.split())
_PLACE_HOLDERS: Final = frozenset(_PLACE_HOLDER_WORDS.split())
_LINKS: Final = frozenset(_LINK_WORDS.split())
_FUSED: Final = frozenset(_FUSED_WORDS.split())

_PATRONYMIC: Final = re.compile(
    r"(?:ov|ev|iv)i?[$C]h?$|(?:ov|ev|iv)i[$C]$|(?:ovn|evn|ivn|i[$C]n|ini[$C]n)a$"
    r"|(?:ulu?i?|kizi?|ogli|oglu|zada)$"
)
_FAMILY_ENDING: Final = re.compile(
    r"(?:ova?|eva?|ff|skii?|skaia|skai?|ska|$kii?|enko|ian|dze|$vili|sson|sen|escu|opulos|oglu|ez|bekov|baev)$"
)
_BRACKETS: Final = re.compile(r"[(（\[](?P<inside>[^)）\]]*)[)）\]]?")
_MARKS: Final = re.compile(r"['’‘`´ʼʹ\"“”.·•・]+")

#: Old scanners keep so many characters of a name, the last a blank perhaps; DICOM allows 64.
_CUT_AT: Final = (15, 16, 63, 64)


@lru_cache(maxsize=512)
def written(name: str) -> tuple[Written, ...]:
    """The ways in which a name is written, one for each of its groups and scripts; () for none.

    A name that only holds a place (`ANONYMOUS`, `Test^Patient`, `12345`) is none.
    """
    found = []
    for group in _groups(name):
        one = _group(group)
        if one.words and not all(word in _PLACE_HOLDERS for word in one.words):
            found += _by_script(one)
    return tuple(dict.fromkeys(found))


def _groups(name: str) -> list[str]:
    groups = []
    for group in re.split(r"[=/|\\]", name):
        groups += [m["inside"] for m in _BRACKETS.finditer(group)]
        groups.append(_BRACKETS.sub(" ", group))
    return groups


def _group(text: str) -> Written:
    parts = text.split("^")[:3]
    if len(parts) == 1:
        parts = re.split(r"[,，、;]", text)[:2]
    lists = [_words(part) for part in parts]
    words = _fused([word for one in lists for word in one])
    family = len(_fused(lists[0])) if len([one for one in lists if one]) > 1 else 0
    return Written(
        words=words, family=min(family, len(words) - 1) if words else 0, cut=len(text) in _CUT_AT
    )


def _words(part: str) -> list[str]:
    folded = unicodedata.normalize("NFC", part).replace("İ", "i").casefold().replace("i̇", "i")
    # A Mr. is a title, and so is a Dr; a J. is an initial, and `J.R.` are two.
    spaced = re.sub(r"\b(\w)\.", r"\1 ", folded)
    spaced = re.sub(r"(?<=[\u4e00-\u9fff])[·•・](?=[\u4e00-\u9fff])", "", spaced)
    bare = re.sub(r"[-‐‑–—_,;:*+&#~?!]|\s", " ", _MARKS.sub("", spaced))
    words = [
        "".join(sign for sign in word if sign.isalpha() or _is_mark(sign)) for word in bare.split()
    ]
    kept = [word for word in words if word]
    without = [word for word in kept if word not in _TITLES]
    return without or kept


def _is_mark(sign: str) -> bool:
    return unicodedata.combining(sign) > 0


def _fused(words: list[str]) -> tuple[str, ...]:
    """`Abd al-Rahman` and `Abu Bakr` are one word each, as others write them."""
    out: list[str] = []
    held = ""
    for word in words:
        if word in _FUSED:
            held += word
        elif held and word in ("al", "el", "ar", "ul", "as", "ad", "an", "ash", "ال"):
            continue
        else:
            out.append(held + word)
            held = ""
    return (*out, held) if held else tuple(out)


def _by_script(name: Written) -> list[Written]:
    """Words of two scripts in one group are two ways to write the name."""
    scripts = dict.fromkeys(letters_of(word) for word in name.words)
    if len(scripts) < 2:
        return [name]
    return [
        Written(words=tuple(word for word in name.words if letters_of(word) == script))
        for script in scripts
    ]


def is_link(word: str, name: Written) -> bool:
    """Whether a word joins names: `bin`, `de`, `van`.

    In a Vietnamese name An is a name of its own, and only what stands in the middle of half of all is
    left out.
    """
    if _is_vietnamese(name.words):
        return _bare(word) in _MIDDLE and len(name.words) > 2
    return word in _LINKS


@lru_cache(maxsize=512)
def _is_vietnamese(words: tuple[str, ...]) -> bool:
    found = {_bare(word) for word in words}
    return bool(found & _VIETNAMESE or (found & _MIDDLE and found & _SHORT_VIETNAMESE))


def _bare(word: str) -> str:
    """The word without its tone marks."""
    parts = unicodedata.normalize("NFD", word.replace("đ", "d"))
    return "".join(sign for sign in parts if not _is_mark(sign))


def is_patronymic(word: str) -> bool:
    """Whether a word is the father's name, as in Russian and Kazakh."""
    return len(word) > 4 and _PATRONYMIC.search(sounds(word)) is not None


def ends_as_family(word: str) -> bool:
    """Whether a word ends as family names do in its language."""
    return _FAMILY_ENDING.search(sounds(word)) is not None
