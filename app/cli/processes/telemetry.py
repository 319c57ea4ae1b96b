"""OpenTelemetry in a process: imported only where the standard variables OTEL_* ask for it."""

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from app.cli.lazy_import import load
from app.domain.errors import FyrError

if TYPE_CHECKING:  # an optional dependency
    from app.telemetry import Telemetry

__all__ = ["TelemetryError", "add_telemetry", "is_requested", "start_telemetry"]

_ENDPOINTS = (
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
)
_PROTOCOLS = (
    "OTEL_EXPORTER_OTLP_PROTOCOL",
    "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL",
    "OTEL_EXPORTER_OTLP_METRICS_PROTOCOL",
)
_PROTOCOL = "http/protobuf"


class TelemetryError(FyrError):
    """Telemetry is asked for and cannot be sent; the message says what to do."""

    code = "telemetry"


def is_requested(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether a collector is named, and OTEL_SDK_DISABLED is not true."""
    is_disabled = environment.get("OTEL_SDK_DISABLED", "").lower() == "true"
    return not is_disabled and any(environment.get(name) for name in _ENDPOINTS)


def start_telemetry() -> "Telemetry":
    """The telemetry of this process; close it at its end. Raises TelemetryError."""
    for name in _PROTOCOLS:
        if os.environ.get(name, _PROTOCOL) not in {"", _PROTOCOL}:
            raise TelemetryError(
                f"{name}: Fyr sends OTLP by HTTP. Set it to {_PROTOCOL}, and the endpoint to the "
                "HTTP port of the collector, which is usually 4318."
            )
    try:
        telemetry: Telemetry = load("app.telemetry:Telemetry")()
    except ModuleNotFoundError as error:
        raise TelemetryError(
            "OTEL_EXPORTER_OTLP_ENDPOINT is set, but OpenTelemetry is not installed. Install the "
            "extra `otel` (pip install 'fyr[otel]'), or unset the variable."
        ) from error
    return telemetry


def add_telemetry(app: Any) -> None:  # noqa: ANN401  # a Starlette application, not imported here
    """Make the application trace and measure its requests. Raises TelemetryError."""
    app.state.telemetry = start_telemetry()
    middleware = load("app.web.request_telemetry:RequestTelemetry")
    app.add_middleware(middleware, telemetry=app.state.telemetry)
