"""On PostgreSQL the jobs are Procrastinate's: its tables, and which of its jobs stands for one of ours."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import op

from bot.store.migrations.both import WHOLE, is_postgres

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

# A copy of `procrastinate schema --read` of this release. A later release that changes it comes with SQL
# of its own, which belongs into a migration of its own: https://procrastinate.readthedocs.io/en/stable/
# howto/production/migrations.html
_SCHEMA = Path(__file__).parent.parent / "procrastinate_3_10.sql"

_TABLES = ("periodic_defers", "events", "jobs", "workers")
_TYPES = ("job_to_defer_v1", "job_status", "job_event_type")


def upgrade() -> None:
    op.add_column("job", sa.Column("note", WHOLE, nullable=True))
    if is_postgres():
        _run(_SCHEMA.read_text("utf-8"))


def downgrade() -> None:
    op.drop_column("job", "note")
    if is_postgres():
        for table in _TABLES:
            op.execute(f"DROP TABLE procrastinate_{table} CASCADE")
        _run(_DROP_FUNCTIONS)
        for name in _TYPES:
            op.execute(f"DROP TYPE procrastinate_{name}")


_DROP_FUNCTIONS = """
DO $$
DECLARE
    found regprocedure;
BEGIN
    FOR found IN
        SELECT oid::regprocedure FROM pg_proc
        WHERE proname LIKE 'procrastinate\\_%' AND pronamespace = current_schema()::regnamespace
    LOOP
        EXECUTE 'DROP FUNCTION ' || found || ' CASCADE';
    END LOOP;
END $$
"""


def _run(script: str) -> None:
    """Run several statements as they stand: SQLAlchemy would look for parameters in them."""
    adapted: Any = op.get_bind().connection.dbapi_connection
    adapted.run_async(lambda connection: connection.execute(script))
