"""Parts: what a package holds in place of an original.

Pages of a document that a coordinator cut, and a photo without what it says of where, when and by whom it
was taken. They are made for each package anew, always to the same bytes, and are stored nowhere else.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Final, ParamSpec, Protocol, TypeVar

from bot.handoff.assembly import PackageError
from bot.handoff.contents import Part
from bot.handoff.stored import StoredFile
from bot.intake.clean_photos import write_clean_copy
from bot.intake.pdf_parts import write_part
from bot.intake.previews import PHOTOS
from bot.store.blobs import Blobs, new_blob_id
from checklist.case import Case

T = TypeVar("T")
P = ParamSpec("P")

#: Of one part. A scan of a hundred pages takes a second.
_SECONDS: Final = 60.0


class InChild(Protocol):
    """`Children.run`: have something done in a child, within so many seconds."""

    def __call__(
        self, timeout: float, fn: Callable[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> Awaitable[T]:
        """What the function returns or raises, or what became of the child."""
        ...


@asynccontextmanager
async def made_parts(
    blobs: Blobs, in_child: InChild, case: Case, files: Iterable[StoredFile]
) -> AsyncIterator[tuple[Mapping[str, Part], Mapping[str, Path]]]:
    """The parts by their records' ids, and where each lies for as long as the block runs.

    Raises `PackageError` where a document can't be cut as it was said, and what `in_child` raises.
    """
    known = {file.id: file for file in files}
    parts: dict[str, Part] = {}
    paths: dict[str, Path] = {}
    try:
        async with AsyncExitStack() as stack:
            for record in case.own_records:
                file = known.get(record.file_id)
                photo = record.study is None and record.media_type in PHOTOS
                if file is None or file.blob_id is None or not (record.span or photo):
                    continue
                source = file.plain_blob_id or file.blob_id
                stored = await stack.enter_async_context(blobs.local(source))
                name = new_blob_id()
                to = paths[name] = blobs.draft(name)
                try:
                    made = await (
                        in_child(_SECONDS, write_part, stored, record.member, *record.span, to)
                        if record.span
                        else in_child(
                            _SECONDS, write_clean_copy, stored, record.member, record.media_type, to
                        )
                    )
                except (ValueError, RuntimeError, KeyError, OSError) as error:
                    raise PackageError(f"record {record.id} can't be cut out") from error
                if made is not None:
                    parts[record.id] = Part(blob_id=name, sha256=made[0], size=made[1])
        yield parts, paths
    finally:
        for path in paths.values():
            path.unlink(missing_ok=True)
