"""Notices of every event, and the records that their messages are about."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from app.domain.notifications.events import NoticeEvent
from app.domain.notifications.notice import Notice
from app.domain.page.pages import PageFacts
from app.domain.records import IncidentRecord, MaintenanceRecord, PostmortemRecord
from app.domain.statuses import IncidentStatus, MaintenanceStatus
from app.domain.texts.localized_text import LocalizedText
from app.ports.channel import Message
from app.rendering.messages.message import render_message
from tests.rendering.records import MAJOR, NOW, OK, PARTIAL, affected, facts, incident, text, update
from tests.rendering.windows import window

__all__ = ["BASE", "card_payments", "every_message", "notice", "record_of", "rendered"]

BASE = "https://status.example.org"
CARDS = text("Card payments", sv="Kortbetalningar", ar="الدفع بالبطاقات")
TITLE = text("Card payments fail", sv="Kortbetalningar misslyckas", ar="فشل الدفع بالبطاقات")
CAUSE = text(
    "We know the cause: a certificate of our bank has **expired**.\n\n"
    "- Cash works\n- A fix follows at {{2021-10-04T13:30Z}}",
    sv="Vi vet orsaken: ett certifikat hos vår bank har **gått ut**.\n\n- Kontanter fungerar",
)
_STATUSES = {
    NoticeEvent.INCIDENT_OPENED: IncidentStatus.INVESTIGATING,
    NoticeEvent.INCIDENT_RESOLVED: IncidentStatus.RESOLVED,
    NoticeEvent.INCIDENT_POSTMORTEM: IncidentStatus.RESOLVED,
}
_WINDOW_STATUSES = {
    NoticeEvent.MAINTENANCE_CANCELLED: MaintenanceStatus.CANCELLED,
    NoticeEvent.MAINTENANCE_STARTED: MaintenanceStatus.IN_PROGRESS,
    NoticeEvent.MAINTENANCE_UPDATED: MaintenanceStatus.IN_PROGRESS,
    NoticeEvent.MAINTENANCE_COMPLETED: MaintenanceStatus.COMPLETED,
}


def card_payments(
    status: IncidentStatus = IncidentStatus.IDENTIFIED,
    body: LocalizedText = CAUSE,
    title: LocalizedText = TITLE,
) -> IncidentRecord:
    """An incident with two updates, the newest in this status."""
    first = update(
        IncidentStatus.INVESTIGATING,
        text("We are looking for the cause.", sv="Vi söker orsaken.", ar="نبحث عن السبب."),
        at=NOW - timedelta(minutes=20),
        services=[affected("cards", PARTIAL, name=CARDS)],
    )
    after = OK if status is IncidentStatus.RESOLVED else MAJOR
    newest = replace(
        update(status, body, at=NOW, services=[affected("cards", after, PARTIAL, name=CARDS)]),
        next_update_at=NOW + timedelta(minutes=30),
    )
    return incident(title, newest, first)


def record_of(event: NoticeEvent) -> IncidentRecord | MaintenanceRecord | None:
    if event.startswith("incident."):
        found = card_payments(_STATUSES.get(event, IncidentStatus.IDENTIFIED))
        if event is NoticeEvent.INCIDENT_POSTMORTEM:
            account = PostmortemRecord(text("## What happened\n\nA clock."), NOW, None)
            return replace(found, postmortem=account)
        return found
    if event.startswith("maintenance."):
        status = _WINDOW_STATUSES.get(event, MaintenanceStatus.SCHEDULED)
        planned = window(status)
        is_cancelled = status is MaintenanceStatus.CANCELLED
        return replace(planned, cancelled_at=NOW if is_cancelled else None)
    return None


def notice(event: NoticeEvent, **details: Any) -> Notice:  # noqa: ANN401  # JSON
    kind = event.partition(".")[0]
    kind = kind if kind in {"incident", "maintenance"} else "subscriber"
    return Notice("notice000001", event, f"{kind}:abcdef123456", None, details, NOW)


def rendered(
    event: NoticeEvent,
    record: IncidentRecord | MaintenanceRecord | None = None,
    *,
    language: str = "en",
    time_zone: str = "Europe/Stockholm",
    page: PageFacts | None = None,
    **details: Any,  # noqa: ANN401  # JSON
) -> Message:
    return render_message(
        notice(event, **details),
        page or facts(),
        record or record_of(event),
        language=language,
        time_zone=time_zone,
        base_url=BASE,
    )


def every_message(language: str, page: PageFacts | None = None) -> dict[NoticeEvent, Message]:
    return {event: rendered(event, language=language, page=page) for event in NoticeEvent}


FORMER = datetime(2021, 10, 3, 13, 0, tzinfo=UTC)
