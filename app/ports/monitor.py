"""Monitor adapters: the protocol of a parser that turns one inbound event into alerts.

An adapter does no I/O. Adapters are in `app/monitors/`, one file each.
"""

from collections.abc import Collection, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Protocol

__all__ = [
    "Adapter",
    "ConfigurableAdapter",
    "InboundEvent",
    "MalformedPayloadError",
    "MonitorAlert",
    "MonitorSeverity",
    "OptionProblem",
    "PayloadError",
    "ReportOrder",
    "ReportedState",
    "UnsupportedPayloadError",
]


class PayloadError(Exception):
    """An inbound event yields no alerts. The message gives the reason, for staff.

    It may quote a short value that a mapping found, and quotes nothing else of the payload.
    """


class MalformedPayloadError(PayloadError):
    """The payload is unreadable, or lacks the fields that the dedup key is made of."""


class UnsupportedPayloadError(PayloadError):
    """The payload is readable and states no alert: a test, a handshake, another event type."""


class ReportedState(StrEnum):
    """State of an alert in an inbound event; `NEITHER` covers no data, pending, acknowledged."""

    FIRING = "firing"
    RESOLVED = "resolved"
    NEITHER = "neither"


class MonitorSeverity(StrEnum):
    """Severity that the monitor claims."""

    CRITICAL = "critical"
    MAJOR = "major"
    MINOR = "minor"
    INFO = "info"
    UNKNOWN = "unknown"


class ReportOrder(StrEnum):
    """What orders the reports about an alert.

    `report_time`: the sender states when it makes each report. `alert_times`: it states only the
    start and the end of an alert, which a later report may repeat, so reports are ordered by
    arrival, with a tolerance. `arrival`: it states no time.
    """

    REPORT_TIME = "report_time"
    ALERT_TIMES = "alert_times"
    ARRIVAL = "arrival"


@dataclass(frozen=True, slots=True)
class InboundEvent:
    """HTTP request that a monitor sent to a hook URL.

    `path` is the part of the URL after the token, such as `/v2/enqueue`, or empty. `bare_fields`
    are the names of fields in the query without an equals sign that follow another field. `headers`
    have lower-case names and contain only the stored ones: `STORED_HEADERS`, and those that the
    options of the source read. `received_at` is the time of the original request, also when staff
    replay it.
    """

    method: str
    path: str
    query: Sequence[tuple[str, str]]
    headers: Mapping[str, str]
    body: bytes
    received_at: datetime
    bare_fields: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class MonitorAlert:
    """One alert of an inbound event.

    `dedup_key` identifies the alert within its source. `started_at` and `ended_at` are the start
    and the end of the alert by the sender's clock. `reported_at` is the time of this report by the
    sender's clock, None when the sender states none: an older report never overrides a newer one.
    The start of an alert is no time of a report, because the sender repeats it in later reports.
    `reported_from` is the earliest time of this report, where `reported_at` is ambiguous, or is
    unknown and follows neither from `started_at` nor from `ended_at`. With `resolves` False the
    sender never reports the end, so the alert must not open a public incident.
    `service` is a service name or slug, where the sender gives one. A placeholder
    (`is_placeholder`) represents alerts that the sender truncated; its end is ignored unless it
    fired before. `title`, `description`, `labels` and `source_url` are for staff, never published.
    `notes` say what of the payload could not be used, in English, for staff.
    """

    dedup_key: str
    state: ReportedState
    title: str
    severity: MonitorSeverity = MonitorSeverity.UNKNOWN
    description: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    service: str | None = None
    source_url: str | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    reported_at: datetime | None = None
    reported_from: datetime | None = None
    resolves: bool = True
    is_placeholder: bool = False
    notes: tuple[str, ...] = ()


class Adapter(Protocol):
    """Parser of the inbound events of one kind of monitor."""

    @property
    def kind(self) -> str:
        """Identifier in URLs, rows and docs: lower case, digits and hyphens."""

    @property
    def name(self) -> str:
        """Display name of the monitor."""

    @property
    def stale_after(self) -> timedelta | None:
        """Default time without events after which a firing alert is stale; None: never."""

    def parse(self, event: InboundEvent, options: Mapping[str, object]) -> Sequence[MonitorAlert]:
        """Return the alerts of an event, in payload order; `options` are those of the source.

        Raises MalformedPayloadError or UnsupportedPayloadError, and nothing else, on any bytes.
        """

    def idempotency_key(
        self, event: InboundEvent, options: Mapping[str, object] = MappingProxyType({})
    ) -> str | None:
        """Return the id that the sender repeats on a retry, None when it sends none.

        Never raises.
        """

    def header_names(self, options: Mapping[str, object]) -> Set[str]:
        """Return the lower-case names of the headers that the options of a source read.

        They are stored in addition to `STORED_HEADERS`.
        """


@dataclass(frozen=True, slots=True)
class OptionProblem:
    """Validation error of one source option: a stable code and an English message."""

    code: str
    message: str


class ConfigurableAdapter(Adapter, Protocol):
    """Adapter that declares its options. Every adapter in the registry is one."""

    @property
    def order(self) -> ReportOrder:
        """What orders the reports; the docs page of the monitor states it."""

    @property
    def test_body(self) -> str:
        """Body of a test, which opens nothing; empty if the monitor has no such body."""

    @property
    def option_names(self) -> Sequence[str]:
        """Names of the supported options, in the order of the docs page."""

    def check_options(self, options: Mapping[str, object]) -> Mapping[str, OptionProblem]:
        """Return the validation errors by option name, empty when the options are valid.

        Invalid options make `parse` raise MalformedPayloadError.
        """
