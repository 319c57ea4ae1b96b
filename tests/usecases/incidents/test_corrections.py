"""Corrections of a typo: the time of an update, the start of an incident, an update too many."""

from datetime import timedelta

import pytest

from app.domain.errors import ConflictError, InvalidError
from app.domain.ownership import ActorKind
from app.domain.statuses import IncidentStatus, ServiceStatus
from app.usecases.context import Actor
from app.usecases.incidents.edits import IncidentEdit, UpdateEdit, edit_incident, edit_update
from app.usecases.incidents.history import history_of
from app.usecases.incidents.lifecycle import (
    NewIncident,
    NewUpdate,
    get_incident,
    open_incident,
    post_update,
)
from app.usecases.incidents.records import StaffIncident
from app.usecases.incidents.removal import remove_update
from app.usecases.page.settings import PageChange, edit_page
from app.usecases.public import pages
from app.usecases.publication import pending
from app.usecases.publication.incident_commands import OpenIncident
from tests.cast import ADA, BEN, Backend
from tests.factories import english, make_incident, make_service, update
from tests.usecases.publication.submission import approve

MONTH = timedelta(days=31)
OUTAGE = {"payments": ServiceStatus.MAJOR_OUTAGE}


def begun(backend: Backend) -> StaffIncident:
    with backend.writing() as ctx:
        make_service(ctx)
        staff = make_incident(ctx, update(services=OUTAGE))
    backend.clock.forward(minutes=30)
    return staff


def post(backend: Backend, staff: StaffIncident, new: NewUpdate) -> StaffIncident:
    with backend.writing(BEN) as ctx:
        return post_update(ctx, staff.incident.id, new)


def test_a_typo_in_the_time_of_an_update_is_mendable(backend: Backend) -> None:
    staff = begun(backend)
    start = staff.incident.started_at
    typo = update(IncidentStatus.RESOLVED, posted_at=start - MONTH)
    wrong = post(backend, staff, typo)
    assert wrong.incident.started_at == start - MONTH
    assert wrong.newest_update is not None
    with backend.writing(BEN) as ctx:
        now = ctx.now
        mended = edit_update(
            ctx, staff.incident.id, wrong.newest_update, UpdateEdit(posted_at=now)
        ).incident
        assert mended.started_at == start
        assert mended.resolved_at == now
        assert mended.updates[0].edited_at == now
        assert mended.status is IncidentStatus.RESOLVED


def test_a_removed_update_leaves_the_page(backend: Backend) -> None:
    staff = begun(backend)
    start = staff.incident.started_at
    wrong = post(backend, staff, update(services=OUTAGE, posted_at=start - MONTH, body="Wrong."))
    assert wrong.newest_update is not None
    with backend.writing(BEN) as ctx:
        after = remove_update(ctx, staff.incident.id, wrong.newest_update).incident
        assert [each.body for each in after.updates] == [staff.incident.updates[0].body]
        assert after.started_at == start
        assert after.edited_at == ctx.now
    with backend.reading() as ctx:
        assert pages.incident(ctx, staff.incident.id).incident == after


def test_a_removed_update_stays_in_the_history(backend: Backend) -> None:
    staff = begun(backend)
    start = staff.incident.started_at
    wrong = post(backend, staff, update(services=OUTAGE, posted_at=start - MONTH, body="Wrong."))
    assert wrong.newest_update is not None
    with backend.writing(BEN) as ctx:
        remove_update(ctx, staff.incident.id, wrong.newest_update)
        history = history_of(ctx, staff.incident.id)
        assert history.removed_updates[wrong.newest_update].body == english("Wrong.")
        assert history.steps[-1].action == "update.remove"
        assert history.steps[-1].update == wrong.newest_update


def test_removing_the_opening_update_keeps_the_start(backend: Backend) -> None:
    staff = begun(backend)
    start, opening = staff.incident.started_at, staff.incident.updates[0].id
    post(backend, staff, update(IncidentStatus.IDENTIFIED))
    with backend.writing(BEN) as ctx:
        after = remove_update(ctx, staff.incident.id, opening).incident
        assert after.started_at == start
        assert after.services == ()


def test_the_only_update_is_not_removed(backend: Backend) -> None:
    staff = begun(backend)
    with backend.writing(BEN) as ctx, pytest.raises(ConflictError) as caught:
        remove_update(ctx, staff.incident.id, staff.incident.updates[0].id)
    assert caught.value.code == "only_update"


def test_the_start_of_an_incident_can_be_corrected(backend: Backend) -> None:
    staff = begun(backend)
    start = staff.incident.started_at
    with backend.writing(BEN) as ctx:
        with pytest.raises(ConflictError) as asked:
            edit_incident(ctx, staff.incident.id, IncidentEdit(started_at=start - MONTH))
        assert (asked.value.code, dict(asked.value.data)) == ("moves_start_back", {"days": 31})
        early = edit_incident(
            ctx,
            staff.incident.id,
            IncidentEdit(started_at=start - MONTH, confirm=("moves_start_back",)),
        ).incident
        assert (early.started_at, early.edited_at) == (start - MONTH, ctx.now)
        late = edit_incident(
            ctx, staff.incident.id, IncidentEdit(started_at=start - timedelta(hours=1))
        )
        assert late.incident.started_at == start - timedelta(hours=1)
        for wrong, code in (
            (start + timedelta(minutes=1), "start_after_update"),
            (ctx.now + timedelta(days=1), "time_in_future"),
        ):
            with pytest.raises(InvalidError) as caught:
                edit_incident(ctx, staff.incident.id, IncidentEdit(started_at=wrong))
            assert caught.value.code == code


def test_an_update_a_month_early_is_questioned(backend: Backend) -> None:
    staff = begun(backend)
    early = staff.incident.started_at - MONTH
    new = NewUpdate(IncidentStatus.IDENTIFIED, english("Found."), {}, posted_at=early)
    with pytest.raises(ConflictError) as caught:
        post(backend, staff, new)
    assert (caught.value.code, dict(caught.value.data)) == ("moves_start_back", {"days": 31})
    opening = staff.incident.updates[0].id
    with backend.writing(BEN) as ctx, pytest.raises(ConflictError, match="31 days"):
        edit_update(ctx, staff.incident.id, opening, UpdateEdit(posted_at=early))
    later = NewUpdate(
        IncidentStatus.IDENTIFIED, english("Found."), {}, posted_at=early + timedelta(seconds=5)
    )
    with pytest.raises(ConflictError, match="31 days"):
        post(backend, staff, later)
    with backend.reading() as ctx:
        assert get_incident(ctx, staff.incident.id).incident.updates == staff.incident.updates


def test_an_update_an_hour_early_is_not_questioned(backend: Backend) -> None:
    staff = begun(backend)
    early = staff.incident.started_at - timedelta(hours=1)
    new = NewUpdate(IncidentStatus.IDENTIFIED, english("Found."), {}, posted_at=early)
    assert post(backend, staff, new).incident.started_at == early


def test_resolved_never_leaves_an_incident_open_without_a_word(backend: Backend) -> None:
    staff = begun(backend)
    early = staff.incident.started_at - timedelta(minutes=5)
    new = NewUpdate(IncidentStatus.RESOLVED, english("Over."), {}, posted_at=early)
    with pytest.raises(ConflictError) as caught:
        post(backend, staff, new)
    assert (caught.value.code, dict(caught.value.data)) == (
        "stays_open",
        {"status": "investigating"},
    )
    confirmed = NewUpdate(
        IncidentStatus.RESOLVED, english("Over."), {}, posted_at=early, confirm=("stays_open",)
    )
    assert post(backend, staff, confirmed).incident.is_open


def opening(backend: Backend, ago: timedelta, *confirm: str) -> NewIncident:
    first = NewUpdate(IncidentStatus.INVESTIGATING, english("Slow."), {}, confirm=confirm)
    return NewIncident(english("Slow"), first, started_at=backend.clock.now - ago)


def test_an_incident_opened_a_month_back_is_questioned(backend: Backend) -> None:
    with backend.writing(BEN) as ctx:
        with pytest.raises(ConflictError) as caught:
            open_incident(ctx, opening(backend, MONTH))
        assert (caught.value.code, dict(caught.value.data)) == ("started_long_ago", {"days": 31})
        opened = open_incident(ctx, opening(backend, MONTH, "started_long_ago"))
        assert opened.incident.started_at == ctx.now - MONTH
        open_incident(ctx, opening(backend, timedelta(hours=20)))
    with backend.writing(Actor(ActorKind.SOURCE, "alerts")) as ctx:
        open_incident(ctx, opening(backend, MONTH))


def test_an_opening_is_not_questioned_because_it_waited_for_approval(backend: Backend) -> None:
    with backend.writing(ADA) as ctx:
        edit_page(ctx, PageChange(four_eyes=True))
    with backend.writing(BEN) as ctx:
        new = opening(backend, timedelta(hours=20))
        held = pending.submit(ctx, OpenIncident(new.title, new.first, started_at=new.started_at))
        assert isinstance(held, pending.PendingText)
        late = opening(backend, MONTH)
        with pytest.raises(ConflictError, match="31 days"):
            pending.submit(ctx, OpenIncident(late.title, late.first, started_at=late.started_at))
    backend.clock.forward(minutes=10 * 60)
    with backend.writing(ADA) as ctx:
        approved = approve(ctx, held.id)
        assert isinstance(approved, StaffIncident)
        assert approved.incident.started_at == ctx.now - timedelta(hours=30)


def test_a_corrected_time_never_opens_a_resolved_incident_without_a_word(backend: Backend) -> None:
    staff = begun(backend)
    known = post(backend, staff, update(IncidentStatus.IDENTIFIED))
    backend.clock.forward(minutes=30)
    over = post(backend, staff, update(IncidentStatus.RESOLVED)).incident
    backend.clock.forward(minutes=30)
    assert known.newest_update is not None
    with backend.writing(BEN) as ctx:
        late = UpdateEdit(posted_at=ctx.now)
        with pytest.raises(ConflictError) as caught:
            edit_update(ctx, over.id, known.newest_update, late)
        assert (caught.value.code, dict(caught.value.data)) == ("reopens", {"status": "identified"})
        # Earlier than the end, and of the resolving update itself: nothing opens.
        earlier = UpdateEdit(posted_at=over.updates[0].posted_at - timedelta(minutes=1))
        assert not edit_update(ctx, over.id, known.newest_update, earlier).incident.is_open
        later = UpdateEdit(posted_at=over.updates[0].posted_at + timedelta(minutes=1))
        assert not edit_update(ctx, over.id, over.updates[0].id, later).incident.is_open
        confirmed = UpdateEdit(posted_at=ctx.now, confirm=("reopens",))
        assert edit_update(ctx, over.id, known.newest_update, confirmed).incident.is_open


def test_an_update_that_says_an_incident_goes_on_is_not_questioned(backend: Backend) -> None:
    staff = begun(backend)
    post(backend, staff, update(IncidentStatus.RESOLVED))
    backend.clock.forward(minutes=5)
    again = NewUpdate(IncidentStatus.INVESTIGATING, english("It is back."), OUTAGE)
    assert post(backend, staff, again).incident.is_open
