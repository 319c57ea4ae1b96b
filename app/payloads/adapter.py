"""What every adapter is made of: what it is called, and how it reads."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeVar

from app.payloads.options import OptionCheck, find_problems
from app.payloads.sanitize import dedup_key
from app.ports.monitor import (
    InboundEvent,
    MalformedPayloadError,
    MonitorAlert,
    OptionProblem,
    PayloadError,
)

__all__ = ["MAX_ALERTS", "FunctionAdapter", "check_alert_count", "read_idempotency_key"]

MAX_ALERTS = 1000

_T = TypeVar("_T")


def check_alert_count(items: Sequence[_T]) -> Sequence[_T]:
    """The same items. Raises MalformedPayloadError when there are more than MAX_ALERTS."""
    if len(items) > MAX_ALERTS:
        raise MalformedPayloadError(f"The request states more than {MAX_ALERTS} alerts.")
    return items


def read_idempotency_key(event: InboundEvent) -> str | None:
    """The id that Standard Webhooks and RFC drafts repeat in each attempt; None without one.

    Other headers with such names (X-Webhook-Id) may name the subscription, and would make every
    delivery after the first one a repetition.
    """
    for name in ("webhook-id", "idempotency-key"):
        if found := event.headers.get(name):
            return dedup_key(found) or None
    return None


def _no_id(_delivery: InboundEvent) -> str | None:
    return None


@dataclass(frozen=True)
class FunctionAdapter:
    """A ConfigurableAdapter of functions.

    `read` raises a PayloadError, or gives the alerts. `read_id` may raise a PayloadError too: a
    body that cannot be read has no delivery id.
    """

    kind: str
    name: str
    parse_payload: Callable[[InboundEvent, Mapping[str, object]], Sequence[MonitorAlert]]
    read_key: Callable[[InboundEvent], str | None] = _no_id
    options: Mapping[str, OptionCheck] = field(default_factory=dict)
    stale_after: timedelta | None = None

    @property
    def option_names(self) -> Sequence[str]:
        return tuple(self.options)

    def parse(self, event: InboundEvent, options: Mapping[str, object]) -> Sequence[MonitorAlert]:
        return check_alert_count(self.parse_payload(event, options))

    def idempotency_key(self, event: InboundEvent) -> str | None:
        try:
            return self.read_key(event) or None
        except PayloadError:
            return None

    def check_options(self, options: Mapping[str, object]) -> Mapping[str, OptionProblem]:
        return find_problems(options, self.options)
