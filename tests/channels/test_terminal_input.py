"""A line means what it says, wherever lines come from."""

import asyncio
import os
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.terminal_input import Line, lines_of, read_line


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("", None),
        ("   \r\n", None),
        ("I have a report\n", Line(text="I have a report")),
        ("/status", Line(text="/status")),
        ("2", Line(text="2")),
        ("#have", Line(choice="have")),
        ("# have ", Line(choice="have")),
        ("#imaging:have:4", Line(choice="imaging:have:4")),
        ("#", Line(text="#")),
        ("@", Line(text="@")),
        ("\\#1 on the list", Line(text="#1 on the list")),
        ("\\@ana wrote", Line(text="@ana wrote")),
        ("\\ alone", Line(text="\\ alone")),
        ("@ct.zip", Line(paths=("ct.zip",))),
        ("@a.zip @b.pdf", Line(paths=("a.zip", "b.pdf"))),
        ("@a.zip from 2023", Line(paths=("a.zip",), text="from 2023")),
        ("""@"my ct.zip" @'b c.pdf' two""", Line(paths=("my ct.zip", "b c.pdf"), text="two")),
        ('@"never closed.pdf', Line(paths=("never closed.pdf",))),
        ("@a.zip \\@home", Line(paths=("a.zip",), text="@home")),
        ("write to me @ home", Line(text="write to me @ home")),
    ],
)
def test_a_line_means(line: str, meant: Line | None) -> None:
    assert read_line(line) == meant


@given(st.text())
def test_no_line_raises_and_only_an_empty_one_says_nothing(line: str) -> None:
    assert (read_line(line) is None) == (not line.strip())


@given(st.text().map(str.strip).filter(bool))
def test_any_text_can_be_written(text: str) -> None:
    escaped = f"\\{text}" if text.lstrip("\\").startswith(("#", "@")) else text
    assert read_line(escaped) == Line(text=text)


async def lines(path: int) -> list[str]:
    with os.fdopen(path) as source:
        return [line.rstrip("\n") async for line in lines_of(source)]


async def test_lines_come_from_a_pipe_as_they_are_written() -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading) as source:
        found = lines_of(source)
        os.write(writing, "один\nдв".encode()[:-1])
        assert await anext(found) == "один"
        waiting = asyncio.ensure_future(anext(found))
        await asyncio.sleep(0)
        os.write(writing, "в".encode()[-1:] + b"\nlast")
        assert await waiting == "дв"
        os.close(writing)
        assert [line async for line in found] == ["last"]


async def test_lines_come_from_a_file_and_from_a_buffer(tmp_path: Path) -> None:
    path = tmp_path / "lines.txt"
    path.write_text("one\n\ntwo", encoding="utf-8")
    assert await lines(os.open(path, os.O_RDONLY)) == ["one", "", "two"]
    assert await lines(os.open(os.devnull, os.O_RDONLY)) == []
    assert [line async for line in lines_of(StringIO("one\ntwo"))] == ["one\n", "two"]


async def test_an_interrupt_while_waiting_for_a_line_ends_the_wait_at_once() -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading) as source:
        waiting = asyncio.ensure_future(anext(lines_of(source)))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    os.close(writing)
