from datetime import datetime
from typing import Annotated

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict
from pydantic.json_schema import SkipJsonSchema

from app.usecases.publication import saved_replies
from app.web.api.fields import BodyText, PatchSchema, RequestSchema, ResponseSchema, Texts

__all__ = ["NewSavedReply", "SavedReply", "SavedReplyChange"]

Name = Annotated[str, Field(strict=True, json_schema_extra={"minLength": 1, "maxLength": 100})]
_EXAMPLE: JsonDict = {"name": "Looking into it", "body": {"en": "We are looking into {service}."}}


class NewSavedReply(RequestSchema):
    """A reusable text; a name in braces, such as `{service}`, is a placeholder."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    name: Name
    body: BodyText


class SavedReplyChange(PatchSchema):
    """Another name or text."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "Looking"}]})

    name: Name | SkipJsonSchema[None] = None
    body: BodyText | SkipJsonSchema[None] = None


class SavedReply(ResponseSchema):
    """A reusable text. `placeholders` are the placeholders of all its languages."""

    id: str
    name: str
    body: Texts
    placeholders: list[str]
    updated_at: datetime

    @classmethod
    def of(cls, reply: saved_replies.SavedReply) -> "SavedReply":
        return cls(
            id=reply.id,
            name=reply.name,
            body=dict(reply.body),
            placeholders=list(reply.placeholders),
            updated_at=reply.updated_at,
        )
