"""Things for tests to start from, made the way staff make them."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from app.domain.localized_text import LocalizedText
from app.domain.statuses import IncidentStatus, ServiceStatus
from app.usecases.context import Ctx
from app.usecases.incidents.lifecycle import NewIncident, NewUpdate, open_incident
from app.usecases.incidents.records import StaffIncident
from app.usecases.maintenances.lifecycle import NewMaintenance, StaffMaintenance, plan_maintenance
from app.usecases.services.services import StaffService, add_service
from app.usecases.targets.targets import NewTarget, StaffTarget, add_target

__all__ = [
    "english",
    "make_incident",
    "make_maintenance",
    "make_service",
    "make_target",
    "update",
]


def english(text: str) -> LocalizedText:
    """A text that exists in English alone."""
    return LocalizedText.of(text, "en")


def make_service(
    ctx: Ctx, slug: str = "payments", *, name: str = "", group: str | None = None
) -> StaffService:
    """A service; its name follows from its slug."""
    return add_service(
        ctx, slug, english(name or slug.title()), group=None if group is None else english(group)
    )


def update(
    status: IncidentStatus = IncidentStatus.INVESTIGATING,
    services: Mapping[str, ServiceStatus] | None = None,
    *,
    body: str = "We are looking into it.",
    posted_at: datetime | None = None,
) -> NewUpdate:
    """One message, to be posted or to open an incident with."""
    confirmed = ("moves_start_back", "started_long_ago", "stays_open")
    return NewUpdate(status, english(body), services or {}, posted_at=posted_at, confirm=confirmed)


def make_incident(
    ctx: Ctx,
    first: NewUpdate | None = None,
    *,
    title: str = "Some clients cannot connect",
    publish: bool = True,
    cause: str | None = None,
) -> StaffIncident:
    """An incident with one update; services it names must be there."""
    return open_incident(
        ctx, NewIncident(english(title), first or update(), publish=publish, cause=cause)
    )


def make_maintenance(
    ctx: Ctx,
    slug: str = "payments",
    *,
    title: str = "Database upgrade",
    starts_in: timedelta = timedelta(days=1),
    recurrence: str | None = None,
    publish: bool = True,
) -> StaffMaintenance:
    """A window of two hours on a service that is there."""
    starts_at = ctx.now + starts_in
    return plan_maintenance(
        ctx,
        NewMaintenance(
            english(title),
            english("It may be slow."),
            (slug,),
            starts_at,
            starts_at + timedelta(hours=2),
            recurrence=recurrence,
            publish=publish,
        ),
    )


def make_target(ctx: Ctx, host: str = "pay.example.com", slug: str = "payments") -> StaffTarget:
    """A target on which a service that is there depends."""
    return add_target(ctx, NewTarget(host, services=(slug,)), {"current", "legacy-openssl"})
