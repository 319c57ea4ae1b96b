"""Deliveries are traced by the kind of their channel, without the address."""

from pathlib import Path

import pytest

from app.domain.notifications.retries import WEBHOOK_RETRIES
from app.ports.spans import Span
from tests.cast import Backend
from tests.factories import make_notice, make_subscriber
from tests.worker.receiving import FakeChannel, Worker

pytestmark = pytest.mark.anyio


async def test_a_delivery_is_a_span(backend: Backend, tmp_path: Path) -> None:
    worker = Worker(backend, tmp_path, FakeChannel("webhook", retries=WEBHOOK_RETRIES))
    worker.deliverer.trace = (spans := list[Span]()).append
    with backend.writing() as ctx:
        make_subscriber(ctx, "quick.example.net", channel="webhook")
        make_notice(ctx, thread="incident:a")
    await worker.run()
    await worker.close()
    (span,) = spans
    assert (span.name, span.attributes, span.error) == ("delivery", {"fyr.channel": "webhook"}, "")
