"""Mutations: what happens to bytes on their way, and what is done to them on purpose."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from random import Random

from hypothesis import strategies as st

#: Lengths and offsets at which readers stumble: none, the most of each width, just beyond.
EXTREMES: tuple[bytes, ...] = tuple(
    struct.pack(form, value)
    for form, values in (
        ("<H", (0, 1, 0x7FFF, 0xFFFF)),
        ("<L", (0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF)),
        ("<Q", (0, 0x7FFFFFFFFFFFFFFF, 0xFFFFFFFFFFFFFFFF)),
    )
    for value in values
)

#: Bytes that mean something to one of the readers.
MARKS: tuple[bytes, ...] = (
    *(b"PK\x01\x02", b"PK\x03\x04", b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07", b"PK\x07\x08"),
    *(b"DICM", b"\xfe\xff\x00\xe0", b"\xfe\xff\xdd\xe0", b"\xfe\xff\x0d\xe0", b"\xe0\x7f\x10\x00"),
    *(b"SQ\0\0\xff\xff\xff\xff", b"UN\0\0\xff\xff\xff\xff", b"OB\0\0\xff\xff\xff\xff"),
    *(b"1.2.840.10008.1.2.1.99", b"CD001", b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07", b"\x1f\x8b\x08"),
    *(b"%PDF-1.7", b"\xff\xd8\xff", b"../", b"!/", b"\0"),
)

Mutation = Callable[[bytes, Random], bytes]


def _at(data: bytes, random: Random) -> int:
    """A place, most often where archives and headers keep what matters: near either end."""
    if not data:
        return 0
    near = random.choice((0, 0, len(data) - 200, random.randrange(len(data))))
    return min(len(data) - 1, max(0, near + random.randrange(200)))


def flip(data: bytes, random: Random) -> bytes:
    """One bit."""
    at = _at(data, random)
    return (
        data[:at] + bytes([data[at] ^ 1 << random.randrange(8)]) + data[at + 1 :] if data else b""
    )


def cut(data: bytes, random: Random) -> bytes:
    """The end is gone, or the beginning, or a piece between."""
    start, end = sorted((_at(data, random), _at(data, random)))
    return random.choice((data[:end], data[start:], data[:start] + data[end:]))


def repeat(data: bytes, random: Random) -> bytes:
    """A piece comes several times."""
    start = _at(data, random)
    piece = data[start : start + random.randrange(1, 400)]
    return data[:start] + piece * random.randrange(2, 9) + data[start:]


def extreme(data: bytes, random: Random) -> bytes:
    """A length or an offset is none, or the most that there is room for."""
    at, value = _at(data, random), random.choice(EXTREMES)
    return data[:at] + value + data[at + len(value) :]


def mark(data: bytes, random: Random) -> bytes:
    """Something that a reader looks for stands where it didn't, over what was there or before it."""
    at, value = _at(data, random), random.choice(MARKS)
    return data[:at] + value + data[at + random.choice((0, len(value))) :]


MUTATIONS: tuple[Mutation, ...] = (flip, cut, repeat, extreme, extreme, mark)


def mutated(data: bytes, others: Sequence[bytes], random: Random) -> bytes:
    """The bytes after one to six mutations; one of them may splice two files."""
    for _ in range(random.randrange(1, 7)):
        if random.random() < 0.1:
            other = random.choice(others)
            data = data[: _at(data, random)] + other[_at(other, random) :]
        else:
            data = random.choice(MUTATIONS)(data, random)
    return data[:400_000]


def mutations_of(seeds: Sequence[bytes]) -> st.SearchStrategy[bytes]:
    """Mutations of these files, for Hypothesis: a failure names its seed and shrinks to a small one."""
    return st.builds(
        lambda index, seed: mutated(seeds[index], seeds, Random(seed)),
        st.integers(0, len(seeds) - 1),
        st.integers(0, 2**32),
    )
