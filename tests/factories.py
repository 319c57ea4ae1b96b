"""Things for tests to start from, made the way staff make them."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from sqlmodel import col, select

from app.db.tables import DeliveryRow, NoticeRow, SubscriberRow, SubscriptionRow
from app.domain.notifications.events import IncidentLevel, MaintenanceLevel, NoticeEvent
from app.domain.notifications.states import (
    FINAL_STATES,
    ConfirmedVia,
    DeliveryState,
    SubscriberState,
)
from app.domain.statuses import Impact, IncidentStatus, ServiceStatus
from app.domain.texts.localized_text import LocalizedText
from app.usecases.context import Ctx, new_id
from app.usecases.incidents.lifecycle import NewIncident, NewUpdate, open_incident
from app.usecases.incidents.records import StaffIncident
from app.usecases.maintenances.lifecycle import NewMaintenance, StaffMaintenance, plan_maintenance
from app.usecases.notices.recording import NewNotice, record_notice
from app.usecases.services.services import StaffService, add_service
from app.usecases.targets.targets import NewTarget, StaffTarget, add_target

__all__ = [
    "english",
    "make_delivery",
    "make_incident",
    "make_maintenance",
    "make_notice",
    "make_service",
    "make_subscriber",
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


def make_subscriber(
    ctx: Ctx,
    address: str = "vera@example.net",
    *,
    channel: str = "email",
    language: str = "en",
    time_zone: str | None = None,
    state: SubscriberState = SubscriberState.ACTIVE,
    incidents: IncidentLevel = IncidentLevel.ALL,
    maintenances: MaintenanceLevel = MaintenanceLevel.ALL,
    minimum: Impact = Impact.NONE,
    follows: Iterable[tuple[str, int]] = (),
) -> SubscriberRow:
    """A confirmed subscriber to the whole page, or to what `follows` says as (kind, row id)."""
    followed = tuple(follows)
    row = SubscriberRow(
        public_id=new_id(),
        channel=channel,
        address=address,
        address_key=address,
        options={},
        secret=b"s" * 32,
        language=language,
        time_zone=time_zone,
        state=state.value,
        is_room=False,
        incidents=incidents.value,
        maintenances=maintenances.value,
        minimum=minimum.value,
        whole_page=not followed,
        created_at=ctx.now,
        confirmed_at=None if state is SubscriberState.PENDING else ctx.now,
        confirmed_via=ConfirmedVia.LINK.value,
        troubles=[],
    )
    ctx.session.add(row)
    ctx.session.flush()
    ctx.session.add_all(
        SubscriptionRow(subscriber_id=row.id or 0, kind=kind, target_id=target)
        for kind, target in followed
    )
    ctx.session.flush()
    return row


def make_notice(
    ctx: Ctx,
    event: NoticeEvent = NoticeEvent.INCIDENT_OPENED,
    *,
    thread: str = "incident:aaaaaaaaaaaa",
    key: str | None = None,
    expires_in: timedelta = timedelta(hours=24),
) -> NoticeRow:
    """A notice of nothing that is stored; `make_incident` records those of real incidents."""
    record_notice(
        ctx,
        NewNotice(event, key or new_id(), thread, "test", None, ctx.now + expires_in),
    )
    return ctx.session.exec(select(NoticeRow).order_by(col(NoticeRow.id).desc()).limit(1)).one()


def make_delivery(
    ctx: Ctx,
    notice: NoticeRow,
    subscriber: SubscriberRow,
    state: DeliveryState = DeliveryState.SENT,
    *,
    code: str | None = None,
    after: timedelta = timedelta(seconds=2),
) -> DeliveryRow:
    """A delivery in any state; one that has ended did so `after` its notice."""
    row = DeliveryRow(
        public_id=new_id(),
        notice_id=notice.id or 0,
        subscriber_id=subscriber.id,
        channel=subscriber.channel,
        lane=subscriber.channel,
        thread=notice.thread,
        state=state.value,
        priority=notice.priority,
        due_at=ctx.now,
        expires_at=notice.expires_at,
        attempts=1 if state in {DeliveryState.SENT, DeliveryState.DEAD} else 0,
        code=code,
        made_at=notice.made_at,
        finished_at=notice.made_at + after if state in FINAL_STATES else None,
    )
    ctx.session.add(row)
    ctx.session.flush()
    return row
