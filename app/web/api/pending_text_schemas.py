from datetime import datetime
from typing import Annotated, Any, ClassVar, Self

from pydantic import ConfigDict, Field, StrictStr

from app.domain.phrases import Text
from app.domain.publication import Outcome, PendingReason, SubjectKind
from app.usecases.incidents.records import StaffIncident
from app.usecases.maintenances.lifecycle import StaffMaintenance
from app.usecases.publication import pending
from app.usecases.publication.commands import Done
from app.web.api.fields import RequestSchema, ResponseSchema, Texts
from app.web.api.incidents.incident_schemas import Incident
from app.web.api.maintenances.maintenance_schemas import Maintenance
from app.web.api.request import ApiRequest

__all__ = [
    "HELD",
    "PendingText",
    "Refusal",
    "incident_or_pending",
    "maintenance_or_pending",
    "subject_answer",
]


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
    held_at: datetime
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
            author=text.author,
            reason=text.reason,
            held_at=text.held_at,
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


HELD: dict[int | str, dict[str, Any]] = {
    202: {"model": PendingText, "description": "It is pending until a second person approves it."}
}


def subject_answer(done: Done, request: ApiRequest) -> Incident | Maintenance:
    """The incident or maintenance that a command has changed."""
    if isinstance(done, StaffIncident):
        return Incident.of(done, request)
    return Maintenance.of(done, request)


def incident_or_pending(
    result: StaffIncident | pending.PendingText, request: ApiRequest
) -> Incident | PendingText:
    """The response to a submitted command about an incident."""
    if isinstance(result, pending.PendingText):
        return _Accepted.of(result, request)
    return Incident.of(result, request)


def maintenance_or_pending(
    result: StaffMaintenance | pending.PendingText, request: ApiRequest
) -> Maintenance | PendingText:
    """The response to a submitted command about a maintenance."""
    if isinstance(result, pending.PendingText):
        return _Accepted.of(result, request)
    return Maintenance.of(result, request)
