from datetime import datetime

from pydantic import ConfigDict

from app.usecases.incident_records import StaffIncident
from app.web.api.desk import Desk
from app.web.api.schemas.fields import Answer, BodyText, Flag, Input, Texts

__all__ = ["NewPostmortem", "Postmortem"]


class NewPostmortem(Input):
    """The account after the incident. While it is not published only staff see it."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"body": "## Cause\n\nA root expired.", "publish": True}]}
    )

    body: BodyText
    publish: Flag


class Postmortem(Answer):
    """`published_at` is null while only staff see it."""

    body: Texts
    published_at: datetime | None
    edited_at: datetime | None

    @classmethod
    def of(cls, staff: StaffIncident, desk: Desk) -> "Postmortem | None":
        written = staff.incident.postmortem
        if written is None:
            return None
        return cls(
            body=desk.said(written.body),
            published_at=written.published_at if staff.postmortem_published else None,
            edited_at=written.edited_at,
        )
