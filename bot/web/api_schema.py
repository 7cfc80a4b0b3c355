"""The OpenAPI 3.1 document, made of the operations and of the types that make their answers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, Literal

from pydantic import TypeAdapter

from bot.web.api_operations import JSON, Header, Operation
from bot.web.api_types import ID, IF_MATCH, KEY, Nothing, Problem, adapter
from bot.webhooks.events import Event
from checklist.catalog import Catalog

Json = dict[str, Any]

_REF = "#/components/schemas/{model}"
_PROBLEM = "application/problem+json"

_HEADERS: dict[Header, tuple[str, Json]] = {
    "if-match": (
        "The ETag of what you have seen: nothing is changed where it is another now (412).",
        {"type": "string", "pattern": IF_MATCH},
    ),
    "if-none-match": (
        "The ETag that you have: 304 where it is still the same. What can't be read is ignored.",
        {"type": "string"},
    ),
    "range": (
        "The rest of a download that broke off: `bytes=1000-`. What can't be read is ignored.",
        {"type": "string"},
    ),
    "if-range": (
        "The ETag of the download that broke off: all of it where that is another now.",
        {"type": "string"},
    ),
    "idempotency-key": (
        "A key of your own: sent twice, it is done once.",
        {"type": "string", "pattern": KEY},
    ),
}

_ABOUT = """\
For systems that work with the cases of a second opinion. Send `Authorization: Bearer TOKEN`; the
operator makes a token with `second-opinion api-tokens add NAME`. Errors are RFC 9457 problems whose
`detail` says what to do; 409 `consent_withdrawn` is the answer for a case while its patient has taken back
the consent to keep the records. Everything that is looked at, taken or done is in the case's audit trail
under the token's name."""


def document(operations: Sequence[Operation], catalog: Catalog, base: str, version: str) -> Json:
    """The whole of it."""
    parts = _Parts(operations)
    paths: Json = {}
    for one in operations:
        paths.setdefault(one.path, {})[one.method.lower()] = _operation(one, parts)
    schemas = parts.schemas
    items: Json = schemas["Ask"]["properties"]["item"]
    items.clear()
    items.update(type="string", enum=[item.id for item in catalog.items])
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Second Opinion Assistant",
            "version": version,
            "description": _ABOUT,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": f"{base}/api/v1"}],
        "security": [{"token": []}],
        "paths": paths,
        "webhooks": {"event": {"post": _webhook(parts)}},
        "components": {
            "schemas": schemas,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


class _Parts:
    """The schemas of all types, each once."""

    def __init__(self, operations: Sequence[Operation]) -> None:
        given = [one.gives for one in operations if isinstance(one.gives, type)]
        taken = [one.takes for one in operations if isinstance(one.takes, type)]
        types: list[tuple[Any, Literal["validation", "serialization"], TypeAdapter[Any]]] = [
            (type_, "validation", adapter(type_))
            for type_ in dict.fromkeys((*given, *taken, Problem, Event))
        ]
        self._refs, found = TypeAdapter.json_schemas(types, ref_template=_REF)
        self.schemas: Json = found["$defs"]

    def of(self, type_: Any) -> Json:
        """Where the schema of a type is."""
        return dict(self._refs[(type_, "validation")])


def _operation(one: Operation, parts: _Parts) -> Json:
    made: Json = {
        "operationId": one.id,
        "summary": one.summary,
        "description": f"Needs the scope `{one.scope}`.",
        "parameters": [*_path(one.path), *_query(one.query), *map(_header, one.headers)],
        "responses": _responses(one, parts),
    }
    if one.takes is not None:
        made["requestBody"] = {"required": True, "content": _taken(one.takes, parts)}
    return made


def _taken(takes: type | tuple[str, ...], parts: _Parts) -> Json:
    if isinstance(takes, tuple):
        # An empty file is none.
        shape = {"type": "string", "format": "binary", "minLength": 1}
        return {media_type: {"schema": shape} for media_type in takes}
    return {JSON: {"schema": parts.of(takes)}}


def _responses(one: Operation, parts: _Parts) -> Json:
    made: Json = {}
    for status in one.statuses:
        answer: Json = {"description": HTTPStatus(status).phrase}
        made[str(status)] = answer
        if status != 304:
            answer["content"] = (
                {one.gives: {}}
                if isinstance(one.gives, str)
                else {JSON: {"schema": parts.of(one.gives)}}
            )
    problem = {_PROBLEM: {"schema": parts.of(Problem)}}
    for status in sorted({401, 403, 422, 429, 500, *one.problems}):
        made[str(status)] = {"description": HTTPStatus(status).phrase, "content": problem}
    return made


def _path(path: str) -> list[Json]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "pattern": ID}}
        for name in re.findall(r"{(\w+)}", path)
    ]


def _query(type_: type) -> list[Json]:
    if type_ is Nothing:
        return []
    schema = adapter(type_).json_schema()
    needed = schema.get("required", ())
    return [
        {"name": name, "in": "query", "required": name in needed, "schema": _given(shape)}
        for name, shape in schema["properties"].items()
    ]


def _given(shape: Json) -> Json:
    """A value that is given: that it may be left out is said beside it."""
    options = [one for one in shape.get("anyOf", ()) if one != {"type": "null"}]
    kept = {
        name: value for name, value in shape.items() if name not in ("anyOf", "default", "title")
    }
    default = {} if shape.get("default") is None else {"default": shape["default"]}
    return {**kept, **(options[0] if options else {}), **default}


def _header(name: Header) -> Json:
    description, schema = _HEADERS[name]
    title = "-".join(word.capitalize() for word in name.split("-"))
    return {
        "name": title,
        "in": "header",
        "required": False,
        "description": description,
        "schema": schema,
    }


def _webhook(parts: _Parts) -> Json:
    return {
        "summary": "An event, signed as Standard Webhooks says: take each id once.",
        "parameters": [
            {"name": name, "in": "header", "required": True, "schema": {"type": "string"}}
            for name in ("webhook-id", "webhook-timestamp", "webhook-signature")
        ],
        "requestBody": {"required": True, "content": {JSON: {"schema": parts.of(Event)}}},
        "responses": {"2XX": {"description": "Taken. Everything else is tried again."}},
    }
