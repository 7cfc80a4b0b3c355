"""Name matching: which words of two names are the same, and what that says of the whole."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

from checklist import chinese
from checklist.folding import one_letter_apart
from checklist.person_names import (
    SOUNDED,
    Written,
    ends_as_family,
    is_link,
    is_patronymic,
    written,
)
from checklist.romanisation import begins_alike, letters_of, likeness

#: same: one name. near: one, if misspelt. part: what can be compared agrees, but it is little, or is
#: cut off. unclear: a part agrees and a part doesn't, and it can't be told which is which, or whether it
#: is a slip. given, family: only the given or the family name agrees. other: neither.
#: silent: one of them says nothing that the other could be compared with.
NameEvidence = Literal[
    "same", "near", "part", "unclear", "given", "family", "other", "silent"
]  # fmt: skip

_RANK: Final[tuple[NameEvidence, ...]] = (
    "same", "near", "part", "unclear", "given", "family", "silent", "other",
)  # fmt: skip


@lru_cache(maxsize=1024)
def compare_names(one: str, other: str) -> NameEvidence:
    """What two names say of each other, by the way of writing them in which they agree most."""
    found = [_compare(a, b) for a in written(one) for b in written(other)]
    comparable = [evidence for evidence in found if evidence != "silent"]
    return min(comparable, key=_RANK.index, default="silent")


def _compare(one: Written, other: Written) -> NameEvidence:
    if one.words == other.words:
        return "same" if len(one.words) > 1 or one.script == "han" else "part"
    if "han" in (one.script, other.script):
        return _chinese(one, other)
    as_chinese = _both_chinese(one, other)
    if as_chinese is not None:
        return as_chinese
    if not {one.script, other.script} <= SOUNDED and one.script != other.script:
        return "silent"
    return _Matched(one, other).evidence()


# ---- Chinese -----------------------------------------------------------------------------------


def _both_chinese(one: Written, other: Written) -> NameEvidence | None:
    """Two names in Latin letters, where both can be read as Chinese; else None."""
    if not chinese.parts_of(one.words) or not chinese.parts_of(other.words):
        return None
    return _of_parts(one, other)


def _chinese(one: Written, other: Written) -> NameEvidence:
    han, second = (one, other) if one.script == "han" else (other, one)
    if not chinese.parts_of(han.words):
        return "silent"
    if second.script != "han" and not chinese.is_of_a_family(han.words):
        # A hospital in China writes foreign names in characters, by rules of its own.
        return "silent"
    if second.script not in ("han", "latin"):
        sounded = second.script in SOUNDED
        return (
            "other" if sounded and not chinese.may_sound_as(han.words, second.words) else "unclear"
        )
    if chinese.parts_of(second.words):
        return _of_parts(one, other)
    return _with_foreign_words(han, second)


def _with_foreign_words(han: Written, latin: Written) -> NameEvidence:
    """`David Wang` or `Wang Xiaodong David`: a name that only the one side has says nothing."""
    best: NameEvidence = "other"
    for left_out in latin.words:
        rest = tuple(word for word in latin.words if word != left_out)
        if chinese.parts_of(rest):
            best = min(best, _of_parts(han, Written(words=rest)), key=_RANK.index)
        for family, _given in chinese.parts_of(han.words):
            if len(rest) == 1 and chinese.likeness_of_syllables(family, rest) == "same":
                best = min(best, "part", key=_RANK.index)
    return best


def _of_parts(one: Written, other: Written) -> NameEvidence:
    found = [
        _of_two(a, b) for a in chinese.parts_of(one.words) for b in chinese.parts_of(other.words)
    ]
    return min(found, key=_RANK.index, default="silent")


def _of_two(one: chinese.Parts, other: chinese.Parts) -> NameEvidence:
    family = chinese.likeness_of_families(one[0], other[0])
    given = chinese.likeness_of_syllables(one[1], other[1])
    if given == "near" and one[0] == other[0] and _of_one_scheme(one[1], other[1]):
        # Both are pinyin, which writes a sound in one way only.
        given = "other"
    match (family, given):
        case ("same", "same"):
            return "same"
        case ("other", _):
            # Chinese women keep their family's name.
            return "other"
        case (_, "other"):
            return "unclear" if _may_be_a_slip(one[1], other[1]) else "family"
        case ("near", "near") if len(one[1]) == 1:
            return "other"
        case _:
            return "near"


def _may_be_a_slip(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether a letter is wrong, in what is then no pinyin any more."""
    if all(letters_of(s) == "latin" for s in (*one, *other)) and not _of_one_scheme(one, other):
        return one_letter_apart("".join(one), "".join(other))
    return False


def _of_one_scheme(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    return all(len(s) > 1 and chinese.is_pinyin(s) for s in (*one, *other))


# ---- all others --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Pair:
    """Two words that are one, for certain or perhaps; several words may be written as one."""

    left: tuple[int, ...]
    right: tuple[int, ...]
    certain: bool


class _Matched:
    """The words of two names, paired."""

    def __init__(self, one: Written, other: Written) -> None:
        """Pair what is the same before what is alike, and what is alike before what may be cut."""
        self._one, self._other = one, other
        self._pairs: list[_Pair] = []
        self._left = dict(enumerate(one.words))
        self._right = dict(enumerate(other.words))
        self._pair("same")
        self._pair_joined()
        self._pair("near")
        self._pair_cut()

    def _pair(self, grade: str) -> None:
        for i, left in list(self._left.items()):
            for j, right in list(self._right.items()):
                if likeness(left, right) == grade:
                    self._take((i,), (j,), grade == "same")
                    break

    def _pair_cut(self) -> None:
        """`K.` and `Konst` for Konstantin; at the end of what a scanner has room for, it is certain."""
        for i, left in list(self._left.items()):
            for j, right in list(self._right.items()):
                if begins_alike(left, right):
                    certain, length = self._one.ends_cut(i), len(left)
                elif begins_alike(right, left):
                    certain, length = self._other.ends_cut(j), len(right)
                else:
                    continue
                if certain or length != 2:
                    self._take((i,), (j,), certain)
                    break

    def _pair_joined(self) -> None:
        """`Jean Pierre` and `Jeanpierre`, `Xiao-Dong` and `Xiaodong`, `Ben Ali` and `Benali`."""
        for i in list(self._left):
            for j in list(self._right):
                if i not in self._left or j not in self._right:
                    continue
                if i + 1 in self._left:
                    both = self._left[i] + self._left[i + 1]
                    if likeness(both, self._right[j]) == "same":
                        self._take((i, i + 1), (j,), True)
                        continue
                if j + 1 in self._right:
                    both = self._right[j] + self._right[j + 1]
                    if likeness(self._left[i], both) == "same":
                        self._take((i,), (j, j + 1), True)

    def _take(self, left: tuple[int, ...], right: tuple[int, ...], certain: bool) -> None:
        self._pairs.append(_Pair(left, right, certain))
        for i in left:
            del self._left[i]
        for j in right:
            del self._right[j]

    # ---- what it comes to ----------------------------------------------------------------------

    def evidence(self) -> NameEvidence:
        """What the pairs, and the words that are left, say of the two names."""
        pairs = [pair for pair in self._pairs if not self._is_spare(pair)]
        left, right = _lasting(self._left, self._one), _lasting(self._right, self._other)
        if not pairs:
            return "other"
        if left and right:
            alike = len(pairs) > 1 and any(pair.certain for pair in pairs)
            return "near" if alike and self._has_both(pairs) else self._one_agrees(pairs)
        # Nothing of the shorter name is left: the rest is a name that the other doesn't write.
        if len(pairs) == 1:
            return "part"
        other_father = all(
            any(is_patronymic(word) for word in words.values())
            for words in (self._left, self._right)
        )
        certain = all(pair.certain for pair in pairs) and not other_father
        return "same" if certain else "near"

    def _is_spare(self, pair: _Pair) -> bool:
        return all(_spare(self._one.words[i], self._one) for i in pair.left)

    def _has_both(self, pairs: list[_Pair]) -> bool:
        """Whether the family name and the first given name are among what agrees."""
        for name, side in ((self._one, 0), (self._other, 1)):
            if name.family:
                taken = {i for pair in pairs for i in (pair.left, pair.right)[side]}
                return bool(taken & set(range(name.family))) and name.family in taken
        return self._leading_family(pairs)

    def _leading_family(self, pairs: list[_Pair]) -> bool:
        """Without a sign: the header's first word and the next, or what ends as a family name."""
        taken = {j for pair in pairs for j in pair.right}
        return {0, 1} <= taken or (
            len(taken) >= 2 and any(ends_as_family(self._other.words[j]) for j in taken)
        )

    def _one_agrees(self, pairs: list[_Pair]) -> NameEvidence:
        """Both have something that the other lacks: is what agrees the family name?"""
        if not any(pair.certain for pair in pairs):
            return "other"
        families = [self._is_family(pair) for pair in pairs]
        slip = any(
            a[0] == b[0] and one_letter_apart(a, b)
            for a in self._left.values()
            for b in self._right.values()
        )
        if slip or all(is_family is None for is_family in families):
            return "unclear"
        return "family" if any(families) else "given"

    def _is_family(self, pair: _Pair) -> bool | None:
        """By a sign in either name, then by endings, then by where it stands."""
        for name, indexes in ((self._other, pair.right), (self._one, pair.left)):
            if name.family:
                return min(indexes) < name.family
        if any(ends_as_family(self._other.words[j]) for j in pair.right):
            return True
        if any(ends_as_family(word) for word in (*self._right.values(), *self._left.values())):
            return False
        first = min(pair.left) == 0, min(pair.right) == 0
        # Headers put the family name first, and people the given name.
        return first[1] if first[0] != first[1] else None


def _lasting(words: dict[int, str], name: Written) -> list[str]:
    """Of what is left, the words that the other name should have too."""
    return [
        word
        for index, word in words.items()
        if not is_link(word, name)
        and not is_patronymic(word)
        and not (len(name.words) > 2 and name.ends_cut(index))
    ]


def _spare(word: str, name: Written) -> bool:
    """Whether a word is no name of its own: a link, or the father's name beside two others."""
    return is_link(word, name) or (len(name.words) > 2 and is_patronymic(word))
