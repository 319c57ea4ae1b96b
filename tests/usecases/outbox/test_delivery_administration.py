"""What staff read of notices and deliveries, and what they do with them."""

from datetime import timedelta

import pytest
from sqlmodel import col, select

from app.db.tables import DeliveryAttemptRow, DeliveryRow, NoticeRow
from app.domain.errors import ConflictError, ForbiddenError, InvalidError
from app.domain.notifications.states import DeliveryState, SubscriberState
from app.domain.publication import Subject, SubjectKind
from app.usecases.context import Ctx
from app.usecases.outbox import deliveries, progress
from app.usecases.outbox.deliveries import DeliveryFilter
from tests.cast import ADA, BEN, CY, Backend
from tests.factories import make_delivery, make_incident, make_notice, make_subscriber, update
from tests.usecases.outbox.channels import CHANNELS

DEAD, SENT, WAITING = DeliveryState.DEAD, DeliveryState.SENT, DeliveryState.WAITING


def sent_to(ctx: Ctx, notice: NoticeRow, seconds: list[int]) -> None:
    for number, each in enumerate(seconds):
        subscriber = make_subscriber(ctx, f"{number}@example.net")
        make_delivery(ctx, notice, subscriber, after=timedelta(seconds=each))
    notice.fanned_out_at, notice.audience = ctx.now, len(seconds)


def test_a_notice_has_its_deliveries_by_state_and_its_percentiles(backend: Backend) -> None:
    with backend.writing() as ctx:
        incident = make_incident(ctx, update()).incident
        notice = ctx.session.exec(select(NoticeRow)).one()
        sent_to(ctx, notice, list(range(1, 101)))
        failed = make_subscriber(ctx, "gone@example.net", language="sv")
        make_delivery(ctx, notice, failed, DEAD, code="refused")
        notice.audience = 101
        public_id = notice.public_id
    with backend.database.reading(CY) as ctx:
        found = progress.get_notice(ctx, public_id)
        by_update = progress.progress_by_update(ctx, Subject(SubjectKind.INCIDENT, incident.id))
        listed = progress.list_notices(ctx, cursor=None, limit=5).items
    notice_seen = found.progress
    assert (notice_seen.audience, notice_seen.sent, notice_seen.failed) == (101, 100, 1)
    assert (notice_seen.median_seconds, notice_seen.p95_seconds) == (50, 95)
    assert notice_seen.is_done
    assert notice_seen.last_sent_at == notice_seen.made_at + timedelta(seconds=100)
    assert by_update == {incident.updates[0].id: notice_seen}
    assert listed == (notice_seen,)
    assert [(each.language, each.state, each.number) for each in found.sums] == [
        ("en", SENT, 100),
        ("sv", DEAD, 1),
    ]


def test_a_viewer_sees_no_address(backend: Backend) -> None:
    with backend.writing() as ctx:
        notice = make_notice(ctx)
        row = make_delivery(ctx, notice, make_subscriber(ctx), DEAD, code="refused")
        row.detail = "550 <vera@example.net>: unknown"
        ctx.session.add(
            DeliveryAttemptRow(
                delivery_id=row.id or 0,
                attempted_at=ctx.now,
                code="refused",
                detail="550 <vera@example.net>",
                milliseconds=3,
            )
        )
        public_id = row.public_id
    with backend.database.reading(CY) as ctx, pytest.raises(ForbiddenError):
        deliveries.list_deliveries(ctx, DeliveryFilter(), cursor=None, limit=5)
    with backend.database.reading(BEN) as ctx:
        seen = deliveries.get_delivery(ctx, public_id)
        (listed,) = deliveries.list_deliveries(ctx, DeliveryFilter(), cursor=None, limit=5).items
    assert seen.delivery == listed
    assert (listed.address, listed.detail) == ("v•••@example.net", None)
    assert "vera" not in repr(seen)
    with backend.database.reading(ADA) as ctx:
        seen = deliveries.get_delivery(ctx, public_id)
    assert seen.delivery.address == "vera@example.net"
    assert [each.detail for each in seen.attempts] == ["550 <vera@example.net>"]


def test_a_delivery_is_sent_again_as_a_new_one(backend: Backend) -> None:
    with backend.writing() as ctx:
        notice = make_notice(ctx)
        dead = make_delivery(ctx, notice, make_subscriber(ctx), DEAD, code="refused").public_id
        open_one = make_delivery(ctx, notice, make_subscriber(ctx, "b@example.net"), WAITING)
        stopped = make_subscriber(ctx, "c@example.net", state=SubscriberState.STOPPED)
        to_stopped = make_delivery(ctx, notice, stopped, DEAD).public_id
        waiting = open_one.public_id
        notice.fanned_out_at, notice.audience = ctx.now, 3
    with backend.database.writing(BEN) as ctx:
        deliveries.repeat_delivery(ctx, dead, CHANNELS)
    with backend.reading() as ctx:
        newest = ctx.session.exec(
            select(DeliveryRow).order_by(col(DeliveryRow.id).desc()).limit(1)
        ).one()
        former = ctx.session.exec(select(DeliveryRow).where(DeliveryRow.public_id == dead)).one()
        assert (newest.state, newest.repeats, newest.attempts) == ("waiting", former.id, 0)
        assert newest.public_id != dead
        assert len(newest.public_id) == 12
        assert newest.expires_at > ctx.now
        assert former.state == "dead"
    for public_id, code in ((waiting, "delivery_open"), (to_stopped, "subscriber_not_active")):
        with backend.database.writing(BEN) as ctx, pytest.raises(ConflictError) as refused:
            deliveries.repeat_delivery(ctx, public_id, CHANNELS)
        assert refused.value.code == code


def test_all_of_a_filter_are_sent_again_or_given_up(backend: Backend) -> None:
    with backend.writing() as ctx:
        notice = make_notice(ctx)
        for number in range(3):
            make_delivery(ctx, notice, make_subscriber(ctx, f"{number}@example.net"), DEAD)
        make_delivery(ctx, notice, make_subscriber(ctx, "sent@example.net"), SENT)
        notice.fanned_out_at, notice.audience = ctx.now, 4
        public_id = notice.public_id
    failed = DeliveryFilter(state=DEAD, notice=public_id)
    with backend.database.writing(BEN) as ctx:
        assert deliveries.count_repeatable(ctx, failed) == 3
        assert deliveries.repeat_all(ctx, failed, CHANNELS) == 3
    waiting = DeliveryFilter(state=WAITING, notice=public_id)
    with backend.database.writing(BEN) as ctx:
        assert deliveries.give_up_all(ctx, waiting) == 3
        assert deliveries.give_up_all(ctx, waiting) == 0
    with backend.reading() as ctx:
        seen = progress.get_notice(ctx, public_id).progress
    # What was sent again does not count twice.
    assert (seen.audience, seen.failed, seen.sent) == (4, 3, 1)
    with backend.database.writing(BEN) as ctx, pytest.raises(InvalidError):
        deliveries.repeat_all(ctx, DeliveryFilter(state=DEAD), CHANNELS)


def test_only_what_waits_is_given_up(backend: Backend) -> None:
    with backend.writing() as ctx:
        notice = make_notice(ctx)
        sent = make_delivery(ctx, notice, make_subscriber(ctx), SENT).public_id
        slow = make_delivery(ctx, notice, make_subscriber(ctx, "b@example.net"), WAITING).public_id
    with backend.database.writing(BEN) as ctx:
        deliveries.give_up(ctx, slow)
        given_up = deliveries.get_delivery(ctx, slow).delivery
        assert (given_up.state, given_up.code) == (DEAD, "given_up")
        with pytest.raises(ConflictError):
            deliveries.give_up(ctx, sent)


def test_a_maintenance_that_is_over_is_not_sent_again(backend: Backend) -> None:
    with backend.writing() as ctx:
        notice = make_notice(ctx, expires_in=timedelta(hours=1))
        notice.subject_kind = "maintenance"
        dead = make_delivery(ctx, notice, make_subscriber(ctx), DEAD).public_id
    backend.clock.forward(hours=2)
    with backend.database.writing(BEN) as ctx, pytest.raises(ConflictError) as refused:
        deliveries.repeat_delivery(ctx, dead, CHANNELS)
    assert refused.value.code == "notice_expired"
