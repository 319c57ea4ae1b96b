"""What a monitor adapter is: it turns one delivery, as it came, into alerts. It does no I/O.

Adapters live in `app/monitors/`, one file each. Source: monitors/README.md sections 1, 3 and 5.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
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
    "ReportedState",
    "UnsupportedPayloadError",
]


class PayloadError(Exception):
    """A delivery gives no alerts; the message says why, and repeats nothing of the payload."""


class MalformedPayloadError(PayloadError):
    """Not what this sender sends: not readable, or what the dedup key is made of is missing."""


class UnsupportedPayloadError(PayloadError):
    """Readable, and known to state nothing about an alert: a test, a handshake, another event."""


class ReportedState(StrEnum):
    """What a delivery says of an alert; `NEITHER` is no data, pending, acknowledged and such."""

    FIRING = "firing"
    RESOLVED = "resolved"
    NEITHER = "neither"


class MonitorSeverity(StrEnum):
    """How bad the monitor says it is."""

    CRITICAL = "critical"
    MAJOR = "major"
    MINOR = "minor"
    INFO = "info"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class InboundEvent:
    """One request as it came.

    `path` is what followed the token, such as `/v2/enqueue`, or empty. Names of `headers` are in
    lower case, and only those that adapters and signatures need are kept.
    """

    method: str
    path: str
    query: Sequence[tuple[str, str]]
    headers: Mapping[str, str]
    body: bytes
    received_at: datetime


@dataclass(frozen=True, slots=True)
class MonitorAlert:
    """One alert of a delivery.

    `dedup_key` is what makes a later alert of the same source the same alert. `said_at` is when
    the sender's clock says this was said, None when it does not tell: an older word never
    overrules a newer one. An alert that `resolves` is False never ends by itself, so it must not
    open a public incident. `service` is the name or slug of a service, where the sender names one.
    One that `stands_in` is for alerts that the sender left out; its end means nothing unless it
    began. `title`, `description`, `labels` and `source_url` are for staff, never published.
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
    resolves: bool = True
    is_placeholder: bool = False


class Adapter(Protocol):
    """Reads the deliveries of one kind of sender. `kind` is its name in URLs, rows and docs."""

    @property
    def kind(self) -> str:
        """Its short name: lower case, digits and hyphens."""

    @property
    def name(self) -> str:
        """The sender's own name, for people."""

    @property
    def stale_after(self) -> timedelta | None:
        """After how long without a word a firing alert is doubtful; None for push-once senders."""

    def parse(self, event: InboundEvent, options: Mapping[str, object]) -> Sequence[MonitorAlert]:
        """The alerts that a delivery states, in its order; `options` are the source's own.

        Raises MalformedPayloadError or UnsupportedPayloadError, and nothing else, on any bytes.
        """

    def idempotency_key(self, event: InboundEvent) -> str | None:
        """What the sender repeats when it sends the same delivery again; None when it tells none.

        Never raises.
        """


@dataclass(frozen=True, slots=True)
class OptionProblem:
    """What is wrong with one option of a source: a stable code, and an English sentence."""

    code: str
    message: str


class ConfigurableAdapter(Adapter, Protocol):
    """An adapter that tells which options it takes. All in the registry are."""

    @property
    def option_names(self) -> Sequence[str]:
        """The options a source of this kind may have, in the order of its docs page."""

    def check_options(self, options: Mapping[str, object]) -> Mapping[str, OptionProblem]:
        """What is wrong, by the option's name; empty when a source may be configured so.

        Options that are refused here make `parse` raise MalformedPayloadError.
        """
