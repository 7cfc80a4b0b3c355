"""Catalog faults: everything that is wrong with the shape of a catalog, each with what to do about it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from checklist.catalog import LEVELS, UNSURE
from checklist.catalog_keys import KEYS, LEVEL_KEYS, NEEDED, Shape

Raw = Mapping[str, Any]

#: An id is part of what a button carries, `<step>:<choice>:<turn>`, in 64 bytes.
_ID = re.compile(r"[a-z][a-z0-9_]{0,23}\Z")
_CODE = re.compile(r"[A-Z]{2,8}\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault. `entry` names where ("item imaging"), `do` says what to change.

    A note keeps nobody from using the catalog.
    """

    entry: str
    what: str
    do: str
    severity: Literal["wrong", "note"] = "wrong"

    def __str__(self) -> str:
        """In one line."""
        return f"{self.entry}: {self.what}; {self.do}"


def structure_faults(over: Raw, base: Raw, *, reserved: Collection[str] = ()) -> Iterator[Fault]:
    """The faults of a file that is laid over another, which is known to be whole, or over nothing."""
    for table, rows in over.items():
        if table not in KEYS:
            tables_of = ", ".join(f"[[{name}]]" for name in KEYS)
            yield Fault(entry=f"[{table}]", what="unknown table", do=f"use one of {tables_of}")
        elif not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            yield Fault(entry=table, what="not a list of entries", do=f"write it as [[{table}]]")
    tables = {
        name: [row for row in over.get(name, ()) if isinstance(row, dict)]
        for name in KEYS
        if isinstance(over.get(name, []), list)
    }
    known = _Known(tables, base)
    for table, entries in tables.items():
        for row in entries:
            where = f"{table} {row.get('id', '?')}"
            yield from _shape(table, row, where, new=str(row.get("id")) not in known.before[table])
            yield from _ids(table, row, where, known, reserved)
    yield from _doubles(tables)


class _Known:
    """The ids of the file beneath, and of both, by table."""

    def __init__(self, tables: Mapping[str, list[dict[str, Any]]], base: Raw) -> None:
        """Collect them."""
        self.before = {name: {str(row["id"]) for row in base.get(name, ())} for name in KEYS}
        self.all = {
            name: self.before[name] | {str(row.get("id")) for row in tables.get(name, ())}
            for name in KEYS
        }


def _shape(table: str, row: Raw, where: str, *, new: bool) -> Iterator[Fault]:
    for key, value in row.items():
        shape = KEYS[table].get(key)
        if shape is None:
            known = ", ".join(sorted(KEYS[table]))
            yield Fault(entry=where, what=f"unknown key {key!r}", do=f"use one of {known}")
        elif wanted := _misshapen(shape, value):
            yield Fault(entry=where, what=f"{key} is {value!r:.40}", do=f"write {wanted}")
    if not new:
        return
    for key in NEEDED[table]:
        if key not in row:
            yield Fault(entry=where, what=f"{key} is missing", do=f"add {key} = …")
    if table == "need" and not any(row.get(key) for key in LEVEL_KEYS):
        levels = " or ".join(LEVEL_KEYS)
        yield Fault(entry=where, what="no case type needs it", do=f"add {levels} = [case types]")


def _misshapen(shape: Shape, value: Any) -> str:
    """What should stand there instead, "" where all is well."""
    match shape:
        case "words" if isinstance(value, dict):
            if not all(isinstance(one, str) and one.strip() for one in value.values()):
                return 'words for each language: {en = "…", ru = "…"}'
            return "" if "en" in value else 'the English too: {en = "…", …}'
        case "words":
            return (
                "" if isinstance(value, str) and value.strip() else 'words, or {en = "…", ru = "…"}'
            )
        case "string":
            return "" if isinstance(value, str) else "a text in quotation marks"
        case "ids":
            strings = isinstance(value, list) and all(isinstance(one, str) for one in value)
            return "" if strings else 'a list: ["…", "…"]'
        case "flag":
            return "" if isinstance(value, bool) else "true or false"
        case "days":
            # True is an int, too.
            count = isinstance(value, int) and not isinstance(value, bool) and value > 0
            return "" if count else "a number of days above 0"


def _ids(
    table: str, row: Raw, where: str, known: _Known, reserved: Collection[str]
) -> Iterator[Fault]:
    own = str(row.get("id"))
    if not isinstance(row.get("id"), str) or not _ID.match(own):
        do = "use small letters, digits and _, beginning with a letter, at most 24"
        yield Fault(entry=where, what=f"the id {own!r} can't be used", do=do)
    elif own == UNSURE or (table == "item" and own in reserved):
        yield Fault(entry=where, what="the id is taken by the program", do="choose another id")
    other = {"item": "case_type", "case_type": "item"}.get(table)
    if other and own in known.before[other]:
        do = "choose another id"
        yield Fault(entry=where, what=f"the id belongs to the table [[{other}]]", do=do)
    if row.get("off") is True and own not in known.before[table]:
        do = "correct the id, or take the entry out"
        yield Fault(entry=where, what="switched off, but there is no such entry", do=do)
    if table == "item" and own in known.before["item"]:
        yield from _built_in(row, where)
    yield from _chosen(row, where)
    types, items = known.all["case_type"], known.all["item"]
    for key in ("not_for", "only_for", "includes", *LEVEL_KEYS):
        value = row.get(key)
        for one in value if isinstance(value, list) else ():
            yield from _must_be(one, types, where, key, "case type")
    if "of" in row:
        yield from _must_be(row["of"], types, where, "of", "case type")
    if "item" in row and table == "need":
        yield from _must_be(row["item"], items, where, "item", "item")
    if "after" in row:
        yield from _must_be(row["after"], known.all[table] - {own}, where, "after", table)


def _built_in(row: Raw, where: str) -> Iterator[Fault]:
    """What an operator can't change of an item that the program has steps or checks of its own for."""
    if "collects" in row:
        do = "take collects out, or make an item of your own"
        yield Fault(entry=where, what="how a built-in item is answered can't be changed", do=do)
    if row.get("off") is True and row.get("id") == "imaging":
        do = "leave it on; patients can skip it"
        yield Fault(entry=where, what="scans can't be switched off", do=do)


def _chosen(row: Raw, where: str) -> Iterator[Fault]:
    """Values of which there are only a few."""
    for key, values in (("collects", ("records", "entries")), ("level", LEVELS)):
        if key in row and row[key] not in values:
            do = f"use one of {', '.join(values)}"
            yield Fault(entry=where, what=f"{key} is {row[key]!r}", do=do)
    codes = row.get("modalities")
    for code in codes if isinstance(codes, list) else ():
        if not _CODE.match(str(code)):
            do = "use DICOM's code, such as CT or MR"
            yield Fault(entry=where, what=f"modalities has {code!r}", do=do)


def _must_be(one: Any, ids: Collection[str], where: str, key: str, table: str) -> Iterator[Fault]:
    if not isinstance(one, str) or one not in ids:
        do = f"use one of {', '.join(sorted(ids))}"
        yield Fault(entry=where, what=f"{key} names {one!r}, and there is no such {table}", do=do)


def _doubles(tables: Mapping[str, list[dict[str, Any]]]) -> Iterator[Fault]:
    """An id stands once in a file, and an item is no case type: both are ids of what is answered."""
    seen: dict[str, str] = {}
    for table, rows in tables.items():
        for row in rows:
            own = str(row.get("id"))
            if own in seen and "need" not in (table, seen[own]):
                do = "choose another id for one of them"
                yield Fault(entry=f"{table} {own}", what="the id is used more than once", do=do)
            elif seen.get(own) == table:
                do = "put both into one entry"
                yield Fault(entry=f"{table} {own}", what="the id is used more than once", do=do)
            seen.setdefault(own, table)
