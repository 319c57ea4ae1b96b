"""Statuspage's documents, field by field: what is missing or too much is refused."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, HttpUrl, TypeAdapter

from app.domain.statuses import Impact, IncidentStatus, MaintenanceStatus, ServiceStatus

__all__ = ["DOCUMENTS", "check"]


def _milliseconds_and_zone(value: str) -> str:
    time, _, fraction = value.partition(".")
    assert datetime.fromisoformat(value).tzinfo is not None, value
    assert len(time) == 19, value
    assert fraction[3:] == "Z" or len(fraction[3:]) == 6, value
    return value


Stamp = Annotated[str, AfterValidator(_milliseconds_and_zone)]


class Exact(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Page(Exact):
    id: str
    name: str
    url: str
    time_zone: str
    updated_at: Stamp


class Status(Exact):
    indicator: Literal["none", "minor", "major", "critical", "maintenance"]
    description: Literal[
        "All Systems Operational",
        "Major System Outage",
        "Partial System Outage",
        "Minor Service Outage",
        "Degraded System Service",
        "Partially Degraded Service",
        "Service Under Maintenance",
    ]


class _Component(Exact):
    id: str
    name: str
    status: Literal[
        "operational",
        "under_maintenance",
        "degraded_performance",
        "partial_outage",
        "major_outage",
    ]
    created_at: Stamp
    updated_at: Stamp
    position: int
    description: str | None
    showcase: bool
    start_date: str | None
    group_id: str | None
    page_id: str
    only_show_if_degraded: bool


class Leaf(_Component):
    group: Literal[False]


class Group(_Component):
    group: Literal[True]
    group_id: None
    components: list[str]


class Change(Exact):
    code: str
    name: str
    old_status: Literal[tuple(status.value for status in ServiceStatus)]  # type: ignore[valid-type]
    new_status: Literal[tuple(status.value for status in ServiceStatus)]  # type: ignore[valid-type]


_MAINTENANCE = tuple(each.value for each in MaintenanceStatus if each.value != "cancelled")
_INCIDENT = (*(each.value for each in IncidentStatus), "postmortem")


class Update(Exact):
    id: str
    status: str
    body: str
    incident_id: str
    created_at: Stamp
    updated_at: Stamp
    display_at: Stamp
    affected_components: list[Change] | None
    deliver_notifications: bool
    custom_tweet: None
    tweet_id: None


class _PublishedEvent(Exact):
    id: str
    name: str
    created_at: Stamp
    updated_at: Stamp
    monitoring_at: Stamp | None
    resolved_at: Stamp | None
    shortlink: str
    started_at: Stamp
    page_id: str
    incident_updates: list[Update]
    components: list[Leaf]
    reminder_intervals: None


class Incident(_PublishedEvent):
    status: Literal[_INCIDENT]  # type: ignore[valid-type]
    impact: Literal[tuple(each.value for each in Impact)]  # type: ignore[valid-type]


class Maintenance(_PublishedEvent):
    status: Literal[_MAINTENANCE]  # type: ignore[valid-type]
    impact: Literal["maintenance"]
    scheduled_for: Stamp
    scheduled_until: Stamp


_KEYS: dict[str, Any] = {
    "page": Page,
    "status": Status,
    "components": list[Group | Leaf],
    "incidents": list[Incident],
    "scheduled_maintenances": list[Maintenance],
}

DOCUMENTS: dict[str, set[str]] = {
    "summary": set(_KEYS),
    "status": {"page", "status"},
    "components": {"page", "components"},
    "incidents/unresolved": {"page", "incidents"},
    "incidents": {"page", "incidents"},
    "scheduled-maintenances/upcoming": {"page", "scheduled_maintenances"},
    "scheduled-maintenances/active": {"page", "scheduled_maintenances"},
    "scheduled-maintenances": {"page", "scheduled_maintenances"},
}


def check(name: str, document: dict[str, Any]) -> None:
    """Fail unless the document has the shape that Statuspage's has, and its times make sense."""
    assert set(document) == DOCUMENTS[name]
    for key, value in document.items():
        TypeAdapter(_KEYS[key]).validate_python(value)
    HttpUrl(document["page"]["url"])
    for item in (*document.get("incidents", []), *document.get("scheduled_maintenances", [])):
        _check_item(item)


def _check_item(item: dict[str, Any]) -> None:
    statuses = _MAINTENANCE if "scheduled_for" in item else _INCIDENT
    assert _at(item["updated_at"]) >= _at(item["created_at"])
    assert (item["resolved_at"] is not None) == (
        item["status"] in {"resolved", "postmortem", "completed"}
    )
    HttpUrl(item["shortlink"])
    assert item["incident_updates"]
    assert item["incident_updates"][0]["status"] == item["status"]
    for update in item["incident_updates"]:
        assert update["incident_id"] == item["id"]
        assert update["status"] in statuses
        assert update["affected_components"] != []
        assert _at(update["updated_at"]) >= _at(update["created_at"])
    without = [each for each in item["incident_updates"] if each["status"] != "postmortem"]
    shown = [_at(each["display_at"]) for each in without]
    assert shown == sorted(shown, reverse=True)


def _at(stamp: str) -> datetime:
    return datetime.fromisoformat(stamp)
