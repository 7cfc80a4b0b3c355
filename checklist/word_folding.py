"""Folding the words of documents: what is written differently and is the same, made alike.

Both a document and the words that are looked for in it go through `folded`, so that the words can be
listed as people write them.

Accents of Latin letters go, since capitals, machines and hurried people leave them out: `región` and
`REGION` are one word. In Vietnamese they are the word: `cổ` is a neck, `có` is "has", `đau` is a pain
and `đầu` a head. A word with a letter that only Vietnamese has keeps all its accents, therefore; how
it is written without them is another word, which `unmarked` makes.
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
_LETTERS = _ARABIC | _SIMPLIFIED
