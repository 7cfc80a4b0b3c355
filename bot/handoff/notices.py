"""Notices: what coordinators are told of a case, and how it reaches them.

A notice crosses networks that nobody here controls, so it says which case and how far it is, and
nothing of the patient: no name, no illness, no words of theirs. One destination is one job, so that
one that fails holds up no other; a job's arguments hold a destination's id, never its address.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, Protocol
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

import apprise
import httpx
from pydantic import SecretStr

from checklist.progress import Checklist
from checklist.text import Text, _
from handlers.effects import NoticeReason
from handlers.languages import Languages

_TIMEOUT: Final = 20.0

# Enough to know a refusal by: "Bad Request: group chat was upgraded to a supergroup chat".
_REASON_CHARACTERS: Final = 80

# With any other failure the request may have reached Telegram.
_NEVER_LEFT: Final = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.InvalidURL,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)


class NoticeSettings(Protocol):
    """What of the settings this module reads."""

    @property
    def telegram_token(self) -> SecretStr:
        """The bot's token."""
        ...

    @property
    def telegram_api_url(self) -> str:
        """The address of the Bot API server."""
        ...

    @property
    def coordinator_chat_id(self) -> str:
        """The coordinators' Telegram chat."""
        ...

    @property
    def notify_urls(self) -> SecretStr:
        """Apprise addresses."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """Somewhere that notices go. `id` is stable as long as its address is, and tells nothing of it."""

    id: str
    kind: Literal["telegram", "apprise"]


class NoticeFailed(Exception):
    """A notice is to be tried again, after `retry_after` seconds where said.

    `maybe_arrived` says that nobody knows whether it arrived; without it, it did not. The reason
    holds no address and no token.
    """

    def __init__(
        self, reason: str, *, retry_after: float | None = None, maybe_arrived: bool = False
    ) -> None:
        """Keep the reason, the pause and the doubt."""
        super().__init__(reason)
        self.retry_after = retry_after
        self.maybe_arrived = maybe_arrived


class UnknownDestination(LookupError):
    """The settings no longer have this destination; there is nothing to be tried again."""


# ---- what is said ------------------------------------------------------------------------------

_REASONS: Final[Mapping[NoticeReason, Text]] = {
    "submitted": _("New case: the patient has handed it over."),
    "updated": _("Something was added to a case that was handed over."),
    "human": _("The patient wants to talk to a person."),
    "emergency": _("The patient was shown the emergency number. Please look at the chat now."),
    "delivery_failed": _("A message to the patient could not be delivered."),
    "erased": _("The patient had the case erased."),
    "no_room": _("A patient's files were refused: the disk of the assistant is nearly full."),
    "failed": _("Something went wrong with this case. Please look at it."),
}

MAYBE_SEEN: Final = _("You may have seen this already:")

#: Worth a coordinator's look before anybody else's.
_WARNINGS: Final[Mapping[str, Text]] = {
    "reports_only": _("Only reports of scans came, no DICOM images"),
    "report_without_images": _("A report came without its DICOM images"),
    "missing_instances": _("Images of a series are missing"),
    "other_patient": _("Some records seem to be of another person"),
    "several_patients": _("A disc holds records of two people"),
    "only_localizers": _("A study has overview images only"),
    "only_secondary_capture": _("A study has screenshots only"),
    "film_photo": _("Photos of films came instead of images"),
    "encrypted": _("A file is locked with a password"),
    "exported_pictures": _("Pictures saved from a viewer came instead of images"),
    "viewer_without_images": _("A disc came without images"),
    "dicomdir_missing_files": _("A disc lists images that did not come"),
    "truncated_instance": _("Images of a study break off"),
    "damaged_archive": _("Part of a disc is damaged"),
    "unreadable_instance": _("Images of a disc are damaged"),
}


def notice_text(
    case_id: str,
    reason: NoticeReason,
    checklist: Checklist | None,
    languages: Languages,
    *,
    locale: str,
    address: str = "",
    maybe_seen: bool = False,
) -> str:
    """The words of a notice. `address` is where a coordinator finds the case, "" for none.

    `maybe_seen` says that it may have been sent before.

    Without a checklist, as after an erasure, it says the case and the reason only.
    """
    lines = [MAYBE_SEEN] if maybe_seen else []
    lines += [_("Case {case}", case=case_id), _REASONS[reason]]
    if checklist is not None and reason != "erased":
        lines.append(_("Complete: {percent} %", percent=checklist.completeness))
        missing = tuple(e.item.short for e in checklist.items if e.item.id in checklist.missing)
        if missing:
            lines.append(_("Missing: {items}", items=missing))
        warnings = tuple(_WARNINGS[code] for code in checklist.warnings if code in _WARNINGS)
        lines += [_("Note: {warning}", warning=warning) for warning in warnings]
    said = [_plain(languages.say(line, locale)) for line in lines]
    return "\n".join([*said, *([address] if address else [])])


def _plain(line: str) -> str:
    # Some of the places a notice goes to show these as boxes.
    return re.sub("[\u2066-\u2069]", "", line)


# ---- where to ----------------------------------------------------------------------------------


def destinations(settings: NoticeSettings) -> tuple[Destination, ...]:
    """Everywhere that notices go, each once."""
    return tuple(destination for destination, _address in _addresses(settings))


def _addresses(settings: NoticeSettings) -> list[tuple[Destination, str]]:
    found: dict[str, tuple[Destination, str]] = {}
    chat = settings.coordinator_chat_id.strip()
    if chat and settings.telegram_token.get_secret_value():
        _put(found, "telegram", chat)
    # Apprise's own rule: a comma or a blank ends an address where the next one begins.
    for url in re.split(r"[\s,]+(?=[A-Za-z0-9]+://)|\s+", settings.notify_urls.get_secret_value()):
        if url.strip(" ,"):
            _put(found, "apprise", url.strip(" ,"))
    return list(found.values())


def _put(
    found: dict[str, tuple[Destination, str]], kind: Literal["telegram", "apprise"], address: str
) -> None:
    digest = hashlib.sha256(f"{kind} {address}".encode()).hexdigest()[:12]
    found[digest] = (Destination(id=digest, kind=kind), address)


# ---- sending -----------------------------------------------------------------------------------


async def send(destination: str, text: str, *, settings: NoticeSettings) -> None:
    """Send a notice to the destination of this id.

    Raises `NoticeFailed` when it is not known to have arrived, `UnknownDestination` when the settings have no
    such destination.
    """
    for known, address in _addresses(settings):
        if known.id == destination:
            if known.kind == "telegram":
                await _send_telegram(address, text, settings)
            else:
                await _send_apprise(address, text)
            return
    raise UnknownDestination(destination)


async def send_to_person(
    kind: Literal["telegram", "mail"], address: str, text: str, *, settings: NoticeSettings
) -> None:
    """Send words to one coordinator alone, by their Telegram number or their e-mail address.

    Mail goes by the first mail server in NOTIFY_URLS. Raises as `send` does.
    """
    if kind == "telegram":
        if not settings.telegram_token.get_secret_value():
            raise UnknownDestination("TELEGRAM_TOKEN is not set")
        # A bot can't begin a chat: https://core.telegram.org/bots/faq
        await _send_telegram(address, text, settings, hint="they must have written to the bot once")
        return
    servers = [url for known, url in _addresses(settings) if _is_mail(known, url)]
    if not servers:
        raise UnknownDestination("no mail server (mailto://, mailtos://) is in NOTIFY_URLS")
    await _send_apprise(_to(servers[0], address), text)


def _is_mail(destination: Destination, url: str) -> bool:
    return destination.kind == "apprise" and url.lower().startswith(("mailto://", "mailtos://"))


def _to(url: str, address: str) -> str:
    """The address of a mail server, for this recipient and for nobody else.

    https://github.com/caronc/apprise/wiki/Notify_email: recipients stand in the path and in `to`,
    `cc` and `bcc`.
    """
    parts = urlsplit(url)
    others = ("to", "cc", "bcc", "name")
    query = [(k, v) for k, v in parse_qsl(parts.query) if k.lower() not in others]
    if not any(key.lower() == "from" for key, _value in query):
        # Without one, Apprise takes the first recipient's host for the sender's.
        user = unquote(parts.username or "")
        sender = user if "@" in user else f"{user}@{parts.hostname}"
        query.append(("from", sender))
    return urlunsplit(parts._replace(path="", query=urlencode([*query, ("to", address)])))


async def _send_telegram(
    chat: str, text: str, settings: NoticeSettings, *, hint: str = "check COORDINATOR_CHAT_ID"
) -> None:
    token = settings.telegram_token.get_secret_value()
    url = f"{settings.telegram_api_url.rstrip('/')}/bot{token}/sendMessage"
    body = {"chat_id": chat, "text": text, "link_preview_options": {"is_disabled": True}}
    try:
        async with httpx.AsyncClient(timeout=_TIMEOUT) as client:
            answer = await client.post(url, json=body)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        # The exception's own words can hold the address, and that the token.
        raise NoticeFailed(
            f"Telegram could not be reached: {type(error).__name__}",
            maybe_arrived=not isinstance(error, _NEVER_LEFT),
        ) from None
    try:
        said = answer.json()
    except ValueError:
        # It comes from something in between, which may have given up after passing it on.
        raise NoticeFailed(
            f"Telegram answered {answer.status_code} without JSON",
            maybe_arrived=not 400 <= answer.status_code < 500,
        ) from None
    if not isinstance(said, dict) or not said.get("ok"):
        raise _refused(answer.status_code, said, token, hint)


def _refused(status: int, said: object, token: str, hint: str) -> NoticeFailed:
    """What Telegram says of a refusal; 400 and 403 are for the operator to set right."""
    known = said if isinstance(said, dict) else {}
    parameters = known.get("parameters")
    after = parameters.get("retry_after") if isinstance(parameters, dict) else None
    words = str(known.get("description", "")).replace(token, "TOKEN")
    why = " ".join(words.split())[:_REASON_CHARACTERS]
    what = f" ({hint})" if status in (400, 403) else ""
    return NoticeFailed(
        f"Telegram answered {status}: {why}{what}",
        retry_after=float(after) if isinstance(after, int | float) else None,
    )


async def _send_apprise(url: str, text: str) -> None:
    sender = apprise.Apprise()
    if not sender.add(url):
        raise NoticeFailed("an address in NOTIFY_URLS is not one that Apprise understands")
    title, _newline, body = text.partition("\n")
    # Apprise's plugins block; its own asynchronous way only moves them to the shared thread pool.
    sent = await asyncio.to_thread(
        sender.notify,
        body=body or title,
        title=title if body else "",
        body_format=apprise.NotifyFormat.TEXT,
    )
    if not sent:
        # False covers a refusal and a time-out alike; None says that there was nobody to send to.
        raise NoticeFailed(
            f"the {_scheme(url)} address in NOTIFY_URLS did not take the notice",
            maybe_arrived=sent is not None,
        )


def _scheme(url: str) -> str:
    return f"{url.partition('://')[0][:16]}://"
