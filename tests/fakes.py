"""Stand-ins for what tests must decide themselves."""

from datetime import UTC, datetime, timedelta

__all__ = ["NOON", "FixedClock"]

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


class FixedClock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **amount: float) -> datetime:
        """Move on by so many `minutes`, `hours` and so on, and tell the new time."""
        self.now += timedelta(**amount)
        return self.now
