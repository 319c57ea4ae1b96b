"""Rate limits of API tokens: requests of each token in windows of one minute.

Each web process counts for itself, in memory: reading needs no write. The headers are those of
draft-ietf-httpapi-ratelimit-headers-10: `RateLimit-Policy` with the quota `q` and the window `w`,
`RateLimit` with the rest `r` and the seconds `t` until the next window.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock

__all__ = ["Quota", "RateLimits"]

_WINDOW_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Quota:
    """The quota of a token after a request; `rest` is negative when the request is refused."""

    limit: int
    rest: int
    seconds: int

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers of the response."""
        return {
            "RateLimit-Policy": f'"default";q={self.limit};w={_WINDOW_SECONDS}',
            "RateLimit": f'"default";r={max(0, self.rest)};t={self.seconds}',
        }


@dataclass(slots=True)
class RateLimits:
    """Counts of the present minute by actor; those of earlier minutes are dropped."""

    _minute: int = 0
    _counts: dict[str, int] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def count(self, actor: str, now: datetime, limit: int) -> Quota:
        """Count a request. Only authenticated actors are counted, so the memory is bounded."""
        minute, second = divmod(int(now.timestamp()), _WINDOW_SECONDS)
        with self._lock:
            if minute != self._minute:
                self._minute = minute
                self._counts.clear()
            self._counts[actor] = used = self._counts.get(actor, 0) + 1
        return Quota(limit, limit - used, _WINDOW_SECONDS - second)
