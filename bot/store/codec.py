"""Codec: values of the inner packages as JSON text, and back.

The inner packages know nothing of pydantic; it is told here the one thing it can't see by itself,
that a `Text` may hold texts.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from types import MappingProxyType
from typing import Annotated, Any, Final, TypeVar, cast

from pydantic import Field, GetCoreSchemaHandler, TypeAdapter, ValidationError
from pydantic_core import core_schema

from checklist.dates import PartialDate
from checklist.text import Text
from handlers.updates import Update

T = TypeVar("T")


#: What a sealed text that can't be opened reads as, where others must be read all the same.
BROKEN: Final = "\N{REPLACEMENT CHARACTER}"


class Unreadable(ValueError):
    """A stored text that holds no value of its type. Says where, and nothing of what stands there."""


def dump(value: object) -> str:
    """The value as JSON. `load` with its type gives an equal value."""
    # By its type's own schema, which takes half the time of finding out what each part is.
    json = _adapter(cast(Any, type(value))).dump_json(value, fallback=_plain, warnings=False)
    return json.decode()


def load(type_: type[T], text: str) -> T:
    """The value of that type; fields that the type no longer has are left out.

    Raises `Unreadable` for a text that holds no such value.
    """
    try:
        return cast(T, _adapter(cast(Any, type_)).validate_json(text))
    except ValidationError as error:
        if text == BROKEN:
            raise Unreadable(f"{type_.__name__}: its seal can't be opened") from None
        # Pydantic's own words quote the patient's.
        raise _unreadable(type_.__name__, error) from None


def load_update(text: str) -> Update:
    """The update of any kind. Raises `Unreadable`."""
    try:
        return cast(Update, _updates().validate_json(text))
    except ValidationError as error:
        raise _unreadable("Update", error) from None


def seconds(at: datetime) -> float:
    """A time as it is stored: seconds since 1970, UTC."""
    return at.timestamp()


def moment(at: float) -> datetime:
    """A stored time."""
    return datetime.fromtimestamp(at, UTC)


def _unreadable(name: str, error: ValidationError) -> Unreadable:
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    # The first is a field, whose name is ours; beneath it may be a key of the patient's words.
    place = first["loc"][0] if first["loc"] else "the top"
    return Unreadable(f"{name}: {first['type']} in {place}")


def _plain(value: object) -> object:
    if isinstance(value, MappingProxyType):
        return dict(value)
    raise TypeError(f"{type(value).__name__} is not stored")


@cache
def _adapter(type_: Any) -> TypeAdapter[Any]:
    return TypeAdapter(type_)


@cache
def _updates() -> TypeAdapter[Any]:
    return TypeAdapter(Annotated[Update, Field(discriminator="kind")])


def _text_schema(_source: object, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
    text = core_schema.definition_reference_schema("Text")
    param = core_schema.definition_reference_schema("Param")
    words = core_schema.str_schema(strict=True)
    number = core_schema.int_schema(strict=True)

    def one(name: str, schema: core_schema.CoreSchema, *, needed: bool = False) -> Any:
        if not needed:
            schema = core_schema.with_default_schema(schema, default=None)
        return core_schema.dataclass_field(name, schema, kw_only=True)

    params = core_schema.with_default_schema(
        core_schema.dict_schema(words, param), default_factory=dict
    )
    fields = [
        one("msgid", words, needed=True),
        core_schema.dataclass_field("params", params, kw_only=True),
        one("plural", core_schema.nullable_schema(words)),
        one("n", core_schema.nullable_schema(number)),
        one("context", core_schema.nullable_schema(words)),
    ]
    return core_schema.definitions_schema(
        text,
        [
            core_schema.dataclass_schema(
                Text,
                core_schema.dataclass_args_schema("Text", fields),
                [field["name"] for field in fields],
                slots=True,
                frozen=True,
                ref="Text",
            ),
            core_schema.union_schema(
                [
                    words,
                    number,
                    handler.generate_schema(PartialDate),
                    text,
                    core_schema.tuple_variable_schema(param),
                ],
                ref="Param",
            ),
        ],
    )


# pydantic follows the alias `Param`, a string that names itself, until the stack ends. This is its
# own hook for such types; it stands on the class because an adapter takes no schema from outside.
type.__setattr__(Text, "__get_pydantic_core_schema__", staticmethod(_text_schema))
