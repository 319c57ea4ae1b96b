"""Base classes and field types of the API schemas."""

import re
from datetime import datetime
from typing import Annotated, Any, ClassVar, Generic, TypeVar

from fastapi import Path, Query
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    PlainValidator,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import CoreSchema, PydanticCustomError

from app.domain.validation import BODY_LIMIT, TITLE_LIMIT

__all__ = [
    "PUBLIC_ID_PATTERN",
    "SEARCH_PATTERN",
    "BodyText",
    "Cursor",
    "Instant",
    "Limit",
    "ListResponse",
    "OfService",
    "PatchSchema",
    "PublicId",
    "RequestSchema",
    "ResponseSchema",
    "SearchText",
    "Since",
    "Slug",
    "SlugPath",
    "Texts",
    "TitleText",
    "Until",
]

_SLUG = "^[a-z0-9]+(-[a-z0-9]+)*$"
PUBLIC_ID_PATTERN = "^[a-z0-9]{12}$"
SEARCH_PATTERN = r"^[^\x00-\x1f\x7f]{1,200}$"
_INSTANT = re.compile(
    r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?([Zz]|[+-]\d\d:\d\d)?", re.ASCII
)
_MAX_LANGUAGES = 100


class RequestSchema(BaseModel):
    """A request body; unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class PatchSchema(RequestSchema):
    """The body of a PATCH request; fields that are left out stay unchanged."""

    # The fields that null resets.
    nullable: ClassVar[frozenset[str]] = frozenset()

    @model_validator(mode="before")
    @classmethod
    def _check_fields(cls, sent: object) -> object:
        if not isinstance(sent, dict):
            return sent
        if not sent:
            raise PydanticCustomError("nothing", "Name at least one field to change.")
        empty = [name for name, value in sent.items() if value is None and name not in cls.nullable]
        if empty:
            raise PydanticCustomError(
                "null", "These cannot be null: {fields}.", {"fields": ", ".join(empty)[:200]}
            )
        return sent

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        found = handler(schema)
        handler.resolve_ref_schema(found)["minProperties"] = 1
        return found

    def clears(self, field: str) -> bool:
        """Whether `field` was sent as null."""
        return field in self.model_fields_set and getattr(self, field) is None


class ResponseSchema(BaseModel):
    """A response body."""

    model_config = ConfigDict(frozen=True)


ItemT = TypeVar("ItemT", bound=BaseModel)


class ListResponse(ResponseSchema, Generic[ItemT]):
    """A page of a list. `next` is the cursor of the next page, null on the last one."""

    items: list[ItemT]
    next: str | None


def _text(sent: object) -> str | dict[str, str]:
    if isinstance(sent, str):
        return sent
    if isinstance(sent, dict) and 0 < len(sent) <= _MAX_LANGUAGES:
        texts = {tag: text for tag, text in sent.items() if isinstance(text, str)}
        if len(texts) == len(sent):
            return texts
    raise PydanticCustomError(
        "text", "Give a text, or an object with a text for each language tag."
    )


def _text_schema(limit: int) -> dict[str, Any]:
    one = {"type": "string", "minLength": 1, "maxLength": limit}
    many = {
        "type": "object",
        "minProperties": 1,
        "maxProperties": _MAX_LANGUAGES,
        "propertyNames": {"pattern": "^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$"},
        "additionalProperties": one,
    }
    return {"anyOf": [one, many], "examples": ["Payments", {"en": "Payments", "sv": "Betalningar"}]}


def _instant(sent: object) -> object:
    if isinstance(sent, str) and _INSTANT.fullmatch(sent):
        return sent
    raise PydanticCustomError("instant", "Give a time such as 2021-09-30T14:01:00Z (RFC 3339).")


TitleText = Annotated[
    str | dict[str, str], PlainValidator(_text), WithJsonSchema(_text_schema(TITLE_LIMIT))
]
BodyText = Annotated[
    str | dict[str, str], PlainValidator(_text), WithJsonSchema(_text_schema(BODY_LIMIT))
]
Texts = Annotated[
    dict[str, str],
    Field(description="The text by language tag.", examples=[{"en": "Payments"}]),
]
Instant = Annotated[
    datetime,
    BeforeValidator(_instant),
    WithJsonSchema(
        {"type": "string", "format": "date-time", "examples": ["2021-09-30T14:01:00Z"]},
        mode="validation",
    ),
]
# The domain validates slugs, with a message for people; the pattern only documents the format.
Slug = Annotated[str, Field(strict=True, json_schema_extra={"pattern": _SLUG, "maxLength": 60})]

PublicId = Annotated[str, Path(pattern=PUBLIC_ID_PATTERN, examples=["k3v9q0w2m4xa"])]
SlugPath = Annotated[str, Path(pattern=_SLUG, max_length=60, examples=["payments"])]
Cursor = Annotated[str | None, Query(max_length=64, description="`next` of the previous page.")]
Limit = Annotated[int, Query(ge=1, le=100, description="The maximum number of items.")]
SearchText = Annotated[
    str | None,
    Query(
        alias="q",
        pattern=SEARCH_PATTERN,
        description="Only titles that contain all of these words, in any language. Case, accents "
        "and Arabic vowel signs make no difference.",
    ),
]
OfService = Annotated[
    str | None,
    Query(
        alias="service",
        pattern=_SLUG,
        max_length=60,
        description="Only those that name the service with this slug, archived or not.",
    ),
]
Since = Annotated[Instant | None, Query(description="Only at this instant or later.")]
Until = Annotated[Instant | None, Query(description="Only before this instant.")]
