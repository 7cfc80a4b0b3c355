"""Catalog check: every fault of a checklist at once, in its shape, in its words, and as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bot.i18n import SOURCE, Catalogs
from bot.paths import builtin_catalog, load_languages, own_catalog, reserved_ids
from checklist.catalog import UNSURE, Catalog, CatalogError
from checklist.catalog_faults import Fault, structure_faults
from checklist.catalog_parsing import parse_catalog, read_toml
from checklist.catalog_words import Tongues, sign_offs, word_faults
from handlers.flow import AFTER_ITEMS, BEFORE_ITEMS

#: WhatsApp's lists hold ten rows, and one is for an emergency:
#: https://www.twilio.com/docs/content/twilio-list-picker
_ROWS = 9
#: People over sixty found sixty-six questions of no use, and twenty-one a small load
#: (Frontiers in Digital Health 2023); the step at the end is no question.
_QUESTIONS = 25
_OTHERS = len(BEFORE_ITEMS) + len(AFTER_ITEMS) - 1


def check(path: Path | None) -> tuple[Fault, ...]:
    """The faults of an operator's file, or of the built-in checklist; those that are wrong first.

    Raises CatalogError where the file can't be read.
    """
    languages = load_languages()
    source = own_catalog(path) if path else builtin_catalog()
    try:
        data = read_toml(source)
    except CatalogError as error:
        do = "see the TOML of checklist/catalog.toml for its form"
        return (Fault(entry="the file", what=str(error), do=do),)
    base = read_toml(builtin_catalog()) if path else {}
    reserved = reserved_ids() if path else frozenset()
    found = [*structure_faults(data, base, reserved=reserved)]
    whole = not any(fault.severity == "wrong" for fault in found)
    found += [*word_faults(data, tongues_of(languages)), *sign_offs(data, base)]
    if whole:
        found += whole_faults(parse_catalog(builtin_catalog(), source if path else ""))
    return tuple(sorted(dict.fromkeys(found), key=lambda fault: fault.severity == "note"))


def tongues_of(languages: Catalogs) -> Tongues:
    """The languages that are offered beside English."""
    tags = tuple(tag for tag in languages.offered if tag != SOURCE)
    return Tongues(tags=tags, translation=languages.translation)


def whole_faults(catalog: Catalog) -> Iterator[Fault]:
    """What no entry is wrong about, and all together are: lists and conversations that are too long."""
    lists = {"": len(catalog.case_types)}
    lists |= {one.id: len(catalog.kinds_of(one.id)) + 1 for one in catalog.case_types}
    for broad, count in lists.items():
        if count > _ROWS:
            entry = f"case_type {broad}" if broad else "case_type"
            do = f"make them {_ROWS}, so that they fit into one list; switch some off, or join some"
            yield Fault(entry=entry, what=f"{count} choices in one question", do=do)
    for broad, kind, scope in scopes(catalog):
        count = _OTHERS + sum(item.applies(scope) for item in catalog.items)
        if count > _QUESTIONS:
            do = f"make them {_QUESTIONS}: name things as a [[need]] within an item that is there"
            what = f"{count} questions are asked"
            yield Fault(entry=f"case_type {kind or broad}", what=what, do=do)


def scopes(catalog: Catalog) -> Iterator[tuple[str, str, frozenset[str]]]:
    """Each way in which a patient can answer: the broad type, the kind, and the types it comes to."""
    for broad in catalog.case_types:
        kinds = [one.id for one in catalog.kinds_of(broad.id)]
        for kind in [*kinds, UNSURE] if kinds else [""]:
            yield broad.id, kind, catalog.scope(broad.id, kind)
