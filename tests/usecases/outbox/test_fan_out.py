from datetime import timedelta

import pytest
from sqlmodel import col, select

from app.db.queries.services import find_services
from app.db.tables import ChannelRow, DeliveryRow, NoticeRow, SubscriberRow, SubscriptionRow
from app.domain.notifications.events import IncidentLevel, MaintenanceLevel, NoticeEvent
from app.domain.notifications.states import DeliveryState, SubscriberState
from app.domain.publication import Subject, SubjectKind
from app.domain.statuses import Impact, IncidentStatus, ServiceStatus
from app.usecases.incidents.edits import IncidentEdit, edit_incident
from app.usecases.incidents.lifecycle import post_update
from app.usecases.notices.audience import PlannedNotice, count_audience
from app.usecases.outbox import fan_out
from tests.cast import Backend
from tests.factories import (
    make_incident,
    make_maintenance,
    make_notice,
    make_service,
    make_subscriber,
    update,
)
from tests.usecases.outbox.channels import CHANNELS
from tests.usecases.outbox.ledger import deliveries, fan_out_all

IDENTIFIED, RESOLVED = IncidentStatus.IDENTIFIED, IncidentStatus.RESOLVED
OUTAGE = {"payments": ServiceStatus.MAJOR_OUTAGE}
HOUR = timedelta(hours=1)


def notified(backend: Backend) -> list[tuple[str, str]]:
    """Event and address of all deliveries, oldest first."""
    with backend.reading() as ctx:
        found = ctx.session.exec(
            select(NoticeRow.event, SubscriberRow.address)
            .join(DeliveryRow, col(DeliveryRow.notice_id) == col(NoticeRow.id))
            .join(SubscriberRow, col(SubscriberRow.id) == col(DeliveryRow.subscriber_id))
            .order_by(col(DeliveryRow.id))
        )
        return list(found)


def add_services(backend: Backend) -> dict[str, int]:
    """Two services: their row ids by slug."""
    with backend.writing() as ctx:
        make_service(ctx)
        make_service(ctx, "login")
        found = find_services(ctx.session, ["payments", "login"])
        return {slug: row.id or 0 for slug, row in found.items()}


def test_each_subscriber_has_one_delivery_of_a_notice(backend: Backend) -> None:
    with backend.writing() as ctx:
        make_subscriber(ctx)
        make_subscriber(ctx, "hooks.example.net", channel="webhook")
        make_notice(ctx)
    assert fan_out_all(backend) == 1
    mail, hook = deliveries(backend)
    assert (mail.lane, hook.lane) == ("email", "webhook:hooks.example.net")
    assert (mail.state, mail.priority, mail.attempts) == ("waiting", 1, 0)
    assert mail.expires_at == mail.made_at + timedelta(hours=24)
    assert hook.expires_at == hook.made_at + timedelta(hours=76)
    assert len({mail.public_id, hook.public_id}) == 2
    assert all(len(each.public_id) == 12 for each in (mail, hook))


def test_a_large_audience_is_fanned_out_in_batches(backend: Backend) -> None:
    with backend.writing() as ctx:
        for number in range(1_001):
            make_subscriber(ctx, f"{number}@example.net")
        make_notice(ctx)
    assert fan_out_all(backend) == 3
    assert len(deliveries(backend)) == 1_001


def test_nothing_is_lost_when_killed_in_the_middle_of_the_fan_out(backend: Backend) -> None:
    with backend.writing() as ctx:
        for number in range(700):
            make_subscriber(ctx, f"{number}@example.net")
        make_notice(ctx)
    with backend.reading() as ctx:
        batch = fan_out.next_batch(ctx, CHANNELS)
    assert batch is not None

    def add_and_be_killed() -> None:
        with backend.writing() as ctx:
            fan_out.add_batch(ctx, batch, CHANNELS)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        add_and_be_killed()
    assert deliveries(backend) == []
    with backend.writing() as ctx:
        fan_out.add_batch(ctx, batch, CHANNELS)
    # A worker that began the batch at the same time finds it done.
    with backend.writing() as ctx:
        assert fan_out.add_batch(ctx, batch, CHANNELS) == 0
    fan_out_all(backend)
    found = [each.subscriber_id for each in deliveries(backend)]
    assert len(found) == len(set(found)) == 700


def test_without_a_channel_a_notice_is_fanned_out_to_nobody(sqlite_backend: Backend) -> None:
    with sqlite_backend.writing() as ctx:
        make_subscriber(ctx)
        make_notice(ctx)
    with sqlite_backend.reading() as ctx:
        batch = fan_out.next_batch(ctx, {})
    assert batch is not None
    with sqlite_backend.writing() as ctx:
        fan_out.add_batch(ctx, batch, {})
        assert not fan_out.has_work(ctx)


def test_nothing_is_sent_by_a_channel_that_is_switched_off(sqlite_backend: Backend) -> None:
    with sqlite_backend.writing() as ctx:
        make_subscriber(ctx)
        make_subscriber(ctx, "hooks.example.net", channel="webhook")
        ctx.session.add(
            ChannelRow(
                kind="email", is_enabled=False, is_public=True, options={}, changed_at=ctx.now
            )
        )
        make_notice(ctx)
    fan_out_all(sqlite_backend)
    assert [each.channel for each in deliveries(sqlite_backend)] == ["webhook"]


def test_the_most_urgent_notice_is_first_and_a_thread_keeps_its_order(backend: Backend) -> None:
    with backend.writing() as ctx:
        make_subscriber(ctx)
        for event, thread in (
            (NoticeEvent.INCIDENT_POSTMORTEM, "incident:a"),
            (NoticeEvent.MAINTENANCE_STARTED, "maintenance:b"),
            (NoticeEvent.INCIDENT_OPENED, "incident:c"),
            (NoticeEvent.INCIDENT_REOPENED, "incident:a"),
        ):
            make_notice(ctx, event, thread=thread)
    fan_out_all(backend)
    assert [event for event, _ in notified(backend)] == [
        "incident.opened",
        "incident.postmortem",
        "incident.reopened",
        "maintenance.started",
    ]


def test_only_who_follows_and_wants_it_is_notified(backend: Backend) -> None:
    rows = add_services(backend)
    with backend.writing() as ctx:
        make_subscriber(ctx, "page@example.net")
        make_subscriber(ctx, "payments@example.net", follows=[("service", rows["payments"])])
        make_subscriber(ctx, "login@example.net", follows=[("service", rows["login"])])
        make_subscriber(ctx, "ends@example.net", incidents=IncidentLevel.ENDS)
        make_subscriber(ctx, "none@example.net", incidents=IncidentLevel.NONE)
        make_subscriber(ctx, "critical@example.net", minimum=Impact.CRITICAL)
        make_subscriber(ctx, "pending@example.net", state=SubscriberState.PENDING)
        make_subscriber(ctx, "stopped@example.net", state=SubscriberState.STOPPED)
        minor = {"payments": ServiceStatus.DEGRADED_PERFORMANCE}
        number = make_incident(ctx, update(services=minor)).incident.id
    backend.clock.forward(minutes=1)
    with backend.writing() as ctx:
        make_subscriber(ctx, "late@example.net")
        post_update(ctx, number, update(IDENTIFIED))
    fan_out_all(backend)
    assert sorted(notified(backend)) == [
        ("incident.opened", "ends@example.net"),
        ("incident.opened", "page@example.net"),
        ("incident.opened", "payments@example.net"),
        ("incident.updated", "late@example.net"),
        ("incident.updated", "page@example.net"),
        ("incident.updated", "payments@example.net"),
    ]


def test_one_incident_alone_can_be_followed_until_a_time(sqlite_backend: Backend) -> None:
    with sqlite_backend.writing() as ctx:
        number = make_incident(ctx).incident.id
        notice = ctx.session.exec(select(NoticeRow)).one()
        for name, until in (("open", None), ("over", ctx.now - HOUR), ("lasting", ctx.now + HOUR)):
            row = make_subscriber(ctx, f"{name}@example.net", follows=[("incident", 0)])
            followed = ctx.session.exec(
                select(SubscriptionRow).where(SubscriptionRow.subscriber_id == row.id)
            ).one()
            followed.target_id, followed.until = notice.subject_id or 0, until
            ctx.session.add(followed)
        make_incident(ctx)
        post_update(ctx, number, update(RESOLVED))
    fan_out_all(sqlite_backend)
    assert sorted(notified(sqlite_backend)) == [
        ("incident.opened", "lasting@example.net"),
        ("incident.opened", "open@example.net"),
        ("incident.resolved", "lasting@example.net"),
        ("incident.resolved", "open@example.net"),
    ]


def test_who_heard_of_the_beginning_hears_of_the_end_though_the_impact_fell(
    backend: Backend,
) -> None:
    add_services(backend)
    with backend.writing() as ctx:
        make_subscriber(ctx, incidents=IncidentLevel.ENDS, minimum=Impact.MAJOR)
        make_subscriber(ctx, "other@example.net", minimum=Impact.CRITICAL)
        number = make_incident(ctx, update(services=OUTAGE)).incident.id
        edit_incident(ctx, number, IncidentEdit(impact=Impact.MAJOR))
    fan_out_all(backend)
    with backend.writing() as ctx:
        # The choices changed as well: the page is not followed any more.
        for row in ctx.session.exec(select(SubscriberRow)):
            row.whole_page = False
            ctx.session.add(row)
        edit_incident(ctx, number, IncidentEdit(impact=Impact.MINOR))
        post_update(ctx, number, update(RESOLVED))
    fan_out_all(backend)
    assert sorted(notified(backend)) == [
        ("incident.opened", "other@example.net"),
        ("incident.opened", "vera@example.net"),
        ("incident.resolved", "other@example.net"),
        ("incident.resolved", "vera@example.net"),
    ]


def test_who_never_heard_of_it_is_not_notified_of_its_end(sqlite_backend: Backend) -> None:
    add_services(sqlite_backend)
    with sqlite_backend.writing() as ctx:
        make_subscriber(ctx, minimum=Impact.MAJOR)
        number = make_incident(ctx).incident.id
        make_notice(ctx, thread=f"incident:{number}")
    with sqlite_backend.writing() as ctx:
        dead = make_subscriber(ctx, "dead@example.net", minimum=Impact.MAJOR)
        ctx.session.add(_dead_delivery(dead, f"incident:{number}", 1))
        post_update(ctx, number, update(RESOLVED))
    fan_out_all(sqlite_backend)
    assert notified(sqlite_backend) == [("incident.opened", "dead@example.net")]


def _dead_delivery(row: SubscriberRow, thread: str, notice_id: int) -> DeliveryRow:
    return DeliveryRow(
        public_id="0" * 12,
        notice_id=notice_id,
        subscriber_id=row.id,
        channel="email",
        lane="email",
        thread=thread,
        state=DeliveryState.DEAD.value,
        priority=1,
        due_at=row.created_at,
        expires_at=row.created_at,
        attempts=1,
        made_at=row.created_at,
        finished_at=row.created_at,
    )


def test_a_maintenance_is_for_those_who_want_what_is_planned(sqlite_backend: Backend) -> None:
    add_services(sqlite_backend)
    with sqlite_backend.writing() as ctx:
        make_subscriber(ctx, minimum=Impact.CRITICAL)
        make_subscriber(ctx, "planned@example.net", maintenances=MaintenanceLevel.PLANNED)
        make_subscriber(ctx, "none@example.net", maintenances=MaintenanceLevel.NONE)
        make_maintenance(ctx)
    fan_out_all(sqlite_backend)
    assert sorted(notified(sqlite_backend)) == [
        ("maintenance.scheduled", "planned@example.net"),
        ("maintenance.scheduled", "vera@example.net"),
    ]
    mail = deliveries(sqlite_backend)[0]
    assert mail.expires_at == mail.made_at + timedelta(hours=26)


def test_the_preview_counts_by_channel_and_language(backend: Backend) -> None:
    rows = add_services(backend)
    with backend.writing() as ctx:
        make_subscriber(ctx, language="sv")
        make_subscriber(ctx, "two@example.net", language="sv")
        make_subscriber(ctx, "three@example.net", follows=[("service", rows["payments"])])
        make_subscriber(ctx, "hooks.example.net", channel="webhook")
        make_subscriber(ctx, "fax", channel="fax")
    planned = PlannedNotice(
        NoticeEvent.INCIDENT_OPENED, Subject(SubjectKind.INCIDENT), ["payments"], Impact.MINOR
    )
    with backend.reading() as ctx:
        counted = count_audience(ctx, planned, CHANNELS)
    assert counted.by_channel == {"email": {"en": 1, "sv": 2}, "webhook": {"en": 1}}
    assert counted.total == 4
