from datetime import datetime
from typing import Annotated, Any, ClassVar

from pydantic import Field

from app.domain.holding import Outcome, Reason
from app.usecases import holding, writes
from app.usecases.incident_records import StaffIncident
from app.web.api.desk import Desk
from app.web.api.schemas.fields import Answer, Texts
from app.web.api.schemas.incidents import Incident

__all__ = ["HELD", "HeldText", "incident_or_held"]


class HeldText(Answer):
    """A text that waits before visitors see it."""

    answered_with: ClassVar[int] = 202

    id: str
    verb: Annotated[str, Field(description="What will be done, such as `update`.")]
    incident: Annotated[str | None, Field(description="Null while the incident is not open yet.")]
    text: Texts | None
    author: str
    reason: Reason
    held_at: datetime
    due_at: Annotated[
        datetime | None, Field(description="When it leaves; null when somebody must approve it.")
    ]
    outcome: Outcome | None
    failure: Annotated[str | None, Field(description="Why it could not leave.")]

    @classmethod
    def of(cls, held: holding.Held, desk: Desk) -> "HeldText":
        text = writes.text_of(held.write)
        return cls(
            id=held.id,
            verb=writes.verb_of(held.write),
            incident=held.write.incident,
            text=None if text is None else desk.said(text),
            author=held.author,
            reason=held.reason,
            held_at=held.held_at,
            due_at=held.due_at,
            outcome=held.outcome,
            failure=held.failure,
        )


HELD: dict[int | str, dict[str, Any]] = {
    202: {"model": HeldText, "description": "It waits for a second person to approve it."}
}


def incident_or_held(done: StaffIncident | holding.Held, desk: Desk) -> Incident | HeldText:
    """What is answered to a write that may have to wait."""
    return HeldText.of(done, desk) if isinstance(done, holding.Held) else Incident.of(done, desk)
