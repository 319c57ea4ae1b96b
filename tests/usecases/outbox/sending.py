"""A worker of tests: claims, and says what came of each delivery."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from app.ports.channel import SendError
from app.usecases.encryption import SecretBox
from app.usecases.outbox.claims import ClaimedDelivery, claim
from app.usecases.outbox.outcomes import Attempt, AttemptResult, note_sent, record_attempts
from app.usecases.outbox.recipients import RecipientMaker
from tests.cast import Backend
from tests.subscribing import tools_of
from tests.usecases.outbox.channels import CHANNELS

__all__ = ["Hand"]

_RECIPIENTS = RecipientMaker(SecretBox(lambda: b"k" * 32), "https://status.example.com")


@dataclass(frozen=True, slots=True)
class Hand:
    """A worker with this name."""

    backend: Backend
    worker: str = "one"
    coalesce: timedelta = timedelta(seconds=600)

    def claim(self, lane: str = "email", limit: int = 10) -> Sequence[ClaimedDelivery]:
        """What it claims of a lane."""
        with self.backend.writing() as ctx:
            return claim(
                ctx,
                lane,
                limit=limit,
                worker=self.worker,
                recipients=_RECIPIENTS,
                coalesce=self.coalesce,
            )

    def send(self, claimed: Sequence[ClaimedDelivery]) -> None:
        """All of these are accepted."""
        self._record(claimed, AttemptResult.SENT, None)

    def fail(self, claimed: Sequence[ClaimedDelivery], error: SendError) -> None:
        """Each of these fails for its recipient."""
        self._record(claimed, AttemptResult.FAILED, error)

    def fail_lane(self, claimed: Sequence[ClaimedDelivery], error: SendError) -> None:
        """The lane fails while these are sent."""
        self._record(claimed, AttemptResult.LANE_FAILED, error)

    def put_down(self, claimed: Sequence[ClaimedDelivery]) -> None:
        """None of these is attempted."""
        self._record(claimed, AttemptResult.UNSENT, None)

    def _record(
        self, claimed: Sequence[ClaimedDelivery], result: AttemptResult, error: SendError | None
    ) -> None:
        attempts = [
            Attempt(each, result, CHANNELS[each.channel].retries, error=error) for each in claimed
        ]
        with self.backend.writing() as ctx:
            record_attempts(ctx, self.worker, attempts, lambda: 0.0, tools_of())
            if result is AttemptResult.SENT:
                note_sent(ctx, claimed)
