from datetime import datetime
from typing import Annotated

from fastapi import Path
from pydantic import ConfigDict, Field, StrictBool, StrictStr
from pydantic.json_schema import SkipJsonSchema

from app.domain.errors import InvalidError
from app.domain.maintenances import maintenance
from app.domain.maintenances.occurrences import occurrence_id
from app.domain.records import MaintenanceRecord
from app.domain.statuses import MaintenanceStatus
from app.usecases.maintenances import conflicts
from app.usecases.publication.maintenance_commands import (
    AnnounceMaintenance,
    EditMaintenanceUpdate,
)
from app.web.api.fields import BodyText, Instant, PatchSchema, RequestSchema, ResponseSchema, Texts
from app.web.api.notified_schemas import Notified
from app.web.api.request import ApiRequest

__all__ = [
    "Conflict",
    "Conflicts",
    "MaintenanceUpdate",
    "MaintenanceUpdateChange",
    "NewMaintenanceUpdate",
    "Occurrence",
    "OccurrenceChange",
    "OccurrenceId",
    "Occurrences",
]

_NAME = "The start that the rule gives the window, such as `20300106T020000Z`."
_PATTERN = "^[0-9]{8}T[0-9]{6}Z$"

OccurrenceId = Annotated[str, Path(description=_NAME, max_length=60, examples=["20300106T020000Z"])]


class NewMaintenanceUpdate(RequestSchema):
    """An update. Without `occurrence` it is about the window going on, or the next one."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"status": "completed", "body": "All is done."}]}
    )

    status: MaintenanceStatus
    body: BodyText
    occurrence: Annotated[StrictStr, Field(description=_NAME, pattern=_PATTERN)] | None = None
    notify: StrictBool = True

    def command(self, request: ApiRequest, maintenance_id: str) -> AnnounceMaintenance:
        return AnnounceMaintenance(
            self.status,
            request.body(self.body),
            self.occurrence,
            self.notify,
            maintenance=maintenance_id,
        )


class MaintenanceUpdateChange(PatchSchema):
    """Another text or another time of an update. Visitors then see that it was edited, and when."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"body": "All went well."}]})

    body: BodyText | SkipJsonSchema[None] = None
    posted_at: Instant | SkipJsonSchema[None] = None

    def command(
        self, request: ApiRequest, maintenance_id: str, update_id: str
    ) -> EditMaintenanceUpdate:
        if self.body is None and self.posted_at is None:
            raise InvalidError("Name a text or a time.", field="body")
        return EditMaintenanceUpdate(
            maintenance_id,
            update_id,
            None if self.body is None else request.body(self.body),
            posted_at=self.posted_at,
        )


class OccurrenceChange(PatchSchema):
    """Other times of one window."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"ends_at": "2030-01-06T05:00:00Z"}]})

    starts_at: Instant | SkipJsonSchema[None] = None
    ends_at: Instant | SkipJsonSchema[None] = None


class MaintenanceUpdate(ResponseSchema):
    """An update of a window."""

    id: str
    status: MaintenanceStatus
    body: Texts
    posted_at: datetime
    edited_at: datetime | None
    notify: bool
    notified: Notified | None

    @classmethod
    def of(cls, update: maintenance.MaintenanceUpdate, request: ApiRequest) -> "MaintenanceUpdate":
        return cls(
            id=update.id,
            status=update.status,
            body=request.texts_by_language(update.body),
            posted_at=update.posted_at,
            edited_at=update.edited_at,
            notify=update.notify,
            notified=Notified.of(update.notified),
        )


class Occurrence(ResponseSchema):
    """One window. `occurrence` is its id, null when the maintenance does not recur."""

    occurrence: str | None
    url: str
    status: MaintenanceStatus
    starts_at: datetime
    ends_at: datetime
    cancelled_at: datetime | None
    completed_at: datetime | None
    edited_at: datetime | None
    updates: list[MaintenanceUpdate]

    @classmethod
    def of(cls, window: MaintenanceRecord, request: ApiRequest) -> "Occurrence":
        return cls(
            occurrence=None if window.recurs_at is None else occurrence_id(window.recurs_at),
            url=f"{request.page.base_url}{window.path}",
            status=window.status,
            starts_at=window.starts_at,
            ends_at=window.ends_at,
            cancelled_at=window.cancelled_at,
            completed_at=window.completed_at,
            edited_at=window.edited_at,
            updates=[MaintenanceUpdate.of(each, request) for each in window.updates],
        )


class Occurrences(ResponseSchema):
    """Windows in order."""

    items: list[Occurrence]


class Conflict(ResponseSchema):
    """An overlapping maintenance, the services in common, and the time of the overlap."""

    maintenance: str
    occurrence: str | None
    title: Texts
    services: list[str]
    starts_at: datetime
    ends_at: datetime

    @classmethod
    def of(cls, found: conflicts.Conflict, request: ApiRequest) -> "Conflict":
        other = found.other
        return cls(
            maintenance=other.series or other.id,
            occurrence=None if other.recurs_at is None else occurrence_id(other.recurs_at),
            title=request.texts_by_language(other.title),
            services=list(found.services),
            starts_at=found.starts_at,
            ends_at=found.ends_at,
        )


class Conflicts(ResponseSchema):
    """Overlaps, soonest first."""

    items: list[Conflict]
