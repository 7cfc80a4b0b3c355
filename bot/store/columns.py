"""Columns: the kinds that the tables are made of, and the metadata that holds them all."""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    }
)


def text(name: str, default: str | None = None) -> sa.Column[str]:
    """Words, never NULL."""
    return sa.Column(name, sa.Text, nullable=False, server_default=default)


def maybe(name: str) -> sa.Column[str | None]:
    """Words, or NULL."""
    return sa.Column(name, sa.Text, nullable=True)


def id_() -> sa.Column[str]:
    """An id of ours, the primary key."""
    return sa.Column("id", sa.Text, primary_key=True)


def serial() -> sa.Column[int]:
    """A number that counts up, the primary key."""
    return sa.Column("id", sa.Integer, primary_key=True, autoincrement=True)


def int_(name: str, default: int | None = None) -> sa.Column[int]:
    """A number, never NULL."""
    given = None if default is None else str(default)
    return sa.Column(name, sa.Integer, nullable=False, server_default=given)


def maybe_int(name: str) -> sa.Column[int | None]:
    """A number, or NULL."""
    return sa.Column(name, sa.Integer, nullable=True)


def time(name: str) -> sa.Column[float]:
    """Seconds since 1970, UTC."""
    return sa.Column(name, sa.Float, nullable=False)


def maybe_time(name: str) -> sa.Column[float | None]:
    """Seconds since 1970, UTC, or NULL."""
    return sa.Column(name, sa.Float, nullable=True)
