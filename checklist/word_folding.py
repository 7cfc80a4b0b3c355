"""Folding the words of documents: what is written differently and is the same, made alike.

Both a document and the words that are looked for in it go through `folded`, so that the words can be
listed as people write them.

Accents of Latin letters go, since capitals, machines and hurried people leave them out: `región` and
`REGION` are one word. In Vietnamese they are the word: `cổ` is a neck, `có` is "has", `đau` is a pain
and `đầu` a head. A word with a letter that only Vietnamese has keeps all its accents, therefore; how
it is written without them is another word, which `unmarked` makes.

Letters that a phone's Arabic or Russian keyboard lacks are what is typed instead: Urdu's yeh, kaf and
heh are Arabic ones, Kazakh and Mongolian letters Russian ones. In Thai a number stands apart from its
neighbours, and what PDFs make of its vowels is mended.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

#: Letters that no other language in Latin letters has.
VIETNAMESE: Final = "ạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹđơưăĩũ"
_VIETNAMESE: Final = re.compile(f"[{VIETNAMESE}]")
_LATIN_WORD: Final = re.compile(r"[a-z\u00df-\u024f\u1e00-\u1eff]+")
_ACCENTED: Final = re.compile(r"[\u00df-\u024f\u1e00-\u1eff]")


def folded(text: str) -> str:
    """Lower case, one space between words, Arabic and accented letters in their plain form."""
    text = unicodedata.normalize("NFKC", text).casefold().replace("ё", "е").translate(_LETTERS)
    if _TYPED_OTHERWISE.search(text):
        text = _cyrillic(text)
    if _THAI_LETTER.search(text):
        text = _thai(text)
    text = re.sub(r"[\u064b-\u065f\u0670\u0640\u200b-\u200f\u202a-\u202e\u2066-\u2069]", "", text)
    if _ACCENTED.search(text):
        text = _LATIN_WORD.sub(_without_accents, text)
    text = re.sub(r"\s+", " ", text)
    # Text taken out of a PDF often has spaces between Chinese characters.
    return re.sub(r"(?<=[\u4e00-\u9fff]) (?=[\u4e00-\u9fff])", "", text)


def without_titles(text: str) -> str:
    """The text without titles of people: "Mr" would be a machine when it is folded."""
    return re.sub(r"\b(?:Mr|Mrs|Ms|Dr)\b\.?", " ", text)


def unmarked(plain: str) -> str:
    """Folded words as somebody writes them who types no accents, not even Vietnamese ones."""
    return plain.translate(_BASES)


def _without_accents(word: re.Match[str]) -> str:
    return word[0] if _VIETNAMESE.search(word[0]) else word[0].translate(_BASES)


def _bases() -> dict[int, str]:
    letters = [*map(chr, range(0xDF, 0x250)), *map(chr, range(0x1E00, 0x1F00))]
    based = {char: unicodedata.normalize("NFD", char)[0] for char in letters}
    found = {ord(char): base for char, base in based.items() if base.isascii()}
    return found | {
        ord(char): base for char, base in (("đ", "d"), ("œ", "oe"), ("æ", "ae"), ("ø", "o"))
    }


_BASES: Final = _bases()

#: Traditional characters of the words that documents are known by, as simplified ones.
_SIMPLIFIED = str.maketrans(
    "檢查醫報診斷頭顱腦頸關節腎膽對較時間掃項稱類號編攝臨見現雙側動靜脈補訂髖腫國線聲鉬術"
    "發書審簽電層門舊參複資病歷緣單範圍紅細縮處專總個給請與於後從無體骨盤廣陣處瞳變異陰陽"
    "氣腸胰縱頂標準麻藥囑記錄場機構內兒產婦導統數據圖視經絡纖維製劑證實驗",
    "检查医报诊断头颅脑颈关节肾胆对较时间扫项称类号编摄临见现双侧动静脉补订髋肿国线声钼术"
    "发书审签电层门旧参复资病历缘单范围红细缩处专总个给请与于后从无体骨盘广阵处瞳变异阴阳"
    "气肠胰纵顶标准麻药嘱记录场机构内儿产妇导统数据图视经络纤维制剂证实验",
)

_ARABIC = str.maketrans("أإآىة", "اااي" + "ه") | str.maketrans("٠١٢٣٤٥٦٧٨٩", "0123456789")
#: Urdu's yeh, kaf and heh, and hamza on its carriers, which many leave out; digits, stop and comma.
_URDU = str.maketrans("یکہھۂۃۀئؤ", "يكههههه" + "يو") | str.maketrans("۰۱۲۳۴۵۶۷۸۹۔،", "0123456789.,")

# ---- Cyrillic ----------------------------------------------------------------------------------

_TYPED_OTHERWISE: Final = re.compile(r"[әғқңөұүһіəɵ]|[а-я][ih]|[ih][а-я]")
_RUSSIAN: Final = str.maketrans("әғқңөұүһіəɵ", "агкноуухиао")


def _cyrillic(text: str) -> str:
    """Kazakh and Mongolian letters as those of a Russian keyboard.

    Latin i and h in a word stand for letters like them. `оң` is right, where `он` is "he", so it stays.
    """
    text = re.sub(r"(?<=[\u0400-\u04ff])i|i(?=[\u0400-\u04ff])", "и", text)
    text = re.sub(r"(?<=[\u0400-\u04ff])h|h(?=[\u0400-\u04ff])", "х", text)
    return re.sub(
        r"[\u0400-\u04ffəɵ]+",
        lambda found: found[0] if found[0] == "оң" else found[0].translate(_RUSSIAN),
        text,
    )


# ---- Thai --------------------------------------------------------------------------------------

#: Marks that fonts of Windows draw at another place, and PDFs keep so.
_THAI_GLYPHS: Final = {
    0xF700 + place: char
    for place, char in enumerate(
        "\u0e10\u0e34\u0e35\u0e36\u0e37\u0e48\u0e49\u0e4a\u0e4b\u0e4c\u0e48\u0e49\u0e4a\u0e4b\u0e4c\u0e0d"
        "\u0e31\u0e4d\u0e47\u0e48\u0e49\u0e4a\u0e4b\u0e4c\u0e38\u0e39\u0e3a"
    )
}
_THAI_DIGITS: Final = str.maketrans("๐๑๒๓๔๕๖๗๘๙", "0123456789")
_THAI_LETTER: Final = re.compile(r"[\u0e00-\u0e7f]")
_TONE: Final = "[\u0e48-\u0e4b]"
_THAI_FORMS: Final = tuple(
    (re.compile(pattern), by)
    for pattern, by in (
        ("\u0e40\u0e40", "\u0e41"),  # two "e" for an "ae"
        (f"\u0e4d({_TONE}?)\u0e32", "\\1\u0e33"),  # what NFKC makes of "am"
        (f"(?<=[\u0e01-\u0e2e]) ({_TONE}?)\u0e32", "\\1\u0e33"),  # what PDFs make of it
        (f"({_TONE})([\u0e31\u0e34-\u0e3a])", "\\2\\1"),  # the tone stands behind the vowel
        (r"(?<=[\u0e00-\u0e7f])(?=\d)|(?<=\d)(?=[\u0e00-\u0e7f])", " "),
    )
)


def _thai(text: str) -> str:
    for pattern, by in _THAI_FORMS:
        text = pattern.sub(by, text)
    return text


_LETTERS = _ARABIC | _URDU | _THAI_GLYPHS | _THAI_DIGITS | _SIMPLIFIED
