"""How many subscribers were notified of a change, as visitors may read it."""

from dataclasses import dataclass
from datetime import datetime

__all__ = ["NotifiedCount"]


@dataclass(frozen=True, slots=True)
class NotifiedCount:
    """The number of subscribers whose message was sent, and when the first and the last one was.

    It exists once every delivery of the notice has ended; it does not change any more.
    """

    number: int
    first_at: datetime
    last_at: datetime
