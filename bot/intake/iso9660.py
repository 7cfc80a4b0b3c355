"""The files of an ISO 9660 image: by Rock Ridge names, else by Joliet names, else by plain ones.

The standard is ECMA-119; Rock Ridge is IEEE P1282 on top of P1281 (SUSP).
https://ecma-international.org/publications-and-standards/standards/ecma-119/
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from stat import S_ISREG

from bot.intake.discsectors import SECTOR, Allowance, DiscFile, Listing, Sectors, readable
from bot.intake.limits import MIB, Budget

_DESCRIPTORS = range(16, 64)
_PRIMARY, _SUPPLEMENTARY, _LAST = 1, 2, 255
_JOLIET = (b"%/@", b"%/C", b"%/E")
_FOLDER, _ASSOCIATED, _MORE_EXTENTS = 0x02, 0x04, 0x80
_VERSION = re.compile(r"\.?;\d+$")

#: Folders may be this deep, and no longer than this: one of 20 000 files has 3 MB.
_DEPTH = 64
_FOLDER_CAP = 64 * MIB
#: The smallest block that a folder may begin at.
_LEAST_BLOCK = 512
#: The system use area of a record may go on in so many other places.
_CONTINUATIONS = 32


@dataclass(slots=True, kw_only=True)
class _Volume:
    """A volume descriptor: the size of a block, and the record of the root folder."""

    block: int
    root: bytes
    joliet: bool


@dataclass(slots=True, kw_only=True)
class _Record:
    """One record of a folder; `start` is an offset in the image."""

    name: bytes
    start: int
    size: int
    flags: int
    system_use: bytes


@dataclass(slots=True, kw_only=True)
class _RockRidge:
    """What the system use area of a record says."""

    name: bytes = b""
    mode: int | None = None
    moved_to: int | None = None
    moved_here: bool = False


def listing(sectors: Sectors, budget: Budget) -> Listing:
    """The files, at most one more than may come, and those by the time; nothing in it raises."""
    walks = [_Walk(sectors, volume, Allowance(budget)) for volume in _volumes(sectors)]
    for walk in walks:
        walk.run()
    if not walks:
        return Listing()
    # The one that has more of the disc; else the one that has the better names.
    best = max(walks, key=lambda walk: (walk.found.extent, walk.names))
    return best.found


def _volumes(sectors: Sectors) -> Iterator[_Volume]:
    for number in _DESCRIPTORS:
        data = sectors.read(number * SECTOR, SECTOR)
        if len(data) < SECTOR or data[1:6] != b"CD001" or data[0] == _LAST:
            return
        joliet = data[0] == _SUPPLEMENTARY and data[88:91] in _JOLIET
        if data[0] == _PRIMARY or joliet:
            block = int.from_bytes(data[128:130], "little") or SECTOR
            yield _Volume(block=block, root=data[156:190], joliet=joliet)


class _Walk:
    """Goes through the folders of one volume."""

    def __init__(self, sectors: Sectors, volume: _Volume, allowance: Allowance) -> None:
        self._sectors = sectors
        self._volume = volume
        self._allowance = allowance
        self._stopped = False
        self._skip = 0
        self._seen: set[int] = set()
        self.found = Listing(readable=True)
        #: How good the names are: 2 Rock Ridge, 1 Joliet, 0 plain.
        self.names = 1 if volume.joliet else 0

    def run(self) -> None:
        root = self._record(self._volume.root)
        waiting = [(root, "", 0)] if root else []
        while waiting and not self._stopped and len(self.found.files) <= self._allowance.files:
            folder, path, depth = waiting.pop()
            if folder.start in self._seen or depth > _DEPTH:
                continue  # A folder within itself.
            self._seen.add(folder.start)
            for child, name in self._folder(folder, path, is_root=depth == 0):
                waiting.append((child, f"{name}/", depth + 1))

    def _folder(
        self, folder: _Record, path: str, *, is_root: bool
    ) -> Iterator[tuple[_Record, str]]:
        """Note the files in a folder; gives the folders in it with their whole names."""
        going_on: DiscFile | None = None
        for index, record in enumerate(self._records(folder)):
            if index == 0 and is_root:
                self._look_for_rock_ridge(record)
            if record.name in (b"\0", b"\1") or record.flags & _ASSOCIATED:
                continue
            if going_on is not None:
                going_on.extents.append((record.start, record.size))
                going_on.size += record.size
                self._go_on(self._allowance.take())
            else:
                rock = self._rock_ridge(record)
                name = path + self._name(record, rock)
                if rock.moved_here or len(self.found.files) > self._allowance.files:
                    continue
                if record.flags & _FOLDER or rock.moved_to is not None:
                    self._go_on(self._allowance.take())
                    yield self._moved(record, rock), name
                    continue
                if rock.mode is not None and not S_ISREG(rock.mode):
                    self.found.links += 1
                    self._go_on(self._allowance.take())
                    continue
                going_on = DiscFile(
                    name=name, size=record.size, extents=[(record.start, record.size)]
                )
                self.found.files.append(going_on)
            if not record.flags & _MORE_EXTENTS:
                going_on = None

    def _records(self, folder: _Record) -> Iterator[_Record]:
        size = min(folder.size, _FOLDER_CAP, max(0, self._sectors.length - folder.start))
        size = self._allowance.unread(folder.start, size, max(self._volume.block, _LEAST_BLOCK))
        data = self._sectors.read(folder.start, size)
        self.found.damaged |= len(data) < folder.size
        at = 0
        while at < len(data) and self._go_on(self._allowance.in_time()):
            length = data[at]
            if not length:
                at = at // SECTOR * SECTOR + SECTOR  # No record crosses a sector.
                continue
            record = self._record(data[at : at + length])
            if record is None:
                self.found.damaged = True
                at = at // SECTOR * SECTOR + SECTOR
                continue
            yield record
            at += length

    def _go_on(self, may: bool) -> bool:
        if not may:
            self._stopped = self.found.damaged = True
        return not self._stopped

    def _record(self, data: bytes) -> _Record | None:
        if len(data) < 34 or 33 + data[32] > len(data):
            return None
        end = 33 + data[32]
        first = int.from_bytes(data[2:6], "little") + data[1]
        return _Record(
            name=data[33:end],
            start=first * self._volume.block,
            size=int.from_bytes(data[10:14], "little"),
            flags=data[25],
            system_use=data[end + 1 - data[32] % 2 :],
        )

    # ---- names -----------------------------------------------------------------------------

    def _name(self, record: _Record, rock: _RockRidge) -> str:
        if rock.name:
            return readable(rock.name).replace("/", "_")
        joliet = self._volume.joliet
        name = record.name.decode("utf-16-be", "replace") if joliet else readable(record.name)
        return _VERSION.sub("", name).replace("/", "_")

    def _moved(self, record: _Record, rock: _RockRidge) -> _Record:
        """The folder itself where it is too deep for ISO 9660, and lies elsewhere."""
        if rock.moved_to is None:
            return record
        start = rock.moved_to * self._volume.block
        data = self._sectors.read(start, 255)
        return self._record(data[: data[0]] if data else b"") or record

    # ---- Rock Ridge ------------------------------------------------------------------------

    def _look_for_rock_ridge(self, dot: _Record) -> None:
        use = dot.system_use
        at = use.find(b"SP\x07\x01\xbe\xef")
        if at >= 0 and not self._volume.joliet:
            self._skip = use[at + 6] if len(use) > at + 6 else 0
            self.names = 2

    def _rock_ridge(self, record: _Record) -> _RockRidge:
        found = _RockRidge()
        if self.names != 2:
            return found
        area = record.system_use[self._skip :]
        for _ in range(_CONTINUATIONS):
            more = self._area(area, found)
            if more is None:
                break
            area = self._sectors.read(*more)
        return found

    def _area(self, area: bytes, found: _RockRidge) -> tuple[int, int] | None:
        """Read the fields of an area; where it goes on, if it does."""
        more = None
        at = 0
        while at + 4 <= len(area) and area[at + 2] >= 4:
            field = area[at : at + area[at + 2]]
            at += area[at + 2]
            match field[:2]:
                case b"NM" if not field[4:5] or not field[4] & 0x06:
                    found.name += field[5:]
                case b"PX" if len(field) >= 8:
                    found.mode = int.from_bytes(field[4:8], "little")
                case b"CL" if len(field) >= 8:
                    found.moved_to = int.from_bytes(field[4:8], "little")
                case b"RE":
                    found.moved_here = True
                case b"CE" if len(field) >= 28:
                    block, offset, size = (
                        int.from_bytes(field[n : n + 4], "little") for n in (4, 12, 20)
                    )
                    more = (block * self._volume.block + offset, min(size, SECTOR))
                case b"ST":
                    break
                case _:
                    pass
        return more
