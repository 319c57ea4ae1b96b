from datetime import datetime
from typing import Annotated, Any, ClassVar, Self

from pydantic import ConfigDict, Field, StrictStr

from app.domain.phrases import Text
from app.domain.publication import Outcome, PendingReason, SubjectKind
from app.usecases.publication import pending
from app.web.api.fields import RequestSchema, ResponseSchema, Texts
from app.web.api.request import ApiRequest

__all__ = ["PENDING", "PendingText", "Refusal", "accepted"]


class Refusal(RequestSchema):
    """The reason for a refusal; the author reads it."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"remark": "The bank asked us not to name it."}]}
    )

    remark: Annotated[StrictStr, Field(max_length=1000)]


class PendingText(ResponseSchema):
    """A pending text: a change that is not published yet, or was not published."""

    id: str
    verb: Annotated[str, Field(description="The kind of change, such as `update`.")]
    incident: Annotated[str | None, Field(description="Null while the incident is not open yet.")]
    maintenance: Annotated[
        str | None, Field(description="Null while the maintenance is not planned yet.")
    ]
    title: Texts | None
    text: Texts | None
    author: str
    reason: PendingReason
    submitted_at: datetime
    due_at: Annotated[
        datetime | None,
        Field(description="When it is published; null if it needs an approval."),
    ]
    outcome: Outcome | None
    failure: Annotated[str | None, Field(description="Why it could not be published.")]
    decided_by: str | None
    decided_at: datetime | None
    remark: Annotated[str | None, Field(description="Why somebody refused it.")]
    dismissed_at: Annotated[
        datetime | None, Field(description="When its author confirmed having read the refusal.")
    ]

    @classmethod
    def of(cls, text: pending.PendingText, request: ApiRequest) -> Self:
        def texts(value: Text | None) -> dict[str, str] | None:
            return None if value is None else request.texts_by_language(value)

        command, subject = text.command, text.subject
        return cls(
            id=text.id,
            verb=command.kind,
            incident=subject.id if subject.kind is SubjectKind.INCIDENT else None,
            maintenance=subject.id if subject.kind is SubjectKind.MAINTENANCE else None,
            title=texts(command.new_title()),
            text=texts(command.new_text()),
            author=text.author.name,
            reason=text.reason,
            submitted_at=text.submitted_at,
            due_at=text.due_at,
            outcome=text.outcome,
            failure=text.failure,
            decided_by=text.decided_by,
            decided_at=text.decided_at,
            remark=text.remark,
            dismissed_at=text.dismissed_at,
        )


class _Accepted(PendingText):
    # The status of the response to a write that is pending: it is not done yet.
    answered_with: ClassVar[int] = 202


PENDING: dict[int | str, dict[str, Any]] = {
    202: {"model": PendingText, "description": "It is pending until a second person approves it."}
}


def accepted(text: pending.PendingText, request: ApiRequest) -> PendingText:
    """The response to a submitted command that is pending: 202, since nothing is published yet."""
    return _Accepted.of(text, request)
