"""Lists for staff: filtered, newest first by time, with the query parameters they state."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app.domain.ownership import ActorKind
from app.domain.permissions import Role
from app.domain.statuses import IncidentStatus, ServiceStatus
from app.domain.texts.localized_text import LocalizedText
from app.domain.texts.phrases import Phrase, Phrased
from app.usecases.context import Actor, Ctx
from app.usecases.incidents.edits import IncidentEdit, edit_incident
from app.usecases.incidents.lifecycle import NewIncident, open_incident
from app.usecases.maintenances.lifecycle import cancel_maintenance
from app.usecases.services.services import archive_service
from app.usecases.targets.targets import pause_target
from app.usecases.title_search import index_titles
from app.usecases.users.users import add_user
from tests.cast import Installation, Person, open_installation
from tests.factories import (
    english,
    make_incident,
    make_maintenance,
    make_service,
    make_target,
    update,
)

INCIDENTS = "/api/v1/incidents"
MAINTENANCES = "/api/v1/maintenances"
DOWN = ServiceStatus.MAJOR_OUTAGE


@pytest.fixture
def ben(installation: Installation) -> Person:
    with installation.writing() as ctx:
        for slug in ("payments", "search"):
            make_service(ctx, slug)
        history(ctx)
    return installation.ben


def history(ctx: Ctx) -> None:
    """Incidents in another order than they began, and maintenances of each status."""
    texts = {"en": "Café closed", "sv": "Kaféet är stängt", "ar": "أعطال في الشبكة"}
    for days, title, first in (
        (1, english("100 % slower"), update(services={"payments": DOWN})),
        (400, english("100 of them"), update(IncidentStatus.RESOLVED, {"search": DOWN})),
        (30, LocalizedText.from_mapping(texts, default="en"), update(IncidentStatus.MONITORING)),
    ):
        began_at = ctx.now - timedelta(days=days)
        posted = update(first.status, first.services, posted_at=began_at)
        open_incident(ctx, NewIncident(title, posted))
    make_incident(ctx, title="A_draft", publish=False)
    archive_service(ctx, "search")
    make_maintenance(ctx, title="Later", starts_in=timedelta(days=9))
    make_maintenance(ctx, title="Under way", starts_in=timedelta(hours=-1))
    make_maintenance(ctx, title="Done", starts_in=timedelta(days=-9))
    make_maintenance(ctx, title="Weekly", recurrence="FREQ=WEEKLY", starts_in=timedelta(days=-7))
    cancelled = make_maintenance(ctx, title="Called off", starts_in=timedelta(days=3))
    cancel_maintenance(ctx, cancelled.id)


def found(person: Person, path: str, **query: str) -> list[str]:
    answer = person.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return [each["title"]["en"] for each in answer.json()["items"]]


def test_incidents_are_listed_by_their_start_and_not_by_their_insertion(ben: Person) -> None:
    in_order = ["A_draft", "100 % slower", "Café closed", "100 of them"]
    assert found(ben, INCIDENTS) == in_order
    paged, cursor = [], None
    for _ in in_order:
        answer = ben.get(INCIDENTS, params={"limit": "1", **({"cursor": cursor} if cursor else {})})
        paged += [each["title"]["en"] for each in answer.json()["items"]]
        cursor = answer.json()["next"]
    assert (paged, cursor) == (in_order, None)


def test_an_incident_is_found_by_words_of_its_title_in_any_language(ben: Person) -> None:
    for words in ("cafe", "STÄNGT kafeet", "stangt", "اعطال الشبكه", "CAFÉ\u200b"):
        assert found(ben, INCIDENTS, q=words) == ["Café closed"], words
    assert found(ben, INCIDENTS, q="100 %") == ["100 % slower"]
    assert found(ben, INCIDENTS, q="A_d") == ["A_draft"]
    assert found(ben, INCIDENTS, q="1_0") == []
    assert found(ben, INCIDENTS, q="\\") == []
    assert len(found(ben, INCIDENTS, q="\u200b")) == 4


def test_a_changed_title_and_a_title_of_automation_are_found(
    installation: Installation, ben: Person
) -> None:
    with installation.writing() as ctx:
        payments = LocalizedText.from_mapping({"en": "Payments", "sv": "Betalningar"}, default="en")
        phrased = Phrased.of(Phrase.of("title.unreachable", services=(payments,)))
        automatic = open_incident(ctx, NewIncident(phrased, update())).incident.id
        renamed = make_incident(ctx, title="Before").incident.id
        edit_incident(ctx, renamed, IncidentEdit(title=english("After")))
        ctx.session.connection().exec_driver_sql("UPDATE incident SET title_search = NULL")
        assert not index_titles(ctx)

    def ids(words: str) -> list[str]:
        return [each["id"] for each in ben.get(INCIDENTS, params={"q": words}).json()["items"]]

    assert ids("connections fail payments") == ids("betalningar") == [automatic]
    assert (ids("before"), ids("after")) == ([], [renamed])


def test_incidents_are_filtered_by_status(ben: Person) -> None:
    assert found(ben, INCIDENTS, status="open") == ["A_draft", "100 % slower", "Café closed"]
    assert found(ben, INCIDENTS, status="monitoring") == ["Café closed"]
    assert found(ben, INCIDENTS, status="identified") == []
    assert found(ben, INCIDENTS, status="resolved", q="100") == ["100 of them"]
    assert found(ben, INCIDENTS, status="draft") == ["A_draft"]


def test_incidents_are_filtered_by_service_and_start(
    installation: Installation, ben: Person
) -> None:
    assert found(ben, INCIDENTS, service="payments") == ["100 % slower"]
    assert found(ben, INCIDENTS, service="search") == ["100 of them"]
    day = installation.clock.now - timedelta(days=30)
    assert found(ben, INCIDENTS, since=day.isoformat()) == [
        "A_draft",
        "100 % slower",
        "Café closed",
    ]
    assert found(ben, INCIDENTS, until=day.isoformat()) == ["100 of them"]


def test_maintenances_are_filtered_too(ben: Person) -> None:
    assert found(ben, MAINTENANCES) == ["Later", "Called off", "Under way", "Weekly", "Done"]
    for status, titles in {
        "scheduled": ["Later"],
        "in_progress": ["Under way", "Weekly"],
        "completed": ["Done"],
        "cancelled": ["Called off"],
        "verifying": [],
        "draft": [],
    }.items():
        assert found(ben, MAINTENANCES, status=status) == titles, status
    assert found(ben, MAINTENANCES, q="UNDER", service="payments") == ["Under way"]
    assert found(ben, MAINTENANCES, since="2026-03-04T00:00:00Z") == [
        "Later",
        "Called off",
        "Weekly",
    ]
    assert found(ben, MAINTENANCES, until="2026-02-25T00:00:00Z") == ["Weekly", "Done"]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"q": "\x00"}, "invalid"),
        ({"q": "a" * 201}, "invalid"),
        ({"status": "closed"}, "invalid"),
        ({"service": "nothing"}, "unknown_service"),
        ({"service": "%"}, "invalid"),
        ({"since": "2026-03-02"}, "invalid"),
        ({"since": "2026-03-02T12:00:00"}, "naive_time"),
        ({"until": "0001-01-01T00:00:00Z"}, "time_out_of_range"),
        ({"cursor": "YmVmb3JlOjE"}, "unknown_cursor"),
    ],
)
def test_a_filter_that_cannot_be_is_refused(
    sqlite_installation: Installation, query: dict[str, str], code: str
) -> None:
    for path in (INCIDENTS, MAINTENANCES):
        answer = sqlite_installation.cy.get(path, params=query)
        assert (answer.status_code, answer.json()["code"]) == (422, code), path


def test_an_unknown_query_parameter_is_refused_and_the_known_ones_are_named(
    sqlite_installation: Installation,
) -> None:
    answer = sqlite_installation.cy.get(INCIDENTS, params={"state": "open", "limit": "1"})
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_parameter")
    detail = answer.json()["detail"]
    assert "'state'" in detail
    assert "`cursor`, `limit`, `q`, `service`, `since`, `status`, `until`" in detail
    for path in ("/api/v1/page", "/api/v1/services", "/api/v1/alerts", "/api/v1/audit"):
        answer = sqlite_installation.ada.get(path, params={"q\n": "x"})
        assert (answer.status_code, answer.json()["code"]) == (422, "unknown_parameter"), path
    stranger = sqlite_installation.vera.get(INCIDENTS, params={"state": "open"})
    assert stranger.status_code == 401


def column(installation: Installation, path: str, name: str, **query: str) -> list[Any]:
    """One field of each item of a list."""
    answer = installation.ada.get(f"/api/v1/{path}", params=query)
    assert answer.status_code == 200, answer.text
    return [each[name] for each in answer.json()["items"]]


def test_targets_are_searched(installation: Installation) -> None:
    with installation.writing() as ctx:
        make_service(ctx)
        make_target(ctx, "pay.example.com")
        pause_target(ctx, make_target(ctx, "shop.example.com").id)

    def hosts(**query: str) -> list[Any]:
        return column(installation, "targets", "host", **query)

    assert hosts(q="PAY.") == ["pay.example.com"]
    assert hosts(q="%") == []
    assert hosts(state="paused") == ["shop.example.com"]
    assert hosts(service="payments", state="unknown") == ["pay.example.com"]


def test_users_and_their_audit_entries_are_searched(installation: Installation) -> None:
    with installation.writing() as ctx:
        add_user(ctx, "eve@example.com", Role.VIEWER)
        add_user(ctx, "mallory_x@example.com", Role.VIEWER)
    mallory = ["mallory_x@example.com"]
    assert column(installation, "users", "email", q="Mallory_") == mallory
    assert column(installation, "users", "email", limit="1") == mallory
    by_ada = column(installation, "audit", "action", actor="ADA@", subject="user")
    assert by_ada == ["user.add", "user.add"]
    assert column(installation, "audit", "action", actor="nobody") == []
    with installation.writing(Actor(ActorKind.USER, "eve@example.com", Role.ADMIN)) as ctx:
        add_user(ctx, "trent@example.com", Role.VIEWER)
    eve, trent = (column(installation, "users", "id", q=name)[0] for name in ("eve", "trent"))
    assert column(installation, "audit", "subject_id", user_id=eve) == [trent]
    assert column(installation, "audit", "action", user_id=trent) == []


def test_an_actor_is_found_whatever_the_case_of_its_letters(
    sqlite_url: str, tmp_path: Path
) -> None:
    with open_installation(sqlite_url, tmp_path) as installation:
        token = Actor(ActorKind.TOKEN, "Återställaren", Role.EDITOR)
        with installation.writing(token) as ctx:
            make_incident(ctx, publish=False)
        for part in ("återst", "ÅTERST", "aterst"):
            found = installation.ada.get("/api/v1/audit", params={"actor": part}).json()["items"]
            assert [each["action"] for each in found] == ["incident.open"], part


def test_a_viewer_finds_drafts_and_a_visitor_finds_no_list(
    installation: Installation, ben: Person
) -> None:
    assert found(installation.cy, INCIDENTS, q="a_draft") == ["A_draft"]
    assert installation.vera.get(INCIDENTS, params={"q": "a_draft"}).status_code == 401


def test_sources_are_found_by_name_and_kind(installation: Installation) -> None:
    for name in ("Café north", "South"):
        answer = installation.ada.post("/api/v1/sources", json={"kind": "generic", "name": name})
        assert answer.status_code == 201, answer.text
    for query, names in (("GENERIC cafe", ["Café north"]), ("generic", ["South", "Café north"])):
        answer = installation.cy.get("/api/v1/sources", params={"q": query})
        assert [each["name"] for each in answer.json()["items"]] == names


def test_deliveries_and_notices_are_listed_by_the_time_they_were_made(
    installation: Installation,
) -> None:
    with installation.writing() as ctx:
        now = ctx.now
        make_incident(ctx)
    for path in ("/api/v1/notices", "/api/v1/deliveries", "/api/v1/alerts"):
        for query in ({"since": "yesterday"}, {"until": "1980-01-01T00:00:00Z"}):
            assert installation.ben.get(path, params=query).status_code == 422, (path, query)
    notices = installation.ben.get("/api/v1/notices").json()["items"]
    for query, expected in (
        ({"since": now.isoformat()}, notices),
        ({"until": now.isoformat()}, []),
    ):
        assert installation.ben.get("/api/v1/notices", params=query).json()["items"] == expected
