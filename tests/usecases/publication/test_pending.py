"""Texts that wait for a moment to undo."""

from datetime import timedelta

import pytest

from app.domain.errors import ConflictError, InvalidError
from app.domain.statuses import IncidentStatus, ServiceStatus
from app.usecases.incidents import lifecycle
from app.usecases.incidents.lifecycle import NewUpdate
from app.usecases.incidents.records import StaffIncident
from app.usecases.page.settings import PageChange, edit_page
from app.usecases.publication import pending
from app.usecases.publication.incident_commands import PostUpdate
from tests.cast import BEN, Backend
from tests.factories import english
from tests.usecases.publication.submission import (
    IDENTIFIED,
    an_incident,
    approve,
    held,
    submit,
    texts,
    work,
)


def test_a_text_leaves_when_the_moment_to_undo_is_over(backend: Backend) -> None:
    waits = held(backend, PostUpdate(an_incident(backend), IDENTIFIED))
    assert waits.due_at == backend.clock.now + timedelta(seconds=10)
    work(backend)
    assert "A root expired." not in texts(backend)
    backend.clock.forward(seconds=10)
    work(backend)
    assert texts(backend)[0] == "A root expired."
    work(backend)
    assert texts(backend).count("A root expired.") == 1


def test_a_text_that_was_taken_back_never_leaves(backend: Backend) -> None:
    waits = held(backend, PostUpdate(an_incident(backend), IDENTIFIED))
    with backend.writing(BEN) as ctx:
        pending.withdraw(ctx, waits.id)
    backend.clock.forward(minutes=1)
    work(backend)
    assert "A root expired." not in texts(backend)
    with backend.writing(BEN) as ctx, pytest.raises(ConflictError):
        approve(ctx, waits.id)


def test_nothing_waits_where_the_page_gives_no_moment(sqlite_backend: Backend) -> None:
    backend = sqlite_backend
    with backend.writing() as ctx:
        edit_page(ctx, PageChange(undo_seconds=0))
    assert isinstance(submit(backend, PostUpdate(an_incident(backend), IDENTIFIED)), StaffIncident)
    assert texts(backend)[0] == "A root expired."


def test_what_cannot_be_done_is_refused_before_it_waits(backend: Backend) -> None:
    unknown = NewUpdate(
        IncidentStatus.IDENTIFIED, english("Mail too."), {"mail": ServiceStatus.MAJOR_OUTAGE}
    )
    incident = an_incident(backend)
    with pytest.raises(InvalidError):
        submit(backend, PostUpdate(incident, unknown))
    with backend.reading() as ctx:
        assert pending.list_pending(ctx) == ()
        assert len(lifecycle.get_incident(ctx, incident).incident.updates) == 1


def test_what_can_no_longer_be_done_says_so_to_staff(backend: Backend) -> None:
    incident = an_incident(backend)
    held(backend, PostUpdate(incident, IDENTIFIED))
    with backend.writing() as ctx:
        lifecycle.delete_incident(ctx, incident)
    backend.clock.forward(seconds=10)
    work(backend)
    with backend.reading() as ctx:
        (failed,) = pending.list_pending(ctx)
    assert failed.failure == "There is no such incident."


def test_the_second_of_two_who_write_gets_a_conflict_and_nothing_is_lost(
    sqlite_backend: Backend,
) -> None:
    backend = sqlite_backend
    incident = an_incident(backend)
    with backend.writing() as ctx:
        seen = lifecycle.get_incident(ctx, incident).incident.updates[0].id
        lifecycle.post_update(ctx, incident, IDENTIFIED, seen=seen)
    with pytest.raises(ConflictError) as refused:
        submit(backend, PostUpdate(incident, IDENTIFIED, seen))
    assert refused.value.code == "changed_meanwhile"
