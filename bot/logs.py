"""Logs: ids, kinds and numbers; never a patient's words, name or file, and never a token."""

from __future__ import annotations

import logging
import re
import sys
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from bot.traces import add_trace

# A Telegram token, also within an address; whatever follows a scheme's credentials; a bearer; the
# secret of a webhook, as a library shows the parameters of a call; a token of our API; what events are
# signed with.
_SECRETS = re.compile(
    r"(?<!\d)\d{6,12}:[A-Za-z0-9_-]{30,}"
    r"|(?<=://)[^\s/@:]+:[^\s/@]+(?=@)"
    r"|(?i:(?<=bearer )[A-Za-z0-9._~+/-]{8,}=*)"
    r"|(?<=/sign-in/)[A-Za-z0-9_-]{16,}"
    r"|(?<=secret_token': ')[^']+"
    r"|soa_[0-9a-f]{12}_[A-Za-z0-9_-]+"
    r"|whsec_[A-Za-z0-9+/]+=*"
)

# These write what they do: httpx the address with the bot's token, aiosqlite and SQLAlchemy
# statements with what patients wrote.
_TALKATIVE = (
    "aiosqlite",
    "alembic",
    "asyncio",
    "httpcore",
    "httpx",
    "multipart",
    "PIL",
    "procrastinate",
    "psycopg",
    "pydicom",
    "python_multipart",
    "sqlalchemy",
    "telegram",
    "twilio",
    "uvicorn",
    "uvicorn.access",
    "uvicorn.error",
)


def redacted(text: str) -> str:
    """The text with its secrets blacked out."""
    return _SECRETS.sub("[secret]", text)


def set_up(*, level: str = "INFO", stream: TextIO | None = None, form: str = "auto") -> None:
    """Write logs to `stream`, standard error by default, as `text` or `json`.

    `auto` is lines for a person at a terminal, and JSON for a machine.
    """
    stream = stream or sys.stderr
    shared: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        add_trace,
        _without_words,
        _redact,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    last: Processor = (
        structlog.dev.ConsoleRenderer(colors=False)
        if form == "text" or (form == "auto" and stream.isatty())
        else structlog.processors.JSONRenderer()
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    # Its warnings and errors quote its addresses, in which passwords and tokens stand in many ways.
    # That a notice failed is told by the job that sends it.
    logging.getLogger("apprise").setLevel(logging.CRITICAL)


def _without_words(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """An exception's own words may quote a patient: only its kind and where it arose are kept."""
    error = event.pop("exc_info", None)
    record = event.get("_record")
    if record is not None and record.name == "asyncio":
        # What follows the first line shows the exception itself.
        event["event"] = str(event.get("event", "")).partition("\n")[0]
    if error in (None, False) and record is not None:
        error, record.exc_info, record.exc_text = record.exc_info, None, None
    if error is True:
        error = sys.exc_info()
    if isinstance(error, BaseException):
        error = (type(error), error, error.__traceback__)
    if isinstance(error, tuple) and error[0] is not None:
        event["error"] = error[0].__name__
        event["where"] = _place(error[2])
    return event


def cause(error: BaseException) -> str:
    """What went wrong and where, without the error's own words, which may quote a patient."""
    return f"{type(error).__name__} at {_place(error.__traceback__)}"


def _place(trace: Any) -> str:
    """The innermost line of ours in a traceback, or the innermost at all."""
    places = []
    while trace is not None:
        code = trace.tb_frame.f_code
        places.append(
            (code.co_filename, f"{code.co_filename.rpartition('/')[2]}:{trace.tb_lineno}")
        )
        trace = trace.tb_next
    ours = [place for path, place in places if "site-packages" not in path and "/lib/" not in path]
    return (ours or [place for _, place in places] or [""])[-1]


def _redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = redacted(value)
    return event
