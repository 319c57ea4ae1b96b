"""Filter of targets in a list for staff."""

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["TargetFilter", "TargetState"]


class TargetState(StrEnum):
    """State by which targets are listed: the result of the newest probe, or `paused`."""

    FAILING = "failing"
    WARNING = "warning"
    UNKNOWN = "unknown"
    OK = "ok"
    PAUSED = "paused"


@dataclass(frozen=True, slots=True)
class TargetFilter:
    """Conditions on targets; None matches every target.

    `part` is a part of the host, `service` the slug of a service that depends on the target.
    """

    part: str | None = None
    state: TargetState | None = None
    service: str | None = None
