"""Base of all adapters: a ConfigurableAdapter built from functions."""

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import timedelta
from types import MappingProxyType
from typing import TypeVar

from app.payloads.options import OptionCheck, find_problems
from app.payloads.sanitize import dedup_key
from app.ports.monitor import (
    InboundEvent,
    MalformedPayloadError,
    MonitorAlert,
    OptionProblem,
    PayloadError,
    ReportOrder,
)

__all__ = ["MAX_ALERTS", "FunctionAdapter", "check_alert_count", "read_idempotency_key"]

MAX_ALERTS = 1000

_T = TypeVar("_T")


def check_alert_count(items: Sequence[_T]) -> Sequence[_T]:
    """Return the items. Raises MalformedPayloadError if there are more than MAX_ALERTS."""
    if len(items) > MAX_ALERTS:
        raise MalformedPayloadError(f"The request states more than {MAX_ALERTS} alerts.")
    return items


def read_idempotency_key(event: InboundEvent) -> str | None:
    """Read the `webhook-id` or `idempotency-key` header, which a retry repeats; None without one.

    Similar headers such as X-Webhook-Id are not used: they may identify the subscription, and then
    every event after the first would count as a retry.
    """
    for name in ("webhook-id", "idempotency-key"):
        if found := event.headers.get(name):
            return dedup_key(found) or None
    return None


def _no_key(_event: InboundEvent) -> str | None:
    return None


def _no_own_key(_event: InboundEvent, _options: Mapping[str, object]) -> str | None:
    return None


def _no_header_names(_options: Mapping[str, object]) -> Set[str]:
    return frozenset()


@dataclass(frozen=True)
class FunctionAdapter:
    """ConfigurableAdapter built from functions.

    `parse_payload` returns the alerts or raises a PayloadError. `read_key` may raise a PayloadError
    too: an unreadable body has no idempotency key. `read_configured_key` reads the key that the
    options name, and returns None if they name none; then `read_key` reads it.
    """

    kind: str
    name: str
    parse_payload: Callable[[InboundEvent, Mapping[str, object]], Sequence[MonitorAlert]]
    read_key: Callable[[InboundEvent], str | None] = _no_key
    read_configured_key: Callable[[InboundEvent, Mapping[str, object]], str | None] = _no_own_key
    find_header_names: Callable[[Mapping[str, object]], Set[str]] = _no_header_names
    options: Mapping[str, OptionCheck] = field(default_factory=dict)
    stale_after: timedelta | None = None
    test_body: str = ""
    order: ReportOrder = ReportOrder.ARRIVAL

    @property
    def option_names(self) -> Sequence[str]:
        return tuple(self.options)

    def parse(self, event: InboundEvent, options: Mapping[str, object]) -> Sequence[MonitorAlert]:
        return check_alert_count(self.parse_payload(event, options))

    def idempotency_key(
        self, event: InboundEvent, options: Mapping[str, object] = MappingProxyType({})
    ) -> str | None:
        try:
            return self.read_configured_key(event, options) or self.read_key(event) or None
        except PayloadError:
            return None

    def header_names(self, options: Mapping[str, object]) -> Set[str]:
        return self.find_header_names(options)

    def check_options(self, options: Mapping[str, object]) -> Mapping[str, OptionProblem]:
        return find_problems(options, self.options)
