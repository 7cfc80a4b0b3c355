"""Read a multipart body part by part while it arrives, in a fixed amount of memory."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header

_MAX_FIELD_BYTES = 64 * 1024
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]")


class Malformed(Exception):
    """The body is not what its header says, or a field is larger than any field here."""


@dataclass(slots=True)
class Part:
    """One part. Read its `chunks` to the end, or not at all, before the next is asked for."""

    name: str
    filename: str | None
    media_type: str
    _body: Body = field(repr=False)

    async def chunks(self) -> AsyncIterator[bytes]:
        """The bytes of the part, in the pieces in which they arrive."""
        async for piece in self._body.pieces():
            yield piece

    async def text(self) -> str:
        """A whole field, in UTF-8. Raises Malformed over 64 kB."""
        gathered = bytearray()
        async for piece in self.chunks():
            gathered += piece
            if len(gathered) > _MAX_FIELD_BYTES:
                raise Malformed("field too long")
        return gathered.decode("utf-8", errors="replace")


class Body:
    """The parts of a body, in their order."""

    def __init__(self, content_type: str, stream: AsyncIterator[bytes]) -> None:
        """Start on a stream. Raises Malformed where the header names no boundary."""
        kind, options = parse_options_header(content_type)
        boundary = options.get(b"boundary")
        if kind != b"multipart/form-data" or not boundary:
            raise Malformed("not multipart/form-data")
        self._stream = stream
        self._events: deque[tuple[str, bytes]] = deque()
        self._ended = False
        try:
            self._parser = MultipartParser(
                boundary,
                {
                    "on_part_begin": lambda: self._tell("begin"),
                    "on_header_field": lambda d, a, b: self._tell("header", d[a:b]),
                    "on_header_value": lambda d, a, b: self._tell("value", d[a:b]),
                    "on_header_end": lambda: self._tell("header_end"),
                    "on_headers_finished": lambda: self._tell("data_begin"),
                    "on_part_data": lambda d, a, b: self._tell("data", d[a:b]),
                    "on_part_end": lambda: self._tell("end"),
                    "on_end": self._finish,
                },
            )
        except MultipartParseError as error:
            raise Malformed(str(error)) from error

    def _tell(self, event: str, data: bytes = b"") -> None:
        self._events.append((event, data))

    def _finish(self) -> None:
        self._ended = True

    async def _next(self) -> tuple[str, bytes] | None:
        """The parser's next event, or None after the last part. A body that breaks off raises."""
        while not self._events:
            try:
                chunk = await anext(self._stream)
            except StopAsyncIteration:
                if not self._ended:
                    raise Malformed("the body breaks off") from None
                return None
            try:
                self._parser.write(chunk)
            except MultipartParseError as error:
                raise Malformed(str(error)) from error
        return self._events.popleft()

    async def parts(self) -> AsyncIterator[Part]:
        """The parts one after the other; what was not read of one is read past."""
        while (event := await self._next()) is not None:
            if event[0] == "begin":
                yield await self._open_part()

    async def _open_part(self) -> Part:
        headers: dict[bytes, bytes] = {}
        name = value = b""
        while (event := await self._next()) is not None and event[0] != "data_begin":
            if event[0] == "header":
                name += event[1]
            elif event[0] == "value":
                value += event[1]
            else:
                headers[name.lower()] = value
                name = value = b""
        _, options = parse_options_header(headers.get(b"content-disposition", b""))
        filename = options.get(b"filename")
        return Part(
            name=options.get(b"name", b"").decode("utf-8", errors="replace"),
            filename=None if filename is None else clean_name(filename.decode("utf-8", "replace")),
            media_type=headers.get(b"content-type", b"").decode("latin-1")[:100],
            _body=self,
        )

    async def pieces(self) -> AsyncIterator[bytes]:
        """The data of the part that is open."""
        while (event := await self._next()) is not None and event[0] != "end":
            yield event[1]


def clean_name(name: str) -> str:
    """A file's own name: no folders, nothing that turns or breaks a line, at most 200 characters."""
    own = _UNPRINTABLE.sub("", re.split(r"[/\\]", name)[-1]).strip()
    if len(own) <= 200:
        return own
    stem, dot, suffix = own.rpartition(".")
    return f"{stem[: 199 - len(suffix)]}.{suffix}" if dot and len(suffix) < 20 else own[:200]
