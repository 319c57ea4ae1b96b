"""Channels for tests: they send nothing."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from app.domain.notifications.retries import EMAIL_RETRIES, WEBHOOK_RETRIES, RetrySchedule
from app.ports.channel import Channel, Field, FieldProblem, Outbound, Sender

__all__ = ["CHANNELS", "SilentChannel"]


@dataclass(frozen=True, slots=True)
class SilentChannel:
    """A channel without connections."""

    kind: str
    retries: RetrySchedule
    # Rooms need no row of `channel`.
    is_room: bool = True
    fields: Sequence[Field] = ()

    @property
    def name(self) -> str:
        return self.kind

    def check(self, values: Mapping[str, str]) -> Mapping[str, FieldProblem]:
        return {}

    def address(self, values: Mapping[str, str]) -> str:
        return values.get("url", "")

    @asynccontextmanager
    async def open(self, outbound: Outbound, options: Mapping[str, Any]) -> AsyncIterator[Sender]:
        raise NotImplementedError
        yield


CHANNELS: Mapping[str, Channel] = {
    "email": SilentChannel("email", EMAIL_RETRIES),
    "webhook": SilentChannel("webhook", WEBHOOK_RETRIES),
}
