"""Lanes of the worker: the queue of each, its connections, and what their failures mean."""

import asyncio
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Lock
from typing import Any

from app.ports.channel import Channel, FailureScope, SendError
from app.ports.spans import Span
from app.usecases.outbox.claims import POLICY, ClaimedDelivery
from app.worker.sending.pace import Pace

__all__ = ["REFUSALS", "Held", "Lane", "SendingRules"]

# Claimed for each free connection, and in seconds: who unsubscribes is notified for ten seconds
# more at most.
_PER_CONNECTION = 64
_MOST_SECONDS = 10.0
# So many refusals for reasons of policy in a row are a fault of the relay.
REFUSALS = 10
_TOO_FAST = ("4.7.", "421 4.7.")


@dataclass(frozen=True, slots=True)
class SendingRules:
    """How deliveries are sent. `connections` and `rates` (messages a second) go by lane.

    `options` are those of the channels that settings give, by kind.
    """

    coalesce: timedelta = timedelta(seconds=600)
    connections: Mapping[str, int] = field(default_factory=dict)
    rates: Mapping[str, float] = field(default_factory=dict)
    options: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    connections_per_host: int = 4


@dataclass(slots=True)
class Held:
    """A claimed delivery. Its lease ends, by this worker's own clock, at `lease_until`."""

    delivery: ClaimedDelivery
    claimed_at: float
    lease_until: float


@dataclass(slots=True)
class Lane:
    """What this worker sends through one lane, over `most` connections at once.

    The thread that sends mails takes deliveries of the queue too.
    """

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
    is_asking: bool = False
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    _access: Lock = field(default_factory=Lock)

    def take(self) -> Held | None:
        """The next delivery, which is being sent from now on; None when the queue is empty."""
        with self._access:
            if not self.queue:
                return None
            held = self.queue.popleft()
            self.sending.add(held.delivery.number)
            return held

    def give_back(self, held: Held) -> None:
        """Let a delivery of which nothing was sent be the next one again."""
        with self._access:
            self.sending.discard(held.delivery.number)
            self.queue.appendleft(held)

    @property
    def is_busy(self) -> bool:
        """Whether a delivery is in the queue or being sent."""
        with self._access:
            return bool(self.queue or self.sending)

    def held(self) -> tuple[list[Held], set[int]]:
        """The queue, and the row ids of all that are in it or being sent."""
        with self._access:
            queue = list(self.queue)
            return queue, self.sending | {each.delivery.number for each in queue}

    def room(self, *, failures: int) -> int:
        """How many deliveries to claim now; after a failure, one goes first."""
        if self.is_paused and self.sending:
            return 0  # the failure is not recorded yet
        if failures:
            return 0 if self.queue or self.sending else 1
        return self._most_held - len(self.queue) if self.is_running_out else 0

    @property
    def is_running_out(self) -> bool:
        """Whether half of what may be claimed is sent: the next claim is made meanwhile."""
        return len(self.queue) < (self._most_held + 1) // 2

    def asks_for_more(self) -> bool:
        """Whether to make the next claim now: once after each claim, and when nothing is left."""
        with self._access:
            is_first = not self.is_asking and self.is_running_out
            self.is_asking = self.is_asking or is_first
            return is_first or not self.queue

    @property
    def _most_held(self) -> int:
        seconds = _MOST_SECONDS / 2 / self.seconds
        return self.most * min(max(int(seconds), 1), _PER_CONNECTION)

    def is_stale(self, held: Held, now: float) -> bool:
        """Whether a claim is too old to be sent: the world may have changed since."""
        return now - held.claimed_at > _MOST_SECONDS

    def span(self, name: str) -> Span:
        """The span of what begins to be sent; the lane's name can be the address of a webhook."""
        return Span(name, {"fyr.channel": self.channel.kind})

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
