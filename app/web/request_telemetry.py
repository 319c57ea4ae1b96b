"""Request telemetry: spans and durations of requests for an OpenTelemetry collector.

Imported only where the variables OTEL_* ask for it: OpenTelemetry is an optional dependency. The
middleware is our own and not that of OpenTelemetry, which sends the path of a request: that of a
hook or an invitation is a secret. Answers of the page cache are not traced.
"""

import time

from opentelemetry.semconv.attributes.error_attributes import ERROR_TYPE
from opentelemetry.semconv.attributes.http_attributes import (
    HTTP_REQUEST_METHOD,
    HTTP_RESPONSE_STATUS_CODE,
    HTTP_ROUTE,
)
from opentelemetry.trace import SpanKind, Status, StatusCode, Tracer
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.telemetry import Telemetry
from app.web.metrics.request_statistics import BUCKETS
from app.web.requests.route_templates import UNMATCHED, note_route

__all__ = ["RequestTelemetry"]

_DURATION = "http.server.request.duration"
# Others count as _OTHER: https://opentelemetry.io/docs/specs/semconv/http/http-spans/
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_PROPAGATOR = TraceContextTextMapPropagator()


class RequestTelemetry:
    """Middleware that makes a span of each request and measures its duration, by its route."""

    def __init__(self, app: ASGIApp, telemetry: Telemetry) -> None:
        self._app = app
        self._tracer = telemetry.tracer
        self._durations = telemetry.histogram(
            _DURATION, "Duration of requests that the application answers.", BUCKETS
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answer = _Answer(send)
        note_route(scope)
        began = time.perf_counter()
        try:
            if self._tracer is None:
                await self._app(scope, receive, answer)
            else:
                await self._trace(self._tracer, scope, receive, answer)
        finally:
            if self._durations is not None:
                attributes = _attributes(scope, answer.status)
                self._durations.record(time.perf_counter() - began, attributes)

    async def _trace(
        self, tracer: Tracer, scope: Scope, receive: Receive, answer: "_Answer"
    ) -> None:
        with tracer.start_as_current_span(
            scope["method"] if scope["method"] in _METHODS else "HTTP",
            _PROPAGATOR.extract(dict(Headers(scope=scope))),
            SpanKind.SERVER,
            # Its message can have a part of the request.
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            try:
                await self._app(scope, receive, answer)
            finally:
                attributes = _attributes(scope, answer.status)
                if HTTP_ROUTE in attributes:
                    span.update_name(f"{scope['method']} {attributes[HTTP_ROUTE]}")
                span.set_attributes(attributes)
                if ERROR_TYPE in attributes:
                    span.set_status(Status(StatusCode.ERROR))


class _Answer:
    """`send` that remembers the status; 500 of a request that ends without an answer."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.status = 500

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        await self._send(message)


def _attributes(scope: Scope, status: int) -> dict[str, str | int]:
    method = scope["method"] if scope["method"] in _METHODS else "_OTHER"
    found: dict[str, str | int] = {HTTP_REQUEST_METHOD: method, HTTP_RESPONSE_STATUS_CODE: status}
    noted = note_route(scope)
    if noted and noted[0] != UNMATCHED:
        found[HTTP_ROUTE] = noted[0]
    if status >= 500:
        found[ERROR_TYPE] = str(status)
    return found
