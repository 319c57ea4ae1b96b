"""Recorded inbound events and their expected alerts.

`fixtures/<kind>/<file>` is a body as it came, `source.txt` says from where. Beside it,
`<case>.request.json` has what else the request had (method, path, query, headers, the source's
options), and `<case>.expected.json` what it gives. A `.query` file is a request without a body.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from app.domain.alerts.queries import bare_fields
from app.monitors import ADAPTERS
from app.ports.monitor import InboundEvent, MonitorAlert, PayloadError

FIXTURES = Path(__file__).parent / "fixtures"
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
_BODIES = {".json", ".form", ".multipart", ".query", ".txt"}
_BESIDE = (".request.json", ".expected.json", "source.txt", "headers.txt")


@dataclass(frozen=True)
class Recorded:
    """Recorded event of a kind of monitor, with the options of its source."""

    kind: str
    case: str
    event: InboundEvent
    options: Mapping[str, object]

    @property
    def expected(self) -> object:
        return json.loads(_beside(self.kind, self.case, "expected").read_text(encoding="utf-8"))


def _beside(kind: str, case: str, what: str) -> Path:
    return FIXTURES / kind / f"{case}.{what}.json"


def recorded(kind: str, case: str) -> Recorded:
    file = next(file for file in bodies(kind) if case_name(file) == case)
    beside = _beside(kind, case, "request")
    request = json.loads(beside.read_text(encoding="utf-8")) if beside.exists() else {}
    body, query = file.read_bytes(), request.get("query", "")
    if file.suffix == ".query":
        body, query = b"", body.decode().strip().partition("?")[2]
    event = InboundEvent(
        method=request.get("method", "POST"),
        path=request.get("path", ""),
        query=tuple(parse_qsl(query, keep_blank_values=True)),
        headers=request.get("headers", {}),
        body=body,
        received_at=NOON,
    )
    return Recorded(kind, case, event, request.get("options", {}))


def bodies(kind: str) -> Sequence[Path]:
    files = sorted((FIXTURES / kind).iterdir())
    return [f for f in files if f.suffix in _BODIES and not f.name.endswith(_BESIDE)]


def case_name(file: Path) -> str:
    return file.stem if file.suffix == ".json" else file.name


def all_recorded() -> Sequence[Recorded]:
    return [
        recorded(folder.name, case_name(file))
        for folder in sorted(FIXTURES.iterdir())
        for file in bodies(folder.name)
    ]


def alerts(kind: str, case: str) -> Sequence[MonitorAlert]:
    """Alerts of a recorded event."""
    recording = recorded(kind, case)
    return ADAPTERS[kind].parse(recording.event, recording.options)


def one(kind: str, case: str) -> MonitorAlert:
    """The only alert of a recorded event, ignoring the placeholder for truncated ones."""
    (alert,) = (alert for alert in alerts(kind, case) if not alert.is_placeholder)
    return alert


def document(kind: str, case: str) -> dict[str, object]:
    read = json.loads(recorded(kind, case).event.body)
    assert isinstance(read, dict)
    return read


def parse(kind: str, body: object, **options: object) -> Sequence[MonitorAlert]:
    """Parse a body with an adapter; a value that is neither bytes nor text is sent as JSON."""
    return ADAPTERS[kind].parse(deliver(body), options)


def deliver(
    body: object = b"",
    *,
    query: str = "",
    path: str = "",
    method: str = "POST",
    headers: Mapping[str, str] | None = None,
) -> InboundEvent:
    if not isinstance(body, bytes | str):
        body = json.dumps(body)
    return InboundEvent(
        method=method,
        path=path,
        query=tuple(parse_qsl(query, keep_blank_values=True)),
        headers=headers or {},
        body=body if isinstance(body, bytes) else str(body).encode(),
        received_at=NOON,
        bare_fields=bare_fields(query),
    )


def outcome(recording: Recorded) -> dict[str, Any]:
    """Result of a recording in the form of its `.expected.json`: without empty fields."""
    adapter = ADAPTERS[recording.kind]
    found: dict[str, Any] = {}
    try:
        alerts = adapter.parse(recording.event, recording.options)
        found["alerts"] = [_as_json(alert) for alert in alerts]
    except PayloadError as error:
        found["error"] = {"type": type(error).__name__, "message": str(error)}
    if key := adapter.idempotency_key(recording.event):
        found["idempotency_key"] = key
    return found


def _as_json(alert: MonitorAlert) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "dedup_key": alert.dedup_key,
        "state": alert.state.value,
        "title": alert.title,
        "severity": alert.severity.value,
        "description": alert.description,
        "labels": dict(alert.labels),
        "service": alert.service,
        "source_url": alert.source_url,
        "started_at": _written(alert.started_at),
        "ended_at": _written(alert.ended_at),
        "reported_at": _written(alert.reported_at),
        "reported_from": _written(alert.reported_from),
    }
    fields = {name: value for name, value in fields.items() if value}
    if alert.is_placeholder:
        fields["is_placeholder"] = True
    return fields if alert.resolves else {**fields, "resolves": False}


def _written(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant else None


def recorded_tests() -> Sequence[Recorded]:
    """Recordings of what the test buttons of monitors send: their case starts with `test`."""
    return [found for found in all_recorded() if found.case.startswith("test")]
