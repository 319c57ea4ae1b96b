"""An OpenTelemetry collector on loopback, which keeps what it receives."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.network import started

__all__ = ["Collector", "collecting"]


class Collector(HTTPServer):
    """Keeps the bodies that it receives, by path."""

    received: dict[str, list[bytes]]

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def spans(self) -> list[Span]:
        requests = map(ExportTraceServiceRequest.FromString, self.received.get("/v1/traces", []))
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


@contextmanager
def collecting() -> Iterator[Collector]:
    """A collector that receives while the context lasts."""
    server = Collector(("127.0.0.1", 0), _Handler)
    server.received = {}
    with started(server):
        yield server
