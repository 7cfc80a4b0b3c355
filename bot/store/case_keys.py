"""Case keys: their rows, made with a case and deleted with it."""

from __future__ import annotations

import base64
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.case_number import unused_case_id
from bot.store.keyring import KEYS, KeyNeeded, Keyring, WrappedKey, look_up
from bot.store.operator_key import OperatorKeyError, OperatorKeys, new_key
from bot.store.schema import cases, contact, session
from bot.store.schema_keys import case_key, house_key

_LOOK_UP = "look_up"


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """The key of all look-ups as it is stored. The operator's key that wraps it wraps all others."""

    id: str
    operator: str
    wrapped: bytes


async def make(tx: AsyncConnection, case_id: str) -> None:
    """Make a new key for a case, by which it is sealed from now on."""
    by = await _who_wraps(tx, KEYS.get().ring)
    await _add(tx, [KEYS.get().make(case_id, by=by)])


async def _who_wraps(tx: AsyncConnection, ring: Keyring) -> str:
    """The operator's key that wraps new keys: the one that wraps the house's, which all machines have.

    A machine whose keys begin with one of its own would lock the others out. Without the right one what
    there is wraps on, unless it was forgotten elsewhere. Raises KeyNeeded, and OperatorKeyError.
    """
    rows = await tx.execute(sa.select(house_key.c.id, house_key.c.operator))
    known = {row.id: row.operator for row in rows}
    wanted, newest = known.get(_LOOK_UP, ""), ring.operator.current
    ring.needs(wanted)
    if not wanted or wanted in ring.operator.ids:
        return wanted or newest
    lacks = ring.lacks(wanted)
    if _forgotten(newest) in known:
        raise lacks
    return newest


def _forgotten(operator: str) -> str:
    """The row that says that nobody may have this operator's key any more."""
    return f"forgotten {operator}"


async def new_case(tx: AsyncConnection) -> str:
    """The number of a case that nobody has, with a key.

    It is made here and not when it is missed: a transaction that is begun again finds another number.
    """
    case_id = await unused_case_id(tx)
    await make(tx, case_id)
    return case_id


async def make_missing(tx: AsyncConnection, case_id: str) -> None:
    """Make a key for a case that has none, or only such as can't be opened here."""
    query = sa.select(case_key.c.key_id).where(case_key.c.case_id == case_id)
    ring = KEYS.get().ring
    if all(ring.is_useless(key_id) for key_id in (await tx.execute(query)).scalars()):
        await make(tx, case_id)


async def lock_earlier(tx: AsyncConnection, case_id: str) -> None:
    """Wait for other processes that have sealed with the keys of a case, and have others wait.

    What they wrote is there then, and is sealed again; who comes later finds the keys destroyed.
    """
    query = sa.select(case_key.c.key_id).where(case_key.c.case_id == case_id)
    await tx.execute(query.with_for_update())


async def destroy_earlier(tx: AsyncConnection, case_id: str) -> None:
    """Delete the keys of a case but for the one that this transaction made.

    Whatever was sealed with them can't be read by anybody any more, here and in every backup.
    """
    keys = KEYS.get()
    gone = sa.delete(case_key).where(
        case_key.c.case_id == case_id, case_key.c.key_id != keys.made_for(case_id)
    )
    keys.destroy((await tx.execute(gone.returning(case_key.c.key_id))).scalars().all())


async def destroy(tx: AsyncConnection, owners: Sequence[str]) -> None:
    """Delete all keys of these, who are sealed for no more."""
    gone = sa.delete(case_key).where(case_key.c.case_id.in_(owners)).returning(case_key.c.key_id)
    KEYS.get().destroy((await tx.execute(gone)).scalars().all())


async def ids_of(tx: AsyncConnection, owner: str) -> Sequence[str]:
    """The keys of a case, or of what has its own."""
    query = sa.select(case_key.c.key_id).where(case_key.c.case_id == owner)
    return (await tx.execute(query.order_by(case_key.c.id))).scalars().all()


async def after(tx: AsyncConnection, last: int, missed: KeyNeeded) -> tuple[list[WrappedKey], int]:
    """The keys that were made after the row `last`, oldest first; and the newest row.

    What was missed is looked for among all: of two rows the later one may have been committed first.
    """
    wanted = sa.or_(
        case_key.c.id > last,
        case_key.c.key_id == missed.key_id,
        case_key.c.case_id == missed.case_id,
    )
    rows = (await tx.execute(sa.select(case_key).where(wanted).order_by(case_key.c.id))).all()
    keys = [
        WrappedKey(
            id=row.key_id,
            case_id=row.case_id,
            operator=row.operator,
            wrapped=_decoded(row.wrapped),
        )
        for row in rows
    ]
    return keys, max(last, rows[-1].id) if rows else last


async def counts(tx: AsyncConnection) -> dict[str, int]:
    """How many keys each of the operator's keys has wrapped."""
    query = sa.select(case_key.c.operator, sa.func.count()).group_by(case_key.c.operator)
    return {row[0]: row[1] for row in await tx.execute(query)}


async def operators(tx: AsyncConnection) -> set[str]:
    """The operator's keys that have wrapped anything here."""
    found: set[str] = set()
    for table in (case_key, house_key):
        found |= set((await tx.execute(sa.select(table.c.operator).distinct())).scalars())
    return found


async def missing(tx: AsyncConnection, key_ids: Sequence[str], *, lock: bool = False) -> set[str]:
    """Those of these keys that were destroyed. With `lock` none of the others is, until this ends."""
    query = sa.select(case_key.c.key_id).where(case_key.c.key_id.in_(key_ids))
    if lock:
        query = query.with_for_update(read=True, key_share=True)
    return {*key_ids} - {*(await tx.execute(query)).scalars()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewrapped:
    """How many keys were wrapped anew, and by which operator's key.

    `left` are those of cases that can't be opened: they are damaged, or need an operator's key that
    isn't here. `older` are the operator's keys that were in use or at hand before.
    """

    count: int
    left: int
    operator: str
    older: frozenset[str]


async def rewrap(tx: AsyncConnection, ring: Keyring, *, forget: bool = False) -> Rewrapped:
    """Wrap every key with the operator's newest. With `forget` no machine wraps with an older one again.

    Raises OperatorKeyError, and KeyNeeded where one must be asked for.
    """
    lacking = await _lacking(tx, ring)
    operator, count, left, others = ring.operator, 0, 0, set[str]()
    for table, name in ((case_key, case_key.c.key_id), (house_key, house_key.c.id)):
        query = sa.select(name.label("name"), table.c.operator, table.c.wrapped)
        for row in (await tx.execute(query.where(table.c.operator != operator.current))).all():
            try:
                if row.operator in lacking:
                    raise lacking[row.operator]
                secret = ring.unwrap(row.operator, _decoded(row.wrapped), row.name)
            except OperatorKeyError:
                # It is that of one case; but without the house's nobody would be found again.
                if row.name == _LOOK_UP:
                    raise
                left += 1
                continue
            others.add(row.operator)
            wrapped = _coded(operator.wrap(secret, row.name))
            values = {"operator": operator.current, "wrapped": wrapped}
            await tx.execute(sa.update(table).where(name == row.name).values(values))
            count += 1
    older = frozenset({*others, *operator.ids} - {operator.current})
    if forget and not left:
        await _mark_forgotten(tx, operator, older)
    own = _forgotten(operator.current)
    await tx.execute(sa.delete(house_key).where(house_key.c.id == own))
    return Rewrapped(count=count, left=left, operator=operator.current, older=older)


async def _lacking(tx: AsyncConnection, ring: Keyring) -> dict[str, OperatorKeyError]:
    """The operator's keys that are in use and not here, and why. Raises KeyNeeded before any work is done.

    Asked for at each key of a hundred thousand, one that is missing would be due again in between, and
    all that was done begun anew each time.
    """
    wanted = await operators(tx)
    return {one: ring.lacks(one) for one in sorted(wanted) if one not in ring.operator.ids}


async def _mark_forgotten(
    tx: AsyncConnection, operator: OperatorKeys, older: Collection[str]
) -> None:
    for one in sorted(older):
        name = _forgotten(one)
        values = {
            "id": name,
            "operator": operator.current,
            "wrapped": _coded(operator.wrap(new_key(), name)),
            "made_at": time.time(),
        }
        await tx.execute(insert(house_key).on_conflict_do_nothing(), values)


# ---- the house's -------------------------------------------------------------------------------


async def house(tx: AsyncConnection) -> House | None:
    """The key of all look-ups; None in a database that was never sealed."""
    row = (await tx.execute(sa.select(house_key).where(house_key.c.id == _LOOK_UP))).first()
    if row is None:
        return None
    return House(id=row.id, operator=row.operator, wrapped=_decoded(row.wrapped))


async def make_first(tx: AsyncConnection, ring: Keyring) -> None:
    """Make the key of all look-ups, unless another process has, and one for each case there is."""
    secret = new_key()
    made = insert(house_key).on_conflict_do_nothing().returning(house_key.c.id)
    values = {
        "id": _LOOK_UP,
        "operator": ring.operator.current,
        "wrapped": _coded(ring.operator.wrap(secret, _LOOK_UP)),
        "made_at": time.time(),
    }
    if (await tx.execute(made, values)).first() is None:
        return
    known = sa.select(case_key.c.case_id)
    there = sa.union(sa.select(session.c.case_id), sa.select(cases.c.id)).subquery()
    query = sa.select(there.c.case_id).where(there.c.case_id.not_in(known))
    keys = KEYS.get()
    await _add(tx, [keys.make(case_id) for case_id in (await tx.execute(query)).scalars()])
    ring.look_up_by(secret)
    await _hash_addresses(tx)


async def _hash_addresses(tx: AsyncConnection) -> None:
    """Have those found who wrote before addresses were hashed."""
    for row in (
        await tx.execute(sa.select(session.c.id, session.c.channel, session.c.address))
    ).all():
        mine = sa.update(session).where(session.c.id == row.id)
        await tx.execute(mine.values(address_hash=look_up(row.channel, row.address)))
    for row in (await tx.execute(sa.select(contact))).all():
        mine = sa.update(contact).where(contact.c.id == row.id)
        found = {"name_hash": look_up(row.channel, row.name) if row.name else ""}
        await tx.execute(mine.values(reach_hash=look_up(row.channel, row.reach), **found))


def _coded(wrapped: bytes) -> str:
    return base64.b64encode(wrapped).decode()


def _decoded(stored: str) -> bytes:
    """What is stored as bytes; none for what is damaged, which nothing opens."""
    try:
        return base64.b64decode(stored, validate=True)
    except ValueError:
        return b""


async def _add(tx: AsyncConnection, made: Sequence[WrappedKey]) -> None:
    rows = [
        {
            "key_id": one.id,
            "case_id": one.case_id,
            "operator": one.operator,
            "wrapped": _coded(one.wrapped),
            "made_at": time.time(),
        }
        for one in made
    ]
    if rows:
        await tx.execute(sa.insert(case_key), rows)
