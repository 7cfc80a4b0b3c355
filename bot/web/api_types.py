"""What the API takes and gives: the types that make the answers and the OpenAPI document alike."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Annotated, Any, Literal, TypeAlias, TypeVar

from pydantic import AwareDatetime, BeforeValidator, ConfigDict, Field, TypeAdapter, with_config

from bot.webhooks.events import Event
from checklist.case import CaseStatus
from checklist.desk import Reason, RequestState
from checklist.opinion import OpinionPart
from checklist.physical import Kind as ParcelKind
from checklist.physical import State as ParcelState
from checklist.progress import ItemStatus
from checklist.records import RecordKind
from checklist.study import SeriesKind
from handlers.happenings import Kind

T = TypeVar("T")

_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)")


def _moment(value: object) -> object:
    if isinstance(value, str) and _RFC3339.fullmatch(value):
        return value
    raise ValueError("give a time with its zone, such as 2026-11-24T09:30:00Z")


Moment: TypeAlias = Annotated[AwareDatetime, BeforeValidator(_moment)]
_STRICT = ConfigDict(extra="forbid")

#: What an id looks like, ours and those of records, files and tokens.
ID = r"^[A-Za-z0-9_.-]{1,80}$"
#: A key of the sender's, and what was seen of what is to be changed: some clients lose the quotes.
KEY = r"^[A-Za-z0-9_-]{8,64}$"
IF_MATCH = r'^"?[a-z0-9.]{1,40}"?$'


#: Where a page of cases ends: when the last of it was changed, exactly, and its id.
CURSOR = r"^[0-9]{1,12}(\.[0-9]{1,9})?~[A-Za-z0-9_.-]{1,80}$"


# ---- what is asked -----------------------------------------------------------------------------


@with_config(_STRICT)
@dataclass(frozen=True, slots=True, kw_only=True)
class CasesQuery:
    """Which cases: `cursor` is the `next` of the page before."""

    status: CaseStatus | None = None
    updated_since: Moment | None = None
    cursor: Annotated[str, Field(pattern=CURSOR)] | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50


@with_config(_STRICT)
@dataclass(frozen=True, slots=True, kw_only=True)
class EventsQuery:
    """Which events: `after` is the `next` of the answer before; without it, from the oldest kept on."""

    after: Annotated[int, Field(ge=0, le=2**53)] = 0
    type: Kind | None = None
    limit: Annotated[int, Field(ge=1, le=500)] = 100


@with_config(_STRICT)
@dataclass(frozen=True, slots=True, kw_only=True)
class FileQuery:
    """How a file is wanted. `as_sent`: bit for bit, with what photos in it say beside their picture."""

    as_sent: bool = False


@with_config(_STRICT)
@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentQuery:
    """What an opinion's document is: the `part` it plays, and the name the patient saves it under."""

    part: OpinionPart
    name: Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f/\\]{1,200}$")] = "opinion.pdf"


@with_config(_STRICT)
@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A record to ask the patient for. `words` are added to ours, and read by the patient as they are."""

    item: Annotated[str, Field(min_length=1, max_length=40)]
    reason: Reason
    words: Annotated[str, Field(max_length=1000)] = ""
    record: Annotated[str, Field(pattern=ID)] | None = None


@with_config(_STRICT)
@dataclass(frozen=True, slots=True, kw_only=True)
class Nothing:
    """An operation without a query."""


# ---- what is answered --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseLine:
    """A case in the list. `completeness` is how much was answered, 0 to 100; `missing` are item ids."""

    id: str
    href: str
    status: CaseStatus
    opened_at: datetime
    updated_at: datetime
    submitted_at: datetime | None
    completeness: int
    missing: tuple[str, ...]
    warnings: tuple[str, ...]
    assignee: str
    records: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cases:
    """A page of cases, the longest unchanged first. `next` is None on the last page."""

    cases: tuple[CaseLine, ...]
    next: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An item of the case's checklist."""

    id: str
    status: ItemStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesOut:
    """A series of a study. `missing` counts the instances that should be there, surely or probably."""

    series_instance_uid: str
    series_number: int | None
    series_description: str
    modality: str
    kind: SeriesKind
    body_part_examined: str
    instances: int
    missing: int
    missing_certain: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyOut:
    """A study. `date` is as exact as it is known: 2026, 2026-11 or 2026-11-24."""

    study_instance_uid: str
    date: str | None
    description: str
    accession_number: str
    institution_name: str
    modalities: tuple[str, ...]
    images: int
    series: tuple[SeriesOut, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordOut:
    """A record: a document, or a study. `file` is the stored file it came in, `href` its download."""

    id: str
    kind: RecordKind
    kind_certain: bool
    item: str | None
    date: str | None
    body_part: str
    language: str
    title: str
    pages: int | None
    original_name: str
    media_type: str
    size: int
    sha256: str
    received_at: datetime
    received_by: str
    file: str
    href: str
    study: StudyOut | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageOut:
    """The newest package: everything that is handed over, in one zip."""

    version: int
    size: int
    sha256: str
    built_at: datetime
    href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ParcelOut:
    """Slides, blocks or films that go by post. `state` is since when; `count` null where not known."""

    number: int
    kind: ParcelKind
    state: ParcelState
    since: datetime
    count: int | None
    courier: str
    tracking: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseOut:
    """A case. `set_apart` counts records that seem to be somebody else's, which are not shown here."""

    id: str
    version: int
    status: CaseStatus
    opened_at: datetime
    updated_at: datetime
    submitted_at: datetime | None
    locale: str
    assignee: str
    completeness: int
    items: tuple[Item, ...]
    missing: tuple[str, ...]
    warnings: tuple[str, ...]
    records: tuple[RecordOut, ...]
    set_apart: int
    locked: int
    parcels: tuple[ParcelOut, ...]
    package: PackageOut | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestOut:
    """A record that was asked for, by a coordinator or a system."""

    number: int
    item: str
    reason: Reason
    words: str
    state: RequestState
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Requests:
    """Everything that was asked for in a case. Its ETag is the mark for `If-Match`."""

    requests: tuple[RequestOut, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A document of the opinion."""

    id: str
    part: OpinionPart
    name: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OpinionOut:
    """The opinion, its documents and how far it is. Its ETag is the mark for `If-Match`."""

    documents: tuple[Document, ...]
    approved_at: datetime | None
    sent_at: datetime | None
    received_confirmed_at: datetime | None
    questions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Events:
    """Events in their order. Ask again with `after` = `next`; at once where there is `more`."""

    events: tuple[Event, ...]
    next: int
    more: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Flaw:
    """One thing that is wrong with a request, and where."""

    where: str
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What went wrong (RFC 9457). `code` is for programs, `detail` says what to do."""

    status: int
    title: str
    code: str
    detail: str
    errors: tuple[Flaw, ...] = ()
    type: Literal["about:blank"] = "about:blank"


# ---- as JSON -----------------------------------------------------------------------------------


@cache
def adapter(type_: Any) -> TypeAdapter[Any]:
    """What reads, writes and describes a type."""
    return TypeAdapter(type_)


def to_json(value: object) -> bytes:
    """The value as JSON."""
    type_: Any = type(value)
    return adapter(type_).dump_json(value)


def from_event(shape: dict[str, Any]) -> Event:
    """An event as it was stored."""
    event: Event = adapter(Event).validate_python(shape)
    return event
