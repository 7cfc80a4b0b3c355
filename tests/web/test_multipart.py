"""The reading of multipart bodies, against another reader and in any pieces."""

import asyncio
import itertools
from collections.abc import AsyncGenerator

from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartParser

from bot.web.multipart import Body, clean_name

BOUNDARY = "----boundary"
NAMES = st.text(st.characters(codec="utf-8", exclude_characters='"\\\r\n\0'), max_size=20)
PIECES = st.lists(
    st.sampled_from(
        [b"\r\n", b"--", BOUNDARY.encode(), b"\r\n--" + BOUNDARY.encode()[:-1], b"abc", b"\0", b"-"]
    ),
    max_size=12,
)
DATA = PIECES.map(b"".join).filter(lambda data: b"--" + BOUNDARY.encode() not in b"\r\n" + data)
PARTS = st.lists(st.tuples(st.sampled_from(["text", "files"]), st.none() | NAMES, DATA), max_size=5)


def body_of(parts: list[tuple[str, str | None, bytes]]) -> bytes:
    out = bytearray()
    for name, filename, data in parts:
        file = "" if filename is None else f'; filename="{filename}"'
        out += f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{file}\r\n'.encode()
        out += b"Content-Type: text/plain\r\n\r\n" + data + b"\r\n"
    return bytes(out + f"--{BOUNDARY}--\r\n".encode())


def cut(body: bytes, cuts: list[int]) -> list[bytes]:
    places = sorted({0, len(body), *(place % (len(body) + 1) for place in cuts)})
    return [body[a:b] for a, b in itertools.pairwise(places)]


async def stream(pieces: list[bytes]) -> AsyncGenerator[bytes, None]:
    for piece in pieces:
        yield piece


async def ours(pieces: list[bytes]) -> list[tuple[str, str | None, bytes]]:
    body = Body(f"multipart/form-data; boundary={BOUNDARY}", stream(pieces))
    return [
        (part.name, part.filename, b"".join([piece async for piece in part.chunks()]))
        async for part in body.parts()
    ]


async def theirs(pieces: list[bytes]) -> list[tuple[str, str | None, bytes]]:
    headers = Headers({"content-type": f"multipart/form-data; boundary={BOUNDARY}"})
    form = await MultiPartParser(headers, stream(pieces)).parse()
    found: list[tuple[str, str | None, bytes]] = []
    for name, value in form.multi_items():
        if isinstance(value, UploadFile):
            found.append((name, clean_name(value.filename or ""), await value.read()))
        else:
            found.append((name, None, value.encode()))
    await form.close()
    return found


@given(parts=PARTS, cuts=st.lists(st.integers(min_value=0), max_size=20))
def test_a_body_is_read_alike_however_it_is_cut(
    parts: list[tuple[str, str | None, bytes]], cuts: list[int]
) -> None:
    """The network cuts where it likes, within a boundary and within a letter too."""
    pieces = cut(body_of(parts), cuts)
    expected = [
        (name, file if file is None else clean_name(file), data) for name, file, data in parts
    ]
    assert asyncio.run(ours(pieces)) == expected
    if all(data.isascii() for _, _, data in parts):
        assert asyncio.run(theirs(pieces)) == expected


@given(parts=PARTS, cuts=st.lists(st.integers(min_value=0), max_size=20))
def test_what_is_not_read_of_a_part_is_read_past(
    parts: list[tuple[str, str | None, bytes]], cuts: list[int]
) -> None:
    """A part that nobody wants does not run into the next."""

    async def names() -> list[str]:
        pieces = cut(body_of(parts), cuts)
        body = Body(f"multipart/form-data; boundary={BOUNDARY}", stream(pieces))
        return [part.name async for part in body.parts()]

    assert asyncio.run(names()) == [name for name, _, _ in parts]
