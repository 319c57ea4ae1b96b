"""Answer times: how long the page cache takes for its answers, from the request to the last write.

Nearly all answers take microseconds, of which reading the clock twice would be a part. So one in
SAMPLE answers to repeated requests is timed, and counts for all of these.
"""

from bisect import bisect_left
from collections.abc import Sequence

__all__ = ["BUCKETS", "SAMPLE", "AnswerTimes"]

# Upper bounds in seconds, also for requests that the application answers; the last bucket has none.
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
SAMPLE = 16


class AnswerTimes:
    """The number of answers, and the sum and the buckets of their durations.

    `untimed` is the number of answers since the last one that was timed. Call it from the event
    loop.
    """

    __slots__ = ("_numbers", "seconds", "untimed")

    def __init__(self) -> None:
        self.seconds = 0.0
        self.untimed = 0
        self._numbers = [0] * (len(BUCKETS) + 1)

    def count(self, seconds: float, answers: int = 1) -> None:
        """Count answers that were written so many seconds after their request was read."""
        self.seconds += seconds * answers
        self._numbers[bisect_left(BUCKETS, seconds)] += answers

    def count_sample(self, seconds: float) -> None:
        """Count the untimed answers, the last of which took so many seconds."""
        self.count(seconds, self.untimed)
        self.untimed = 0

    @property
    def number(self) -> int:
        """The number of answers."""
        return self.untimed + sum(self._numbers)

    def buckets(self) -> Sequence[int]:
        """The number of answers in each of BUCKETS, and in the one without a bound.

        Untimed answers count as quick ones.
        """
        return [self.untimed + self._numbers[0], *self._numbers[1:]]
