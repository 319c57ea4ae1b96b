"""Timelines of incidents and maintenances as machine formats show them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.domain.maintenances.maintenance import MaintenanceUpdate
from app.domain.page.listing import (
    incident_timeline,
    last_changed_at,
    maintenance_timeline,
    monitoring_since,
    statuspage_status,
)
from app.domain.records import (
    AffectedService,
    IncidentRecord,
    MaintenanceRecord,
    PostmortemRecord,
    UpdateRecord,
)
from app.domain.statuses import Impact, IncidentStatus, MaintenanceStatus, ServiceStatus
from app.domain.texts.localized_text import LocalizedText
from app.domain.texts.phrases import Phrase, Phrased

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
BODY = LocalizedText.of("We are looking into it.", "en")
PLAN = LocalizedText.of("It may be slow.", "en")
PAYMENTS = LocalizedText.of("Payments", "en")
INVESTIGATING, IDENTIFIED, MONITORING, RESOLVED = IncidentStatus


def update(hour: float, status: IncidentStatus) -> UpdateRecord:
    return UpdateRecord(
        id=f"update at {hour}",
        status=status,
        body=BODY,
        posted_at=NOON + hour * HOUR,
        edited_at=None,
        services=(),
        automatic=False,
    )


def incident(
    *newest_first: UpdateRecord, postmortem: PostmortemRecord | None = None
) -> IncidentRecord:
    return IncidentRecord(
        id="incident0001",
        title=PAYMENTS,
        status=newest_first[0].status,
        impact=Impact.MINOR,
        started_at=NOON,
        resolved_at=None,
        created_at=NOON,
        updated_at=NOON,
        updates=newest_first,
        services=(),
        postmortem=postmortem,
        automatic=False,
    )


def story(*statuses: IncidentStatus) -> IncidentRecord:
    """An incident with an update each hour, given oldest first."""
    updates = [update(hour, status) for hour, status in enumerate(statuses)]
    return incident(*reversed(updates))


POSTMORTEM = PostmortemRecord(BODY, NOON + 5 * HOUR, None)


def test_a_resolved_incident_with_a_postmortem_has_the_status_postmortem() -> None:
    resolved = replace(story(IDENTIFIED, RESOLVED), postmortem=POSTMORTEM)
    assert statuspage_status(resolved) == "postmortem"


def test_a_reopened_incident_with_a_postmortem_has_the_status_of_its_latest_update() -> None:
    reopened = replace(story(RESOLVED, IDENTIFIED), postmortem=POSTMORTEM)
    assert statuspage_status(reopened) is IDENTIFIED


def test_a_resolved_incident_without_a_postmortem_is_resolved() -> None:
    assert statuspage_status(story(RESOLVED)) is RESOLVED


@pytest.mark.parametrize(
    ("statuses", "hour"),
    [
        ([INVESTIGATING], None),
        ([MONITORING, MONITORING], 0),
        ([INVESTIGATING, MONITORING, RESOLVED], 1),
        ([MONITORING, IDENTIFIED, MONITORING], 2),
        ([MONITORING, IDENTIFIED], None),
        ([MONITORING, RESOLVED, MONITORING], 0),
    ],
)
def test_it_is_monitored_since_the_first_update_of_the_latest_phase_of_monitoring(
    statuses: list[IncidentStatus], hour: int | None
) -> None:
    expected = None if hour is None else NOON + hour * HOUR
    assert monitoring_since(story(*statuses)) == expected


def ids(known: IncidentRecord) -> list[str | None]:
    return [entry.id for entry in incident_timeline(known)]


def test_the_updates_of_an_incident_are_its_timeline() -> None:
    assert ids(story(INVESTIGATING, RESOLVED)) == ["update at 1", "update at 0"]


def test_the_postmortem_of_a_resolved_incident_comes_first() -> None:
    early = replace(POSTMORTEM, published_at=NOON)
    assert ids(replace(story(IDENTIFIED, RESOLVED), postmortem=early)) == [
        None,
        "update at 1",
        "update at 0",
    ]


def test_the_newest_update_of_a_reopened_incident_stays_above_the_postmortem() -> None:
    reopened = replace(story(RESOLVED, INVESTIGATING, IDENTIFIED), postmortem=POSTMORTEM)
    assert ids(reopened) == ["update at 2", None, "update at 1", "update at 0"]


def test_the_postmortem_of_a_reopened_incident_is_placed_by_its_time() -> None:
    between = replace(POSTMORTEM, published_at=NOON + 0.5 * HOUR)
    reopened = replace(story(RESOLVED, INVESTIGATING, IDENTIFIED), postmortem=between)
    assert ids(reopened) == ["update at 2", "update at 1", None, "update at 0"]


@pytest.mark.parametrize(
    ("created", "edited", "expected"), [(None, None, (0, 0)), (2, None, (2, 2)), (2, 3, (2, 3))]
)
def test_an_update_was_created_when_it_was_written_and_changed_when_it_was_edited(
    created: int | None, edited: int | None, expected: tuple[int, int]
) -> None:
    back_dated = replace(
        update(0, INVESTIGATING),
        created_at=None if created is None else NOON + created * HOUR,
        edited_at=None if edited is None else NOON + edited * HOUR,
    )
    (entry,) = incident_timeline(incident(back_dated))
    assert (entry.created_at - NOON, entry.updated_at - NOON) == tuple(
        hours * HOUR for hours in expected
    )


def test_an_edited_postmortem_was_changed_when_it_was_edited() -> None:
    edited = replace(POSTMORTEM, edited_at=NOON + 8 * HOUR)
    entry, *_ = incident_timeline(replace(story(RESOLVED), postmortem=edited))
    assert (entry.created_at, entry.updated_at) == (NOON + 5 * HOUR, NOON + 8 * HOUR)


def test_an_incident_changed_last_when_it_or_an_entry_of_its_timeline_did() -> None:
    known = story(IDENTIFIED, RESOLVED)
    assert last_changed_at(known) == NOON + HOUR
    assert last_changed_at(replace(known, updated_at=NOON + 9 * HOUR)) == NOON + 9 * HOUR
    assert last_changed_at(replace(known, postmortem=POSTMORTEM)) == NOON + 5 * HOUR


SCHEDULED, IN_PROGRESS, VERIFYING, COMPLETED, CANCELLED = MaintenanceStatus


def window(
    status: MaintenanceStatus,
    *updates: MaintenanceUpdate,
    verifying_at: float | None = None,
    completed_at: float | None = None,
    cancelled_at: float | None = None,
) -> MaintenanceRecord:
    """A window from noon to four o'clock that was announced three hours before; times in hours."""

    def at(hour: float | None) -> datetime | None:
        return None if hour is None else NOON + hour * HOUR

    return MaintenanceRecord(
        id="window000001",
        title=PAYMENTS,
        body=PLAN,
        status=status,
        starts_at=NOON,
        ends_at=NOON + 4 * HOUR,
        services=(AffectedService("payments", PAYMENTS, ServiceStatus.OPERATIONAL),),
        announced_at=NOON - 3 * HOUR,
        updated_at=NOON - 2 * HOUR,
        verifying_at=at(verifying_at),
        completed_at=at(completed_at),
        cancelled_at=at(cancelled_at),
        updates=updates,
    )


def posted(hour: float, status: MaintenanceStatus) -> MaintenanceUpdate:
    return MaintenanceUpdate(f"update at {hour}", status, BODY, NOON + hour * HOUR)


def times(known: MaintenanceRecord) -> Sequence[tuple[MaintenanceStatus | str, float]]:
    """Status and hour of each entry, newest first."""
    return [(entry.status, (entry.at - NOON) / HOUR) for entry in maintenance_timeline(known)]


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        (window(SCHEDULED), [(SCHEDULED, -3)]),
        (window(IN_PROGRESS), [(IN_PROGRESS, 0), (SCHEDULED, -3)]),
        (
            window(VERIFYING, verifying_at=2),
            [(VERIFYING, 2), (IN_PROGRESS, 0), (SCHEDULED, -3)],
        ),
        (window(COMPLETED), [(COMPLETED, 4), (IN_PROGRESS, 0), (SCHEDULED, -3)]),
        (
            window(COMPLETED, verifying_at=2, completed_at=3),
            [(COMPLETED, 3), (VERIFYING, 2), (IN_PROGRESS, 0), (SCHEDULED, -3)],
        ),
        (window(CANCELLED, cancelled_at=-1), [(CANCELLED, -1), (SCHEDULED, -3)]),
        (
            window(CANCELLED, cancelled_at=1),
            [(CANCELLED, 1), (IN_PROGRESS, 0), (SCHEDULED, -3)],
        ),
    ],
)
def test_the_timeline_of_a_window_has_its_plan_and_each_change_of_its_status(
    known: MaintenanceRecord, expected: list[tuple[MaintenanceStatus, float]]
) -> None:
    assert times(known) == expected


def test_verification_that_begins_after_the_end_is_not_in_the_timeline() -> None:
    known = window(COMPLETED, verifying_at=3, completed_at=2)
    assert VERIFYING not in {status for status, _ in times(known)}


def test_a_change_of_status_is_described_by_a_phrase() -> None:
    newest, *_ = maintenance_timeline(window(IN_PROGRESS))
    assert newest.body == Phrased.of(Phrase.of("maintenance.in_progress"))


def test_an_update_of_staff_takes_the_place_of_the_phrase_for_its_change() -> None:
    known = window(COMPLETED, posted(3, COMPLETED), completed_at=3)
    newest, *_ = maintenance_timeline(known)
    assert (newest.id, newest.body) == ("update at 3", BODY)
    assert times(known) == [(COMPLETED, 3), (IN_PROGRESS, 0), (SCHEDULED, -3)]


def test_updates_of_staff_stand_between_the_changes_by_their_time() -> None:
    known = window(COMPLETED, posted(1, IN_PROGRESS), posted(-1, SCHEDULED))
    assert times(known) == [
        (COMPLETED, 4),
        (IN_PROGRESS, 1),
        (IN_PROGRESS, 0),
        (SCHEDULED, -1),
        (SCHEDULED, -3),
    ]


def test_the_plan_stays_the_oldest_entry_of_a_window_that_was_announced_after_its_start() -> None:
    late = replace(window(IN_PROGRESS), announced_at=NOON + HOUR)
    assert times(late) == [(IN_PROGRESS, 0), (SCHEDULED, 0)]


def test_the_services_are_under_maintenance_from_the_start_to_the_end() -> None:
    entries = maintenance_timeline(window(COMPLETED))
    statuses = [(each.services[0].former, each.services[0].status) for each in entries]
    operational, maintained = ServiceStatus.OPERATIONAL, ServiceStatus.UNDER_MAINTENANCE
    assert statuses == [
        (maintained, operational),
        (operational, maintained),
        (operational, operational),
    ]


def test_a_plan_that_staff_changed_was_changed_then() -> None:
    (plan,) = maintenance_timeline(window(SCHEDULED))
    assert (plan.created_at, plan.updated_at) == (NOON - 3 * HOUR, NOON - 2 * HOUR)
