"""Archives that can only be read from front to back become a plain copy, in a limited process.

A plain copy is a zip of the members as they are (`plainzip.py`); everything after reads that. What
is no file (a link, a device) is left out, and a damaged member costs itself alone.
"""

from __future__ import annotations

import contextlib
import errno
import itertools
import os
import shutil
import tempfile
import unicodedata
import zlib
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import BinaryIO

from bot.intake import libarchive, programs, rar4
from bot.intake.copying import Copying, Unpacked
from bot.intake.libarchive import BadData, Item, Reader
from bot.intake.limited import Caps, Died, Limited, Values, call
from bot.intake.limits import GIB, MIB, Budget, Reason, Refused
from bot.intake.rar import Check, Told, told_of, without_password
from bot.intake.sniff import SNIFF_BYTES, Kind, sniff

_GZIP = b"\x1f\x8b"
_COMPRESSIONS = ("gzip", "bzip2", "xz", "zstd", "lzip", "compress")

#: The formats and filters of libarchive that each kind may be read with.
_READ_WITH: dict[Kind, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "7z": (("7zip",), ()),
    "rar": (("rar", "rar5"), ()),
    "cab": (("cab",), ()),
    "zip": (("zip",), ()),
    "tar": (("tar",), ()),
    # Of one file of any kind; where it is a tar, it is read as one.
    "compressed": (("raw", "empty"), _COMPRESSIONS),
}

#: What the disk keeps free for others.
_ROOM_LEFT = GIB
#: How the bytes of a password may have been chosen where it is not plain ASCII.
_CODE_PAGES = ("utf-8", "cp866", "cp1251", "gb18030", "cp1256", "latin-1", "cp437")
#: So many locked members are tried to tell a wrong password from a damaged member.
_TRIED = 3


def plain_copy(
    source: BinaryIO, kind: Kind, to: BinaryIO, budget: Budget, *, passwords: Sequence[str] = ()
) -> Unpacked:
    """Write the plain copy of `source` into the file `to`, both of them on disk.

    A zip is unpacked too, where it needs one of the `passwords`, which are tried in order. Raises
    `Refused` where nothing can be read, or too much would come out, and for whatever its process
    died of; its reason is `encrypted_archive` where the passwords are wrong or missing.
    """
    room = room_for(to, budget)
    values = {
        "kind": kind,
        "entries": budget.entries_left,
        "bytes": room,
        "member": budget.limits.member,
        "short": room < budget.bytes_left,
        "passwords": list(passwords),
    }
    # Headers and names come on top of the bytes.
    caps = Caps(file_bytes=room + room // 8 + 512 * MIB)
    said = call_refusing(_unpack, values, files=(source, to), caps=caps)
    unpacked = Unpacked(**said)
    if not unpacked.kept and not unpacked.clean:
        raise Refused("encrypted_archive" if unpacked.locked else "damaged_archive")
    to.seek(0)
    return unpacked


def missing_packages() -> tuple[str, ...]:
    """The Debian packages without which some kinds of archive can't be read on this machine."""
    there = call(_library_there, {})["there"]
    programs_of = (("p7zip-full", "7z"), ("unar", "unar"))
    lacking = [package for package, program in programs_of if shutil.which(program) is None]
    return (*(() if there else ("libarchive13",)), *lacking)


def room_for(to: BinaryIO, budget: Budget) -> int:
    """How many bytes may be written into a file: what the budget and the disk have left."""
    disk = os.fstatvfs(to.fileno())
    return max(0, min(budget.bytes_left, disk.f_bavail * disk.f_frsize - _ROOM_LEFT))


def call_refusing(fn: Limited, values: Values, *, files: Sequence[BinaryIO], caps: Caps) -> Values:
    """`limited.call`, where a process that dies is a file that can't be used."""
    for file in files:
        file.flush()
        file.seek(0)
    try:
        return call(fn, values, files=files, caps=caps)
    except Died as died:
        raise Refused("damaged_archive" if died.why == "crash" else "too_large") from None


# ---- in the limited process --------------------------------------------------------------------

#: Copies everything from a descriptor, with a password or "". Raises `BadData` where nothing can be
#: listed, `FileNotFoundError` where the library or the program isn't installed.
_Way = Callable[[Copying, int, str], None]


def _unpack(values: Values, files: Sequence[int]) -> Values:
    try:
        with open(files[1], "w+b", closefd=False) as to:
            return _first_that_opens(values, files[0], to)
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EFBIG, errno.EDQUOT)
        raise Refused("too_large" if full else "damaged_archive") from None


def _first_that_opens(values: Values, source: int, to: BinaryIO) -> Values:
    """What comes of the first password that opens anything, else of the last; "" is none.

    A password costs the time of its key here, and not that of a process.
    """
    passwords: list[str] = values["passwords"] or [""]
    for left, password in enumerate(passwords, 1 - len(passwords)):
        ways = _ways(values["kind"], locked=bool(password))
        try:
            found = _best(ways, {**values, "password": password}, source, to)
        except Refused as refused:
            if refused.reason != "encrypted_archive" or not left:
                raise
        else:
            if found["opened"] or not found["locked"] or not left:
                return found
    raise AssertionError("the last one returns or raises")


def _library_there(values: Values, files: Sequence[int]) -> Values:
    return {"there": libarchive.library() is not None}


def _ways(kind: Kind, *, locked: bool) -> list[_Way]:
    """How a kind can be read, the best way first."""
    by_library = partial(_by_library, kind)
    match kind:
        case "7z":
            return [programs.copy_with_seven_zip] if locked else [by_library, _by_seven_zip]
        case "zip":
            return [by_library, _by_seven_zip]
        case "rar":
            return [*([_by_opened_rar] if locked else []), by_library, _by_unar]
        case _:
            return [by_library]


def _best(ways: Sequence[_Way], values: Values, source: int, to: BinaryIO) -> Values:
    """Try one way after the other until one loses nothing; else the one that loses least."""
    tried: list[tuple[int, _Way]] = []
    why: Reason = "other_archive"
    for way in ways:
        os.lseek(source, 0, os.SEEK_SET)
        copying = Copying(values, to)
        try:
            way(copying, source, values["password"])
        except FileNotFoundError:
            continue
        except BadData as bad:
            # Whoever can use the password of a RAR knows better than who only asks for it.
            known = values["kind"] == "rar" and values["password"] and why == "damaged_archive"
            why = "encrypted_archive" if bad.locked and not known else "damaged_archive"
        else:
            found = copying.found
            if why == "damaged_archive" and found.locked and not found.opened:
                continue  # The password fits, as the way before found: it is no use to ask again.
            hopeless = found.locked and not values["password"]
            if found.clean or (hopeless and not found.damaged and not found.cut):
                return copying.finish()
            tried.append((copying.found.kept, way))
        if why == "encrypted_archive":
            break
    if not tried:
        raise Refused(why)
    os.lseek(source, 0, os.SEEK_SET)
    copying = Copying(values, to)
    max(tried, key=lambda one: one[0])[1](copying, source, values["password"])
    return copying.finish()


def _by_library(kind: Kind, copying: Copying, source: int, password: str) -> None:
    formats, filters = _READ_WITH[kind]
    if kind == "compressed" and _is_tar(source):
        formats = ("tar",)
    key = _fitting(source, password) if password and kind == "zip" else b""
    told = told_of(source) if kind == "rar" else []
    _copy_all(copying, Reader(source, formats, filters, key), told, opened=bool(key))
    if kind == "compressed" and not _gzip_is_whole(source):
        copying.found.cut = True
    if kind == "7z" and copying.found == Unpacked():
        # Whoever wrote it was stopped before the directory at its end.
        raise BadData(locked=False)


def _by_opened_rar(copying: Copying, source: int, password: str) -> None:
    if rar4.is_rar4(source):
        _by_opened_rar4(copying, source, password)
        return
    with tempfile.TemporaryFile() as plain:
        told = without_password(source, password, plain)
        plain.seek(0)
        _copy_all(copying, Reader(plain.fileno(), *_READ_WITH["rar"]), told, opened=True)


def _by_opened_rar4(copying: Copying, source: int, password: str) -> None:
    with tempfile.TemporaryFile() as plain:
        found = rar4.without_password(source, password, plain)
        plain.seek(0)
        if found.solid:  # which the library can't read
            programs.copy_with_unar(copying, plain.fileno(), [one.locked for one in found.told])
            if not copying.found.opened:
                raise BadData(locked=True)
        elif rar4.fits(plain.fileno(), found.told):
            reader = Reader(plain.fileno(), *_READ_WITH["rar"])
            _copy_all(copying, reader, found.told, opened=True)
        else:
            raise BadData(locked=True)


def _copy_all(
    copying: Copying, reader: Reader, told: Sequence[Told], *, opened: bool = False
) -> None:
    """Copy what a reader gives. `told` is of its entries, `opened` whether locked ones can be read."""
    try:
        for item, more in itertools.zip_longest(reader, told):
            if item is None:
                break
            copying.count()
            locked = item.locked or (more is not None and more.locked)
            if item.link:
                copying.found.links += 1
            elif locked and not (opened or item.folder):
                # The library knows it of RAR 4, and gives ciphertext all the same.
                copying.lost(item.name, locked=True)
            elif not item.folder:
                check = more.check if more is not None else None
                copying.member(item.name, _checked(reader.data(), check), locked=locked)
    except BadData:
        if not copying.found.kept and not copying.found.locked:
            raise
        # What came before is whole; the names of what would follow are not known.
        copying.found.cut = True


def _checked(chunks: Iterator[memoryview], check: Check | None) -> Iterator[memoryview]:
    crc = 0
    for chunk in chunks:
        crc = zlib.crc32(chunk, crc) if check is not None else 0
        yield chunk
    if check is not None and not check.fits(crc):
        raise BadData(locked=False)


def _by_seven_zip(copying: Copying, source: int, password: str) -> None:
    programs.copy_with_seven_zip(copying, source, password)


def _by_unar(copying: Copying, source: int, password: str) -> None:
    programs.copy_with_unar(copying, source)


def _is_tar(source: int) -> bool:
    """Whether what is compressed is a tar. libarchive can't say: it takes zeros for one, too."""
    reader = Reader(source, ("raw", "empty"), _COMPRESSIONS)
    head = b""
    with contextlib.suppress(BadData):
        for _ in reader:
            for chunk in reader.data(SNIFF_BYTES):
                head += chunk
                if len(head) >= SNIFF_BYTES:
                    break
    reader.close()
    os.lseek(source, 0, os.SEEK_SET)
    return sniff(head[:SNIFF_BYTES]) == "tar"


def _gzip_is_whole(source: int) -> bool:
    """Whether the checksums of a gzip fit, at which libarchive doesn't look; True for others."""
    at = 0
    stream = zlib.decompressobj(zlib.MAX_WBITS | 16)
    rest = os.pread(source, 2, 0)
    if rest != _GZIP:
        return True
    rest = b""
    try:
        while piece := rest or os.pread(source, MIB, at):
            at += 0 if rest else len(piece)
            stream.decompress(piece, MIB)
            rest = stream.unconsumed_tail
            if stream.eof:
                rest = stream.unused_data
                if not (rest or os.pread(source, 2, at)).startswith(_GZIP):
                    return True  # What follows is padding.
                stream = zlib.decompressobj(zlib.MAX_WBITS | 16)
    except zlib.error:
        return False
    return False


def _fitting(source: int, password: str) -> bytes:
    """The bytes of a password that open a zip; raises `BadData` where none do.

    The check in a zip lets one wrong password in 256 pass, so a member is read to its end.
    """
    passed = tried = 0
    for key in _as_bytes(password):
        reader = Reader(source, ("zip",), (), key)
        for _item in _locked_items(reader):
            try:
                for _ in reader.data():
                    pass
                return key
            except BadData as bad:
                tried += 1
                passed += not bad.locked
            finally:
                os.lseek(source, 0, os.SEEK_SET)
        reader.close()
    raise BadData(locked=passed < max(tried, 2))


def _locked_items(reader: Reader) -> Iterator[Item]:
    found = (item for item in reader if item.locked and not item.folder)
    return itertools.islice(found, _TRIED)


def _as_bytes(password: str) -> list[bytes]:
    """A password in the code pages that have all its letters, once each."""
    plain = unicodedata.normalize("NFC", password.replace("\0", ""))
    found: dict[bytes, None] = {}
    for page in _CODE_PAGES:
        with contextlib.suppress(UnicodeEncodeError):
            found[plain.encode(page)] = None
    return list(found)
