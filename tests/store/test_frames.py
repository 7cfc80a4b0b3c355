"""What is sealed comes back as it was, from any place; whatever was done to it is found."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from isal.isal_zlib import crc32

from bot.store import frames
from bot.store.frames import AROUND, FRAME, HEADER, Cipher, Read
from bot.store.keyring import BrokenSeal

BLOB, OTHER = "0123456789abcdef" * 2, "fedcba9876543210" * 2
KEY_ID, SECRET = "00112233445566aa", bytes(range(32))

#: Sizes of what is added at once: small ones, and around the frame.
SIZES = st.one_of(
    st.integers(0, 100), st.integers(FRAME - 2, FRAME + 2), st.integers(0, 2 * FRAME + 100)
)
ADDED = st.lists(SIZES, max_size=5)
SMALL = st.lists(st.integers(1, 60), min_size=1, max_size=6)


@dataclass
class Made:
    plain: bytes
    sealed: bytes
    cipher: Cipher


def made(sizes: list[int], *, blob: str = BLOB, closed: bool = True) -> Made:
    """A file that came in pieces of these sizes."""
    header, cipher = frames.new_header(blob, KEY_ID, SECRET)
    plain, sealed = bytearray(), bytearray(header)
    for number, size in enumerate(sizes):
        data = bytes([number + 1]) * size
        for frame in cipher.seal(data, len(plain)):
            sealed += frame
        plain += data
    if closed:
        sealed += cipher.end(len(plain))
    return Made(bytes(plain), bytes(sealed), cipher)


def reading(sealed: bytes) -> Read:
    return lambda at, count: sealed[at : at + count]


def opened(sealed: bytes, start: int = 0, *, blob: str = BLOB, secret: bytes = SECRET) -> bytes:
    """All of a blob from a place on, as a store opens it. Raises BrokenSeal."""
    head = sealed[:HEADER]
    if not frames.is_sealed(head):
        assert frames.has_lost_its_head(head, reading(sealed), len(sealed))
        raise BrokenSeal
    cipher = frames.read_header(head).cipher(blob, secret)
    place, at = frames.frame_with(reading(sealed), start)
    pieces, length, ended = cipher.opened(memoryview(sealed)[place:], at)
    if not ended or place + length != len(sealed):
        raise BrokenSeal
    return b"".join(pieces)[start - at :]


@settings(max_examples=60, deadline=None)
@given(ADDED, st.data())
def test_bytes_come_back_from_any_place_however_they_were_added(
    sizes: list[int], data: st.DataObject
) -> None:
    one = made(sizes)
    start = data.draw(st.integers(0, len(one.plain)))
    assert opened(one.sealed, start) == one.plain[start:]
    found = frames.extent(reading(one.sealed), len(one.sealed))
    assert (found.size, found.closed) == (len(one.plain), True)
    assert frames.check(reading(one.sealed)) == len(one.plain)
    assert one.cipher.size_by(one.sealed[-AROUND:]) == len(one.plain)
    assert bytes([1]) * 64 not in one.sealed


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 3 * FRAME), st.data())
def test_what_was_sealed_at_one_go_has_full_frames_and_is_found_by_computing(
    size: int, data: st.DataObject
) -> None:
    header, cipher = frames.new_header(BLOB, KEY_ID, SECRET)
    sealed = header + cipher.sealed(bytes(size), 0) + cipher.end(size)
    start = data.draw(st.integers(0, size))
    reads: list[int] = []

    def read(at: int, count: int) -> bytes:
        reads.append(count)
        return sealed[at : at + count]

    frames.frame_with(read, start)
    assert sum(reads) < 300
    assert opened(sealed, start) == bytes(size - start)


@settings(max_examples=300, deadline=None)
@given(SMALL, st.data())
def test_a_bit_that_was_flipped_anywhere_is_found(sizes: list[int], data: st.DataObject) -> None:
    one = made(sizes)
    bit = data.draw(st.integers(0, 8 * len(one.sealed) - 1))
    broken = bytearray(one.sealed)
    broken[bit // 8] ^= 1 << bit % 8
    with pytest.raises(BrokenSeal):
        frames.check(reading(bytes(broken)))
    # Whoever has the key needs no checksum, and reads past a broken one.
    with suppress(BrokenSeal):
        assert opened(bytes(broken)) == one.plain


@settings(max_examples=200, deadline=None)
@given(SMALL, st.data())
def test_a_blob_that_was_cut_off_anywhere_is_found(sizes: list[int], data: st.DataObject) -> None:
    one = made(sizes)
    left = one.sealed[: data.draw(st.integers(0, len(one.sealed) - 1))]
    with pytest.raises(BrokenSeal):
        opened(left)
    with pytest.raises(BrokenSeal):
        one.cipher.size_by(left[-AROUND:])
    with pytest.raises(BrokenSeal):
        frames.check(reading(left))


def rows_of(sealed: bytes) -> list[bytes]:
    """The frames of a blob, with its end."""
    rows, place = [], HEADER
    while place < len(sealed):
        length = int.from_bytes(sealed[place : place + 4]) + AROUND
        rows.append(sealed[place : place + length])
        place += length
    return rows


@settings(max_examples=200, deadline=None)
@given(SMALL, st.data())
def test_frames_that_change_places_or_are_left_out_or_doubled_are_found(
    sizes: list[int], data: st.DataObject
) -> None:
    one = made(sizes)
    rows = rows_of(one.sealed)
    picked = data.draw(st.lists(st.sampled_from(range(len(rows))), max_size=len(rows) + 1))
    assume(picked != list(range(len(rows))))
    moved = one.sealed[:HEADER] + b"".join(rows[number] for number in picked)
    with pytest.raises(BrokenSeal):
        opened(moved)


@settings(max_examples=100, deadline=None)
@given(SMALL, st.data())
def test_a_frame_of_another_blob_is_found_though_both_have_one_case(
    sizes: list[int], data: st.DataObject
) -> None:
    one, other = made(sizes), made(sizes, blob=OTHER)
    rows, foreign = rows_of(one.sealed), rows_of(other.sealed)
    number = data.draw(st.integers(0, len(rows) - 1))
    rows[number] = foreign[number]
    with pytest.raises(BrokenSeal):
        opened(one.sealed[:HEADER] + b"".join(rows))
    with pytest.raises(BrokenSeal):
        opened(other.sealed)


def test_another_key_opens_nothing() -> None:
    with pytest.raises(BrokenSeal):
        opened(made([5]).sealed, secret=bytes(32))


def test_one_that_ends_where_another_began_is_no_longer_blob() -> None:
    """An end is bound to its place: what is behind it can't be put before it."""
    one = made([5, 7])
    rows = rows_of(one.sealed)
    with pytest.raises(BrokenSeal):
        opened(one.sealed[:HEADER] + rows[0] + one.cipher.end(12))
    with pytest.raises(BrokenSeal):
        opened(one.sealed + b"\0")


@settings(max_examples=300, deadline=None)
@given(SMALL, st.data())
def test_of_a_file_on_its_way_what_a_crash_tore_is_all_that_is_lost(
    sizes: list[int], data: st.DataObject
) -> None:
    one = made(sizes, closed=False)
    left = one.sealed[: data.draw(st.integers(HEADER, len(one.sealed)))]
    found = frames.extent(reading(left), len(left))
    pieces, length, ended = one.cipher.opened(memoryview(left)[HEADER : found.end], 0)
    assert (length, ended) == (found.end - HEADER, False)
    assert b"".join(pieces) == one.plain[: found.size]
    lost = len(one.plain) - found.size
    assert lost == 0 or len(left) - found.end < max(sizes) + AROUND
    # It goes on from there.
    more = left[: found.end] + one.cipher.sealed(b"more", found.size)
    whole = more + one.cipher.end(found.size + 4)
    assert opened(whole) == one.plain[: found.size] + b"more"


@settings(max_examples=100, deadline=None)
@given(SMALL, st.binary(min_size=1, max_size=80))
def test_garbage_behind_the_last_frame_counts_for_nothing(sizes: list[int], rest: bytes) -> None:
    one = made(sizes, closed=False)
    sealed = one.sealed + rest
    found = frames.extent(reading(sealed), len(sealed))
    assert (found.end, found.size) == (len(one.sealed), len(one.plain))


@given(st.binary(max_size=300))
def test_what_was_never_sealed_is_told_from_it(plain: bytes) -> None:
    assume(not frames.is_torn_header(plain[:HEADER]))
    assert not frames.is_sealed(plain)
    assert not frames.has_lost_its_head(plain[:HEADER], reading(plain), len(plain))


def test_a_newer_version_is_said_to_be_one() -> None:
    newer = bytearray(made([1]).sealed[:HEADER])
    newer[len(frames.MAGIC)] = 2
    newer[-4:] = crc32(newer[:-4]).to_bytes(4)
    with pytest.raises(BrokenSeal, match=r"newer version \(2\)"):
        frames.read_header(bytes(newer))
