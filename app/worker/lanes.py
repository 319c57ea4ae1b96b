"""Lanes of the worker: the queue of each, its connections, and what their failures mean."""

import asyncio
from collections import deque
from dataclasses import dataclass, field

from app.ports.channel import Channel, FailureScope, SendError
from app.usecases.outbox.claims import POLICY, ClaimedDelivery
from app.worker.pace import Pace

__all__ = ["REFUSALS", "Held", "Lane"]

# Claimed for each free connection, and in seconds: who unsubscribes is notified for ten seconds
# more at most.
_PER_CONNECTION = 16
_MOST_SECONDS = 10.0
# So many refusals for reasons of policy in a row are a fault of the relay.
REFUSALS = 10
_TOO_FAST = ("4.7.", "421 4.7.")


@dataclass(slots=True)
class Held:
    """A claimed delivery. Its lease ends, by this worker's own clock, at `lease_until`."""

    delivery: ClaimedDelivery
    claimed_at: float
    lease_until: float


@dataclass(slots=True)
class Lane:
    """What this worker sends through one lane, over `most` connections at once."""

    name: str
    channel: Channel
    most: int
    pace: Pace = field(default_factory=Pace)
    queue: deque[Held] = field(default_factory=deque)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)
    sending: set[int] = field(default_factory=set)
    is_paused: bool = False
    refusals: int = 0
    seconds: float = 0.1
    ready: asyncio.Event = field(default_factory=asyncio.Event)

    def room(self, *, failures: int) -> int:
        """How many deliveries to claim now; after a failure, one goes first."""
        if self.is_paused and self.sending:
            return 0  # the failure is not recorded yet
        if failures:
            return 0 if self.queue or self.sending else 1
        per_connection = min(max(int(_MOST_SECONDS / 2 / self.seconds), 1), _PER_CONNECTION)
        wanted = self.most * per_connection - len(self.queue)
        return wanted if wanted > self.most * per_connection // 2 else 0

    def is_stale(self, held: Held, now: float) -> bool:
        """Whether a claim is too old to be sent: the world may have changed since."""
        return now - held.claimed_at > _MOST_SECONDS

    def note_success(self, seconds: float) -> None:
        """A message was accepted after so many seconds."""
        self.refusals = 0
        self.seconds = 0.8 * self.seconds + 0.2 * seconds

    def judge(self, error: SendError, delivery: ClaimedDelivery, now: float) -> SendError:
        """The failure as it counts, which may be that of the lane.

        A refusal for reasons of policy is tried once more; ten in a row, of any recipients, are a
        failure of the lane, since a relay that denies access refuses everybody.
        """
        if error.code == "smtp_421" or error.detail.startswith(_TOO_FAST):
            self.pace.slow_down(now)
        if error.scope is FailureScope.LANE or not error.is_permanent:
            return error
        if not error.detail.startswith(POLICY):
            self.refusals = 0
            return error
        self.refusals += 1
        if self.refusals >= REFUSALS:
            return SendError(error.code, error.detail, scope=FailureScope.LANE)
        if delivery.attempts == 0:
            return SendError(error.code, error.detail)
        return error
