from datetime import datetime
from typing import Annotated, ClassVar
from zoneinfo import ZoneInfo

from pydantic import ConfigDict, Field, StrictBool, StrictStr
from pydantic.json_schema import SkipJsonSchema

from app.domain.maintenances.local_times import TypedTimes
from app.domain.statuses import MaintenanceStatus
from app.usecases.maintenances.lifecycle import StaffMaintenance
from app.usecases.publication import pending
from app.usecases.publication.maintenance_commands import EditMaintenance, PlanMaintenance
from app.web.api.fields import (
    BodyText,
    Instant,
    PatchSchema,
    RequestSchema,
    ResponseSchema,
    Slug,
    Texts,
    TitleText,
)
from app.web.api.maintenances.occurrence_schemas import Occurrence
from app.web.api.notified_schemas import Notified
from app.web.api.pending_text_schemas import PendingText, accepted
from app.web.api.request import ApiRequest

__all__ = ["Maintenance", "MaintenanceChange", "NewMaintenance"]

Slugs = Annotated[tuple[Slug, ...], Field(min_length=1, max_length=500)]
Recurrence = Annotated[
    StrictStr,
    Field(
        max_length=300,
        description="RRULE (RFC 5545) in the page's zone.",
        examples=["FREQ=MONTHLY;BYDAY=1SU"],
    ),
]


def _typed(request: ApiRequest, starts_at: datetime | None, ends_at: datetime | None) -> TypedTimes:
    """The local times of a request that clocks of the page's zone skip, for a rule to repeat."""
    return TypedTimes.of_instants(starts_at, ends_at, ZoneInfo(request.page.time_zone))


class NewMaintenance(RequestSchema):
    """A maintenance; a draft with `publish` false. It begins and ends by the clock."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "title": "Database upgrade",
                    "body": "Payments may be slow.",
                    "services": ["payments"],
                    "starts_at": "2030-01-06T02:00:00Z",
                    "ends_at": "2030-01-06T04:00:00Z",
                }
            ]
        }
    )

    title: TitleText
    body: BodyText
    services: Slugs
    starts_at: Instant
    ends_at: Instant
    recurrence: Recurrence | None = None
    publish: StrictBool = True
    notify: StrictBool = True

    def command(self, request: ApiRequest) -> PlanMaintenance:
        return PlanMaintenance(
            title=request.title(self.title),
            body=request.body(self.body),
            services=self.services,
            starts_at=self.starts_at,
            ends_at=self.ends_at,
            recurrence=self.recurrence,
            publish=self.publish,
            notify=self.notify,
            typed=_typed(request, self.starts_at, self.ends_at),
        )


class MaintenanceChange(PatchSchema):
    """An `ends_at` that has passed finishes a window early; `recurrence` null ends the series.

    Windows of a series that have begun keep their times.
    """

    nullable: ClassVar[frozenset[str]] = frozenset({"recurrence"})
    model_config = ConfigDict(json_schema_extra={"examples": [{"ends_at": "2030-01-06T05:00:00Z"}]})

    title: TitleText | SkipJsonSchema[None] = None
    body: BodyText | SkipJsonSchema[None] = None
    services: Slugs | SkipJsonSchema[None] = None
    starts_at: Instant | SkipJsonSchema[None] = None
    ends_at: Instant | SkipJsonSchema[None] = None
    recurrence: Recurrence | None = None

    def command(self, request: ApiRequest, maintenance_id: str) -> EditMaintenance:
        return EditMaintenance(
            maintenance=maintenance_id,
            title=None if self.title is None else request.title(self.title),
            body=None if self.body is None else request.body(self.body),
            services=self.services,
            starts_at=self.starts_at,
            ends_at=self.ends_at,
            recurrence=self.recurrence,
            ends_recurrence=self.clears("recurrence"),
            typed=_typed(request, self.starts_at, self.ends_at),
        )


class Maintenance(ResponseSchema):
    """A maintenance for staff.

    `starts_at` and `ends_at` are those of its first window; `status` is that of `current`, the
    window that is going on, or else the next one, or else the last.
    """

    id: str
    url: str
    title: Texts
    body: Texts
    status: MaintenanceStatus
    services: list[str]
    starts_at: datetime
    ends_at: datetime
    recurrence: str | None
    current: Occurrence
    published_at: datetime | None
    cancelled_at: datetime | None
    notify: bool
    notified: Notified | None
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, staff: StaffMaintenance, request: ApiRequest) -> "Maintenance":
        window = staff.maintenance
        return cls(
            id=staff.id,
            url=f"{request.page.base_url}/maintenances/{staff.id}",
            title=request.texts_by_language(window.title),
            body=request.texts_by_language(window.body),
            status=window.status,
            services=[service.slug for service in window.services],
            starts_at=staff.starts_at,
            ends_at=staff.ends_at,
            recurrence=staff.recurrence,
            current=Occurrence.of(window, request),
            published_at=staff.published_at,
            cancelled_at=staff.cancelled_at,
            notify=staff.notify,
            notified=Notified.of(window.notified),
            created_at=staff.created_at,
            updated_at=staff.updated_at,
        )


def maintenance_or_pending(
    result: StaffMaintenance | pending.PendingText, request: ApiRequest
) -> Maintenance | PendingText:
    """The response to a submitted command about a maintenance."""
    if isinstance(result, pending.PendingText):
        return accepted(result, request)
    return Maintenance.of(result, request)
