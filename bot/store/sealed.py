"""Sealed columns: what a patient said, wrote or is called, as the database holds it.

A value that is written says whose it is: `sealed(case_id, words)`; words alone are refused, so that
none can be forgotten, and so are words of nobody: no erasure would reach them (`own_keys.py` names
what is of no case). What is read is opened. Nothing that is sealed can be searched or compared in
a query: an empty text and NULL stay what they are, and nothing else can be told of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import sqlalchemy as sa

from bot.store.codec import BROKEN
from bot.store.keyring import KEYS, BrokenSeal
from bot.store.operator_key import OperatorKeyError


@dataclass(frozen=True, slots=True)
class Sealed:
    """Words of a case, on their way into the database."""

    case_id: str
    words: str


#: What a sealed column takes: nothing, or words of a case.
Given: TypeAlias = Sealed | None

#: What says nothing stands as it is: no words, and a message or an update that was emptied.
EMPTY = "{}"
_NOTHING = ("", EMPTY)


def sealed(case_id: str, words: str) -> Sealed:
    """Words that are to be sealed with the key of this case."""
    return Sealed(case_id, words)


def maybe_sealed(case_id: str, words: str | None) -> Sealed | None:
    """The same, where there may be none."""
    return None if words is None else Sealed(case_id, words)


class SealedText(sa.types.TypeDecorator[Any]):
    """Words that are sealed on their way in and opened on their way out.

    Of a key that was destroyed nothing is left: what it had sealed reads as empty, or as NULL where
    the column may be.
    """

    impl = sa.Text
    cache_ok = True

    def __init__(self, place: str, *, nullable: bool = False) -> None:
        """`place` is `table.column`, which is sealed in: no value can be put into another column."""
        super().__init__()
        self.place = place
        self.nullable = nullable

    def process_bind_param(self, value: Given | str, dialect: sa.Dialect | None) -> str | None:
        """Seal it. Raises TypeError for words of which nobody has said whose they are."""
        if value is None or value in _NOTHING:
            return value
        if not isinstance(value, Sealed) or not value.case_id:
            raise TypeError(f"{self.place} holds a patient's words: say whose, with sealed()")
        if value.words in _NOTHING:
            return value.words
        return KEYS.get().seal(value.case_id, self.place, value.words)

    def process_result_value(self, value: str | None, dialect: sa.Dialect | None) -> str | None:
        """Open it."""
        if value is None or value in _NOTHING:
            return value
        opened = KEYS.get().open(self.place, value)
        return opened if opened is not None or self.nullable else ""


class MaybeBroken(SealedText):
    """The same, for who reads many rows at once: what can't be opened reads as `codec.BROKEN`."""

    cache_ok = True

    def process_result_value(self, value: str | None, dialect: sa.Dialect | None) -> str | None:
        """Open it, or say that it can't be."""
        try:
            return super().process_result_value(value, dialect)
        except (BrokenSeal, OperatorKeyError):
            return BROKEN


def maybe_broken(column: sa.Column[Any]) -> sa.ColumnElement[Any]:
    """A sealed column of many rows, of which one that is damaged must not hide the others."""
    type_ = column.type
    assert isinstance(type_, SealedText)
    read = sa.type_coerce(column, MaybeBroken(type_.place, nullable=type_.nullable))
    return read.label(column.name)


def readable(table: sa.Table) -> list[sa.ColumnElement[Any]]:
    """The columns of a table, to read many rows of which some may be damaged."""
    return [maybe_broken(one) if isinstance(one.type, SealedText) else one for one in table.columns]


def words(place: str, default: str | None = None) -> sa.Column[str]:
    """A patient's words; required. `place` is `table.column`."""
    name = place.partition(".")[2]
    return sa.Column(name, SealedText(place), nullable=False, server_default=default)


def maybe_words(place: str) -> sa.Column[str | None]:
    """A patient's words, or NULL. `place` is `table.column`."""
    name = place.partition(".")[2]
    return sa.Column(name, SealedText(place, nullable=True), nullable=True)
