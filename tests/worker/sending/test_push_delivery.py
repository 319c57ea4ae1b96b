"""A browser that subscribed is notified through its push service."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from joserfc import jwt
from joserfc.jwk import ECKey
from sqlmodel import select

from app.channels.web_push import CHANNEL
from app.db.tables import SubscriberRow
from app.domain.notifications.push_hosts import DEFAULT_PUSH_HOSTS
from app.domain.notifications.subscribers.choices import Choices
from app.ports.channel import HttpReply
from app.usecases.encryption import SecretBox
from app.usecases.subscribers.web_push import (
    BrowserSubscription,
    PushRules,
    read_vapid_key,
    subscribe_browser,
)
from tests.cast import BASE_URL, Backend
from tests.channels.decryption import decrypt
from tests.factories import make_incident, update
from tests.push import AUTH, browser_values, offer_push
from tests.subscribing import HASHES
from tests.worker.receiving import NoOutbound, Worker, delivery_states

pytestmark = pytest.mark.anyio

BOX = SecretBox(lambda: b"k" * 32)
BROWSER_KEY = ec.generate_private_key(ec.SECP256R1())
RULES = PushRules(CHANNEL, DEFAULT_PUSH_HOSTS)


class PushService(NoOutbound):
    """A push service that answers every message with one status."""

    def __init__(self, status: int) -> None:
        self.status = status
        self.requests: list[tuple[bytes, Mapping[str, str]]] = []

    async def post(
        self,
        url: str,
        *,
        content: bytes,
        headers: Mapping[str, str],
        timeout_seconds: float = 20.0,
    ) -> HttpReply:
        self.requests.append((content, headers))
        return HttpReply(self.status, {}, b"")


def subscribe(backend: Backend) -> None:
    offer_push(backend, BOX)
    browser = BrowserSubscription(**browser_values(key=BROWSER_KEY))
    with backend.writing() as ctx:
        subscribe_browser(ctx, HASHES, BOX, RULES, browser, Choices("en"), place="192.0.2.1")


async def test_a_browser_reads_what_was_posted_signed_by_this_installation(
    each_backend: Backend, tmp_path: Path
) -> None:
    service = PushService(201)
    worker = Worker(each_backend, tmp_path, CHANNEL, outbound=service)
    subscribe(each_backend)
    with each_backend.writing() as ctx:
        make_incident(ctx, update(body="We are looking."))
        key = read_vapid_key(ctx, BOX)
    await worker.run()
    await worker.close()
    ((content, headers),) = service.requests
    shown = json.loads(decrypt(content, BROWSER_KEY, AUTH))
    assert shown["body"] == "We are looking."
    token = headers["authorization"].removeprefix("vapid t=").partition(",")[0]
    claims = jwt.decode(token, ECKey.import_key(key or ""), algorithms=["ES256"]).claims
    assert claims["sub"] == BASE_URL
    assert delivery_states(each_backend) == ["sent"]


@pytest.mark.parametrize("status", [404, 410])
async def test_push_404_forgets_the_device(backend: Backend, tmp_path: Path, status: int) -> None:
    service = PushService(status)
    worker = Worker(backend, tmp_path, CHANNEL, outbound=service)
    subscribe(backend)
    for _ in range(2):
        with backend.writing() as ctx:
            make_incident(ctx, update(body="We are looking."))
        await worker.run()
    await worker.close()
    assert len(service.requests) == 1
    with backend.reading() as ctx:
        assert ctx.session.exec(select(SubscriberRow)).all() == []
