"""Counters of notifications: how long deliveries took, bounces by class, complaints."""

import pytest

from app.usecases.notices import counters
from app.usecases.outbox.statistics import notification_statistics
from tests.cast import Backend
from tests.factories import make_incident, make_subscriber
from tests.usecases.outbox.ledger import fan_out_all
from tests.usecases.outbox.sending import Hand


def test_deliveries_are_counted_by_the_seconds_they_took(backend: Backend) -> None:
    with backend.writing() as ctx:
        counters.count_delivery_seconds(ctx, [0.5, 1.0, 1.1, 400.0, 90_000.0])
    with backend.writing() as ctx:
        counters.count_delivery_seconds(ctx, [])
        counters.count_delivery_seconds(ctx, [-3.0])
    with backend.reading() as ctx:
        found = notification_statistics(ctx).delivery_seconds
    assert dict(zip(counters.BUCKETS, found.counts, strict=False)) == {
        1.0: 3, 2.0: 4, 5.0: 4, 10.0: 4, 30.0: 4, 60.0: 4, 300.0: 4, 900.0: 5, 3600.0: 5,
        21600.0: 5,
    }  # fmt: skip
    assert found.counts[-1] == 6
    assert found.total == pytest.approx(90_402.6)


def test_a_delivery_counts_from_its_notice_to_its_acceptance(backend: Backend) -> None:
    with backend.writing() as ctx:
        make_subscriber(ctx)
        make_incident(ctx)
    fan_out_all(backend)
    backend.clock.forward(seconds=7)
    hand = Hand(backend)
    hand.send(hand.claim())
    with backend.reading() as ctx:
        found = counters.delivery_seconds(ctx)
    assert (found.counts[-1], found.total) == (1, 7.0)
    assert found.counts[:4] == [0, 0, 0, 1]


def test_bounces_are_counted_by_class_whatever_a_report_says(backend: Backend) -> None:
    with backend.writing() as ctx:
        for status in ("5.1.1", "5.1.2", "4.2.2", "5.9.1", "x" * 5_000, None):
            counters.count_bounce(ctx, status)
        counters.count_complaint(ctx)
    with backend.reading() as ctx:
        found = notification_statistics(ctx)
    assert found.bounces == {"5.1": 2, "4.2": 1, "unknown": 3}
    assert found.complaints == 1
