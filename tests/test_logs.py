"""A log holds no token and no patient's words."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from bot import logs

TOKEN = "123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    written = io.StringIO()
    logs.set_up(stream=written)
    yield written
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.mark.parametrize(
    "text",
    [
        f"POST https://api.telegram.org/bot{TOKEN}/sendMessage",
        f"https://api.telegram.org/file/bot{TOKEN}/photo.jpg",
        "Authorization: Bearer abcdefghijklmnop",
        "mailto://me:hunter2hunter2@example.org",
        "http://127.0.0.1/desk/sign-in/u3jHs82kLs0as8Jd8s",
        "soa_0123456789ab_u3jHs82kLs0as8Jd8s",
        "whsec_u3jHs82kLs0as8Jd8s=",
    ],
)
def test_a_secret_is_blacked_out(text: str) -> None:
    found = logs.redacted(text)
    assert "[secret]" in found
    assert not any(secret in found for secret in (TOKEN, "abcdefgh", "hunter2", "u3jHs82k"))


def test_our_own_lines_and_those_of_libraries_are_redacted(stream: io.StringIO) -> None:
    structlog.get_logger("bot").info("polled", address=f"/bot{TOKEN}/getUpdates")
    logging.getLogger("somebody").error("failed: %s", f"/bot{TOKEN}/getUpdates")
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [line["level"] for line in lines] == ["info", "error"]
    assert TOKEN not in stream.getvalue()


def test_an_exception_leaves_its_kind_and_place_and_not_its_words(stream: io.StringIO) -> None:
    def fail() -> None:
        raise ValueError("my diagnosis")

    for logger in (structlog.get_logger("bot"), logging.getLogger("somebody")):
        try:
            fail()
        except ValueError:
            logger.exception("turn_failed")
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [line["error"] for line in lines] == ["ValueError"] * 2
    assert all("test_logs.py" in line["where"] for line in lines)
    assert "diagnosis" not in stream.getvalue()


def test_libraries_that_write_what_they_do_are_silent(stream: io.StringIO) -> None:
    logging.getLogger().setLevel(logging.DEBUG)
    for name in ("httpx", "aiosqlite", "sqlalchemy.engine", "apprise"):
        logging.getLogger(name).info("my diagnosis")
    assert stream.getvalue() == ""


def test_apprise_which_prints_its_addresses_is_silent_also_about_failures(
    stream: io.StringIO,
) -> None:
    logging.getLogger("apprise").error("Failed to load tgram://secret")
    assert stream.getvalue() == ""


def test_asyncio_does_not_quote_a_lost_exception(stream: io.StringIO) -> None:
    logging.getLogger("asyncio").error(
        "Task exception was never retrieved\nfuture: <Task exception=ValueError('my diagnosis')>"
    )
    assert "never retrieved" in stream.getvalue()
    assert "diagnosis" not in stream.getvalue()
