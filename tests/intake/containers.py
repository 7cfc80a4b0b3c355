"""Containers of every kind, made by programs that are not ours."""

from __future__ import annotations

import gzip
import struct
import subprocess
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path

from tests import synthetic
from tests.conftest import require_tool

SECTOR = 2048


def laid_out(files: Mapping[str, bytes], folder: Path) -> Path:
    """The files in a folder."""
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


def run(tool: str, *arguments: str | Path, cwd: Path | None = None) -> None:
    subprocess.run(
        [require_tool(tool), *map(str, arguments)], cwd=cwd, check=True, capture_output=True
    )


def image(folder: Path, to: Path, *options: str) -> bytes:
    """An ISO image of a folder."""
    run("genisoimage", "-quiet", "-V", "DISC", *options, "-o", to, folder)
    return to.read_bytes()


def xorriso_image(folder: Path, to: Path) -> bytes:
    run("xorriso", "-as", "mkisofs", "-quiet", "-V", "DISC", "-J", "-r", "-o", to, folder)
    return to.read_bytes()


def udf_alone(folder: Path, to: Path) -> bytes:
    """A UDF image without its ISO 9660 part, as Windows and recorders write them."""
    data = bytearray(image(folder, to, "-udf"))
    first = next(n for n in range(16, 40) if data[n * SECTOR + 1 :].startswith(b"BEA01"))
    for n in range(3):
        at, to_ = (first + n) * SECTOR, (16 + n) * SECTOR
        data[to_ : to_ + SECTOR] = data[at : at + SECTOR]
    for n in range(19, first + 3):
        data[n * SECTOR : (n + 1) * SECTOR] = bytes(SECTOR)
    return bytes(data)


def raw_sectors(iso: bytes, *, mode: int = 1) -> bytes:
    """The image as a program that copies a CD sector by sector leaves it."""
    before = b"\0" + b"\xff" * 10 + b"\0" + b"\0\2\0" + bytes([mode]) + bytes(8 * (mode == 2))
    after = bytes(2352 - SECTOR - len(before))
    parts = (iso[at : at + SECTOR] for at in range(0, len(iso), SECTOR))
    return b"".join(before + part.ljust(SECTOR, b"\0") + after for part in parts)


def seven_zip(folder: Path, to: Path, *options: str) -> bytes:
    run("7z", "a", "-bd", "-y", *options, to, ".", cwd=folder)
    return to.read_bytes()


def tar(folder: Path, to: Path, *options: str) -> bytes:
    run("bsdtar", *options, "-cf", to, *sorted(path.name for path in folder.iterdir()), cwd=folder)
    return to.read_bytes()


def rar5(files: Mapping[str, bytes]) -> bytes:
    """A RAR 5 archive with its members stored; there is no free program that writes one."""

    def number(value: int) -> bytes:
        out = b""
        while value > 0x7F:
            out, value = out + bytes([value & 0x7F | 0x80]), value >> 7
        return out + bytes([value])

    def block(header: bytes, data: bytes = b"") -> bytes:
        body = number(len(header)) + header
        return struct.pack("<L", zlib.crc32(body)) + body + data

    out = b"Rar!\x1a\x07\x01\x00" + block(number(1) + number(0) + number(0))
    for name, data in files.items():
        raw = name.encode()
        fields = (
            number(4) + number(len(data)) + number(0o100644) + struct.pack("<L", zlib.crc32(data))
        )
        fields += number(0) + number(1) + number(len(raw)) + raw
        out += block(number(2) + number(2) + number(len(data)) + fields, data)
    return out + block(number(5) + number(0) + number(0))


#: Every kind of container from a folder and a place to write; the files in it can be told apart.
MAKERS: dict[str, Callable[[Path, Path], bytes]] = {
    "iso_level_1": lambda f, to: image(f, to, "-iso-level", "1"),
    "iso_joliet": lambda f, to: image(f, to, "-J"),
    "iso_rock_ridge": lambda f, to: image(f, to, "-r"),
    "iso_both": lambda f, to: image(f, to, "-J", "-r"),
    "iso_xorriso": xorriso_image,
    "iso_raw_mode_1": lambda f, to: raw_sectors(image(f, to, "-J")),
    "iso_raw_mode_2": lambda f, to: raw_sectors(image(f, to, "-J"), mode=2),
    "udf_bridge": lambda f, to: image(f, to, "-udf", "-J"),
    "udf_alone": udf_alone,
    "7z": seven_zip,
    "tar": tar,
    "tar_of_v7": lambda f, to: tar(f, to, "--format=v7tar"),
    "tar_gz": lambda f, to: tar(f, to, "-z"),
    "tar_bz2": lambda f, to: tar(f, to, "-j"),
    "tar_xz": lambda f, to: tar(f, to, "-J"),
    "tar_zst": lambda f, to: tar(f, to, "--zstd"),
    "tar_lz": lambda f, to: tar(f, to, "--lzip"),
    "tar_z": lambda f, to: tar(f, to, "-Z"),
    "rar": lambda f, to: rar5({p.relative_to(f).as_posix(): p.read_bytes() for p in files_in(f)}),
}


def files_in(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.rglob("*")) if path.is_file()]


def gzipped(data: bytes) -> bytes:
    return gzip.compress(data, mtime=0)


def study() -> dict[str, bytes]:
    """The files of a small study, with names that every file system can hold."""
    return synthetic.study_files(synthetic.mr_study(3))
