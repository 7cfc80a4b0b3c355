"""Catalog keys: what may stand in an entry of each table of a catalog, and of which type it is."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

#: `words` may be a table by language in an operator's file; `ids` is a list of strings.
Shape = Literal["words", "string", "ids", "flag", "days"]

_COMMON: Mapping[str, Shape] = {
    "id": "string",
    "source": "string",
    "reviewed_by": "string",
    "off": "flag",
    "after": "string",
}
#: A need's levels: the case types that need it so.
LEVEL_KEYS: Mapping[str, Shape] = MappingProxyType(
    {"mandatory": "ids", "if_done": "ids", "recommended": "ids"}
)

KEYS: Mapping[str, Mapping[str, Shape]] = MappingProxyType(
    {
        "case_type": {
            **_COMMON,
            "label": "words",
            "of": "string",
            "includes": "ids",
            "unlike": "flag",
        },
        "item": {
            **_COMMON,
            **dict.fromkeys(("title", "short", "ask", "ask_helper", "send"), "words"),
            **dict.fromkeys(("what", "how", "how_helper", "none"), "words"),
            "collects": "string",
            "none_is_answer": "flag",
            "not_for": "ids",
            "only_for": "ids",
            "modalities": "ids",
            "level": "string",
            "fresh_days": "days",
        },
        "need": {
            **_COMMON,
            **LEVEL_KEYS,
            **dict.fromkeys(("text", "why", "how"), "words"),
            "item": "string",
            "modalities": "ids",
            "fresh_days": "days",
        },
    }
)

#: Without these an entry can't be used.
NEEDED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "case_type": ("id", "label"),
        "item": ("id", "collects", "title", "ask", "send", "what", "how"),
        "need": ("id", "item", "text"),
    }
)

#: Keys that are said in place of another, and follow it where an operator changes that one.
FOLLOWERS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"ask": ("ask_helper",), "how": ("how_helper",), "title": ("short",)}
)

#: The keys whose values a patient reads; the message extractor uses this too.
TEXT_KEYS = frozenset(
    key for keys in KEYS.values() for key, shape in keys.items() if shape == "words"
)

#: The keys whose values stand on a button, and must be short in every language.
BUTTON_KEYS = frozenset({"short", "label", "none"})
