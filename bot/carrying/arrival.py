"""What arrives at a place: rows last and all at once, so that a place with rows has all of its files."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.carrying.blobs import CarryError
from bot.carrying.place import Place
from bot.carrying.rows import Sheet, Tally
from bot.store import migrations


@dataclass(kw_only=True)
class Report:
    """What was carried and compared."""

    tables: dict[str, Tally] = field(default_factory=dict)
    files: int = 0
    size: int = 0
    uploads: int = 0
    damaged: list[str] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)
    erased: int = 0
    locked: int = 0
    lost: int = 0

    def lines(self) -> list[str]:
        """For an operator: a line for each table, then the files, then what was wrong before."""
        rows = sum(tally.rows for tally in self.tables.values())
        said = [
            f"  {name:<14}{tally.rows:>12,}  {tally.digest[:16]}"
            for name, tally in self.tables.items()
            if tally.rows
        ]
        said.append(f"{rows:,} rows in {len(self.tables)} tables: each is the same on both sides.")
        said.append(
            f"{self.files:,} files, {self.size:,} bytes, and {self.uploads} on their way: "
            "each was read back, and is the same byte for byte."
        )
        if self.lost:
            said.append(
                f"{self.lost} keys are damaged in the backup. {self.erased} cases were left out: they "
                "needed one of these, or had been erased since."
            )
        elif self.erased:
            said.append(f"{self.erased} cases had been erased since: they were not brought back.")
        if self.locked:
            said.append(
                f"{self.locked} keys of cases could not be opened: they were carried as they are, and "
                "wait for the operator's key that has wrapped them."
            )
        for what, ids in (("not what its row says", self.damaged), ("not there", self.absent)):
            if ids:
                said.append(f"Wrong before, and still: {len(ids)} files, {what}: {', '.join(ids)}")
        return said


async def see_that_it_is_free(place: Place, sheets: list[Sheet]) -> bool:
    """Whether rows are still to be written there; not where an earlier try has written these very ones.

    Raises CarryError where there are others.
    """
    occupied = await place.occupied()
    if not occupied:
        return True
    if set(occupied) <= {sheet.shape.name for sheet in sheets}:
        try:
            if await place.tally([sheet.shape for sheet in sheets]) == _tallies(sheets):
                return False
        except Exception as error:
            raise _not_empty(occupied) from error
    raise _not_empty(occupied)


def _not_empty(occupied: list[str]) -> CarryError:
    return CarryError(
        f"the place is not empty (there are rows in {', '.join(occupied)}): "
        "choose another data folder, or an empty database"
    )


async def settle(place: Place, revision: str, sheets: list[Sheet], *, fresh: bool) -> None:
    """Write the rows, compare them as the database gives them back, and have the jobs go on.

    The tables are brought to the newest revision in the end. Raises CarryError.
    """
    if fresh:
        await place.at(revision)
        await place.fill(sheets)
        there = await place.tally([sheet.shape for sheet in sheets])
        for name, tally in _tallies(sheets).items():
            if there[name] != tally:
                raise CarryError(f"the rows of {name} did not arrive as they were: report this")
        await place.at(migrations.newest() or "")
    await place.wake_jobs()


def _tallies(sheets: list[Sheet]) -> dict[str, Tally]:
    return {sheet.shape.name: sheet.tally for sheet in sheets}
