"""Spans and metrics reach an OpenTelemetry collector, and no path does."""

import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from app.cli.processes.telemetry import TelemetryError, add_telemetry, is_requested
from app.ports.spans import Span as Turn
from app.telemetry import Telemetry
from app.web.request_telemetry import RequestTelemetry
from tests.cast import Person, open_installation

TRACE = "0af7651916cd43dd8448eb211c80319c"


class Collector(HTTPServer):
    """Keeps the bodies that it receives, by path."""

    received: dict[str, list[bytes]]

    @property
    def spans(self) -> list[Span]:
        requests = map(ExportTraceServiceRequest.FromString, self.received["/v1/traces"])
        return [
            span
            for each in requests
            for resource in each.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]


class _Handler(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.received.setdefault(self.path, []).append(body)
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def collected(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Collector:
    """A collector after a probe and three requests: a page, a hook, and one of another trace."""
    server = Collector(("127.0.0.1", 0), _Handler)
    server.received = {}
    Thread(target=server.serve_forever, daemon=True).start()
    endpoint = f"http://127.0.0.1:{server.server_address[1]}"
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)
    telemetry = Telemetry()
    with open_installation(sqlite_url, tmp_path) as installation:
        traced = RequestTelemetry(installation.app, telemetry)
        visitor = Person(traced, {})  # type: ignore[arg-type]
        visitor.get("/en/incidents/secret-path")
        visitor.post("/hooks/secret-token", {})
        visitor.get("/healthz", headers={"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"})
    telemetry.trace(Turn("probe", {"fyr.target": "abc"}, error="unavailable"))
    telemetry.close()
    server.shutdown()
    server.server_close()
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
