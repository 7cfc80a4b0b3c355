"""Columns: the few kinds of which all tables are made."""

from __future__ import annotations

import sqlalchemy as sa

#: What all tables belong to.
metadata = sa.MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    }
)


def text(name: str, default: str | None = None) -> sa.Column[str]:
    """Words; required."""
    return sa.Column(name, sa.Text, nullable=False, server_default=default)


def maybe(name: str) -> sa.Column[str | None]:
    """Words, or NULL."""
    return sa.Column(name, sa.Text, nullable=True)


def key() -> sa.Column[str]:
    """The row's own id, which we make."""
    return sa.Column("id", sa.Text, primary_key=True)


def serial() -> sa.Column[int]:
    """The row's own id, which the database counts."""
    return sa.Column("id", sa.Integer, primary_key=True, autoincrement=True)


def number(name: str, default: int | None = None) -> sa.Column[int]:
    """A whole number; required."""
    given = None if default is None else str(default)
    return sa.Column(name, sa.Integer, nullable=False, server_default=given)


def maybe_number(name: str) -> sa.Column[int | None]:
    """A whole number, or NULL."""
    return sa.Column(name, sa.Integer, nullable=True)


def moment(name: str) -> sa.Column[float]:
    """Seconds since 1970, UTC; required."""
    return sa.Column(name, sa.Float, nullable=False)


def maybe_moment(name: str) -> sa.Column[float | None]:
    """Seconds since 1970, UTC, or NULL."""
    return sa.Column(name, sa.Float, nullable=True)
