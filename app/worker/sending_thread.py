"""Sending in the thread of a connection: one delivery of a lane after the other.

Each delivery is recorded before the next one is sent, as in the event loop (app.worker.deliver).
The way through the loop and back takes as long as a mail, and is saved while all goes well.
"""

from collections.abc import Callable
from dataclasses import dataclass

from app.ports.channel import FailureScope, SendError, ThreadedSender
from app.usecases.outbox.messages import StoredMessage
from app.usecases.outbox.outcomes import Attempt, AttemptResult
from app.worker.lanes import Held, Lane
from app.worker.messages import MessageSource
from app.worker.outcomes import OutcomeWriter

__all__ = ["LeftDelivery", "SendingThread"]


@dataclass(frozen=True, slots=True)
class LeftDelivery:
    """A delivery that is left to the event loop.

    Without an `attempt` nothing was sent; otherwise the attempt has failed with `failure`.
    """

    held: Held
    attempt: Attempt | None = None
    failure: SendError | None = None


@dataclass(frozen=True, slots=True)
class SendingThread:
    """Sends the queue of `lane` through one connection.

    `is_ours` says whether a claim is still good. `ask` is called when the next claim should be
    made.
    """

    lane: Lane
    sender: ThreadedSender
    messages: MessageSource
    writer: OutcomeWriter
    clock: Callable[[], float]
    is_ours: Callable[[Lane, Held], bool]
    ask: Callable[[], object]

    @property
    def can_send(self) -> bool:
        """Whether nothing has to be waited for: the connection is open, and no pace is set."""
        return self.sender.is_ready and not self.lane.pace.is_limited

    def send_queue(self) -> LeftDelivery | None:
        """Send until the queue is empty, None then, or until something is left to the loop."""
        lane = self.lane
        with self.writer.thread() as record:
            while self.can_send and (held := lane.take()) is not None:
                try:
                    left = self._send_one(held, record)
                except BaseException:
                    lane.sending.discard(held.delivery.number)
                    raise
                if left is not None:
                    return left
                lane.sending.discard(held.delivery.number)
                if lane.asks_for_more():
                    self.ask()
        return None

    def _send_one(self, held: Held, record: Callable[[Attempt], None]) -> LeftDelivery | None:
        stored = self.messages.known(held.delivery)
        if stored is None or not self.is_ours(self.lane, held):
            return LeftDelivery(held)
        begun = self.clock()
        self.lane.pace.turn(begun)
        try:
            receipt = self.sender.send_now(
                stored.message, held.delivery.recipient, held.delivery.id
            )
        except SendError as failure:
            if failure.scope is FailureScope.LANE and not self.sender.is_ready:
                # The relay has closed the connection meanwhile: nothing was accepted.
                return LeftDelivery(held)
            return LeftDelivery(held, self._attempt(held, stored, begun), failure)
        self.lane.note_success(self.clock() - begun)
        record(self._attempt(held, stored, begun, receipt.external_id))
        return None

    def _attempt(
        self, held: Held, stored: StoredMessage, begun: float, external_id: str | None = None
    ) -> Attempt:
        return Attempt(
            held.delivery,
            AttemptResult.SENT,
            self.lane.channel.retries,
            message=stored.number,
            external_id=external_id,
            milliseconds=int((self.clock() - begun) * 1000),
        )
