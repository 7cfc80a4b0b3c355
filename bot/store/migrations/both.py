"""What a migration is written with so that it is the same on SQLite and on PostgreSQL."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

#: A whole number of any size.
WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def only(condition: str) -> dict[str, Any]:
    """For an index of only the rows that are of interest."""
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


def is_postgres() -> bool:
    """Whether the database that is being changed is a PostgreSQL."""
    return op.get_context().dialect.name == "postgresql"
