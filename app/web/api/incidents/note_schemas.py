from datetime import datetime
from typing import Annotated

from pydantic import ConfigDict, Field

from app.domain.ownership import ActorKind
from app.domain.validation import BODY_LIMIT
from app.usecases.incidents import notes
from app.web.api.fields import RequestSchema, ResponseSchema

__all__ = ["NewNote", "Note"]

_EXAMPLE = "Rolled back release 4.2; the vendor has ticket 8812."


class NewNote(RequestSchema):
    """An internal note, in the words of staff: it is not translated."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"body": _EXAMPLE}]})

    body: Annotated[
        str, Field(strict=True, json_schema_extra={"minLength": 1, "maxLength": BODY_LIMIT})
    ]


class Note(ResponseSchema):
    """An internal note, and who wrote it; `actor` is null for readers who may not see names."""

    id: str
    body: str
    written_at: datetime
    actor_kind: ActorKind
    actor: str | None

    @classmethod
    def of(cls, note: notes.InternalNote) -> "Note":
        return cls(
            id=note.id,
            body=note.body,
            written_at=note.written_at,
            actor_kind=note.actor_kind,
            actor=note.actor,
        )
