from typing import Any

from pydantic import ConfigDict, Field

from app.domain.errors import InvalidError
from app.rendering.messages.previews import MessagePreview
from app.usecases.publication.commands import AnyCommand
from app.usecases.publication.incident_commands import PostUpdate
from app.usecases.publication.message_previews import PlannedMessages
from app.web.api.fields import PublicId, RequestSchema, ResponseSchema
from app.web.api.incidents.incident_schemas import NewIncident
from app.web.api.incidents.update_schemas import NewUpdate
from app.web.api.maintenances.maintenance_schemas import NewMaintenance
from app.web.api.maintenances.occurrence_schemas import NewMaintenanceUpdate
from app.web.api.request import ApiRequest
from app.web.message_previews import message_previews

__all__ = ["NoticePreview", "PlannedChange"]


class PlannedChange(RequestSchema):
    """The change to preview, one of: an incident, an update of `incident`, a maintenance, an update
    of `maintenance`.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "new_incident": {
                        "title": "Cards are refused",
                        "status": "investigating",
                        "body": "We are looking into it.",
                    }
                }
            ]
        }
    )

    new_incident: NewIncident | None = None
    incident: PublicId | None = None
    update: NewUpdate | None = None
    new_maintenance: NewMaintenance | None = None
    maintenance: PublicId | None = None
    maintenance_update: NewMaintenanceUpdate | None = None

    @property
    def subject(self) -> str:
        """The field that names what the change is about."""
        return "maintenance" if self.incident is None else "incident"

    def command(self, request: ApiRequest) -> AnyCommand:
        """The change. Raises InvalidError unless the request has exactly one."""
        found: list[AnyCommand] = []
        if self.new_incident is not None:
            found.append(self.new_incident.command(request))
        if self.incident is not None and self.update is not None:
            found.append(PostUpdate(self.incident, self.update.to_record(request)))
        if self.new_maintenance is not None:
            found.append(self.new_maintenance.command(request))
        if self.maintenance is not None and self.maintenance_update is not None:
            found.append(self.maintenance_update.command(request, self.maintenance))
        if len(found) != 1:
            raise InvalidError(
                "Name one change: new_incident, incident with update, new_maintenance, or "
                "maintenance with maintenance_update.",
                code="one_change",
                field="new_incident",
            )
        return found[0]


class AudienceOfChannel(ResponseSchema):
    """Number of subscribers who would be notified."""

    channel: str
    language: str
    number: int


class MessageInLanguage(ResponseSchema):
    """Message in one language. Names in brackets stand for links and the address of a subscriber.

    `chat` is the text of chat channels, `push` the document for browsers. With `is_foreign`, a text
    is shown in another language.
    """

    language: str
    subject: str
    text: str
    html: str
    chat: str
    webhook: dict[str, Any]
    push: dict[str, Any]
    is_foreign: bool


class NoticePreview(ResponseSchema):
    """The messages of a change in every language of the page, and who would be notified."""

    event: str
    total: int
    audience: list[AudienceOfChannel]
    messages: list[MessageInLanguage] = Field(description="In the order of the page's languages.")

    @classmethod
    def of(cls, planned: PlannedMessages) -> "NoticePreview":
        facts, counts = planned.facts, planned.audience.by_channel
        return cls(
            event=facts.notice.event.value,
            total=planned.audience.total,
            audience=[
                AudienceOfChannel(channel=channel, language=language, number=number)
                for channel, languages in sorted(counts.items())
                for language, number in sorted(languages.items())
            ],
            messages=[_message(each) for each in message_previews(planned)],
        )


def _message(shown: MessagePreview) -> MessageInLanguage:
    return MessageInLanguage(
        language=shown.language,
        subject=shown.subject,
        text=shown.text,
        html=shown.html,
        chat=shown.chat,
        webhook=dict(shown.webhook),
        push=dict(shown.push),
        is_foreign=shown.is_foreign,
    )
