from datetime import timedelta

import pytest

from app.db.queries.page.page import read_revision
from app.domain.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from app.domain.ownership import ActorKind, Owner
from app.domain.statuses import Impact, IncidentStatus, ServiceStatus
from app.usecases.context import Actor
from app.usecases.incidents.lifecycle import (
    NewIncident,
    delete_incident,
    get_incident,
    hand_back,
    open_incident,
    post_update,
    preview_update,
    publish,
    take_over,
)
from app.usecases.incidents.listing import list_incidents
from app.usecases.services.services import archive_service
from tests.cast import BEN, CY, Backend
from tests.factories import english, make_incident, make_service, update
from tests.many_rows import counted_queries

PROBE = Actor(ActorKind.PROBE, "probe")
IDENTIFIED, RESOLVED = IncidentStatus.IDENTIFIED, IncidentStatus.RESOLVED
OUTAGE = {"payments": ServiceStatus.MAJOR_OUTAGE}
# Half of the processor time of an update is the number of its statements.
_MOST_STATEMENTS = 16


@pytest.fixture
def sqlite_backend(sqlite_backend: Backend) -> Backend:
    with sqlite_backend.writing() as ctx:
        make_service(ctx)
    return sqlite_backend


def revision(backend: Backend) -> int:
    with backend.reading() as ctx:
        return read_revision(ctx.session)[0]


def test_an_incident_begins_no_later_than_its_first_update(sqlite_backend: Backend) -> None:
    with sqlite_backend.writing(BEN) as ctx:
        incident = make_incident(ctx).incident
        earlier = update(posted_at=ctx.now - timedelta(hours=2))
        assert post_update(ctx, incident.id, earlier).incident.started_at == earlier.posted_at


def test_the_impact_is_that_of_the_worst_word_there_ever_was(sqlite_backend: Backend) -> None:
    with sqlite_backend.writing(BEN) as ctx:
        incident = make_incident(ctx, update(services=OUTAGE)).incident.id
        better = {"payments": ServiceStatus.DEGRADED_PERFORMANCE}
        assert post_update(ctx, incident, update(IDENTIFIED, better)).incident.impact is (
            Impact.CRITICAL
        )


def test_posting_an_update_sends_as_many_statements_however_long_the_incident_is(
    sqlite_backend: Backend,
) -> None:
    counts = []
    with sqlite_backend.writing(BEN) as ctx:
        incident = make_incident(ctx, update(services=OUTAGE)).incident.id
        for _ in range(3):
            with counted_queries(ctx.session) as sent:
                post_update(ctx, incident, update(IDENTIFIED))
            counts.append(len(sent))
    assert max(counts) <= _MOST_STATEMENTS, counts


def test_an_update_of_the_future_is_refused(sqlite_backend: Backend) -> None:
    with sqlite_backend.writing(BEN) as ctx:
        incident = make_incident(ctx).incident.id
        with pytest.raises(InvalidError):
            post_update(ctx, incident, update(posted_at=ctx.now + timedelta(hours=1)))


def test_an_archived_service_cannot_be_named_but_stays_in_history(sqlite_backend: Backend) -> None:
    with sqlite_backend.writing() as ctx:
        incident = make_incident(ctx, update(services=OUTAGE)).incident.id
        archive_service(ctx, "payments")
        with pytest.raises(InvalidError):
            post_update(ctx, incident, update(services=OUTAGE))
        resolved = post_update(ctx, incident, update(RESOLVED)).incident
        assert [each.slug for each in resolved.services] == ["payments"]


def test_a_viewer_may_read_and_not_write(sqlite_backend: Backend) -> None:
    with sqlite_backend.writing(BEN) as ctx:
        incident = make_incident(ctx).incident.id
    with sqlite_backend.reading(CY) as ctx:
        get_incident(ctx, incident)
        for write in (publish, take_over, hand_back, delete_incident):
            with pytest.raises(ForbiddenError):
                write(ctx, incident)
        with pytest.raises(ForbiddenError):
            make_incident(ctx)
        with pytest.raises(ForbiddenError):
            post_update(ctx, incident, update())


@pytest.mark.parametrize("odd", ["", "zzzzzzzzzzzz", "\x00", "x" * 5000])
def test_an_incident_that_is_not_there_is_not_found(backend: Backend, odd: str) -> None:
    with backend.reading() as ctx, pytest.raises(NotFoundError):
        get_incident(ctx, odd)


def test_automation_owns_what_it_opened_until_a_person_posts(sqlite_backend: Backend) -> None:
    with sqlite_backend.writing(PROBE) as ctx:
        incident = make_incident(ctx, cause="certificate:1")
        assert incident.owner is Owner.AUTOMATION
        assert post_update(ctx, incident.incident.id, update(IDENTIFIED)).owner is Owner.AUTOMATION
    with sqlite_backend.writing(BEN) as ctx:
        assert post_update(ctx, incident.incident.id, update(IDENTIFIED)).owner is Owner.STAFF
    with sqlite_backend.writing(PROBE) as ctx, pytest.raises(ConflictError) as refused:
        post_update(ctx, incident.incident.id, update(RESOLVED))
    assert refused.value.code == "owned_by_staff"


def test_automation_goes_on_with_what_it_was_handed_back(sqlite_backend: Backend) -> None:
    with sqlite_backend.writing(PROBE) as ctx:
        incident = make_incident(ctx, cause="certificate:1").incident.id
    with sqlite_backend.writing(BEN) as ctx:
        take_over(ctx, incident)
        hand_back(ctx, incident)
    with sqlite_backend.writing(PROBE) as ctx:
        assert post_update(ctx, incident, update(RESOLVED)).incident.status is RESOLVED


def test_releasing_a_draft_of_automation_leaves_it_to_automation(sqlite_backend: Backend) -> None:
    with sqlite_backend.writing(PROBE) as ctx:
        incident = make_incident(ctx, publish=False, cause="certificate:1").incident.id
    with sqlite_backend.writing(BEN) as ctx:
        assert publish(ctx, incident).owner is Owner.AUTOMATION


def test_the_revision_grows_with_what_a_visitor_can_see_and_with_nothing_else(
    backend: Backend,
) -> None:
    with backend.writing() as ctx:
        make_service(ctx)
    before = revision(backend)
    with backend.writing(BEN) as ctx:
        draft = make_incident(ctx, update(services=OUTAGE), publish=False).incident.id
        post_update(ctx, draft, update(IDENTIFIED))
        list_incidents(ctx, cursor=None, limit=10)
    assert revision(backend) == before
    with backend.writing(BEN) as ctx:
        publish(ctx, draft)
        post_update(ctx, draft, update(RESOLVED))
    assert revision(backend) == before + 1


def test_nothing_stays_of_a_transaction_that_fails(backend: Backend) -> None:
    before = revision(backend)

    def fail() -> None:
        with backend.writing(BEN) as ctx:
            make_incident(ctx)
            make_incident(ctx, update(services=OUTAGE))

    with pytest.raises(InvalidError):
        fail()
    with backend.reading() as ctx:
        assert list_incidents(ctx, cursor=None, limit=10).items == ()
    assert revision(backend) == before


def test_an_incident_may_begin_before_its_first_update_was_posted(sqlite_backend: Backend) -> None:
    with sqlite_backend.writing(BEN) as ctx:
        begun = ctx.now - timedelta(minutes=30)
        posted = ctx.now - timedelta(minutes=10)
        new = NewIncident(english("Down"), update(posted_at=posted), started_at=begun)
        incident = open_incident(ctx, new).incident
    assert (incident.started_at, incident.updates[0].posted_at) == (begun, posted)


def test_an_incident_of_a_machine_that_is_ahead_can_be_resolved_from_another(
    sqlite_backend: Backend,
) -> None:
    sqlite_backend.clock.forward(minutes=10)
    with sqlite_backend.writing(BEN) as ctx:
        incident = make_incident(ctx, update(services=OUTAGE)).incident.id
    sqlite_backend.clock.forward(minutes=-10)
    for status in (IDENTIFIED, RESOLVED):
        with sqlite_backend.writing(BEN) as ctx:
            previewed = preview_update(ctx, incident, update(status)).incident
            posted = post_update(ctx, incident, update(status)).incident
        assert previewed.status is posted.status is status
    assert posted.resolved_at == posted.started_at
    assert posted.updates[0].status is RESOLVED
