from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StrictBool
from pydantic.json_schema import SkipJsonSchema

from app.domain import records
from app.domain.errors import InvalidError
from app.domain.statuses import IncidentStatus, ServiceStatus
from app.usecases.incidents import lifecycle
from app.usecases.publication.incident_commands import EditUpdate
from app.web.api.fields import (
    BodyText,
    Instant,
    PatchSchema,
    RequestSchema,
    ResponseSchema,
    Slug,
    Texts,
)
from app.web.api.notified_schemas import Notified
from app.web.api.request import ApiRequest, phrase_codes

__all__ = [
    "AffectedService",
    "Confirmed",
    "NewUpdate",
    "NextUpdate",
    "Phrases",
    "ServiceStatusChanges",
    "Update",
    "UpdateChange",
    "affected",
    "by_slug",
]

Phrases = Annotated[
    list[str],
    Field(description="The codes of the phrases of automation; empty for texts of staff."),
]


class ServiceStatusChange(RequestSchema):
    """The status a service has from an update on."""

    service: Slug
    status: ServiceStatus


ServiceStatusChanges = Annotated[tuple[ServiceStatusChange, ...], Field(max_length=500)]


Confirmed = Annotated[
    tuple[Literal["moves_start_back", "reopens", "started_long_ago", "stays_open"], ...],
    Field(
        max_length=4,
        description=(
            "Confirmations of unusual times: each is the code of the error that asks for it."
        ),
    ),
]


NextUpdate = Annotated[
    Instant | None,
    Field(description="The time by which visitors are promised the next update."),
]


class NewUpdate(RequestSchema):
    """An update. Other services keep their status; resolving sets all to operational."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"status": "resolved", "body": "It works again."}]}
    )

    status: IncidentStatus
    body: BodyText
    services: ServiceStatusChanges = ()
    posted_at: Instant | None = None
    notify: StrictBool = True
    confirm: Confirmed = ()
    next_update_at: NextUpdate = None

    def to_record(self, request: ApiRequest) -> lifecycle.NewUpdate:
        return lifecycle.NewUpdate(
            self.status,
            request.body(self.body),
            by_slug(self.services),
            posted_at=self.posted_at,
            notify=self.notify,
            confirm=self.confirm,
            next_update_at=self.next_update_at,
        )


class UpdateChange(PatchSchema):
    """Another text, time or promise of an update.

    Visitors see that the text or the time was edited, and when. `next_update_at` null withdraws the
    promise; only the latest update of an open incident has one.
    """

    nullable = frozenset({"next_update_at"})

    model_config = ConfigDict(json_schema_extra={"examples": [{"body": "It works again for all."}]})

    body: BodyText | SkipJsonSchema[None] = None
    posted_at: Instant | SkipJsonSchema[None] = None
    confirm: Confirmed = ()
    next_update_at: NextUpdate = None

    def command(self, request: ApiRequest, incident_id: str, update_id: str) -> EditUpdate:
        if not self.model_fields_set - {"confirm"}:
            raise InvalidError("Name a text, a time or a next update.", field="body")
        return EditUpdate(
            incident_id,
            update_id,
            None if self.body is None else request.body(self.body),
            posted_at=self.posted_at,
            confirm=self.confirm,
            next_update_at=self.next_update_at,
            withdraws_promise=self.clears("next_update_at"),
        )


class AffectedService(ResponseSchema):
    """A service and the status that an update gives it."""

    service: str
    status: ServiceStatus


class Update(ResponseSchema):
    """An update of an incident."""

    id: str
    status: IncidentStatus
    body: Texts
    body_phrases: Phrases
    posted_at: datetime
    edited_at: datetime | None
    automatic: bool
    notify: bool
    next_update_at: datetime | None
    notified: Notified | None
    services: list[AffectedService]

    @classmethod
    def of(cls, update: records.UpdateRecord, request: ApiRequest) -> "Update":
        return cls(
            id=update.id,
            status=update.status,
            body=request.texts_by_language(update.body),
            body_phrases=phrase_codes(update.body),
            posted_at=update.posted_at,
            edited_at=update.edited_at,
            automatic=update.automatic,
            notify=update.notify,
            next_update_at=update.next_update_at,
            notified=Notified.of(update.notified),
            services=affected(update.services),
        )


def by_slug(words: Iterable[ServiceStatusChange]) -> dict[str, ServiceStatus]:
    """The statuses by service. Raises InvalidError when a service is named twice."""
    statuses: dict[str, ServiceStatus] = {}
    for each in words:
        if each.service in statuses:
            raise InvalidError(
                f"The service {each.service[:60]!r} is named twice.",
                code="service_twice",
                field="services",
            )
        statuses[each.service] = each.status
    return statuses


def affected(services: Iterable[records.AffectedService]) -> list[AffectedService]:
    """The services in the form of the response."""
    return [AffectedService(service=each.slug, status=each.status) for each in services]
