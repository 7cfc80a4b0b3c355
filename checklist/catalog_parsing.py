"""Catalog parsing: from TOML to a `Catalog`, with an operator's own file laid over the built-in one.

Everything that can be wrong with a file is found by `catalog_faults.py`, all at once; what is left
to do here is to build values from entries that are known to be whole.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Any

from checklist.catalog import (
    LEVELS,
    CaseType,
    Catalog,
    CatalogError,
    ChecklistItem,
    Level,
    Need,
)
from checklist.catalog_faults import structure_faults
from checklist.catalog_keys import FOLLOWERS, LEVEL_KEYS, TEXT_KEYS
from checklist.text import OWN_WORDS, Text

Raw = Mapping[str, Any]

#: So many faults are named where a file is refused; the command that checks one names all.
_NAMED = 3


def parse_catalog(source: str, own: str = "", *, reserved: Collection[str] = ()) -> Catalog:
    """A catalog from the built-in TOML and an operator's own.

    `reserved` are ids of steps that no item may have. Raises `CatalogError` that names the entries
    at fault and what to change.
    """
    data, over = read_toml(source), read_toml(own)
    faults = [*structure_faults(data, {}, reserved=reserved)] if not over else []
    faults += structure_faults(over, data, reserved=reserved) if over else []
    if wrong := [fault for fault in faults if fault.severity == "wrong"]:
        more = f" (and {len(wrong) - _NAMED} more)" if len(wrong) > _NAMED else ""
        raise CatalogError("; ".join(str(fault) for fault in wrong[:_NAMED]) + more)
    return _built(laid_over(data, over), _words_of(over))


def read_toml(source: str) -> Raw:
    """The tables of a file; raises `CatalogError` where it isn't TOML."""
    try:
        return tomllib.loads(source)
    except tomllib.TOMLDecodeError as error:
        raise CatalogError(f"it is not valid TOML: {error}") from error


# ---- one over the other ------------------------------------------------------------------------


def laid_over(base: Raw, over: Raw) -> dict[str, list[dict[str, Any]]]:
    """The entries of both: a key of an entry that is known replaces the built-in one.

    New entries stand behind those that are there, or where `after` says; `off` takes one away.
    """
    merged: dict[str, list[dict[str, Any]]] = {}
    for table in ("case_type", "item", "need"):
        rows = [dict(entry) for entry in base.get(table, ())]
        for entry in over.get(table, ()):
            _lay(rows, dict(entry))
        merged[table] = [row for row in rows if row.get("off") is not True]
    return merged


def _lay(rows: list[dict[str, Any]], entry: dict[str, Any]) -> None:
    marked = {k: _Own(v) if k in TEXT_KEYS else v for k, v in entry.items()}
    known = next((row for row in rows if row.get("id") == entry["id"]), None)
    if known is None:
        place = (
            [row.get("id") for row in rows].index(entry["after"]) + 1 if "after" in entry else None
        )
        rows.insert(len(rows) if place is None else place, marked)
        return
    for key, followers in FOLLOWERS.items():
        # What the built-in file says to a helper would go on saying what the operator changed.
        if key in entry:
            for follower in followers:
                known.pop(follower, None)
    if LEVEL_KEYS.keys() & entry.keys():
        for key in LEVEL_KEYS:
            known.pop(key, None)
    known.update(marked)


class _Own:
    """Words of an operator's file: English alone, or a table by language."""

    def __init__(self, value: Any) -> None:
        """Keep the English."""
        self.english = str(value["en"] if isinstance(value, dict) else value)


def _words_of(over: Raw) -> Mapping[str, Mapping[str, str]]:
    """The translations that a file brings, by locale and then by English text."""
    found: dict[str, dict[str, str]] = {}
    for table in over.values():
        for entry in table:
            for key, value in entry.items():
                if key in TEXT_KEYS and isinstance(value, dict):
                    for locale, words in value.items():
                        tag = locale.replace("_", "-")
                        found.setdefault(tag, {})[value["en"]] = words
    return MappingProxyType(found)


# ---- values ------------------------------------------------------------------------------------


def _built(
    data: Mapping[str, list[dict[str, Any]]], words: Mapping[str, Mapping[str, str]]
) -> Catalog:
    types = tuple(_case_type(entry) for entry in data["case_type"])
    ids = {one.id for one in types}
    return Catalog(
        items=tuple(_item(entry) for entry in data["item"]),
        case_types=tuple(one for one in types if not one.of),
        # What was under a type that is switched off goes with it.
        kinds=tuple(one for one in types if one.of and one.of in ids),
        needs=tuple(_need(entry) for entry in data["need"]),
        words=words,
    )


def _case_type(entry: Raw) -> CaseType:
    return CaseType(
        id=entry["id"],
        label=_text(entry["label"]),
        of=entry.get("of", ""),
        includes=tuple(entry.get("includes", ())),
        unlike=entry.get("unlike") is True,
        source=entry.get("source", ""),
        reviewed_by=entry.get("reviewed_by", ""),
    )


def _item(entry: Raw) -> ChecklistItem:
    ask, title, how = entry["ask"], entry["title"], entry["how"]
    return ChecklistItem(
        id=entry["id"],
        collects=entry["collects"],
        title=_text(title),
        short=_text(entry.get("short", title)),
        ask=_text(ask),
        ask_helper=_text(entry.get("ask_helper", ask)),
        send=_text(entry["send"]),
        what=_text(entry["what"]),
        how=_text(how),
        how_helper=_text(entry.get("how_helper", how)),
        none=_text(entry["none"]) if entry.get("none") else None,
        none_is_answer=entry.get("none_is_answer") is True,
        not_for=tuple(entry.get("not_for", ())),
        only_for=tuple(entry.get("only_for", ())),
        modalities=tuple(entry.get("modalities", ())),
        level=entry.get("level", "if_done"),
        fresh_days=entry.get("fresh_days"),
        source=entry.get("source", ""),
        reviewed_by=entry.get("reviewed_by", ""),
    )


def _need(entry: Raw) -> Need:
    levels: dict[str, Level] = {}
    for level in reversed(LEVELS):
        levels |= dict.fromkeys(entry.get(level, ()), level)
    return Need(
        id=entry["id"],
        item=entry["item"],
        text=_text(entry["text"]),
        levels=MappingProxyType(levels),
        why=_text(entry["why"]) if entry.get("why") else None,
        how=_text(entry["how"]) if entry.get("how") else None,
        fresh_days=entry.get("fresh_days"),
        modalities=tuple(entry.get("modalities", ())),
        source=entry.get("source", ""),
        reviewed_by=entry.get("reviewed_by", ""),
    )


def _text(value: Any) -> Text:
    return (
        Text(msgid=value.english, context=OWN_WORDS)
        if isinstance(value, _Own)
        else Text(msgid=value)
    )
