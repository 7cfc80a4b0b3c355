"""The doctor's look at the audit trail: whether it is as it was written, and since when nobody looked."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.audit_command import sentence
from bot.doctor_finding import Finding, Look
from bot.key_source import key_source
from bot.store.audit_check import Report, check
from bot.store.codec import moment
from bot.store.db import TROUBLE, Database, SchemaError
from bot.store.operator_key import OperatorKeyError
from bot.store.schema_audit import audit

#: More events than these are not gone through here: it would take longer than a few seconds.
_MOST_EVENTS = 200_000


async def look_at_audit(look: Look) -> tuple[Finding, ...]:
    """Whether anything of it was changed, and when that was last asked."""
    store = look.settings.store
    if isinstance(store, Path) and not store.exists():
        return (Finding(verdict="ok", what="Audit trail: nothing has happened yet"),)
    try:
        async with await Database.open(store, keys=key_source(look.settings)) as db:
            return (await db.read(_found),)
    except (*TROUBLE, SchemaError, OperatorKeyError):
        what = "Audit trail: the database could not be asked"
        return (Finding(verdict="unasked", what=what),)


async def _found(tx: AsyncConnection) -> Finding:
    last = await _last_verified(tx)
    count = (await tx.execute(sa.select(sa.func.count()).select_from(audit))).scalar_one()
    if count > _MOST_EVENTS:
        what = f"Audit trail: {count:,} events, {last}"
        do = ("Have a look now and then: `second-opinion audit verify`.",)
        return Finding(verdict="ok", what=what, do=do)
    report = await check(tx)
    if report.faults:
        return _wrong(report)
    return Finding(verdict="ok", what=f"Audit trail: {count:,} events as they were written, {last}")


def _wrong(report: Report) -> Finding:
    do = (
        f"The first: {sentence(report.faults[0])}",
        "All of them: `second-opinion audit verify`. Keep a copy of the database before anything",
        "else, and compare it with a backup: docs/audit.md.",
    )
    what = f"Audit trail: not as it was written, faults: {len(report.faults):,}"
    return Finding(verdict="wrong", what=what, do=do)


async def _last_verified(tx: AsyncConnection) -> str:
    query = sa.select(sa.func.max(audit.c.at)).where(
        audit.c.case_id == "", audit.c.action == "audit.verified"
    )
    at = (await tx.execute(query)).scalar()
    return "never verified" if at is None else f"last verified on {moment(at):%Y-%m-%d}"
