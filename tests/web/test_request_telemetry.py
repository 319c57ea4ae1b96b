"""Spans and metrics reach an OpenTelemetry collector, and no path does."""

import sys
from pathlib import Path

import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from app.cli.processes.telemetry import TelemetryError, add_telemetry, is_requested
from app.ports.spans import Span as Turn
from app.telemetry import Telemetry
from app.web.request_telemetry import RequestTelemetry
from tests.cast import Person, open_installation
from tests.collector import Collector, collecting

TRACE = "0af7651916cd43dd8448eb211c80319c"


@pytest.fixture
def collected(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Collector:
    """A collector after a probe and three requests: a page, a hook, and one of another trace."""
    with collecting() as server, open_installation(sqlite_url, tmp_path) as installation:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", server.endpoint)
        telemetry = Telemetry()
        traced = RequestTelemetry(installation.app, telemetry)
        visitor = Person(traced, {})  # type: ignore[arg-type]
        visitor.get("/en/incidents/secret-path")
        visitor.post("/hooks/secret-token", {})
        visitor.get("/healthz", headers={"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"})
        telemetry.trace(Turn("probe", {"fyr.target": "abc"}, error="unavailable"))
        telemetry.close()
    return server


def test_requests_are_spans_and_durations_named_by_their_routes(collected: Collector) -> None:
    assert {span.name for span in collected.spans} == {
        "GET /{tag}/incidents/{public_id}",
        "POST /hooks/{rest}",
        "GET /healthz",
        "probe",
    }
    (followed,) = (span for span in collected.spans if span.name == "GET /healthz")
    assert followed.trace_id.hex() == TRACE
    assert followed.kind == Span.SPAN_KIND_SERVER
    (metrics,) = map(ExportMetricsServiceRequest.FromString, collected.received["/v1/metrics"])
    (metric,) = (
        each
        for resource in metrics.resource_metrics
        for scope in resource.scope_metrics
        for each in scope.metrics
    )
    assert metric.name == "http.server.request.duration"
    assert sum(point.count for point in metric.histogram.data_points) == 3
    sent = b"".join(body for bodies in collected.received.values() for body in bodies)
    assert b"secret-" not in sent


def test_a_span_of_the_worker_has_its_duration_and_the_code_of_its_failure(
    collected: Collector,
) -> None:
    (probe,) = (span for span in collected.spans if span.name == "probe")
    assert {each.key: each.value.string_value for each in probe.attributes} == {
        "fyr.target": "abc",
        "error.type": "unavailable",
    }
    assert probe.status.code == Status.STATUS_CODE_ERROR
    assert 0 < probe.start_time_unix_nano <= probe.end_time_unix_nano


@pytest.mark.parametrize(
    ("environment", "requested"),
    [
        ({}, False),
        ({"OTEL_SERVICE_NAME": "status"}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://127.0.0.1:4318/v1/traces"}, True),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://x:4318", "OTEL_SDK_DISABLED": "True"}, False),
    ],
)
def test_the_standard_variables_switch_it_on(
    environment: dict[str, str], *, requested: bool
) -> None:
    assert is_requested(environment) is requested


def test_another_protocol_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")
    with pytest.raises(TelemetryError, match="4318"):
        add_telemetry(object())


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "app.telemetry", None)
    with pytest.raises(TelemetryError, match=r"pip install 'fyr\[otel\]'"):
        add_telemetry(object())
