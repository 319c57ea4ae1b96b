"""Record of a subscriber, and of what was sent to it."""

from dataclasses import dataclass, field
from datetime import datetime

from app.domain.notifications.states import (
    ConfirmedVia,
    DeliveryState,
    StopReason,
    SubscriberState,
)
from app.domain.notifications.subscribers.choices import Choices

__all__ = ["SentDelivery", "Subscriber"]


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A subscriber. `proof` says how an imported one agreed, or which wording was confirmed."""

    id: str
    channel: str
    address: str = field(repr=False)
    choices: Choices
    state: SubscriberState
    stop_reason: StopReason | None
    stopped_at: datetime | None
    created_at: datetime
    confirmed_at: datetime | None
    confirmed_via: ConfirmedVia | None
    proof: str | None
    last_sent_at: datetime | None


@dataclass(frozen=True, slots=True)
class SentDelivery:
    """One delivery as its subscriber reads it. `thread` names the incident or maintenance."""

    event: str
    thread: str
    state: DeliveryState
    made_at: datetime
    finished_at: datetime | None
