"""Stand-ins for what tests must decide themselves."""

from datetime import UTC, datetime, timedelta

from app.usecases.encryption import BrowserBox
from app.usecases.subscribers.addresses.address_hashes import AddressHashes

__all__ = ["NOON", "FixedClock", "fake_hashes"]

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


def fake_hashes(key: bytes = b"k" * 48) -> AddressHashes:
    """The keyed hashes of addresses, with a secret key of the tests."""
    return AddressHashes(lambda: BrowserBox.for_purpose(key, "console"))
