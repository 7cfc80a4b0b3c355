"""Notices: what coordinators are told of a case, and how it reaches them.

A notice crosses networks that nobody here controls, so it says which case and how far it is, and
nothing of the patient: no name, no illness, no words of theirs. One destination is one job, so that
one that fails holds up no other; a job's arguments hold a destination's id, never its address.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, Protocol

import apprise
import httpx
from pydantic import SecretStr

from bot.outward import answer_of, json_of
from checklist.progress import Checklist
from checklist.text import Text, _
from handlers.effects import NoticeReason
from handlers.languages import Languages

Kind = Literal["telegram", "apprise", "escalation"]

_TIMEOUT: Final = 20.0
_MOST: Final = 1 << 20

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

    @property
    def escalation_urls(self) -> SecretStr:
        """Apprise addresses that hear only of cases that nobody took."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """Somewhere that notices go. `id` is stable as long as its address is, and tells nothing of it."""

    id: str
    kind: Kind


class NoticeFailed(Exception):
    """A notice is to be tried again, after `retry_after` seconds where said.

    `maybe_arrived` says that nobody knows whether it arrived; without it, it did not. The reason
    holds no address and no token.
    """

    def __init__(
        self,
        reason: str,
        *,
        retry_after: float | None = None,
        maybe_arrived: bool = False,
        status: int = 0,
    ) -> None:
        """Keep the reason, the pause, the doubt, and the status of a refusal (0 for none)."""
        super().__init__(reason)
        self.retry_after = retry_after
        self.maybe_arrived = maybe_arrived
        self.status = status


class UnknownDestination(LookupError):
    """The settings no longer have this destination; there is nothing to be tried again."""


# ---- what is said ------------------------------------------------------------------------------

_REASONS: Final[Mapping[NoticeReason, Text]] = {
    "submitted": _("New case: the patient has handed it over."),
    "updated": _("Something was added to a case that was handed over."),
    "human": _("The patient wants to talk to a person."),
    "emergency": _("The patient was shown the emergency number. Please look at the chat now."),
    "delivery_failed": _("A message to the patient could not be delivered."),
    "blocked": _("The patient has blocked the assistant. Please reach them in another way."),
    "erased": _("The patient had the case erased."),
    "no_room": _("A patient's files were refused: the disk of the assistant is nearly full."),
    "case_full": _(
        "This case has little or no room left for files. You can allow more at the desk."
    ),
    "failed": _("Something went wrong with this case. Please look at it."),
    "answered": _("The patient has answered a request for one more record."),
    "not_taken": _("Nobody has taken this case yet. Please take it."),
    "changed": _("A coordinator has worked on this case."),
    "opinion_read": _("The patient has read the opinion."),
    "parcel": _("There is news of something that goes by post."),
    "questions": _("The patient has questions about the opinion."),
    "withdrawn": _(
        "The patient has taken back a consent. Please look at the case before you go on."
    ),
    "not_warned": _(
        "This case is erased in 30 days, and nobody could be told. Please reach the patient in "
        "another way. To keep the case, hold it at the desk."
    ),
    "held": _("The patient wants the case erased, and it is held. Please write to them."),
    "infected": _(
        "A computer virus was found in a document that was uploaded at the desk. "
        "The document was deleted. Please upload a clean copy."
    ),
    "asked": _("The patient has asked a question that the assistant can't answer."),
}

MAYBE_SEEN: Final = _("You may have seen this already:")

#: Worth a coordinator's look before anybody else's.
_WARNINGS: Final[Mapping[str, Text]] = {
    "reports_only": _("Only reports of scans came, no DICOM images"),
    "report_without_images": _("A report came without its DICOM images"),
    "missing_instances": _("Images of a series are missing"),
    "other_patient": _("Some records seem to be of another person"),
    "several_patients": _("A disc holds records of more than one person"),
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
    state: Sequence[Text] = (),
) -> str:
    """The words of a notice. `address` is where a coordinator finds the case, "" for none.

    `maybe_seen` says that it may have been sent before; `state` is where the case stands.

    Without a checklist, as after an erasure, it says the case and the reason only.
    """
    lines = [MAYBE_SEEN] if maybe_seen else []
    lines += [_("Case {case}", case=case_id), *state, *_why(reason, state)]
    if checklist is not None and reason != "erased":
        lines.append(_("Answered: {percent} %", percent=checklist.completeness))
        here, wanted = checklist.here, checklist.wanted
        lines.append(_("Here in full: {here} of {wanted}", here=here, wanted=wanted))
        missing = tuple(e.item.short for e in checklist.items if e.item.id in checklist.missing)
        if missing:
            lines.append(_("Missing: {items}", items=missing))
        warnings = tuple(_WARNINGS[code] for code in checklist.warnings if code in _WARNINGS)
        lines += [_("Note: {warning}", warning=warning) for warning in warnings]
    said = [_plain(languages.say(line, locale)) for line in lines]
    return "\n".join([*said, *([address] if address else [])])


def _why(reason: NoticeReason, state: Sequence[Text]) -> tuple[Text, ...]:
    """Why it is said. Where it shows how the case stands, that somebody worked on it says nothing."""
    return () if reason == "changed" and state else (_REASONS[reason],)


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
    for url in urls(settings.notify_urls):
        _put(found, "apprise", url)
    for url in urls(settings.escalation_urls):
        _put(found, "escalation", url)
    return list(found.values())


def urls(setting: SecretStr) -> list[str]:
    """The addresses that a setting holds."""
    # Apprise's own rule: a comma or a blank ends an address where the next one begins.
    parts = re.split(r"[\s,]+(?=[A-Za-z0-9]+://)|\s+", setting.get_secret_value())
    return [url for part in parts if (url := part.strip(" ,"))]


def _put(found: dict[str, tuple[Destination, str]], kind: Kind, address: str) -> None:
    digest = hashlib.sha256(f"{kind} {address}".encode()).hexdigest()[:12]
    found[digest] = (Destination(id=digest, kind=kind), address)


def place_of(destination: str, settings: NoticeSettings) -> tuple[Destination, str] | None:
    """The destination of this id and its address, or None where the settings have none."""
    return next((pair for pair in _addresses(settings) if pair[0].id == destination), None)


# ---- sending -----------------------------------------------------------------------------------


async def send(destination: str, text: str, *, settings: NoticeSettings) -> None:
    """Send a notice to the destination of this id.

    Raises `NoticeFailed` when it is not known to have arrived, `UnknownDestination` when the settings have no
    such destination.
    """
    found = place_of(destination, settings)
    if found is None:
        raise UnknownDestination(destination)
    known, address = found
    if known.kind == "telegram":
        await telegram("sendMessage", {"chat_id": address, "text": text}, settings)
    else:
        await apprise_one(address, text)


async def telegram(
    method: str,
    body: Mapping[str, Any],
    settings: NoticeSettings,
    *,
    hint: str = "check COORDINATOR_CHAT_ID",
) -> Mapping[str, Any]:
    """Call a method that sends or changes a message; what Telegram says of it.

    `hint` is what to look at when it is refused. Raises `NoticeFailed`.
    """
    token = settings.telegram_token.get_secret_value()
    url = f"{settings.telegram_api_url.rstrip('/')}/bot{token}/{method}"
    body = {**body, "link_preview_options": {"is_disabled": True}}
    try:
        async with httpx.AsyncClient(timeout=_TIMEOUT) as client:
            answer = await answer_of(client, "POST", url, most=_MOST, seconds=_TIMEOUT, json=body)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        # The exception's own words can hold the address, and that the token.
        raise NoticeFailed(
            f"Telegram could not be reached: {type(error).__name__}",
            maybe_arrived=not isinstance(error, _NEVER_LEFT),
        ) from None
    try:
        said = json_of(answer)
    except ValueError:
        # It comes from something in between, which may have given up after passing it on.
        raise NoticeFailed(
            f"Telegram answered {answer.status_code} without JSON",
            maybe_arrived=not 400 <= answer.status_code < 500,
        ) from None
    if not isinstance(said, dict) or not said.get("ok"):
        raise _refused(answer.status_code, said, token, hint)
    result = said.get("result")
    return result if isinstance(result, dict) else {}


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
        status=status,
    )


async def apprise_one(url: str, text: str) -> None:
    """Send to one of Apprise's addresses. Raises `NoticeFailed`."""
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
