"""Event: what other systems are told, as a webhook's body and as the API lists it. One shape."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias

from bot.store.codec import moment
from checklist.case import CaseStatus
from checklist.consents import Point
from checklist.progress import ItemStatus
from handlers.happenings import Kind

#: Also `webhook.ping`, which an operator sends to try an endpoint.
EventType: TypeAlias = Kind | Literal["webhook.ping"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EventData:
    """What it is about: ids and states, never a name or a health detail. `href` is the case in the API."""

    case: str = ""
    href: str = ""
    status: CaseStatus | None = None
    version: int | None = None
    item: str | None = None
    item_status: ItemStatus | None = None
    record: str | None = None
    document: str | None = None
    point: Point | None = None
    package: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event. Its `id` stays the same however often it is sent: take it once."""

    id: str
    type: EventType
    timestamp: datetime
    data: EventData


def shaped(uid: str, type_: str, at: float, body: str, base_url: str) -> dict[str, Any]:
    """A stored event as JSON, with where to ask for more."""
    data: dict[str, Any] = json.loads(body)
    if case_id := data.get("case"):
        data["href"] = f"{base_url}/api/v1/cases/{case_id}"
    stamp = moment(at).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {"id": uid, "type": type_, "timestamp": stamp, "data": data}
