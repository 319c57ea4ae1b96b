from datetime import datetime
from typing import Annotated, Any, ClassVar, Self

from pydantic import ConfigDict, Field, StrictStr

from app.domain.incidents.pending import Outcome, Reason
from app.domain.phrases import Text
from app.usecases.incidents.records import StaffIncident
from app.usecases.publication import commands, pending
from app.web.api.fields import Answer, Input, Texts
from app.web.api.incidents.incident_schemas import Incident
from app.web.api.maintenances.maintenance_schemas import Maintenance
from app.web.api.request import ApiRequest

__all__ = ["HELD", "HeldText", "Refusal", "done", "incident_or_held", "maintenance_or_held"]


class Refusal(Input):
    """Why it is not to be shown; its author reads that."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"remark": "The bank asked us not to name it."}]}
    )

    remark: Annotated[StrictStr, Field(max_length=1000)]


class HeldText(Answer):
    """A text that waits before visitors see it."""

    id: str
    verb: Annotated[str, Field(description="What will be done, such as `update`.")]
    incident: Annotated[str | None, Field(description="Null while the incident is not open yet.")]
    maintenance: Annotated[
        str | None, Field(description="Null while the maintenance is not planned yet.")
    ]
    title: Texts | None
    text: Texts | None
    author: str
    reason: Reason
    held_at: datetime
    due_at: Annotated[
        datetime | None, Field(description="When it leaves; null when somebody must approve it.")
    ]
    outcome: Outcome | None
    failure: Annotated[str | None, Field(description="Why it could not leave.")]
    decided_by: str | None
    decided_at: datetime | None
    remark: Annotated[str | None, Field(description="Why somebody refused it.")]
    dismissed_at: Annotated[
        datetime | None, Field(description="When its author had read that it was refused.")
    ]

    @classmethod
    def of(cls, held: pending.PendingText, request: ApiRequest) -> Self:
        def said(text: Text | None) -> dict[str, str] | None:
            return None if text is None else request.said(text)

        return cls(
            id=held.id,
            verb=commands.verb_of(held.write),
            incident=held.incident,
            maintenance=held.maintenance,
            title=said(commands.title_of(held.write)),
            text=said(commands.text_of(held.write)),
            author=held.author,
            reason=held.reason,
            held_at=held.held_at,
            due_at=held.due_at,
            outcome=held.outcome,
            failure=held.failure,
            decided_by=held.decided_by,
            decided_at=held.decided_at,
            remark=held.remark,
            dismissed_at=held.dismissed_at,
        )


class _Accepted(HeldText):
    """What is answered to a write that has to wait: it is not done yet."""

    answered_with: ClassVar[int] = 202


HELD: dict[int | str, dict[str, Any]] = {
    202: {"model": HeldText, "description": "It waits for a second person to approve it."}
}


def done(made: commands.Done, request: ApiRequest) -> Incident | Maintenance:
    """What is answered to a write that was done."""
    if isinstance(made, StaffIncident):
        return Incident.of(made, request)
    return Maintenance.of(made, request)


def incident_or_held(
    made: commands.Done | pending.PendingText, request: ApiRequest
) -> Incident | HeldText:
    """What is answered to a write about an incident, which may have to wait."""
    if isinstance(made, StaffIncident):
        return Incident.of(made, request)
    if isinstance(made, pending.PendingText):
        return _Accepted.of(made, request)
    raise TypeError("this was about a maintenance")


def maintenance_or_held(
    made: commands.Done | pending.PendingText, request: ApiRequest
) -> Maintenance | HeldText:
    """What is answered to a write about a maintenance, which may have to wait."""
    if isinstance(made, StaffIncident):
        raise TypeError("this was about an incident")
    return (
        _Accepted.of(made, request)
        if isinstance(made, pending.PendingText)
        else Maintenance.of(made, request)
    )
