"""Sentry: metric, issue and activity alerts, and issues. Recipe: docs/monitors/sentry.md."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from app.payloads.adapter import FunctionAdapter
from app.payloads.bodies import read_body
from app.payloads.sanitize import dedup_key
from app.payloads.state_words import read_severity
from app.payloads.time_reader import TimeReader
from app.payloads.untrusted import MAX_DESCRIPTION, UntrustedValue, as_labels
from app.ports.monitor import (
    InboundEvent,
    MalformedPayloadError,
    MonitorAlert,
    ReportedState,
    ReportOrder,
    UnsupportedPayloadError,
)

__all__ = ["ADAPTER"]

_METRIC_STATES = {
    "open": ReportedState.FIRING,
    "critical": ReportedState.FIRING,
    "warning": ReportedState.FIRING,
    "resolved": ReportedState.RESOLVED,
}
_ISSUE_STATES = {
    "created": ReportedState.FIRING,
    "unresolved": ReportedState.FIRING,
    "resolved": ReportedState.RESOLVED,
}
# `ignored` is what Sentry calls an archived issue.
_ISSUE_STATUSES = {"resolved": ReportedState.RESOLVED, "ignored": ReportedState.NEITHER}


def _parse(inbound: InboundEvent, options: Mapping[str, object]) -> Sequence[MonitorAlert]:
    body = read_body(inbound)
    if not body.is_object:
        raise MalformedPayloadError("The payload is no object.")
    data, action = body.at("data"), body.at("action").text().casefold()
    if data.at("metric_alert").is_object:
        return [_metric_alert(data, action, inbound)]
    if action == "triggered" and (data.at("event").is_object or data.at("issue").is_object):
        return [_issue_alert(data, inbound)]
    if data.at("issue").is_object:
        return [_issue(data.at("issue"), action, inbound)]
    raise UnsupportedPayloadError("The event is not about an alert or an issue.")


def _metric_alert(data: UntrustedValue, action: str, inbound: InboundEvent) -> MonitorAlert:
    incident = data.at("metric_alert")
    rule = incident.at("alert_rule")
    state, times = (
        _METRIC_STATES.get(action, ReportedState.NEITHER),
        TimeReader(inbound.received_at),
    )
    return MonitorAlert(
        dedup_key=_key("metric_alert", incident.at("id"), rule.at("id")),
        state=state,
        title=rule.at("name").text() or data.at("description_title").text() or "Metric alert",
        severity=read_severity(action),
        description=data.at("description_text").text(MAX_DESCRIPTION),
        labels=as_labels([("rule", rule.at("name")), ("environment", rule.at("environment"))]),
        service=_single_project(incident.at("projects")),
        source_url=data.at("web_url").url(),
        started_at=times.instant(incident, "date_started"),
        ended_at=times.instant(incident, "date_closed")
        if state is ReportedState.RESOLVED
        else None,
        reported_at=_sent_at(inbound, times),
        notes=tuple(times.notes),
    )


def _issue(issue: UntrustedValue, action: str, inbound: InboundEvent) -> MonitorAlert:
    project, times = issue.at("project", "slug"), TimeReader(inbound.received_at)
    return MonitorAlert(
        dedup_key=_key("issue", issue.at("id")),
        state=_ISSUE_STATES.get(action, ReportedState.NEITHER),
        title=issue.at("title").text() or "Issue",
        severity=read_severity(issue.at("level").text()),
        description=issue.at("culprit").text(MAX_DESCRIPTION),
        labels=as_labels([("project", project), ("level", issue.at("level"))]),
        service=project.text() or None,
        source_url=issue.first("web_url", "permalink").url(),
        # An issue that occurs again keeps the time at which it was first seen.
        started_at=times.instant(issue, "firstSeen") if action == "created" else None,
        reported_at=_sent_at(inbound, times),
        notes=tuple(times.notes),
    )


def _issue_alert(data: UntrustedValue, inbound: InboundEvent) -> MonitorAlert:
    """Alert of a rule, about an event (`event_alert`) or only about an issue (`activity_alert`).

    Sentry reports no end of it, except when the activity is that the issue was resolved.
    """
    event, issue = data.at("event"), data.at("issue")
    if _read_tag(event.at("tags"), "sample_event") == "yes":
        raise UnsupportedPayloadError("This is a test notification, with a sample event.")
    rule = data.at("triggered_rule") if event.is_object else data.at("alert", "title")
    about = event if event.is_object else issue
    project, times = issue.at("project", "slug"), TimeReader(inbound.received_at)
    return MonitorAlert(
        dedup_key=_key("event_alert", event.at("issue_id"), issue.at("id")),
        state=_issue_alert_state(data),
        title=about.at("title").text() or rule.text() or "Issue alert",
        severity=read_severity(about.at("level").text()),
        labels=as_labels([("rule", rule), ("level", about.at("level")), ("project", project)]),
        service=project.text() or None,
        source_url=about.first("web_url", "permalink").url(),
        # The clock of the device on which the error occurred, not Sentry's.
        started_at=times.instant(event, "datetime"),
        reported_at=_sent_at(inbound, times),
        notes=tuple(times.notes),
        resolves=False,
    )


def _read_tag(tags: UntrustedValue, name: str) -> str:
    """Read a tag of an event; tags are pairs of name and value."""
    pairs = (pair.items() for pair in tags.items())
    return next((pair[1].text() for pair in pairs if len(pair) == 2 and pair[0].text() == name), "")


def _issue_alert_state(data: UntrustedValue) -> ReportedState:
    if data.at("event").is_object:
        return ReportedState.FIRING
    status = data.at("issue", "status").text().casefold()
    return _ISSUE_STATUSES.get(status, ReportedState.FIRING)


def _key(resource: str, *ids: UntrustedValue) -> str:
    found = next((value.key() for value in ids if value.key()), "")
    if not found:
        raise MalformedPayloadError("The alert or issue has no id.")
    return dedup_key(resource, found)


def _single_project(projects: UntrustedValue) -> str | None:
    """Slug of the project; None for an alert about several projects."""
    found = projects.items()
    return found[0].text() or None if len(found) == 1 else None


def _sent_at(inbound: InboundEvent, times: TimeReader) -> datetime | None:
    return times.instant(UntrustedValue(dict(inbound.headers)), "sentry-hook-timestamp")


def _read_key(inbound: InboundEvent) -> str | None:
    return dedup_key(inbound.headers.get("request-id", "")) or None


ADAPTER = FunctionAdapter(
    kind="sentry",
    name="Sentry",
    parse_payload=_parse,
    order=ReportOrder.REPORT_TIME,
    read_key=_read_key,
    test_body=('{"action": "test", "data": {"issue": {"id": "test", "title": "Test"}}}'),
)
