"""Append-only: triggers by which the database itself refuses to change or delete what is on record.

They stop a mistake, and whoever may write rows but not alter tables. Who may do that can lift them as
this program does, to carry all rows into an empty place: what is then changed, `second-opinion audit
verify` finds.
"""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa

TABLES: Final = ("audit", "audit_head", "audit_checkpoint")

#: What an erasure leaves in the chain of its case: the details of all before it are forgotten.
FORGOTTEN: Final = "trail.forgotten"

#: An event without a place in its chain may be given one; an erased case's may lose their details.
_EVENT: Final = f"""
    NEW.id = OLD.id AND NEW.case_id = OLD.case_id AND NEW.at = OLD.at AND NEW.action = OLD.action
    AND (
        (
            OLD.seq IS NULL AND NEW.seq IS NOT NULL
            AND NEW.actor = OLD.actor AND NEW.object = OLD.object
        )
        OR (
            NEW.seq = OLD.seq AND NEW.details = OLD.details AND NEW.hash = OLD.hash
            AND NEW.salt IS NULL AND NEW.object = ''
            AND replace(NEW.actor, ' ', '') = NEW.actor
            AND substr(OLD.actor || ' ', 1, length(NEW.actor) + 1) = NEW.actor || ' '
            AND EXISTS (
                SELECT 1 FROM audit AS later
                WHERE later.case_id = OLD.case_id AND later.seq > OLD.seq
                AND later.action = '{FORGOTTEN}'
            )
        )
    )
"""
#: A head goes on to newer events, and to newer checkpoints.
_HEAD: Final = """
    NEW.case_id = OLD.case_id
    AND (
        NEW.seq > OLD.seq
        OR (NEW.seq = OLD.seq AND NEW.event_id = OLD.event_id AND NEW.hash = OLD.hash)
    )
    AND NEW.checked >= OLD.checked AND NEW.checked <= NEW.seq AND NEW.checkpoint >= OLD.checkpoint
"""
_MAY: Final = {"audit": _EVENT, "audit_head": _HEAD, "audit_checkpoint": "FALSE"}
_WORDS: Final = "the audit trail only grows: nothing of it is changed or deleted"


def follow(metadata: sa.MetaData) -> None:
    """Make the triggers whenever all tables are made at once."""

    def after(_metadata: Any, connection: sa.Connection, **_more: Any) -> None:
        put(connection)

    sa.event.listen(metadata, "after_create", after)


def put(connection: sa.Connection) -> None:
    """Make the triggers; the tables are there."""
    make = _of_postgres if connection.dialect.name == "postgresql" else _of_sqlite
    for table in TABLES:
        for statement in make(table):
            connection.exec_driver_sql(statement)


def lift(connection: sa.Connection) -> None:
    """Take them away. Does nothing where there are none."""
    for table in TABLES:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"DROP FUNCTION IF EXISTS {table}_grows() CASCADE")
        else:
            for act in ("update", "delete"):
                connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {table}_no_{act}")


def _of_sqlite(table: str) -> tuple[str, ...]:
    refuse = f"BEGIN SELECT RAISE(ABORT, '{_WORDS}'); END"
    # What compares with NULL is neither, and must not pass.
    return (
        f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} "
        f"WHEN NOT COALESCE(({_MAY[table]}), FALSE) {refuse}",
        f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {refuse}",
    )


def _of_postgres(table: str) -> tuple[str, ...]:
    return (
        f"""
        CREATE FUNCTION {table}_grows() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'UPDATE' THEN
                IF COALESCE(({_MAY[table]}), FALSE) THEN
                    RETURN NEW;
                END IF;
            END IF;
            RAISE EXCEPTION '{_WORDS}';
        END $$
        """,
        f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {table}_grows()",
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_grows()",
    )
