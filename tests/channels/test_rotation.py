"""Rotation of the secret that signs webhooks."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from app.channels.webhook import make_channel
from app.net.http_channel import HttpRequest
from app.usecases.subscribers.webhook_secrets import ROTATION
from tests.channels.messages import KEY, make_message, recipient

NEW, FORMER = ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0")


def signed(now: datetime, rotated_at: datetime) -> HttpRequest:
    to = recipient(url="https://hooks.example.net/x", key=NEW, former_key=FORMER)
    options = {"former_key_until": (rotated_at + ROTATION).isoformat()}
    return make_channel(lambda: now).build(make_message(), replace(to, options=options), KEY)


@pytest.mark.parametrize("secret", [NEW, FORMER])
def test_both_secrets_sign_for_a_day_after_rotation(secret: str) -> None:
    now = datetime.now(UTC)  # noqa: TID251  # the verifier compares with its own clock
    request = signed(now, now - timedelta(hours=23))
    assert Webhook(secret).verify(request.content, dict(request.headers))["version"] == "1"


def test_the_former_secret_signs_nothing_after_a_day() -> None:
    now = datetime.now(UTC)  # noqa: TID251  # the verifier compares with its own clock
    request = signed(now, now - timedelta(hours=25))
    with pytest.raises(WebhookVerificationError):
        Webhook(FORMER).verify(request.content, dict(request.headers))
