"""Request telemetry: traces and metrics of requests for an OpenTelemetry collector.

Imported only where the variables OTEL_* ask for it: OpenTelemetry is an optional dependency. The
middleware is our own and not that of OpenTelemetry, which sends the path of a request: that of a
hook or an invitation is a secret. Answers of the page cache are not traced.
"""

import os
import time
from threading import Thread

from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.metrics import Histogram
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
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

from app import __version__
from app.web.metrics.request_statistics import BUCKETS
from app.web.requests.route_templates import UNMATCHED, note_route

__all__ = ["RequestTelemetry", "Telemetry"]

_NAME = "fyr"
# `fyr serve` kills a child that takes five seconds to end.
_LAST_SECONDS = 1.0
_DURATION = "http.server.request.duration"
# Others count as _OTHER: https://opentelemetry.io/docs/specs/semconv/http/http-spans/
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_PROPAGATOR = TraceContextTextMapPropagator()


class Telemetry:
    """The tracer and the histogram of this process; OTEL_* say where they send to, and what."""

    tracer: Tracer | None = None
    durations: Histogram | None = None

    def __init__(self) -> None:
        named = {SERVICE_NAME: os.environ.get("OTEL_SERVICE_NAME") or _NAME}
        resource = Resource.create({SERVICE_VERSION: __version__, **named})
        self._tracing = self._metering = None
        if _is_wanted("TRACES"):
            self._tracing = TracerProvider(resource=resource)
            self._tracing.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
            self.tracer = self._tracing.get_tracer(_NAME, __version__)
        if _is_wanted("METRICS"):
            reader = PeriodicExportingMetricReader(OTLPMetricExporter())
            self._metering = MeterProvider([reader], resource)
            self.durations = self._metering.get_meter(_NAME, __version__).create_histogram(
                _DURATION,
                unit="s",
                description="Duration of requests that the application answers.",
                explicit_bucket_boundaries_advisory=BUCKETS,
            )

    def close(self) -> None:
        """Send what is left, as far as the collector takes it in a second."""
        providers = [each for each in (self._tracing, self._metering) if each is not None]
        threads = [Thread(target=each.shutdown, daemon=True) for each in providers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(_LAST_SECONDS)


def _is_wanted(signal: str) -> bool:
    """Whether there is an endpoint for TRACES or METRICS, and no other exporter is asked for."""
    exporter = os.environ.get(f"OTEL_{signal}_EXPORTER") or "otlp"
    names = ("OTEL_EXPORTER_OTLP_ENDPOINT", f"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT")
    return exporter == "otlp" and any(os.environ.get(name) for name in names)


class RequestTelemetry:
    """Middleware that makes a span of each request and measures its duration, by its route."""

    def __init__(self, app: ASGIApp, telemetry: Telemetry) -> None:
        self._app = app
        self._telemetry = telemetry

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answer = _Answer(send)
        note_route(scope)
        began = time.perf_counter()
        try:
            if self._telemetry.tracer is None:
                await self._app(scope, receive, answer)
            else:
                await self._trace(self._telemetry.tracer, scope, receive, answer)
        finally:
            if self._telemetry.durations is not None:
                attributes = _attributes(scope, answer.status)
                self._telemetry.durations.record(time.perf_counter() - began, attributes)

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
