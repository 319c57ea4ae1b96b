"""Records that pages are made of."""

from datetime import UTC, datetime, timedelta
from importlib import import_module
from pkgutil import walk_packages

import pytest

import app.domain
from app.domain.records import IncidentRecord, MaintenanceRecord
from app.domain.statuses import Impact, IncidentStatus, MaintenanceStatus
from app.domain.texts.localized_text import LocalizedText

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
NAME = LocalizedText.of("Database upgrade", "en")


def incident(status: IncidentStatus) -> IncidentRecord:
    return IncidentRecord(
        id="incident0001",
        title=NAME,
        status=status,
        impact=Impact.MINOR,
        started_at=NOON,
        resolved_at=None,
        created_at=NOON,
        updated_at=NOON,
        updates=(),
        services=(),
        postmortem=None,
        automatic=False,
    )


def window(
    *,
    recurs_at: datetime | None = None,
    completed_at: datetime | None = None,
    cancelled_at: datetime | None = None,
) -> MaintenanceRecord:
    return MaintenanceRecord(
        id="window000001",
        title=NAME,
        body=NAME,
        status=MaintenanceStatus.SCHEDULED,
        starts_at=NOON,
        ends_at=NOON + 2 * HOUR,
        services=(),
        announced_at=NOON - HOUR,
        updated_at=NOON - HOUR,
        recurs_at=recurs_at,
        series=None if recurs_at is None else "series000001",
        completed_at=completed_at,
        cancelled_at=cancelled_at,
    )


@pytest.mark.parametrize(
    ("status", "is_open"),
    [
        (IncidentStatus.INVESTIGATING, True),
        (IncidentStatus.IDENTIFIED, True),
        (IncidentStatus.MONITORING, True),
        (IncidentStatus.RESOLVED, False),
    ],
)
def test_an_incident_is_open_until_it_is_resolved(status: IncidentStatus, *, is_open: bool) -> None:
    assert incident(status).is_open is is_open


def test_a_maintenance_that_does_not_recur_is_found_by_its_id() -> None:
    assert window().path == "/maintenances/window000001"


def test_a_window_of_a_series_is_found_by_the_start_that_its_rule_gives() -> None:
    stockholm = datetime.fromisoformat("2026-03-02T03:30:00+01:00")
    assert window(recurs_at=stockholm).path == "/maintenances/series000001/20260302T023000Z"


@pytest.mark.parametrize(
    ("completed", "cancelled", "over"), [(None, None, 2), (1, None, 1), (None, 0, 0), (1, 1.5, 1)]
)
def test_a_window_is_over_when_it_is_completed_or_cancelled_or_at_its_planned_end(
    completed: float | None, cancelled: float | None, over: float
) -> None:
    record = window(
        completed_at=None if completed is None else NOON + completed * HOUR,
        cancelled_at=None if cancelled is None else NOON + cancelled * HOUR,
    )
    assert record.over_at == NOON + over * HOUR


def test_every_dataclass_of_the_domain_is_immutable() -> None:
    modules = [
        import_module(found.name) for found in walk_packages(app.domain.__path__, "app.domain.")
    ]
    classes = {
        each
        for module in modules
        for each in vars(module).values()
        if isinstance(each, type) and hasattr(each, "__dataclass_params__")
    }
    assert len(classes) > 50
    assert [each for each in classes if not each.__dataclass_params__.frozen] == []
