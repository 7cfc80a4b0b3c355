"""Text in whatever character set it was written: the declared one, else the one that makes sense.

Character sets on discs are missing, misspelt or wrong: cp1251 is declared as Latin, Chinese is not
declared at all. Bytes are read as they are declared where that gives a plausible text, else in the
set whose letters come out as people write them: of one script, in one case, common ones first.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import pairwise

#: Separators of a person name after which an escape sequence must be given anew (PS3.5 6.1.2.5.3).
_DELIMITERS = {0x5E, 0x3D}
#: What ISO 2022 may switch to, for texts with escapes and without a declaration.
_BY_ESCAPE = tuple(
    f"ISO 2022 IR {n}" for n in (6, 100, 101, 109, 110, 144, 127, 126, 138, 148, 13, 87, 159, 149)
)
#: Misspelt declarations that aren't only spaces and underlines.
_ALIASES = {
    "UTF8": "ISO_IR 192",
    "UTF-8": "ISO_IR 192",
    "UNICODE": "ISO_IR 192",
    "GB2312": "GBK",
    "GB_18030": "GB18030",
    "CP936": "GBK",
}
#: Code pages that some systems declare by name.
_CODE_PAGES = re.compile(r"(?:WINDOWS|CP)[-_ ]?(125[0-8]|866|932|949)|(KOI8)-?R", re.I)

#: What a text without a right declaration may be in, the more usual first; of equals the first is
#: taken. Latin is last: every text is Latin letters of some kind.
_CANDIDATES = (
    *("utf-8", "gb18030", "cp1251", "cp1256", "shift_jis", "euc_kr", "big5", "koi8_r"),
    *("cp866", "iso8859_5", "iso8859_6", "cp1253", "cp1255", "cp1252"),
)
#: A declared set is doubted where its text scores less than this, and another is taken only where
#: it scores so much more.
_PLAUSIBLE = 0.55
_BETTER = 0.15


def readable(raw: bytes, declared: Sequence[str]) -> tuple[str, bool]:
    """The text, and whether its character set had to be guessed. `declared` is tag (0008,0005)."""
    if raw.isascii() and b"\x1b" not in raw:
        return raw.decode("ascii"), False
    terms = tuple(normalised(term) for term in declared)
    said = _as_declared(raw, terms)
    if b"\x1b" in raw:
        escaped = said if said is not None else _as_declared(raw, ("", *_BY_ESCAPE))
        return escaped or raw.decode("latin-1"), said is None
    # Bytes that are UTF-8 by accident are so rare that it needs no more proof.
    unicode = _strict(raw, "utf-8")
    if unicode is not None and (said is None or not _wide(terms) or _mixed_words(said)):
        return unicode, terms[:1] != ("ISO_IR 192",)
    if said is not None and terms[0] == "ISO_IR 13":
        return said, False
    trust = plausibility(said) if said is not None else 0.0
    best, score = _best(raw)
    # Every Cyrillic letter of one set is one of the other too, so there only the choice tells.
    cyrillic = terms[:1] == ("ISO_IR 144",) and score > trust + 2 * _BETTER
    if said is not None and not cyrillic and (trust >= _PLAUSIBLE or score < trust + _BETTER):
        return said, False
    return best, True


def normalised(term: str) -> str:
    """A declared character set as the standard spells it: `ISO_IR_100` is `ISO_IR 100`."""
    plain = " ".join(term.replace("\0", " ").upper().split())
    if plain in _ALIASES:
        return _ALIASES[plain]
    number = re.search(r"(?<!\d)(\d{1,3})$", plain)
    if number and plain.startswith("ISO"):
        return f"ISO 2022 IR {number[1]}" if "2022" in plain else f"ISO_IR {number[1]}"
    return plain


def _wide(terms: Sequence[str]) -> bool:
    """Whether a declared set writes a letter in several bytes, which wrong bytes rarely fit."""
    return any(term in ("GBK", "GB18030", "ISO_IR 192") for term in terms)


def _as_declared(raw: bytes, terms: Sequence[str]) -> str | None:
    """The text as it is declared, None where the bytes don't fit or nothing usable is declared."""
    if not any(terms):
        return None
    page = _CODE_PAGES.fullmatch(terms[0])
    if page:
        return _strict(raw, f"cp{page[1]}" if page[1] else "koi8_r")
    # Most names are ASCII, and pydicom takes longer to import than a disc's headers to read.
    from pydicom.charset import convert_encodings, decode_bytes, python_encoding

    if any(term not in python_encoding for term in terms):
        return None
    if terms[0] in ("", "ISO_IR 6", "ISO 2022 IR 6") and b"\x1b" not in raw:
        return None  # these are ASCII, which the bytes are not
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            encodings = convert_encodings(list(terms))
            text = decode_bytes(raw, encodings, _DELIMITERS)
    except Exception:  # a declaration that nobody knows is none
        return None
    return None if "\ufffd" in text or "\x1b" in text else text


def _strict(raw: bytes, encoding: str) -> str | None:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError:
        return None


def _best(raw: bytes) -> tuple[str, float]:
    """The text in the set in which it is the most plausible."""
    found = [(raw.decode("latin-1"), 0.0)]
    for encoding in _CANDIDATES:
        text = _strict(raw, encoding)
        if text is not None:
            # Declared names mix alphabets by mistake; a text whose set is a guess must not.
            found.append((text, plausibility(text) - (0.4 if _mixed_words(text) else 0.0)))
    return max(found, key=lambda one: one[1])


# ---- how a text looks --------------------------------------------------------------------------

#: Letters by how often they are met, the commonest first.
_CYRILLIC = "оаеинтсрвлкмдпуябызгйчшюжхцщэфъё"
_ARABIC = "المنيوردبعتسحفكجهشخةقصطزضأىئذغظثءإآؤ"
_KANA = re.compile(r"[\u3040-\u30ff\uff66-\uff9f]")
#: The first letters of most family names in China and in Korea; the older forms of Taiwan too.
_CHINESE_NAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程"
    "苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝"
    "龚邵万钱严覃武戴莫孔向汤常温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞"
    "左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷盛曲翁冉骆蓝路游辛靳欧阳管柴蒙鲍华喻祁蒲"
    "陳張黃劉楊趙吳許鄭謝羅蘇葉呂盧鍾譚陸賈韋鄒閻龍賀顧錢嚴湯溫齊喬龐顏莊聶魯嶽歐關蘭寧紀畢單駱"
)
_KOREAN_NAMES = frozenset(
    "김이박최정강조윤장임한오서신권황안송류전홍고문양손배백허유남심노하곽성차주우구민진"
)


def plausibility(text: str) -> float:
    """How much a text looks like one that somebody wrote, from 0 to 1."""
    if any(ord(char) < 32 or 0x7F <= ord(char) < 0xA0 for char in text if char not in "\r\n\t"):
        return 0.0
    foreign = [char for char in text if ord(char) > 127]
    if not foreign:
        return 1.0
    letters = [char for char in foreign if char.isalpha()]
    scripts = {_script(char) for char in letters}
    odd = (len(foreign) - len(letters)) / len(foreign)
    if not letters or len(scripts - {"kana"}) > 1:
        return 0.1
    return max(0.0, _of_script(text, letters, scripts) - odd)


def _of_script(text: str, letters: Sequence[str], scripts: set[str]) -> float:
    script = next(iter(scripts - {"kana"}), "kana")
    if script == "cyrillic":
        return 0.15 + 0.75 * _common(letters, _ranks(_CYRILLIC)) - 0.5 * _odd_case(text)
    if script == "arabic":
        return 0.15 + 0.75 * _common(letters, _ranks(_ARABIC))
    if script == "han":
        return _of_han(text, letters, kana="kana" in scripts)
    if script == "hangul":
        return 0.55 + 0.35 * (_begins_with(text, _KOREAN_NAMES))
    if script == "kana":
        return 0.3 if _half_width(letters) else 0.6
    if script == "latin":
        return _of_latin(text, letters)
    return 0.5 - 0.4 * _odd_case(text)


def _of_han(text: str, letters: Sequence[str], *, kana: bool) -> float:
    usual = sum(_usual_han(char) for char in letters) / len(letters)
    if kana:
        return 0.2 if _half_width(letters) else 0.3 + 0.5 * usual
    return 0.2 + 0.5 * usual + 0.25 * _begins_with(text, _CHINESE_NAMES)


def _half_width(letters: Sequence[str]) -> bool:
    """Whether there are half-width kana, which any bytes above 0xA0 come out as."""
    return any("\uff66" <= char <= "\uff9f" for char in letters)


@cache
def _usual_han(char: str) -> float:
    """Whether a character is among the 3755 usual ones of Chinese, or of Japanese or Taiwan."""
    if _KANA.match(char):
        return 1.0
    for encoding, first, last, weight in (
        ("gb2312", 0xB0, 0xD7, 1.0),
        ("shift_jis", 0x88, 0x97, 0.95),
        ("big5", 0xA4, 0xC6, 0.9),
    ):
        try:
            if first <= char.encode(encoding)[0] <= last:
                return weight
        except UnicodeEncodeError:
            continue
    return 0.0


def _of_latin(text: str, accented: Sequence[str]) -> float:
    """Latin letters with marks are few in a text; one of nothing else is another script's."""
    letters = [char for char in text if char.isalpha()]
    part = len(accented) / len(letters)
    rare = sum(char in "ÐðÞþ×÷ßÿÝý" for char in accented) / len(accented)
    return 0.85 - part - 0.3 * rare - 0.3 * _odd_case(text)


def _begins_with(text: str, names: frozenset[str]) -> bool:
    """Whether one of the groups of a name begins with a usual family name."""
    groups = re.split(r"[=^ ]", text)
    return any(group[:1] in names for group in groups if group and ord(group[0]) > 127)


@cache
def _ranks(alphabet: str) -> Mapping[str, float]:
    return {char: 1 - rank / (1.2 * len(alphabet)) for rank, char in enumerate(alphabet)}


def _common(letters: Sequence[str], ranks: Mapping[str, float]) -> float:
    """How common its letters are, 1 for the commonest only."""
    return sum(ranks.get(char.lower(), 0.0) for char in letters) / len(letters)


def _mixed_words(text: str) -> bool:
    """Whether a word mixes plain Latin letters with those of another script."""
    return any(
        (
            any(char.isascii() for char in word)
            and any(
                _script(char) not in ("latin", "kana", "han") for char in word if ord(char) > 127
            )
        )
        or (word[0].isascii() and word[-1].isascii() and any(_script(c) == "han" for c in word))
        for word in re.findall(r"[^\W\d_]{3,}", text)
    )


def _odd_case(text: str) -> float:
    """The part of the words that begin small and go on large, or mix the two."""
    words = [word for word in re.findall(r"[^\W\d_]{2,}", text) if word.lower() != word.upper()]
    odd = [w for w in words if not (w.islower() or w.isupper() or w.istitle() or _inner(w))]
    return len(odd) / len(words) if words else 0.0


def _inner(word: str) -> bool:
    """McDonald, XiaoDong: a small letter before each inner large one."""
    return word[0].isupper() and all(b.islower() or a.islower() for a, b in pairwise(word))


_RANGES = (
    ("latin", 0x00A0, 0x024F),
    ("greek", 0x0370, 0x03FF),
    ("cyrillic", 0x0400, 0x04FF),
    ("hebrew", 0x0590, 0x05FF),
    ("arabic", 0x0600, 0x06FF),
    ("thai", 0x0E00, 0x0E7F),
    ("latin", 0x1E00, 0x1EFF),
    ("kana", 0x3040, 0x30FF),
    ("han", 0x3400, 0x9FFF),
    ("hangul", 0xAC00, 0xD7A3),
    ("arabic", 0xFB50, 0xFEFC),
    ("kana", 0xFF66, 0xFF9F),
)


def _script(char: str) -> str:
    code = ord(char)
    return next((name for name, low, high in _RANGES if low <= code <= high), "other")
