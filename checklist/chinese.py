"""Chinese names: characters, pinyin, Wade-Giles and the spellings of Hong Kong, syllable by syllable.

Sounds must not be weighed here as elsewhere: Chen, Cheng and Zhang are three families. A syllable
is one of those that a character is read as, or it is another.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from typing import Final

from checklist.hanzi_table import CANTONESE, MANDARIN
from checklist.romanisation import Likeness, letters_of, sounds

#: The families of nine in ten Chinese, and those whose character is read in its own way as a name.
_FAMILIES: Final = (
    "王李张張刘劉陈陳杨楊黄黃赵趙吴吳周徐孙孫马馬朱胡郭何林高罗羅郑鄭梁谢謝宋唐许許韩韓邓鄧冯馮曹彭曾肖蕭萧"
    "田董潘袁蔡蒋蔣余于杜叶葉程魏苏蘇吕呂丁任卢盧姚沈钟鍾姜崔谭譚陆陸范汪廖石金贾賈韦韋夏付傅方邹鄒熊白孟"
    "秦邱丘侯江尹薛闫閆阎閻段雷龙龍史陶贺賀顾顧毛郝龚龔邵万萬钱錢严嚴武戴莫孔向汤湯常温溫康施文牛樊葛邢安"
    "齐齊易乔喬伍庞龐颜顏倪庄莊聂聶章鲁魯岳翟殷申欧歐耿关關兰蘭焦俞左柳甘祝包宁寧尚符舒阮柯纪紀梅童凌毕畢"
    "单單裴霍涂塗成苗谷曲盛冉翁骆駱蓝藍路游靳管柴蒙鲍鮑华華喻祁房滕屈饶饒解牟艾尤时時穆农農司卓古吉缪繆简"
    "簡车車项項连連芦娄婁窦竇岑戚景党黨宫宮费費卜冷晏席卫衛米柏宗瞿桂全佟应應臧闵閔苟邬鄔边邊卞姬师師仇区區查"
    "朴盖蓋乐樂麦麥冼温邝鄺甄伦倫利霍詹赖賴邱洪巫彭"
)
_DOUBLE: Final = frozenset(
    ("欧阳", "歐陽", "司马", "司馬", "诸葛", "諸葛", "上官", "司徒", "皇甫", "令狐", "慕容", "东方", "東方",
     "尉迟", "尉遲", "公孙", "公孫", "长孙", "長孫", "夏侯", "端木", "轩辕", "軒轅")
)  # fmt: skip

#: How names are read where the dictionary has another reading first.
_AS_NAMES: Final = {"仇": "qiu", "区": "ou", "區": "ou", "单": "shan", "單": "shan", "缪": "miao"}
_CANTONESE_TOO: Final = {"曾": "cang zang", "区": "au", "區": "au", "单": "sin", "單": "sin"}

_WADE_INITIALS: Final = (
    ("zh", "ch"), ("ch", "ch"), ("sh", "sh"), ("b", "p"), ("p", "p"), ("d", "t"), ("t", "t"),
    ("g", "k"), ("k", "k"), ("j", "ch"), ("q", "ch"), ("x", "hs"), ("r", "j"), ("z", "ts"), ("c", "ts"),
)  # fmt: skip
_WADE_WHOLE: Final = {
    "zi": "tzu tze", "ci": "tzu tze", "si": "ssu szu sze", "zhi": "chih", "chi": "chih", "shi": "shih",
    "ri": "jih", "you": "yu", "yan": "yen", "ye": "yeh", "yi": "i yi", "ying": "ying ing", "yong": "yung",
    "er": "erh",
    "he": "ho", "ge": "ko", "ke": "ko", "e": "o", "luo": "lo", "duo": "to", "tuo": "to", "nuo": "no",
    "zuo": "tso", "cuo": "tso", "suo": "so", "ruo": "jo", "zhuo": "cho", "chuo": "cho", "xu": "hsu shu",
    "xue": "hsueh", "qian": "chien", "xie": "hsieh", "yue": "yueh", "gui": "kuei", "kui": "kuei",
    "guo": "kuo kwo", "huo": "huo ho", "xiong": "hsiung", "jiong": "chiung", "lv": "lu", "nv": "nu",
}  # fmt: skip
_WADE_FINALS: Final = (("ong", "ung"), ("ian", "ien"), ("ie", "ieh"), ("ue", "ueh"), ("e", "e"))

_HONG_KONG_INITIALS: Final = (
    ("gw", ("kw", "k", "gw")), ("kw", ("kw", "k")), ("ng", ("ng", "")), ("b", ("p", "b")), ("p", ("p",)),
    ("d", ("t", "d")), ("t", ("t",)), ("g", ("k", "g")), ("k", ("k",)), ("z", ("ch", "ts", "j", "c")),
    ("c", ("ch", "ts", "c")), ("s", ("s", "sh")), ("j", ("y", "j")), ("m", ("m",)), ("f", ("f",)),
    ("n", ("n", "l")), ("l", ("l",)), ("h", ("h",)), ("w", ("w",)), ("", ("", "ng")),
)  # fmt: skip
_HONG_KONG_FINALS: Final = {
    "aa": "a ah", "aai": "ai", "aau": "au", "aam": "am", "aan": "an", "aang": "ang", "aap": "ap",
    "aat": "at", "aak": "ak", "ai": "ai", "au": "au ow ou", "am": "am um", "an": "an un", "ang": "ang ung",
    "ap": "ap", "at": "at", "ak": "ak", "e": "e eh", "ei": "ei i ee ay ey", "eng": "eng ing",
    "ek": "ek", "i": "i ee ze sz e", "iu": "iu ew", "im": "im", "in": "in", "ing": "ing", "ip": "ip",
    "it": "it",
    "ik": "ik", "o": "o oh aw", "oi": "oi oy", "ou": "o ou oo", "on": "on", "ong": "ong", "ot": "ot",
    "ok": "ok", "oe": "eu", "oeng": "eung", "oek": "euk", "eoi": "ui oi", "eon": "un", "eot": "ut",
    "u": "u oo", "ui": "ui", "un": "un oon", "ung": "ung", "ut": "ut", "uk": "uk", "yu": "yu u ue",
    "yun": "uen un", "yut": "uet ut", "": "",
}  # fmt: skip

#: How a syllable may begin abroad, as `romanisation.sounds` has it: 张 is Чжан and تشانغ. Foreign names
#: in characters count too: 罗莎 is Роза, 季马 Дима.
_ABROAD: Final = (
    ("zh", "$JzdtgC"), ("ch", "$JzdtgC"), ("sh", "$s"), ("b", "bp"), ("p", "pb"), ("m", "m"),
    ("f", "fv"), ("d", "dt"), ("t", "td$"), ("n", "nl"), ("l", "lnr"), ("g", "gkJh"), ("k", "kgh"),
    ("h", "hgk"), ("j", "$JzdtgkiI"), ("q", "$Jtkgz"), ("x", "s$hkX"), ("r", "r$z"), ("z", "z$dJst"),
    ("c", "$stkC"), ("s", "s$z"), ("y", "iIeaJ"), ("w", "vuU"), ("a", "aA"), ("o", "ouaAU"), ("e", "eaiA"),
)  # fmt: skip

#: So many families later in the list, a family is rare beside another.
_RARE: Final = 150
_NO_FAMILY: Final = 10_000
_VOCALIC: Final = frozenset("aeiouv")
_TONES: Final = re.compile(r"[0-9'’`·-]")


@cache
def _tables() -> tuple[dict[str, frozenset[str]], dict[str, frozenset[str]]]:
    return _by_character(MANDARIN), _by_character(CANTONESE)


def _by_character(table: str) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for entry in table.split():
        syllable = re.match(r"[a-z]+", entry)
        assert syllable is not None
        for character in entry[syllable.end() :]:
            found.setdefault(character, set()).add(syllable[0])
    return {character: frozenset(syllables) for character, syllables in found.items()}


@lru_cache(maxsize=4096)
def pinyin(character: str) -> frozenset[str]:
    """How a character is read in Mandarin, without tones, ü as in passports: `lu`, `lyu` or `lv`."""
    read = _tables()[0].get(character, frozenset())
    return frozenset(
        spelt for one in (*read, _AS_NAMES.get(character, "")) for spelt in _umlaut(one)
    )


def _umlaut(syllable: str) -> tuple[str, ...]:
    if "v" not in syllable:
        return (syllable,) if syllable else ()
    return tuple(syllable.replace("v", u) for u in ("v", "u", "yu", "ue"))


@lru_cache(maxsize=4096)
def elsewhere(character: str) -> frozenset[str]:
    """How a character is spelt in Taiwan and in Hong Kong."""
    mandarin, cantonese = _tables()
    spoken = (*cantonese.get(character, ()), *_CANTONESE_TOO.get(character, "").split())
    return frozenset(
        spelt
        for group in (
            *(wade_giles(one) for one in mandarin.get(character, ())),
            *(hong_kong(one) for one in spoken),
        )
        for spelt in group
    )


@cache
def wade_giles(syllable: str) -> frozenset[str]:
    """A syllable of pinyin in Wade-Giles, without its apostrophes."""
    if syllable in _WADE_WHOLE:
        return frozenset(_WADE_WHOLE[syllable].split())
    initial, made = next((p for p in _WADE_INITIALS if syllable.startswith(p[0])), ("", ""))
    final = syllable[len(initial) :].replace("v", "u")
    ending, other = next((p for p in _WADE_FINALS if final.endswith(p[0])), ("", ""))
    return frozenset((made + final[: len(final) - len(ending)] + other,))


@cache
def hong_kong(syllable: str) -> frozenset[str]:
    """The usual spellings in Hong Kong of a syllable in Jyutping."""
    if syllable in ("ng", "m"):
        return frozenset(("ng", "eng"))
    if syllable == "jip":
        return frozenset(("yip", "ip"))
    initial, made = next(p for p in _HONG_KONG_INITIALS if syllable.startswith(p[0]))
    finals = _HONG_KONG_FINALS.get(syllable[len(initial) :], "").split()
    return frozenset(first + final for first in made for final in finals)


@cache
def _characters_of() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for character in _tables()[0]:
        for spelt in pinyin(character) | elsewhere(character):
            found.setdefault(spelt, set()).add(character)
    return {spelt: frozenset(characters) for spelt, characters in found.items()}


@cache
def _family_spellings() -> frozenset[str]:
    single = (spelt for c in _FAMILIES for spelt in pinyin(c) | elsewhere(c))
    double = ("".join(pair) for name in _DOUBLE for pair in _products(name))
    return frozenset((*single, *double))


def _products(name: str) -> Iterator[tuple[str, str]]:
    first, second = name[0], name[1]
    for of in (pinyin, elsewhere):
        yield from ((a, b) for a in of(first) for b in of(second))


def is_pinyin(syllable: str) -> bool:
    """Whether it is a syllable of pinyin."""
    return syllable in _pinyin_syllables()


@cache
def _pinyin_syllables() -> frozenset[str]:
    return frozenset(spelt for character in _tables()[0] for spelt in pinyin(character))


# ---- names -------------------------------------------------------------------------------------

#: A family name and a given name, each as its syllables: characters, or Latin spellings.
Parts = tuple[tuple[str, ...], tuple[str, ...]]


@lru_cache(maxsize=512)
def parts_of(words: tuple[str, ...]) -> tuple[Parts, ...]:
    """The ways to read words as a Chinese name; () where they are none."""
    if words and all(letters_of(word) == "han" for word in words):
        in_order = _of_characters("".join(words))
        if len(words) == 2 and words[1] in _FAMILIES:
            # Programs that know only the West put the family name last.
            return (*in_order, ((words[1],), tuple(words[0])))
        return in_order
    plain = tuple(filter(None, (_plain(word) for word in words)))
    if not 2 <= len(plain) <= 4 or not all(word.isascii() for word in plain):
        return ()
    found: list[Parts] = []
    for family, given in _orders(plain):
        found += [((family,), one) for one in _spelt(given)]
    if len(plain) > 2 and plain[0] + plain[1] in _family_spellings():
        found += [((plain[0] + plain[1],), one) for one in _spelt(tuple(plain[2:]))]
    return tuple(found)


def _orders(words: tuple[str, ...]) -> list[tuple[str, tuple[str, ...]]]:
    """Family name first or last; a rare family beside a frequent one is a given name."""
    ranks = _family_ranks()
    first, last = ranks.get(words[0], _NO_FAMILY), ranks.get(words[-1], _NO_FAMILY)
    orders = []
    if first < _NO_FAMILY and not last + _RARE < first:
        orders.append((words[0], words[1:]))
    if last < _NO_FAMILY and not first + _RARE < last:
        orders.append((words[-1], words[:-1]))
    return orders


@cache
def _family_ranks() -> dict[str, int]:
    """How frequent the families of a spelling are, from 0 down."""
    ranks: dict[str, int] = {}
    for rank, character in enumerate(_FAMILIES):
        for spelt in pinyin(character) | elsewhere(character):
            ranks.setdefault(spelt, rank)
    return {**dict.fromkeys(_family_spellings(), _RARE), **ranks}


def _plain(word: str) -> str:
    """A word without tones, however they are written."""
    apart = unicodedata.normalize("NFD", _TONES.sub("", word))
    return "".join(sign for sign in apart if not unicodedata.combining(sign))


def is_of_a_family(words: tuple[str, ...]) -> bool:
    """Whether characters begin with the name of a family; if not, they may spell a foreign name."""
    name = "".join(words)
    return name[:1] in _FAMILIES or name[:2] in _DOUBLE


def may_sound_as(words: tuple[str, ...], abroad: tuple[str, ...]) -> bool:
    """Whether characters may be the name that is written in Cyrillic or Arabic letters.

    Little is known of how it is written there, but one of the words begins with a sound that fits.
    """
    name = "".join(words)
    first = _beginnings(name[0])
    heard = [sounds(word) for word in abroad]
    if name[:2] in _DOUBLE and len(heard) > 1:
        # Two syllables are heard to their end: Оуян is no Ахмед.
        nasal = {spelt.endswith(("n", "ng")) for spelt in pinyin(name[1])}
        heard = [word for word in heard if (word.rstrip("gkJ")[-1:] == "n") in nasal]
    return any(word[:1] in first for word in heard)


def _beginnings(character: str) -> frozenset[str]:
    return frozenset(
        sound
        for spelt in pinyin(character)
        for sound in next((found for initial, found in _ABROAD if spelt.startswith(initial)), "")
    )


def _of_characters(name: str) -> tuple[Parts, ...]:
    if not 2 <= len(name) <= 5:
        return ()
    found = []
    if name[:2] in _DOUBLE and len(name) > 2:
        found.append((tuple(name[:2]), tuple(name[2:])))
    if len(name) <= 4:
        found.append(((name[0],), tuple(name[1:])))
    if len(name) == 4 and name[1] in _FAMILIES:
        # A wife's name after her husband's: 陳方安生.
        found.append(((name[1],), tuple(name[2:])))
    return tuple(found)


def _spelt(words: tuple[str, ...]) -> Iterable[tuple[str, ...]]:
    """The ways to take words as at most three syllables; a single letter is an initial."""
    ways: list[tuple[str, ...]] = [()]
    for word in words:
        ways = [(*way, *more) for way in ways for more in _syllables(word) if len(way) < 3]
    return [way for way in ways if len(way) <= 3]


@lru_cache(maxsize=2048)
def _syllables(word: str) -> tuple[tuple[str, ...], ...]:
    if len(word) == 1:
        return ((word,),)
    known = _characters_of()
    if len(word) == 2 and word not in known and not set(word) & _VOCALIC:
        return ((word[0], word[1]),)
    found: list[tuple[str, ...]] = [(word,)] if word in known else []
    if found and not set(word) & _VOCALIC:
        return ((word,),)
    for at in range(1, len(word)):
        if word[:at] in known and set(word[:at]) & _VOCALIC:
            found += [(word[:at], *rest) for rest in _syllables(word[at:])]
    return tuple(way for way in found if len(way) <= 3 and all(set(s) & _VOCALIC for s in way))


def likeness_of_families(one: tuple[str, ...], other: tuple[str, ...]) -> Likeness:
    """How alike two family names are: of what sounds alike only, whether one family is written so."""
    alike = likeness_of_syllables(one, other)
    if alike == "near" and all(letters_of(word) == "latin" for word in (*one, *other)):
        known = _characters_of()
        families = known.get(one[0], frozenset()) & known.get(other[0], frozenset())
        return "near" if families & set(_FAMILIES) else "other"
    return alike


def likeness_of_syllables(one: tuple[str, ...], other: tuple[str, ...]) -> Likeness:
    """How alike two rows of syllables are; what an initial stands for is only near."""
    if "".join(one) == "".join(other):
        return "same"
    if len(one) != len(other):
        short, long = sorted((one, other), key=len)
        if all(len(spelt) == 1 and spelt.isascii() for spelt in short):
            return likeness_of_syllables(short, long[: len(short)])
        return _joined(one, other)
    alike = [_alike(a, b) for a, b in zip(one, other, strict=True)]
    if "other" in alike:
        return "other"
    return "near" if "near" in alike else "same"


def _joined(one: tuple[str, ...], other: tuple[str, ...]) -> Likeness:
    """A double family name in Latin letters is one word, and two characters."""
    short, long = sorted((one, other), key=len)
    if len(short) == 1 and len(long) == 2 and letters_of(long[0]) == "han":
        spelt = {"".join(pair) for pair in _products("".join(long))}
        return "same" if short[0] in spelt else "other"
    return "other"


def _alike(one: str, other: str) -> Likeness:
    if one == other:
        return "same"
    han = [letters_of(sign) == "han" for sign in (one, other)]
    if all(han):
        return "near" if pinyin(one) & pinyin(other) else "other"
    if any(han):
        character, spelt = (one, other) if han[0] else (other, one)
        known = pinyin(character) | elsewhere(character)
        if spelt in known:
            return "same"
        return "near" if len(spelt) == 1 and any(k[0] == spelt for k in known) else "other"
    if 1 in (len(one), len(other)):
        return "near" if one[0] == other[0] else "other"
    known_as = _characters_of()
    return "near" if known_as.get(one, frozenset()) & known_as.get(other, frozenset()) else "other"
