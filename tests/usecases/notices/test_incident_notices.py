from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlmodel import col, select

from app.db.tables import NoticeRow
from app.domain.ownership import ActorKind
from app.domain.statuses import Impact, IncidentStatus, ServiceStatus
from app.usecases.context import Actor
from app.usecases.imports.document import import_document
from app.usecases.incidents.edits import IncidentEdit, UpdateEdit, edit_incident, edit_update
from app.usecases.incidents.lifecycle import NewIncident, open_incident, post_update, publish
from app.usecases.incidents.postmortems import NewPostmortem, put_postmortem
from app.usecases.page.settings import PageChange, edit_page
from app.usecases.publication import pending
from app.usecases.publication.incident_commands import PostUpdate
from tests.cast import BEN, Backend
from tests.factories import english, make_incident, make_service, update

IDENTIFIED, RESOLVED = IncidentStatus.IDENTIFIED, IncidentStatus.RESOLVED
OUTAGE = {"payments": ServiceStatus.MAJOR_OUTAGE}
PROBE = Actor(ActorKind.PROBE, "probe")


@pytest.fixture
def sqlite_backend(sqlite_backend: Backend) -> Backend:
    with sqlite_backend.writing() as ctx:
        make_service(ctx)
        make_service(ctx, "login")
    return sqlite_backend


def notices(backend: Backend) -> Sequence[NoticeRow]:
    with backend.reading() as ctx:
        found = ctx.session.exec(select(NoticeRow).order_by(col(NoticeRow.id))).all()
        ctx.session.expunge_all()
        return found


def events(backend: Backend) -> list[str]:
    return [each.event for each in notices(backend)]


def test_every_change_of_an_incident_records_its_event_once(backend: Backend) -> None:
    with backend.writing() as ctx:
        make_service(ctx)
    with backend.writing(BEN) as ctx:
        number = make_incident(ctx, update(services=OUTAGE)).incident.id
    for status in (IDENTIFIED, RESOLVED, IDENTIFIED, RESOLVED):
        backend.clock.forward(minutes=1)
        with backend.writing(BEN) as ctx:
            post_update(ctx, number, update(status))
    for text in ("It was DNS.", "It was always DNS."):
        with backend.writing(BEN) as ctx:
            put_postmortem(ctx, number, NewPostmortem(english(text), publish=True))
    assert events(backend) == [
        "incident.opened",
        "incident.updated",
        "incident.resolved",
        "incident.reopened",
        "incident.resolved",
        "incident.postmortem",
    ]


def test_a_notice_has_the_facts_of_its_incident(backend: Backend) -> None:
    with backend.writing() as ctx:
        make_service(ctx)
    with backend.writing(BEN) as ctx:
        number = make_incident(ctx, update(services=OUTAGE)).incident.id
    (first,) = notices(backend)
    assert first.thread == f"incident:{number}"
    assert first.key == f"incident.opened/{number}"
    assert first.impact == Impact.CRITICAL.value
    assert len(first.services) == 1
    assert first.expires_at == first.made_at + timedelta(hours=24)
    assert (first.actor_kind, first.actor_name) == ("user", BEN.name)


def test_a_notice_names_every_service_that_the_incident_has_ever_named(
    sqlite_backend: Backend,
) -> None:
    with sqlite_backend.writing(BEN) as ctx:
        number = make_incident(ctx, update(services=OUTAGE)).incident.id
        both = {"login": ServiceStatus.DEGRADED_PERFORMANCE}
        post_update(ctx, number, update(services=both))
        post_update(ctx, number, update(RESOLVED))
    assert [len(each.services) for each in notices(sqlite_backend)] == [1, 2, 2]


def test_a_draft_records_nothing_until_it_is_published(sqlite_backend: Backend) -> None:
    with sqlite_backend.writing(PROBE) as ctx:
        number = make_incident(ctx, publish=False).incident.id
        post_update(ctx, number, update(IDENTIFIED))
    assert events(sqlite_backend) == []
    with sqlite_backend.writing(BEN) as ctx:
        publish(ctx, number)
    assert events(sqlite_backend) == ["incident.opened"]


def test_automation_notifies_like_staff(sqlite_backend: Backend) -> None:
    with sqlite_backend.writing(PROBE) as ctx:
        number = make_incident(ctx).incident.id
        post_update(ctx, number, update(RESOLVED))
    assert events(sqlite_backend) == ["incident.opened", "incident.resolved"]
    assert {each.actor_kind for each in notices(sqlite_backend)} == {"probe"}


def test_what_does_not_notify_records_nothing(sqlite_backend: Backend) -> None:
    def quiet(status: IncidentStatus = IDENTIFIED) -> NewIncident:
        first = update(status)
        return NewIncident(english("Quiet"), type(first)(status, first.body, {}, notify=False))

    with sqlite_backend.writing(BEN) as ctx:
        number = open_incident(ctx, quiet()).incident.id
        post_update(ctx, number, quiet(RESOLVED).first)
        text = NewPostmortem(english("It was DNS."), publish=True, notify=False)
        put_postmortem(ctx, number, text)
    assert events(sqlite_backend) == []


def test_an_edit_of_a_text_records_nothing(sqlite_backend: Backend) -> None:
    with sqlite_backend.writing(BEN) as ctx:
        incident = make_incident(ctx).incident
        edit_incident(ctx, incident.id, IncidentEdit(title=english("Another title")))
        edit_update(ctx, incident.id, incident.updates[0].id, UpdateEdit(english("Another")))
    assert events(sqlite_backend) == ["incident.opened"]


def test_a_back_dated_update_is_an_update_whatever_status_it_sets(sqlite_backend: Backend) -> None:
    with sqlite_backend.writing(BEN) as ctx:
        number = make_incident(ctx).incident.id
        earlier = ctx.now - timedelta(hours=1)
        post_update(ctx, number, update(RESOLVED, posted_at=earlier))
    assert events(sqlite_backend) == ["incident.opened", "incident.updated"]


def test_a_postmortem_notifies_when_it_is_published_first(sqlite_backend: Backend) -> None:
    with sqlite_backend.writing(BEN) as ctx:
        number = make_incident(ctx, update(RESOLVED)).incident.id
        put_postmortem(ctx, number, NewPostmortem(english("Draft."), publish=False))
    assert events(sqlite_backend) == ["incident.opened"]
    for is_public in (True, False, True):
        with sqlite_backend.writing(BEN) as ctx:
            put_postmortem(ctx, number, NewPostmortem(english("Ready."), publish=is_public))
    assert events(sqlite_backend) == ["incident.opened", "incident.postmortem"]


def test_a_pending_text_records_its_notice_when_it_is_executed(sqlite_backend: Backend) -> None:
    with sqlite_backend.writing() as ctx:
        edit_page(ctx, PageChange(undo_seconds=30))
        number = make_incident(ctx).incident.id
        pending.submit(ctx, PostUpdate(number, update(IDENTIFIED)), undoable=True)
    assert events(sqlite_backend) == ["incident.opened"]
    sqlite_backend.clock.forward(seconds=30)
    with sqlite_backend.writing() as ctx:
        pending.publish_due(ctx)
    assert events(sqlite_backend) == ["incident.opened", "incident.updated"]


def test_an_import_notifies_nobody(sqlite_backend: Backend) -> None:
    document = {
        "format": "fyr-import-1",
        "incidents": [
            {
                "title": "Old",
                "updates": [
                    {"status": "investigating", "body": "a", "posted_at": "2025-01-01T10:00Z"},
                    {"status": "resolved", "body": "b", "posted_at": "2025-01-01T11:00Z"},
                ],
                "postmortem": {"body": "c"},
            }
        ],
    }
    with sqlite_backend.writing() as ctx:
        import_document(ctx, document)
    assert events(sqlite_backend) == []
