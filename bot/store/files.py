"""Files: what patients sent, what became of it, and the index of the DICOM objects in it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store import codec
from bot.store.db import Row
from bot.store.schema import file, file_scan, instance, listed, package
from bot.store.sealed import sealed
from checklist.study import Instance, Listed


async def want(
    tx: AsyncConnection,
    *,
    file_id: str,
    case_id: str,
    session_id: str,
    channel: str,
    sender: str,
    fetch_ref: str,
    name: str,
    media_type: str,
    size: int | None,
    caption: str,
    item: str | None,
    received_at: datetime,
    blob_id: str | None = None,
) -> None:
    """A file was sent and is to be fetched. `item` is the checklist item that was being asked.

    `blob_id` is where its bytes lie already, on a channel that stored them.
    """
    values = {
        "id": file_id,
        "case_id": case_id,
        "session_id": session_id,
        "channel": channel,
        "sender": sealed(case_id, sender),
        "fetch_ref": fetch_ref,
        "name": sealed(case_id, name),
        "media_type": media_type,
        "size": size,
        "caption": sealed(case_id, caption),
        "item": item,
        "blob_id": blob_id,
        "received_at": codec.seconds(received_at),
    }
    await tx.execute(sa.insert(file), values)


async def find(tx: AsyncConnection, file_id: str) -> Row | None:
    """The row of a file: every column of the table `file`."""
    return (await tx.execute(sa.select(file).where(file.c.id == file_id))).first()


async def files_of(tx: AsyncConnection, case_id: str) -> Sequence[Row]:
    """The files of a case in the order in which they came."""
    query = sa.select(file).where(file.c.case_id == case_id)
    return (await tx.execute(query.order_by(file.c.received_at, file.c.id))).all()


async def change(tx: AsyncConnection, file_id: str, **values: Any) -> bool:
    """Change a file's row; False when its case was erased, and nothing is changed."""
    mine = sa.update(file).where(file.c.id == file_id, file.c.state != "erased")
    return bool((await tx.execute(mine.values(**values))).rowcount)


async def same_bytes(tx: AsyncConnection, case_id: str, sha256: str, but: str) -> str | None:
    """The id of another file of the case with the same bytes, or None."""
    query = sa.select(file.c.id).where(
        file.c.case_id == case_id,
        file.c.sha256 == sha256,
        file.c.id != but,
        sa.or_(
            file.c.state.in_(("stored", "indexed")),
            # It waits for its password, and needn't be sent again for that.
            sa.and_(file.c.state == "refused", file.c.reason == "encrypted"),
        ),
    )
    return (await tx.execute(query.order_by(file.c.received_at).limit(1))).scalar()


async def index(
    tx: AsyncConnection,
    *,
    case_id: str,
    file_id: str,
    instances: Iterable[tuple[str, Instance]],
) -> None:
    """Write the index of a file anew: pairs of record id and instance."""
    await tx.execute(sa.delete(instance).where(instance.c.file_id == file_id))
    rows = [
        {
            "case_id": case_id,
            "file_id": file_id,
            "record_id": record_id,
            "study_instance_uid": found.study_instance_uid,
            "series_instance_uid": found.series_instance_uid,
            "sop_instance_uid": found.sop_instance_uid,
            "member": sealed(case_id, found.member),
            "size": found.size,
            "sha256": found.sha256,
            "instance_number": found.instance_number,
            "body": sealed(case_id, codec.dump(found)),
        }
        for record_id, found in instances
    ]
    if rows:
        await tx.execute(sa.insert(instance), rows)


async def instances_of(tx: AsyncConnection, record_id: str) -> list[tuple[str, Instance]]:
    """The instances of a record in the order in which they were found: file id and instance."""
    query = sa.select(instance.c.file_id, instance.c.body).where(instance.c.record_id == record_id)
    rows = await tx.execute(query.order_by(instance.c.id))
    return [(file_id, codec.load(Instance, body)) for file_id, body in rows]


async def numbered_instances(tx: AsyncConnection, record_id: str) -> Sequence[Row]:
    """The instances of a record as they were found: `id`, a number of ours, and `body`."""
    query = sa.select(instance.c.id, instance.c.body).where(instance.c.record_id == record_id)
    return (await tx.execute(query.order_by(instance.c.id))).all()


async def located(tx: AsyncConnection, record_id: str, number: int) -> Row | None:
    """One of them: `body`, and the `blob_id` and `plain_blob_id` of the file that it lies in."""
    query = (
        sa.select(instance.c.body, file.c.blob_id, file.c.plain_blob_id)
        .join(file, file.c.id == instance.c.file_id)
        .where(instance.c.id == number, instance.c.record_id == record_id)
    )
    return (await tx.execute(query.where(file.c.state == "indexed"))).first()


async def remember_listed(
    tx: AsyncConnection, *, case_id: str, file_id: str, named: Iterable[Listed]
) -> None:
    """Write anew what the DICOMDIR of a file names, a row for each study."""
    await tx.execute(sa.delete(listed).where(listed.c.file_id == file_id))
    by_study: dict[str, list[Listed]] = {}
    for one in named:
        by_study.setdefault(one.study_instance_uid, []).append(one)
    rows = [
        {
            "case_id": case_id,
            "file_id": file_id,
            "study_instance_uid": uid,
            "body": sealed(case_id, codec.dump(tuple(ones))),
        }
        for uid, ones in by_study.items()
    ]
    if rows:
        await tx.execute(sa.insert(listed), rows)


async def listed_of(tx: AsyncConnection, case_id: str, study_instance_uid: str) -> list[Listed]:
    """What the DICOMDIRs of all files of a case name of a study, each object once."""
    query = sa.select(listed.c.body).where(
        listed.c.case_id == case_id, listed.c.study_instance_uid == study_instance_uid
    )
    rows = await tx.execute(query.order_by(listed.c.id))
    named = [one for (body,) in rows for one in codec.load(tuple[Listed, ...], body)]
    return list({one.sop_instance_uid: one for one in named}.values())


async def files_of_study(
    tx: AsyncConnection, case_id: str, study_instance_uid: str
) -> frozenset[str]:
    """The ids of the files that hold a part of a study, or a DICOMDIR that names one."""
    found: set[str] = set()
    for table in (instance, listed):
        query = sa.select(table.c.file_id).where(
            table.c.case_id == case_id, table.c.study_instance_uid == study_instance_uid
        )
        found.update((await tx.execute(query.distinct())).scalars())
    return frozenset(found)


# ---- packages ----------------------------------------------------------------------------------


async def add_package(
    tx: AsyncConnection,
    *,
    package_id: str,
    case_id: str,
    version: int,
    blob_id: str,
    sha256: str,
    size: int,
    built_at: datetime,
    cover_blob_id: str | None = None,
) -> bool:
    """A package was built of this version of the case; False when there is one already."""
    query = sa.select(package.c.id).where(
        package.c.case_id == case_id, package.c.version == version
    )
    if (await tx.execute(query)).first() is not None:
        return False
    values = {
        "id": package_id,
        "case_id": case_id,
        "version": version,
        "blob_id": blob_id,
        "sha256": sha256,
        "size": size,
        "built_at": codec.seconds(built_at),
        "cover_blob_id": cover_blob_id,
    }
    await tx.execute(sa.insert(package), values)
    return True


async def newest_package(tx: AsyncConnection, case_id: str) -> Row | None:
    """The package of the newest version of the case: every column of `package`; or None."""
    query = sa.select(package).where(package.c.case_id == case_id)
    return (await tx.execute(query.order_by(package.c.version.desc()).limit(1))).first()


# ---- erasure -----------------------------------------------------------------------------------


async def left_behind(tx: AsyncConnection, case_id: str, channel: str) -> list[str]:
    """What the files of a case are fetched with that lie on their channel still, not with us."""
    query = sa.select(file.c.fetch_ref).where(
        file.c.case_id == case_id, file.c.channel == channel, file.c.fetch_ref != ""
    )
    here = file.c.state.in_(("wanted", "refused")), file.c.sha256.is_(None)
    return list((await tx.execute(query.where(*here))).scalars())


async def scrub(tx: AsyncConnection, case_id: str) -> list[str]:
    """Forget what the files of a case were; the ids of their blobs, which are yet to be deleted."""
    mine = file.c.case_id == case_id
    held = sa.select(file.c.blob_id, file.c.plain_blob_id).where(mine)
    built = sa.select(package.c.blob_id, package.c.cover_blob_id).where(
        package.c.case_id == case_id
    )
    rows = [*await tx.execute(held), *await tx.execute(built)]
    blobs = [blob_id for row in rows for blob_id in row if blob_id]
    await tx.execute(
        sa.update(file)
        .where(mine)
        .values(
            state="erased",
            name="",
            caption="",
            sender="",
            fetch_ref="",
            media_type="",
            sha256=None,
            reason="",
        )
    )
    await tx.execute(sa.delete(package).where(package.c.case_id == case_id))
    await tx.execute(sa.delete(file_scan).where(file_scan.c.case_id == case_id))
    return blobs


async def is_erased(tx: AsyncConnection, file_id: str) -> bool:
    """Whether this file's case was erased since it was sent."""
    query = sa.select(file.c.state).where(file.c.id == file_id)
    return (await tx.execute(query)).scalar() == "erased"


async def erased_blobs(tx: AsyncConnection) -> list[str]:
    """Blobs of erased files that may still lie on the disk."""
    query = sa.select(file.c.blob_id, file.c.plain_blob_id).where(file.c.state == "erased")
    return [blob_id for row in await tx.execute(query) for blob_id in row if blob_id]


async def blobs_gone(tx: AsyncConnection, blob_ids: Sequence[str]) -> None:
    """These blobs of erased files are deleted."""
    for column in (file.c.blob_id, file.c.plain_blob_id) if blob_ids else ():
        gone = sa.update(file).where(file.c.state == "erased", column == sa.bindparam("blob"))
        await tx.execute(gone.values({column: None}), [{"blob": one} for one in blob_ids])
