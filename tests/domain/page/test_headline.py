"""The headline names the worst, and agrees with what is listed below it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.domain.page.headline import HeadlineKind, headline_of, worst_first
from app.domain.records import IncidentRecord
from app.domain.statuses import Impact, IncidentStatus, MaintenanceStatus, ServiceStatus
from tests.rendering.records import (
    DEGRADED,
    MAINTENANCE,
    MAJOR,
    NOW,
    OK,
    PARTIAL,
    affected,
    incident,
    service,
    text,
    update,
)
from tests.rendering.windows import window


def opened(status: ServiceStatus, slug: str, *, minutes: int = 30, id: str = "") -> IncidentRecord:
    step = update(
        IncidentStatus.INVESTIGATING,
        text("We are looking into it."),
        at=NOW - timedelta(minutes=minutes),
        services=[affected(slug, status)],
    )
    return incident(text(f"Trouble with {slug}"), step, id=id or f"{slug:0<12}")


@pytest.mark.parametrize("status", [DEGRADED, PARTIAL, MAJOR, MAINTENANCE])
def test_the_headline_names_the_worst_service(status: ServiceStatus) -> None:
    services = [service("web"), service("cards", status=status)]
    headline = headline_of(services, [])
    assert (headline.kind, headline.status) == (HeadlineKind.STATUS, status)
    assert headline.subjects == (text("Cards"),)
    assert headline.symbol == status


def test_only_services_with_the_worst_status_are_counted_the_others_are_named_apart() -> None:
    services = [
        service("web", status=DEGRADED), service("a", status=MAJOR), service("b", status=MAJOR)
    ]  # fmt: skip
    headline = headline_of(services, [])
    assert headline.subjects == (text("A"), text("B"))
    assert headline.others == (text("Web"),)


def test_the_headline_agrees_with_an_impact_that_staff_chose() -> None:
    chosen = replace(opened(DEGRADED, "cards"), impact=Impact.CRITICAL)
    headline = headline_of([service("cards", status=DEGRADED), service("web")], [chosen])
    assert (headline.status, headline.subjects) == (MAJOR, (text("Cards"),))
    assert headline.others == ()


def test_an_incident_without_services_is_named_by_its_title() -> None:
    bare = replace(opened(PARTIAL, "x"), services=(), updates=(), impact=Impact.MAJOR)
    headline = headline_of([service("web")], [bare])
    assert (headline.status, headline.subjects) == (PARTIAL, (text("Trouble with x"),))


def test_an_open_incident_never_stands_below_all_services_are_working() -> None:
    over = opened(PARTIAL, "cards")
    fixed = replace(over, services=(affected("cards", OK),))
    headline = headline_of([service("cards")], [fixed])
    assert headline.kind is HeadlineKind.INCIDENT
    assert headline.symbol == "unknown"


def test_a_page_without_services_does_not_claim_that_they_work() -> None:
    assert headline_of([], []).kind is HeadlineKind.NO_SERVICES
    assert headline_of([service("web")], []).kind is HeadlineKind.OPERATIONAL


def test_maintenance_without_services_is_named_by_its_title() -> None:
    running = replace(window(MaintenanceStatus.IN_PROGRESS), services=())
    headline = headline_of([service("web")], [], [running])
    assert (headline.status, headline.subjects) == (MAINTENANCE, (running.title,))


def test_the_headline_shows_since_when_and_the_latest_update() -> None:
    older, newer = opened(MAJOR, "a", minutes=50), opened(MAJOR, "b", minutes=20)
    services = [service("a", status=MAJOR), service("b", status=MAJOR)]
    headline = headline_of(services, [newer, older, opened(DEGRADED, "c", minutes=90)])
    assert headline.since == NOW - timedelta(minutes=50)
    assert headline.updated_at == NOW - timedelta(minutes=20)


def test_open_incidents_are_sorted_by_severity_then_by_latest_update() -> None:
    shown = [
        opened(DEGRADED, "new", minutes=1),
        opened(MAJOR, "old", minutes=90),
        opened(MAJOR, "fresh", minutes=10),
        opened(PARTIAL, "mid", minutes=5),
    ]
    assert [each.services[0].slug for each in worst_first(shown)] == ["fresh", "old", "mid", "new"]


def test_severity_is_how_bad_it_is_now_not_how_bad_it_was() -> None:
    eased = replace(opened(MAJOR, "cards"), services=(affected("cards", DEGRADED),))
    assert worst_first([eased, opened(PARTIAL, "web")])[0].services[0].slug == "web"


def test_the_headline_shows_the_earliest_next_update_of_the_worst_incidents() -> None:
    def promising(incident: IncidentRecord, minutes: int) -> IncidentRecord:
        (step,) = incident.updates
        at = NOW + timedelta(minutes=minutes)
        return replace(incident, updates=(replace(step, next_update_at=at),))

    shown = [
        promising(opened(MAJOR, "a"), 30),
        promising(opened(MAJOR, "b"), 10),
        promising(opened(DEGRADED, "c"), 1),
    ]
    services = [service("a", status=MAJOR), service("b", status=MAJOR)]
    assert headline_of(services, shown).next_update_at == NOW + timedelta(minutes=10)
