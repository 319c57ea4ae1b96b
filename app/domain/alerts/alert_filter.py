"""Filter of the alerts of monitors."""

from dataclasses import dataclass
from datetime import datetime

__all__ = ["AlertFilter"]


@dataclass(frozen=True, slots=True)
class AlertFilter:
    """Conditions on alerts; None matches every alert.

    The first report arrived at `since` or later, and before `until`. Action `unmapped` matches
    those without a service.
    """

    only_open: bool = False
    action: str | None = None
    since: datetime | None = None
    until: datetime | None = None
