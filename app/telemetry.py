"""Telemetry: sends traces and metrics of this process to an OpenTelemetry collector.

Imported only where the variables OTEL_* ask for it: OpenTelemetry is an optional dependency.
"""

import os
from collections.abc import Sequence
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
from opentelemetry.trace import Status, StatusCode, Tracer

from app import __version__
from app.ports.spans import Span

__all__ = ["Telemetry"]

_NAME = "fyr"
# `fyr serve` kills a child that takes five seconds to end.
_LAST_SECONDS = 1.0


class Telemetry:
    """The tracer and the meter of this process; OTEL_* say where they send to, and what."""

    tracer: Tracer | None = None

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

    def histogram(self, name: str, description: str, bounds: Sequence[float]) -> Histogram | None:
        """A histogram of seconds; None where no metrics are sent."""
        if self._metering is None:
            return None
        return self._metering.get_meter(_NAME, __version__).create_histogram(
            name, unit="s", description=description, explicit_bucket_boundaries_advisory=bounds
        )

    def trace(self, span: Span) -> None:
        """Send a span that ends now; nothing where no traces are sent."""
        if self.tracer is None:
            return
        nanoseconds = round(span.began_at.timestamp() * 1_000_000) * 1000
        sent = self.tracer.start_span(span.name, start_time=nanoseconds)
        sent.set_attributes(span.attributes)
        if span.error:
            sent.set_attribute(ERROR_TYPE, span.error)
            sent.set_status(Status(StatusCode.ERROR))
        sent.end()

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
