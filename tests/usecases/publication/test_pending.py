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
from tests.cast import BEN, Stage
from tests.factories import english
from tests.usecases.publication.submission import IDENTIFIED, an_incident, held, submit, texts, work


def test_a_text_leaves_when_the_moment_to_undo_is_over(stage: Stage) -> None:
    waits = held(stage, PostUpdate(an_incident(stage), IDENTIFIED))
    assert waits.due_at == stage.clock.now + timedelta(seconds=10)
    work(stage)
    assert "A root expired." not in texts(stage)
    stage.clock.forward(seconds=10)
    work(stage)
    assert texts(stage)[0] == "A root expired."
    work(stage)
    assert texts(stage).count("A root expired.") == 1


def test_a_text_that_was_taken_back_never_leaves(stage: Stage) -> None:
    waits = held(stage, PostUpdate(an_incident(stage), IDENTIFIED))
    with stage.writing(BEN) as ctx:
        pending.withdraw(ctx, waits.id)
    stage.clock.forward(minutes=1)
    work(stage)
    assert "A root expired." not in texts(stage)
    with stage.writing(BEN) as ctx, pytest.raises(ConflictError):
        pending.approve(ctx, waits.id)


def test_nothing_waits_where_the_page_gives_no_moment(quick_stage: Stage) -> None:
    stage = quick_stage
    with stage.writing() as ctx:
        edit_page(ctx, PageChange(undo_seconds=0))
    assert isinstance(submit(stage, PostUpdate(an_incident(stage), IDENTIFIED)), StaffIncident)
    assert texts(stage)[0] == "A root expired."


def test_what_cannot_be_done_is_refused_before_it_waits(stage: Stage) -> None:
    unknown = NewUpdate(
        IncidentStatus.IDENTIFIED, english("Mail too."), {"mail": ServiceStatus.MAJOR_OUTAGE}
    )
    incident = an_incident(stage)
    with pytest.raises(InvalidError):
        submit(stage, PostUpdate(incident, unknown))
    with stage.reading() as ctx:
        assert pending.list_pending(ctx) == ()
        assert len(lifecycle.get_incident(ctx, incident).incident.updates) == 1


def test_what_can_no_longer_be_done_says_so_to_staff(stage: Stage) -> None:
    incident = an_incident(stage)
    held(stage, PostUpdate(incident, IDENTIFIED))
    with stage.writing() as ctx:
        lifecycle.delete_incident(ctx, incident)
    stage.clock.forward(seconds=10)
    work(stage)
    with stage.reading() as ctx:
        (failed,) = pending.list_pending(ctx)
    assert failed.failure == "There is no such incident."


def test_the_second_of_two_who_write_is_told_and_nothing_is_lost(quick_stage: Stage) -> None:
    stage = quick_stage
    incident = an_incident(stage)
    with stage.writing() as ctx:
        seen = lifecycle.get_incident(ctx, incident).incident.updates[0].id
        lifecycle.post_update(ctx, incident, IDENTIFIED, seen=seen)
    with pytest.raises(ConflictError) as refused:
        submit(stage, PostUpdate(incident, IDENTIFIED, seen))
    assert refused.value.code == "changed_meanwhile"
