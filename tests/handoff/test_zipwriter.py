"""The zip writer, read back by others."""

from __future__ import annotations

import hashlib
import io
import tempfile
import zipfile
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.handoff import zipwriter
from bot.handoff.zipwriter import EntryMismatch, Member, write_zip
from tests.handoff.cases import AT

TEMPORARY = Path(tempfile.gettempdir())


def member(name: str, *chunks: bytes, sha256: str = "") -> Member:
    body = b"".join(chunks)
    return Member(
        name=name,
        read=partial(iter, chunks),
        sha256=sha256 or hashlib.sha256(body).hexdigest(),
        size=len(body),
        modified=AT,
    )


@given(st.lists(st.lists(st.binary(max_size=2000), max_size=4), max_size=6))
def test_what_goes_in_comes_out(bodies: list[list[bytes]]) -> None:
    """Whatever the bytes and however they are cut; no entry has a data descriptor."""
    members = [member(f"имя/{n}.dcm", *chunks) for n, chunks in enumerate(bodies)]
    out = io.BytesIO(b"".join(write_zip(members, TEMPORARY)))
    with zipfile.ZipFile(out) as archive:
        assert [archive.read(info) for info in archive.infolist()] == [
            b"".join(chunks) for chunks in bodies
        ]
        assert all(not info.flag_bits & 8 for info in archive.infolist())
        assert all(info.date_time == (2026, 11, 24, 9, 30, 0) for info in archive.infolist())


def test_only_what_shrinks_is_deflated() -> None:
    """Compressed pixels are stored as they are."""
    noise = hashlib.shake_256(b"pixels").digest(100_000)
    members = [member("a", noise), member("b", bytes(100_000))]
    out = io.BytesIO(b"".join(write_zip(members, TEMPORARY)))
    with zipfile.ZipFile(out) as archive:
        stored, deflated = archive.infolist()
    assert (stored.compress_type, deflated.compress_type) == (0, 8)
    assert deflated.compress_size < 1000


def test_a_wrong_hash_stops_before_the_entry_is_written() -> None:
    """What has gone out until then has no directory: no program takes it for a whole zip."""
    out: list[bytes] = []
    both = [member("good", b"1"), member("bad", b"2", sha256="00" * 32)]
    with pytest.raises(EntryMismatch) as failure:
        out.extend(write_zip(both, TEMPORARY))
    assert failure.value.name == "bad"
    assert out
    assert not zipfile.is_zipfile(io.BytesIO(b"".join(out)))


def test_an_archive_beyond_four_gigabytes_has_wide_headers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With the limits brought down, the same headers can be read back in a blink."""
    monkeypatch.setattr(zipwriter, "_LIMIT16", 3)
    monkeypatch.setattr(zipwriter, "_IN_MEMORY", 10)
    bodies = [hashlib.shake_256(bytes([n])).digest(50) for n in range(5)]
    members = [member(f"{n}", body) for n, body in enumerate(bodies)]
    written = b"".join(write_zip(members, TEMPORARY))
    assert b"PK\x06\x06" in written
    assert b"PK\x06\x07" in written
    assert sum(1 for _ in written.split(b"PK\x01\x02")) == 6


def test_a_large_entry_waits_where_it_was_told_to(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The system's temporary folder is often in memory, and a disc would fill it."""
    monkeypatch.setattr(zipwriter, "_IN_MEMORY", 10)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    out = io.BytesIO(b"".join(write_zip([member("a", b"x" * 1000)], tmp_path)))
    with zipfile.ZipFile(out) as archive:
        assert archive.read("a") == b"x" * 1000
    assert list(tmp_path.iterdir()) == []
