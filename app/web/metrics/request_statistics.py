"""Request statistics: number, status and duration of the requests that the application answers.

What the page cache answers is counted and timed there; `cache_values` has it in the form of the
others, as one route.
"""

import time
from bisect import bisect_left
from collections.abc import Mapping, Sequence

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.web.page_cache.serving.answer_times import BUCKETS, AnswerTimes
from app.web.requests.route_templates import UNMATCHED, note_route

__all__ = ["BUCKETS", "RequestCounts", "RequestStatistics", "TimedRequests", "cache_values"]

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
# After the buckets: the sum of the seconds, and responses with 1xx to 5xx.
_SUM = len(BUCKETS) + 1
_LENGTH = _SUM + 6
# HEAD counts as GET, and a page in every language as one route.
_CACHE = "GET page cache"


class RequestStatistics:
    """Counts by method and template of the route, which have few values whatever clients send."""

    def __init__(self) -> None:
        self._values: dict[str, list[float]] = {}

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one request. Call it from one thread."""
        name = f"{method if method in _METHODS else 'other'} {route}"
        values = self._values.get(name)
        if values is None:
            values = self._values[name] = [0.0] * _LENGTH
        values[bisect_left(BUCKETS, seconds)] += 1
        values[_SUM] += seconds
        values[_SUM + status // 100] += 1

    def values(self) -> Mapping[str, Sequence[float]]:
        """A copy of the counts: for each method and route its buckets, seconds and statuses."""
        return {name: tuple(values) for name, values in tuple(self._values.items())}


def cache_values(times: AnswerTimes) -> Mapping[str, Sequence[float]]:
    """The answers of the page cache as `RequestStatistics.values` has requests, without statuses.

    Empty while there are none.
    """
    if not times.number:
        return {}
    return {_CACHE: (*times.buckets(), times.seconds, *[0.0] * (_LENGTH - _SUM - 1))}


class RequestCounts:
    """The counts of one method and route, as `RequestStatistics.values` has them."""

    def __init__(self, name: str, values: Sequence[float]) -> None:
        method, _, route = name.partition(" ")
        self.labels = {"method": method, "route": route}
        self._values = values

    @property
    def seconds(self) -> float:
        """The sum of the durations."""
        return self._values[_SUM]

    @property
    def buckets(self) -> Sequence[float]:
        """The numbers of requests up to each of BUCKETS, and of all."""
        counts, so_far = [], 0.0
        for number in self._values[:_SUM]:
            so_far += number
            counts.append(so_far)
        return counts

    @property
    def statuses(self) -> Mapping[str, float]:
        """The numbers of responses by class, such as `5xx`."""
        numbers = enumerate(self._values[_SUM + 1 :], 1)
        return {f"{digit}xx": number for digit, number in numbers if number}


class TimedRequests:
    """Middleware that counts each request, with the time from its head to the end of its answer."""

    def __init__(self, app: ASGIApp, statistics: RequestStatistics) -> None:
        self._app = app
        self._statistics = statistics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 500  # of a request that ends without an answer

        async def send_noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        noted = note_route(scope)
        began = time.perf_counter()
        try:
            await self._app(scope, receive, send_noting)
        finally:
            seconds = time.perf_counter() - began
            route = noted[0] if noted else UNMATCHED
            self._statistics.count(scope["method"], route, status, seconds)
