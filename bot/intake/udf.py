"""The files of a UDF image: DVDs and Blu-ray discs, up to UDF 2.60.

The standard is ECMA-167 with OSTA's profile of it, http://www.osta.org/specs/. Sparing tables, which
move single bad packets of a rewritable disc, are not followed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from bot.intake.discsectors import SECTOR, Allowance, DiscFile, Listing, Sectors
from bot.intake.limits import MIB, Budget

_ANCHOR, _PARTITION, _LOGICAL_VOLUME, _TERMINATOR = 2, 5, 6, 8
_FILE_SET, _FILE_IDENTIFIER, _EXTENTS, _FILE, _LONG_FILE = 256, 257, 258, 261, 266
_IS_FOLDER, _IS_DELETED, _IS_PARENT = 0x02, 0x04, 0x08
_FOLDER_TYPES, _FILE_TYPES, _VIRTUAL_TABLE = (4,), (0, 5, 249), 248
_HEADER = 16
#: Where a rewritable disc keeps its bad blocks (UDF 1.50, 2.3.13).
_BAD_BLOCKS = "Non-Allocatable Space"

_DEPTH = 64
_FOLDER_CAP = 64 * MIB
_EXTENT_CAP = 4096
#: All files together may lie in so many pieces: many entries can lead to one long list.
_PIECES = 1_000_000
_DESCRIPTORS = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class _Where:
    """A logical block within a partition, by the reference number of the partition."""

    block: int
    part: int


@dataclass(slots=True, kw_only=True)
class _Node:
    """A file entry: what it is, how long, and where its bytes lie in the image."""

    type: int
    size: int
    extents: list[tuple[int, int]]


class _NoUdf(Exception):
    """A structure that everything else hangs on can't be read."""


def listing(sectors: Sectors, budget: Budget) -> Listing:
    """The files, at most one more than may come, and those by the time; nothing in it raises."""
    if not any(sectors.read(n * SECTOR + 1, 5) in (b"NSR02", b"NSR03") for n in range(16, 24)):
        return Listing()
    try:
        volume = _Volume(sectors)
    except _NoUdf:
        return Listing(damaged=True)
    return _Walk(volume, Allowance(budget)).run()


def _u(data: bytes, at: int, size: int) -> int:
    return int.from_bytes(data[at : at + size], "little")


def _where(data: bytes, at: int) -> _Where:
    """The place that a long allocation descriptor names."""
    return _Where(block=_u(data, at + 4, 4), part=_u(data, at + 8, 2))


class _Volume:
    """The logical volume of an image: its partitions, and how to read a block or a file."""

    def __init__(self, sectors: Sectors) -> None:
        self._sectors = sectors
        self._starts: dict[int, int] = {}
        self._metadata: dict[int, list[tuple[int, int]]] = {}
        self._virtual: dict[int, list[int]] = {}
        self._parts: list[int] = []
        self.block = SECTOR
        logical = b""
        for tag, data in self._descriptors():
            if tag == _PARTITION:
                self._starts[_u(data, 22, 2)] = _u(data, 188, 4)
            elif tag == _LOGICAL_VOLUME:
                logical = data
        if not logical or not self._starts:
            raise _NoUdf
        self.block = _u(logical, 212, 4)
        if self.block not in (512, 1024, 2048, 4096):
            raise _NoUdf
        self._map_partitions(logical)
        file_set = self.read(_where(logical, 248))
        if _tag(file_set) != _FILE_SET:
            raise _NoUdf
        self.root = _where(file_set, 400)

    def read(self, where: _Where) -> bytes:
        """One block, or less where the image ends."""
        at = self.offset(where)
        return b"" if at is None else self._sectors.read(at, self.block)

    def offset(self, where: _Where) -> int | None:
        """Where a block lies in the image, None for one that is nowhere."""
        block = where.block
        if where.part in self._virtual:
            table = self._virtual[where.part]
            if block >= len(table):
                return None
            block = table[block]
        elif where.part in self._metadata:
            at = block * self.block
            for start, length in self._metadata[where.part]:
                if at < length:
                    return start + at
                at -= length
            return None
        if where.part >= len(self._parts):
            return None
        return (self._parts[where.part] + block) * self.block

    def node(self, where: _Where) -> _Node | None:
        """The file entry at a place, None where there is none."""
        data = self.read(where)
        tag = _tag(data)
        if tag not in (_FILE, _LONG_FILE) or len(data) < 216:
            return None
        lengths = 168 if tag == _FILE else 208
        extra, size = _u(data, lengths, 4), _u(data, lengths + 4, 4)
        at = lengths + 8 + extra
        node = _Node(type=data[27], size=_u(data, 56, 8), extents=[])
        how = data[34] & 7
        if how == 3:
            start = self.offset(where)
            if start is not None and at + size <= self.block:
                node.extents = [(start + at, min(size, node.size))]
        elif how in (0, 1):
            node.extents = list(self._extents(data[at : at + size], how, where.part, node.size))
        return node

    # ---- finding the volume ----------------------------------------------------------------

    def _descriptors(self) -> Iterator[tuple[int, bytes]]:
        last = self._sectors.length // SECTOR - 1
        for at in (256, last, last - 256, 512):
            anchor = self._sectors.read(at * SECTOR, SECTOR)
            if _tag(anchor) != _ANCHOR:
                continue
            for place in (16, 24):  # The main sequence, and its copy.
                found = list(self._sequence(_u(anchor, place + 4, 4)))
                if any(tag == _LOGICAL_VOLUME for tag, _ in found):
                    yield from found
                    return
        raise _NoUdf

    def _sequence(self, start: int) -> Iterator[tuple[int, bytes]]:
        for number in range(start, start + _DESCRIPTORS):
            data = self._sectors.read(number * SECTOR, SECTOR)
            tag = _tag(data)
            if tag in (None, _TERMINATOR):
                return
            yield tag or 0, data

    def _map_partitions(self, logical: bytes) -> None:
        at = 440
        late = []
        for reference in range(min(_u(logical, 268, 4), 16)):
            kind, length = logical[at : at + 2] if len(logical) >= at + 2 else (0, 0)
            number = _u(logical, at + (2 if kind == 1 else 36) + 2, 2)
            self._parts.append(self._starts.get(number, next(iter(self._starts.values()))))
            name = logical[at + 5 : at + 28]
            if kind == 2 and name.startswith(b"*UDF Metadata Partition"):
                late.append(partial(self._use_metadata, reference, _u(logical, at + 40, 4)))
            elif kind == 2 and name.startswith(b"*UDF Virtual Partition"):
                late.append(partial(self._use_virtual, reference))
            at += max(length, 1)
        for use in late:
            use()

    def _use_metadata(self, reference: int, block: int) -> None:
        """Since UDF 2.50 folders lie in a file of their own; it is found in the same partition."""
        node = self.node(_Where(block=block, part=reference))
        self._metadata[reference] = node.extents if node else []

    def _use_virtual(self, reference: int) -> None:
        """On a disc that is written once, the newest table of blocks is the last thing on it."""
        start = self._parts[reference]
        last = self._sectors.length // self.block - 1
        for block in range(last, max(last - 64, start), -1):
            node = self.node(_Where(block=block - start, part=reference))
            if node and node.type in (_VIRTUAL_TABLE, 0):
                data = self.content(node, _FOLDER_CAP)
                header = _u(data, 0, 2) if node.type == _VIRTUAL_TABLE else 0
                end = len(data) if header else len(data) - 36
                self._virtual[reference] = [_u(data, at, 4) for at in range(header, end, 4)]
                return

    # ---- files -----------------------------------------------------------------------------

    def content(self, node: _Node, most: int) -> bytes:
        """The bytes of a file, no more than `most`."""
        data = bytearray()
        for start, length in node.extents:
            data += self._sectors.read(start, min(length, most - len(data)))
        return bytes(data)

    def _extents(self, data: bytes, how: int, part: int, size: int) -> Iterator[tuple[int, int]]:
        step = 16 if how else 8
        at = count = 0
        while at + step <= len(data) and size > 0 and count < _EXTENT_CAP * 16:
            count += 1
            word = _u(data, at, 4)
            kind, length = word >> 30, word & 0x3FFFFFFF
            where = _where(data, at) if how else _Where(block=_u(data, at + 4, 4), part=part)
            at += step
            if not length:
                return
            start = self.offset(where)
            if kind == 3:  # The list goes on elsewhere.
                more = self.read(where)
                if _tag(more) != _EXTENTS:
                    return
                data, at = more[24 : 24 + _u(more, 20, 4)], 0
            elif kind == 0 and start is not None:
                yield start, min(length, size)
                size -= length
            else:
                return  # Not recorded: no file of a disc has holes.


def _tag(data: bytes) -> int | None:
    """The number of a descriptor, None where its checksum says that it is none."""
    if len(data) < _HEADER or (sum(data[:4]) + sum(data[5:_HEADER])) & 0xFF != data[4]:
        return None
    return _u(data, 0, 2) or None


class _Walk:
    """Goes through the folders of a volume."""

    def __init__(self, volume: _Volume, allowance: Allowance) -> None:
        self._volume = volume
        self._allowance = allowance
        self._pieces = _PIECES
        self._stopped = False
        self._seen: set[_Where] = set()
        self._found = Listing(readable=True)

    def run(self) -> Listing:
        waiting = [(self._volume.root, "", 0)]
        while waiting:
            where, path, depth = waiting.pop()
            if where in self._seen or depth > _DEPTH:
                continue  # A folder within itself.
            self._seen.add(where)
            node = self._volume.node(where)
            if node is None or node.type not in _FOLDER_TYPES:
                self._found.damaged = True
                continue
            for child, name, is_folder in self._children(node):
                self._go_on(self._allowance.take() if is_folder else self._allowance.in_time())
                if self._stopped or len(self._found.files) > self._allowance.files:
                    return self._found
                if is_folder:
                    waiting.append((child, f"{path}{name}/", depth + 1))
                else:
                    self._file(child, path + name)
        return self._found

    def _go_on(self, may: bool) -> None:
        if not may:
            self._stopped = self._found.damaged = True

    def _children(self, folder: _Node) -> Iterator[tuple[_Where, str, bool]]:
        unread = self._allowance.unread
        block = self._volume.block
        folder.extents = [
            (start, unread(start, min(length, _FOLDER_CAP), block))
            for start, length in folder.extents
        ]
        data = self._volume.content(folder, _FOLDER_CAP)
        self._found.damaged |= len(data) < folder.size
        at = 0
        while at + 38 <= len(data):
            if _tag(data[at : at + _HEADER]) != _FILE_IDENTIFIER:
                self._found.damaged = True
                return
            flags, length, private = data[at + 18], data[at + 19], _u(data, at + 36, 2)
            start = at + 38 + private
            raw = data[start : start + length]
            if not flags & (_IS_DELETED | _IS_PARENT):
                yield _where(data, at + 20), _text(raw), bool(flags & _IS_FOLDER)
            at += (38 + private + length + 3) // 4 * 4

    def _file(self, where: _Where, name: str) -> None:
        if name == _BAD_BLOCKS:
            return
        node = self._volume.node(where)
        if node is None:
            # Its bytes are nowhere; as a file without them it is told of as damaged.
            self._found.files.append(DiscFile(name=name, size=1, extents=[]))
        elif len(node.extents) > self._pieces:
            self._go_on(False)
        elif node.type in _FILE_TYPES:
            self._pieces -= len(node.extents)
            self._found.files.append(DiscFile(name=name, size=node.size, extents=node.extents))
        else:
            self._found.links += 1
            self._go_on(self._allowance.take())


def _text(raw: bytes) -> str:
    """A name in OSTA's compressed Unicode: one byte a letter, or two."""
    codec = "utf-16-be" if raw[:1] == b"\x10" else "latin-1"
    return raw[1:].decode(codec, "replace").replace("/", "_")
