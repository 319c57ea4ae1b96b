"""An installation with ten years of history: 10,000 incidents, 2,000 maintenances, 200 services."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, event, insert
from sqlmodel import Session

from app.db.tables import (
    IncidentRow,
    IncidentUpdateRow,
    MaintenanceRow,
    MaintenanceServiceRow,
    ServiceRow,
    UpdateServiceRow,
)
from app.usecases.context import Ctx
from app.usecases.title_search import search_form
from tests.factories import english

__all__ = ["INCIDENTS", "counted_queries", "fill"]

INCIDENTS = 10_000
_MAINTENANCES = 2_000
_SERVICES = 200
_DAYS = 3650


def fill(ctx: Ctx) -> None:
    """Store the history with few statements. The latest ten incidents are open.

    Incident number 0 began first and was stored last.
    """
    session, now = ctx.session, ctx.now
    services = [_service(number, now) for number in range(_SERVICES)]
    session.execute(insert(ServiceRow), services)
    session.execute(insert(IncidentRow), [_incident(n, now) for n in reversed(range(INCIDENTS))])
    session.execute(insert(IncidentUpdateRow), [_update(n, now) for n in range(INCIDENTS)])
    session.execute(
        insert(UpdateServiceRow),
        [
            {"update_id": n + 1, "service_id": n % _SERVICES + 1, "status": "partial_outage"}
            for n in range(INCIDENTS)
        ],
    )
    session.execute(
        insert(MaintenanceRow), [_maintenance(number, now) for number in range(_MAINTENANCES)]
    )
    session.execute(
        insert(MaintenanceServiceRow),
        [{"maintenance_id": n + 1, "service_id": n % _SERVICES + 1} for n in range(_MAINTENANCES)],
    )


@contextmanager
def counted_queries(sender: Session | Engine) -> Iterator[list[str]]:
    """The statements that a session or an engine sends meanwhile."""
    sent: list[str] = []

    def note(*arguments: Any) -> None:  # noqa: ANN401  # of SQLAlchemy
        sent.append(str(arguments[2]))

    connection = sender.connection() if isinstance(sender, Session) else sender
    event.listen(connection, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(connection, "before_cursor_execute", note)


def _began_at(number: int, now: datetime) -> datetime:
    return now - timedelta(days=_DAYS) + timedelta(days=_DAYS) * number / INCIDENTS


def _service(number: int, now: datetime) -> dict[str, object]:
    return {
        "public_id": f"service{number:05}",
        "slug": f"service-{number}",
        "name": english(f"Service {number}"),
        "position": number,
        "known_since": now - timedelta(days=_DAYS),
        "created_at": now,
        "updated_at": now,
    }


def _incident(number: int, now: datetime) -> dict[str, object]:
    began_at, is_open = _began_at(number, now), number >= INCIDENTS - 10
    title = english(f"Café {number} is slow")
    return {
        "id": INCIDENTS - number,
        "public_id": f"incident{number:04}",
        "title": title,
        "title_search": search_form(title),
        "owner": "staff",
        "is_open": is_open,
        "started_at": began_at,
        "resolved_at": None if is_open else began_at + timedelta(hours=1),
        "created_at": began_at,
        "updated_at": began_at,
        "published_at": began_at,
    }


def _update(number: int, now: datetime) -> dict[str, object]:
    return {
        "id": number + 1,
        "public_id": f"update{number:06}",
        "incident_id": INCIDENTS - number,
        "status": "identified" if number >= INCIDENTS - 10 else "resolved",
        "body": english("We are on it."),
        "posted_at": _began_at(number, now),
        "created_at": _began_at(number, now),
        "automatic": False,
        "notify": True,
    }


def _maintenance(number: int, now: datetime) -> dict[str, object]:
    starts_at = now + timedelta(days=30) - timedelta(days=1) * number
    title = english(f"Upgrade {number}")
    return {
        "id": number + 1,
        "public_id": f"maintain{number:04}",
        "title": title,
        "title_search": search_form(title),
        "body": english("It may be slow."),
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(hours=2),
        "created_at": now - timedelta(days=_DAYS),
        "updated_at": now - timedelta(days=_DAYS),
        "published_at": now - timedelta(days=_DAYS),
        "notify": True,
    }
