"""Catalog: every checklist item, kind of case and need, as `catalog.toml` declares them.

`catalog_parsing.py` reads one; the values here are what the rest of the program knows of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from checklist.text import Text

Collects = Literal["records", "entries"]

#: How much a specialist wants something: always, where it was ever made, or as a help. The highest
#: first: where several kinds of case ask for one thing, the highest counts.
Level = Literal["mandatory", "if_done", "recommended"]
LEVELS: tuple[Level, ...] = ("mandatory", "if_done", "recommended")

#: The answer to "which of them?" of who doesn't know. It is no case type's id.
UNSURE = "unsure"

_NO_WORDS: Mapping[str, Mapping[str, str]] = MappingProxyType({})
_NO_LEVELS: Mapping[str, Level] = MappingProxyType({})


class CatalogError(ValueError):
    """The catalog cannot be used; the message says which entry and what to change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseType:
    """A kind of case that a patient can choose.

    `of` is the broad type that it is one of, "" for a broad one. `includes` are other types whose
    needs it has too. `unlike`: what is under it has nothing in common, so that "I am not sure" adds
    nothing to the general list.
    """

    id: str
    label: Text
    of: str = ""
    includes: tuple[str, ...] = ()
    unlike: bool = False
    source: str = ""
    reviewed_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChecklistItem:
    """Something a specialist needs. Its id is also the id of the step that asks for it.

    `only_for` and `not_for` are ids of case types; `modalities` those of studies that count for it
    wherever they are filed; `fresh_days` how old its newest record may be before that is mentioned.
    """

    id: str
    collects: Collects
    title: Text
    short: Text
    ask: Text
    ask_helper: Text
    send: Text
    what: Text
    how: Text
    how_helper: Text
    none: Text | None = None
    none_is_answer: bool = False
    not_for: tuple[str, ...] = ()
    only_for: tuple[str, ...] = ()
    modalities: tuple[str, ...] = ()
    level: Level = "if_done"
    fresh_days: int | None = None
    source: str = ""
    reviewed_by: str = ""

    def applies(self, scope: Collection[str]) -> bool:
        """Whether a case of these types is asked for it; one of an unknown type for all general items."""
        if self.only_for and not set(self.only_for) & set(scope):
            return False
        return not set(self.not_for) & set(scope)


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """One thing that some kinds of case need, named within an item.

    `text` names it, `why` says what for in a few words, `how` how to get it where that differs from
    the item's own way. `levels` is by case type. `fresh_days` is of the newest record of the item,
    or of its newest study or report of these `modalities` (DICOM's codes).
    """

    id: str
    item: str
    text: Text
    levels: Mapping[str, Level] = field(default_factory=lambda: _NO_LEVELS)
    why: Text | None = None
    how: Text | None = None
    fresh_days: int | None = None
    modalities: tuple[str, ...] = ()
    source: str = ""
    reviewed_by: str = ""

    def level(self, scope: Collection[str]) -> Level | None:
        """How much a case of these types needs it: the highest of theirs, None for not at all."""
        found = {self.levels[kind] for kind in scope if kind in self.levels}
        return next((level for level in LEVELS if level in found), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalog:
    """The items in the order in which they are asked, the case types, broad and narrow, and the needs.

    `words` are translations that an operator's own file brings: by locale, then by English text.
    """

    items: tuple[ChecklistItem, ...]
    case_types: tuple[CaseType, ...]
    kinds: tuple[CaseType, ...] = ()
    needs: tuple[Need, ...] = ()
    words: Mapping[str, Mapping[str, str]] = field(default_factory=lambda: _NO_WORDS)

    def item(self, item_id: str) -> ChecklistItem | None:
        """The item of this id, or None."""
        return next((item for item in self.items if item.id == item_id), None)

    def case_type(self, type_id: str | None) -> CaseType | None:
        """The case type of this id, broad or narrow, or None."""
        known = (*self.case_types, *self.kinds)
        return next((kind for kind in known if kind.id == type_id), None)

    def kinds_of(self, broad: str | None) -> tuple[CaseType, ...]:
        """The narrower types of a broad one, in their order."""
        return tuple(kind for kind in self.kinds if kind.of == broad)

    def scope(self, broad: str | None, kind: str | None) -> frozenset[str]:
        """All types whose needs a case has.

        Who is not sure has the needs of all that it may be, but not of what those include. Where the
        second question was not answered, it is the broad type alone: nothing new is asked of a case
        from before.
        """
        named = self.case_type(broad)
        if named is None:
            return frozenset()
        below = self.kinds_of(named.id)
        if kind == UNSURE and not named.unlike:
            return frozenset({named.id, *(one.id for one in below)})
        return frozenset(
            self._with_included([named.id, *(one.id for one in below if one.id == kind)])
        )

    def _with_included(self, ids: list[str]) -> Iterator[str]:
        waiting, seen = list(ids), set[str]()
        while waiting:
            one = waiting.pop()
            if one in seen:
                continue
            seen.add(one)
            yield one
            known = self.case_type(one)
            for other in known.includes if known else ():
                # A broad type that is included brings all that is under it.
                waiting += [other, *(kind.id for kind in self.kinds_of(other))]

    def needs_of(self, item_id: str, scope: Collection[str]) -> tuple[tuple[Need, Level], ...]:
        """What these types need within an item, with its level, the highest first."""
        found = [(need, need.level(scope)) for need in self.needs if need.item == item_id]
        mine = [(need, level) for need, level in found if level is not None]
        return tuple(sorted(mine, key=lambda pair: LEVELS.index(pair[1])))
