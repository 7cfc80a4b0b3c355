"""The deflated syntax: read as if it were plain, and no more of it than of any other object."""

from __future__ import annotations

import struct
import zlib

import pytest

from bot.intake.contents import HEAD, take
from bot.intake.deflated import inflated
from bot.intake.limits import MIB, Refused
from tests import synthetic
from tests.discs.hostile_papers import deflated_object
from tests.intake.conftest import Index

SYNTAX = "1.2.840.10008.1.2.1.99"


def deflated(plain: bytes, *, meta: bytes = b"", syntax: bytes = SYNTAX.encode()) -> bytes:
    """An object of explicit little endian in this syntax, with more in its meta header."""
    end = 144 + int.from_bytes(plain[140:144], "little")
    before = b"UI\x14\x001.2.840.10008.1.2.1\0"
    now = b"UI" + struct.pack("<H", len(syntax)) + syntax
    head = plain[:end].replace(b"\x02\x00\x10\x00" + before, meta + b"\x02\x00\x10\x00" + now)
    head = head[:140] + struct.pack("<L", len(head) - 144) + head[144:]
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return head + packer.compress(plain[end:]) + packer.flush()


def plain_slice() -> bytes:
    return synthetic.encoded(synthetic.dataset(synthetic.StudyPlan(), synthetic.SeriesPlan(), 0))


def codes(index: Index, data: bytes) -> list[str]:
    return [finding.code for finding in index(data).findings]


def test_it_says_what_the_plain_object_says_but_for_its_syntax(index: Index) -> None:
    plain = index(plain_slice())
    packed = index(deflated(plain_slice()))
    ((one,),), ((other,),) = plain.instances.values(), packed.instances.values()
    assert other.transfer_syntax_uid == SYNTAX
    assert (other.rows, other.position, other.kind) == (one.rows, one.position, one.kind)
    assert packed.records[0].study == plain.records[0].study
    assert "truncated_instance" not in codes(index, deflated(plain_slice()))


@pytest.mark.parametrize("mib", [2, 40])
def test_pixels_that_break_off_are_noticed_however_many_they_are(index: Index, mib: int) -> None:
    whole = deflated_object(mib)
    assert "truncated_instance" not in codes(index, whole)
    assert "truncated_instance" in codes(index, whole[:-900])


def test_a_stream_that_ends_before_the_pixels_do_is_truncated(index: Index) -> None:
    assert "truncated_instance" in codes(index, deflated(plain_slice()[:-400]))


def test_no_more_is_kept_than_of_any_other_object() -> None:
    content = take(iter([deflated_object(100)]))
    plain = inflated(content)
    assert len(plain.head) == HEAD
    assert plain.size > 100 * MIB
    assert plain.sha256 == content.sha256


def test_it_can_not_hide_that_it_is_deflated() -> None:
    """Behind a long meta header, or another deflated object; pydicom would inflate all of it."""
    filler = b"\x02\x00\x02\x01OB\x00\x00" + struct.pack("<L", 5000) + bytes(5000)
    hidden = inflated(take(iter([deflated(plain_slice(), meta=filler)])))
    assert SYNTAX.encode() not in hidden.head
    assert hidden.head.endswith(plain_slice()[-1000:])
    odd = deflated(plain_slice()).replace(b"\x02\x00\x10\x00UI", b"\x02\x00\x10\x00ZZ")
    with pytest.raises(Refused) as refused:
        inflated(take(iter([odd])))
    assert refused.value.reason == "damaged_instance"
