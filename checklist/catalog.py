"""Catalog: every checklist item and case type, as `catalog.toml` declares them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from checklist.text import Text

Collects = Literal["records", "entries"]

#: The keys of `catalog.toml` whose values a patient reads; the message extractor uses this too.
TEXT_KEYS = frozenset(
    {"title", "short", "ask", "ask_helper", "send", "what", "how", "how_helper", "none", "label"}
)


class CatalogError(ValueError):
    """The catalog cannot be used; the message says which entry and what to change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseType:
    """A kind of case that a patient can choose."""

    id: str
    label: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class ChecklistItem:
    """Something a specialist needs. Its id is also the id of the step that asks for it."""

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
    reviewed_by: str = ""

    def applies(self, case_type: str | None) -> bool:
        """Whether a case of this type needs the item; an unknown type needs everything."""
        return case_type not in self.not_for


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalog:
    """The items in the order in which they are asked, and the case types."""

    items: tuple[ChecklistItem, ...]
    case_types: tuple[CaseType, ...]

    def item(self, item_id: str) -> ChecklistItem | None:
        """The item of this id, or None."""
        return next((item for item in self.items if item.id == item_id), None)

    def case_type(self, type_id: str | None) -> CaseType | None:
        """The case type of this id, or None."""
        return next((kind for kind in self.case_types if kind.id == type_id), None)


def parse_catalog(source: str) -> Catalog:
    """Read a catalog from TOML; raises `CatalogError` that names the entry at fault."""
    try:
        data = tomllib.loads(source)
    except tomllib.TOMLDecodeError as error:
        raise CatalogError(f"the catalog is not valid TOML: {error}") from error
    items = tuple(_item(entry) for entry in data.get("item", ()))
    case_types = tuple(
        CaseType(id=_need(entry, "id"), label=Text(msgid=_need(entry, "label")))
        for entry in data.get("case_type", ())
    )
    ids = [*(item.id for item in items), *(kind.id for kind in case_types)]
    for known in ids:
        if ids.count(known) > 1:
            raise CatalogError(f"the id {known!r} is used more than once")
    return Catalog(items=items, case_types=case_types)


def _item(entry: Mapping[str, Any]) -> ChecklistItem:
    collects = _need(entry, "collects")
    if collects not in ("records", "entries"):
        raise CatalogError(
            f"item {entry.get('id')!r}: collects is {collects!r}, use records or entries"
        )
    ask = _need(entry, "ask")
    title = _need(entry, "title")
    how = _need(entry, "how")
    none = entry.get("none")
    return ChecklistItem(
        id=_need(entry, "id"),
        collects="records" if collects == "records" else "entries",
        title=Text(msgid=title),
        short=Text(msgid=str(entry.get("short", title))),
        ask=Text(msgid=ask),
        ask_helper=Text(msgid=str(entry.get("ask_helper", ask))),
        send=Text(msgid=_need(entry, "send")),
        what=Text(msgid=_need(entry, "what")),
        how=Text(msgid=how),
        how_helper=Text(msgid=str(entry.get("how_helper", how))),
        none=Text(msgid=str(none)) if none else None,
        none_is_answer=entry.get("none_is_answer") is True,
        not_for=tuple(str(kind) for kind in entry.get("not_for", ())),
        reviewed_by=str(entry.get("reviewed_by", "")),
    )


def _need(entry: Mapping[str, Any], key: str) -> str:
    value = entry.get(key)
    if not isinstance(value, str) or not value.strip():
        raise CatalogError(f"entry {entry.get('id', '?')!r} has no {key!r}")
    return value
