"""Invented languages: a catalog and words that a machine makes of the English ones.

Nobody speaks them, and so they show what no real language can: a text that no translator can reach is
the only one in English letters; a text that is longer than ours breaks the page; one from right to left
turns what should have been turned. The folders are those of Esperanto and Yiddish, whose plurals and
directions are taken over.
"""

from __future__ import annotations

import re
import shutil
import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from bot.i18n import Catalogs
from tests.message_catalogs import LOCALES, LONGEST_LABEL, button_labels, forms, messages

#: From left to right and 40 % longer; from right to left.
LONG, TURNED = "eo", "yi"

Spell = Callable[[str], str]
_LATIN = "abcdefghijklmnopqrstuvwxyz"
_STROKES = str.maketrans(
    _LATIN + _LATIN.upper(), "áƀçđéƒĝħíĵķĺɱñóƥʠŕšŧúṽŵẋýžÁƁÇĐÉƑĜĦÍĴĶĹṀÑÓƤɊŔŠŦÚṼŴẊÝŽ"
)
_HEBREW = str.maketrans(_LATIN + _LATIN.upper(), "אבגדהוזחטיכלמנסעפצקרשתךםןף" * 2)
_PLACE = re.compile(r"(\{\w+\})")
_HEAD = "# {name}, invented for a test.\n# Reviewed-By: none (nobody speaks it)\n"


def long_words(text: str) -> str:
    """Every letter with a stroke or an accent, which the pages must be able to show."""
    return _outside_places(text, _STROKES)


def turned_words(text: str) -> str:
    """Every letter as one that is written from right to left."""
    return _outside_places(text, _HEBREW)


def _outside_places(text: str, letters: Mapping[int, int]) -> str:
    parts = _PLACE.split(text)
    return "".join(p if _PLACE.fullmatch(p) else p.translate(dict(letters)) for p in parts)


def with_invented(folder: Path) -> Catalogs:
    """English and the two invented languages, in a new folder of languages."""
    shutil.copytree(LOCALES / "en", folder / "en")
    write_language(folder, LONG, long_words, longer=0.4)
    write_language(folder, TURNED, turned_words)
    return Catalogs.load(folder)


def write_language(folder: Path, tag: str, spell: Spell, *, longer: float = 0.0) -> None:
    """A whole language: a catalog of every text of ours, `longer` by a part, and its words."""
    (folder / tag / "LC_MESSAGES").mkdir(parents=True)
    with (LOCALES / "messages.pot").open("rb") as source:
        catalog = read_po(source, locale=tag)
    catalog.header_comment = _HEAD.format(name=tag)
    labels = button_labels()
    for message in messages(catalog):
        ids = forms(message.id)
        said = [spell(ids[min(n, len(ids) - 1)]) for n in range(_forms_of(catalog, ids))]
        if ids[0] not in labels:
            said = [_stretched(text, longer) for text in said]
        else:
            said = [text[:LONGEST_LABEL] for text in said]
        message.string = said[0] if len(ids) == 1 else tuple(said)
    with (folder / tag / "LC_MESSAGES" / "messages.po").open("wb") as made:
        write_po(made, catalog, width=0)
    english = tomllib.loads((LOCALES / "en" / "words.toml").read_text("utf-8"))
    (folder / tag / "words.toml").write_text("\n".join(_toml(english, spell)), "utf-8")


def _forms_of(catalog: Catalog, ids: tuple[str, ...]) -> int:
    return catalog.num_plurals if len(ids) > 1 else 1


def _stretched(text: str, part: float) -> str:
    """A text that is longer by a part, with room to break a line in what was added."""
    more = "óó éé " * round(len(text) * part / 6)
    end = re.search(r"[\s.?!:]*\Z", text)
    at = end.start() if end is not None else len(text)
    return f"{text[:at]} {more.strip()}{text[at:]}" if more else text


def _toml(table: Mapping[str, Any], spell: Spell, name: str = "") -> Iterator[str]:
    """A `words.toml` with each of its phrases spelt anew; what is a setting stays as it is."""
    if name:
        yield f"[{name}]"
    for key, value in table.items():
        if isinstance(value, list):
            yield f"{_quoted(key)} = [{', '.join(_quoted(spell(one)) for one in value)}]"
        elif not isinstance(value, dict):
            yield f"{_quoted(key)} = {str(value).lower() if isinstance(value, bool) else _quoted(value)}"
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _toml(value, spell, f"{name}.{_quoted(key)}" if name else key)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
