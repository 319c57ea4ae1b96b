"""Bounces: what a report about a mail means for its subscriber, and what a forged one does not."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from email.utils import format_datetime

import pytest
from sqlmodel import select

from app.db.tables import DeliveryRow, SubscriberRow
from app.domain.notifications.bounce_addresses import bounce_address, bounce_key, bounce_mac
from app.domain.notifications.states import StopReason, SubscriberState
from app.usecases.context import Ctx, new_id
from app.usecases.subscribers.addresses.bounces import ReportOutcome, take_report
from app.usecases.subscribers.addresses.suppressions import SuppressionReason, suppression
from tests.cast import Backend
from tests.domain.notifications.reports import BASE, arf, exim_dsn, mail, postfix_dsn
from tests.factories import make_notice, make_subscriber
from tests.subscribing import HASHES


@contextmanager
def delivered(backend: Backend) -> Iterator[tuple[Ctx, SubscriberRow, str]]:
    """A subscriber to whom a mail was sent, and the envelope address of that mail."""
    with backend.writing() as ctx:
        row = make_subscriber(ctx)
        sent = _delivery(ctx, row, "sent")
        waiting = _delivery(ctx, row, "waiting")
        mac = bounce_mac(bounce_key(row.secret), sent.public_id)
        yield ctx, row, bounce_address(BASE, sent.public_id, mac)
        ctx.session.flush()
        if row.state == SubscriberState.STOPPED:
            ctx.session.refresh(waiting)
            assert waiting.state == "withdrawn"


def _delivery(ctx: Ctx, row: SubscriberRow, state: str) -> DeliveryRow:
    notice = make_notice(ctx)
    delivery = DeliveryRow(
        public_id=new_id(),
        notice_id=notice.id or 0,
        subscriber_id=row.id,
        channel="email",
        lane="email",
        thread=notice.thread,
        state=state,
        priority=1,
        due_at=ctx.now,
        expires_at=notice.expires_at,
        attempts=0,
        made_at=ctx.now,
    )
    ctx.session.add(delivery)
    ctx.session.flush()
    return delivery


def take(ctx: Ctx, content: bytes) -> ReportOutcome:
    return take_report(ctx, HASHES, content, bounce_address=BASE)


def now(ctx: Ctx) -> str:
    return format_datetime(ctx.now)


def test_a_mailbox_that_is_gone_stops_the_subscriber_at_once(backend: Backend) -> None:
    with delivered(backend) as (ctx, row, address):
        report = postfix_dsn("failed", "5.1.1", address, now(ctx))
        assert take(ctx, report) is ReportOutcome.STOPPED
        assert (row.state, row.stop_reason) == (SubscriberState.STOPPED, StopReason.BOUNCED)
        bounced = ctx.session.exec(select(DeliveryRow).where(DeliveryRow.state == "sent")).one()
        assert bounced.bounced_at == ctx.now


@pytest.mark.parametrize("status", ["4.2.2", "5.4.4"])
def test_a_temporary_failure_changes_nothing(backend: Backend, status: str) -> None:
    with delivered(backend) as (ctx, row, address):
        report = postfix_dsn("failed", status, address, now(ctx))
        assert take(ctx, report) is ReportOutcome.NOTED
        assert take(ctx, postfix_dsn("delayed", "4.4.1", address)) is ReportOutcome.NOTED
        assert (row.state, row.troubles) == (SubscriberState.ACTIVE, [])


def test_other_failures_stop_on_the_third_day(backend: Backend) -> None:
    with delivered(backend) as (ctx, row, address):
        for day in (2, 1):
            row.troubles = [
                *row.troubles,
                {"on": (ctx.now - timedelta(days=day)).date().isoformat(), "code": "bounced_5.2.2"},
            ]
            if day == 2:
                report = postfix_dsn("failed", "5.2.2", address, now(ctx))
                assert take(ctx, report) is ReportOutcome.NOTED
        assert take(ctx, report) is ReportOutcome.STOPPED


def test_a_complaint_stops_and_suppresses(backend: Backend) -> None:
    with delivered(backend) as (ctx, row, address):
        stated = arf("abuse", address).replace(
            b"Mon, 23 Nov 2026 10:00:00 +0000", now(ctx).encode()
        )
        assert take(ctx, stated) is ReportOutcome.STOPPED
        assert row.stop_reason == StopReason.COMPLAINED
        reason = suppression(ctx, HASHES, "email", row.address_key)
        assert reason is SuppressionReason.COMPLAINED
        assert take(ctx, stated.replace(b"abuse", b"not-spam")) is ReportOutcome.LIFTED
        assert suppression(ctx, HASHES, "email", row.address_key) is None


def test_a_mail_unsubscribes(backend: Backend) -> None:
    with delivered(backend) as (ctx, _, address):
        assert take(ctx, mail("Unsubscribe", address=address)) is ReportOutcome.UNSUBSCRIBED
        assert ctx.session.exec(select(SubscriberRow)).all() == []
        assert take(ctx, mail("Unsubscribe", address=address)) is ReportOutcome.UNKNOWN


def test_a_report_with_a_forged_address_changes_nothing(backend: Backend) -> None:
    with delivered(backend) as (ctx, row, address):
        last = "b" if address.partition("@")[0][-1] == "a" else "a"
        wrong_mac = address.partition("@")[0][:-1] + last + "@example.com"
        of_nobody = f"bounces+{new_id()}-aaaaaaaaaa@example.com"
        for forged in (wrong_mac, of_nobody, "vera@example.net", BASE, row.address):
            for report in (exim_dsn(forged), arf("abuse", forged), mail("unsubscribe")):
                assert take(ctx, report) is ReportOutcome.UNKNOWN
        assert (row.state, row.troubles) == (SubscriberState.ACTIVE, [])


def test_an_old_report_is_noted_only(backend: Backend) -> None:
    with delivered(backend) as (ctx, row, address):
        date = format_datetime(ctx.now - timedelta(days=8))
        assert take(ctx, postfix_dsn("failed", "5.1.1", address, date)) is ReportOutcome.NOTED
        assert row.state == SubscriberState.ACTIVE
