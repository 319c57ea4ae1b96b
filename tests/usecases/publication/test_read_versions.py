"""An approval is bound to what was read: a rewrite in between makes it fail."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from app.domain.errors import ConflictError, ForbiddenError
from app.domain.statuses import Impact, IncidentStatus, ServiceStatus
from app.domain.texts.localized_text import LocalizedText
from app.usecases.context import Ctx
from app.usecases.incidents.edits import IncidentEdit, UpdateEdit, edit_incident, edit_update
from app.usecases.incidents.lifecycle import (
    NewIncident,
    get_incident,
    open_incident,
    post_update,
)
from app.usecases.incidents.postmortems import NewPostmortem, put_postmortem
from app.usecases.incidents.removal import remove_update
from app.usecases.maintenances.lifecycle import MaintenanceChanges, edit_maintenance
from app.usecases.page.settings import PageChange, edit_page
from app.usecases.publication import pending
from app.usecases.publication.incident_commands import PostUpdate, Publish, PutPostmortem
from app.usecases.publication.maintenance_commands import PlanMaintenance, PublishMaintenance
from tests.cast import ADA, BEN, Backend
from tests.factories import english, make_incident, make_maintenance, make_service, update
from tests.usecases.publication.submission import (
    BOB,
    IDENTIFIED,
    an_incident,
    approve,
    every_command,
    held,
    submit,
    texts,
    wanting_two,
    work,
)


def _draft(backend: Backend) -> str:
    wanting_two(backend)
    with backend.writing() as ctx:
        make_service(ctx)
    with backend.writing(BEN) as ctx:
        draft = open_incident(ctx, NewIncident(english("Draft"), IDENTIFIED, publish=False))
        return post_update(ctx, draft.incident.id, update(IncidentStatus.MONITORING)).incident.id


def _seen(backend: Backend, text_id: str) -> str:
    with backend.reading(BOB) as ctx:
        seen = pending.version_of(ctx, pending.get_pending(ctx, text_id))
    assert seen is not None
    return seen


def _first(ctx: Ctx, incident: str) -> str:
    return get_incident(ctx, incident).incident.updates[0].id


REWRITES: dict[str, Callable[[Ctx, str], object]] = {
    "title": lambda ctx, it: edit_incident(ctx, it, IncidentEdit(title=english("Evil"))),
    "impact": lambda ctx, it: edit_incident(ctx, it, IncidentEdit(impact=Impact.CRITICAL)),
    "a translation": lambda ctx, it: edit_update(
        ctx, it, _first(ctx, it), UpdateEdit(LocalizedText.of("Ont", "sv"))
    ),
    "another update": lambda ctx, it: post_update(ctx, it, IDENTIFIED),
    "a service": lambda ctx, it: post_update(
        ctx, it, update(services={"payments": ServiceStatus.MAJOR_OUTAGE})
    ),
    "a removal": lambda ctx, it: remove_update(ctx, it, _first(ctx, it)),
}


@pytest.mark.parametrize("rewrite", REWRITES)
def test_a_draft_that_was_rewritten_after_reading_is_not_approved(
    sqlite_backend: Backend, rewrite: str
) -> None:
    backend = sqlite_backend
    draft = _draft(backend)
    waits = held(backend, Publish(draft)).id
    seen = _seen(backend, waits)
    # In the same instant: the clock is no proof that nothing has changed.
    with backend.writing(BEN) as ctx:
        REWRITES[rewrite](ctx, draft)
    with backend.writing(BOB) as ctx, pytest.raises(ConflictError) as refused:
        pending.approve(ctx, waits, seen=seen)
    assert refused.value.code == "changed_meanwhile"
    assert texts(backend) == []
    with backend.writing(BOB) as ctx:
        approve(ctx, waits)
    assert texts(backend)


def test_a_translation_is_not_smuggled_into_a_postmortem(sqlite_backend: Backend) -> None:
    backend = sqlite_backend
    with backend.writing() as ctx:
        over = make_incident(ctx, update(IncidentStatus.RESOLVED)).incident.id
    wanting_two(backend)
    with backend.writing(BEN) as ctx:
        put_postmortem(ctx, over, NewPostmortem(english("Draft."), publish=False))
    waits = held(backend, PutPostmortem(over, english("Why."), publish=True)).id
    seen = _seen(backend, waits)
    with backend.writing(BEN) as ctx:
        smuggled = NewPostmortem(LocalizedText.of("Ont.", "sv"), publish=False)
        put_postmortem(ctx, over, smuggled)
    with backend.writing(BOB) as ctx, pytest.raises(ConflictError):
        pending.approve(ctx, waits, seen=seen)


def test_a_planned_maintenance_is_published_as_it_was_read(sqlite_backend: Backend) -> None:
    backend = sqlite_backend
    with backend.writing() as ctx:
        make_service(ctx)
        planned = make_maintenance(ctx, publish=False).id
    wanting_two(backend)
    waits = held(backend, PublishMaintenance(planned)).id
    seen = _seen(backend, waits)
    with backend.writing(BEN) as ctx:
        edit_maintenance(ctx, planned, MaintenanceChanges(body=english("Evil")))
    with backend.writing(BOB) as ctx, pytest.raises(ConflictError):
        pending.approve(ctx, waits, seen=seen)


def test_a_recurring_maintenance_is_approved_as_it_was_read(sqlite_backend: Backend) -> None:
    backend = sqlite_backend
    with backend.writing() as ctx:
        make_service(ctx)
    wanting_two(backend)
    starts_at = backend.clock.now + timedelta(days=1)
    times = (starts_at, starts_at + timedelta(hours=1))
    cables = english("New cables")
    plan = PlanMaintenance(cables, cables, ("payments",), *times, recurrence="FREQ=DAILY")
    waits = held(backend, plan).id
    seen = _seen(backend, waits)
    with backend.writing(BOB) as ctx:
        assert pending.approve(ctx, waits, seen=seen).subject.id


def test_the_stamp_is_required_for_every_kind_of_text(sqlite_backend: Backend) -> None:
    backend = sqlite_backend
    commands = every_command(backend)
    wanting_two(backend)
    for command in commands:
        waits = held(backend, command).id
        with backend.writing(BOB) as ctx, pytest.raises(ConflictError):
            pending.approve(ctx, waits, seen="")
        assert _seen(backend, waits) == _seen(backend, waits)


def test_time_alone_changes_no_version(sqlite_backend: Backend) -> None:
    backend = sqlite_backend
    wanting_two(backend)
    waits = held(backend, PostUpdate(an_incident(backend), IDENTIFIED)).id
    seen = _seen(backend, waits)
    backend.clock.forward(hours=1)
    with backend.writing(BOB) as ctx:
        pending.approve(ctx, waits, seen=seen)


def test_the_second_person_does_not_approve_a_rewrite_of_their_own(backend: Backend) -> None:
    draft = _draft(backend)
    waits = held(backend, Publish(draft)).id
    with backend.writing(BOB) as ctx:
        edit_incident(ctx, draft, IncidentEdit(title=english("Mine")))
    with backend.writing(BOB) as ctx, pytest.raises(ForbiddenError) as refused:
        approve(ctx, waits)
    assert refused.value.code == "own_text"
    with backend.writing(ADA) as ctx:
        approve(ctx, waits)


def test_a_text_that_can_be_undone_waits_once_the_page_wants_a_second_person(
    backend: Backend,
) -> None:
    incident = an_incident(backend)
    with backend.writing() as ctx:
        edit_page(ctx, PageChange(undo_seconds=10))
    waits = submit(backend, PostUpdate(incident, IDENTIFIED))
    assert isinstance(waits, pending.PendingText)
    wanting_two(backend)
    backend.clock.forward(seconds=11)
    work(backend)
    assert "A root expired." not in texts(backend)
    with backend.writing(BOB) as ctx:
        assert pending.get_pending(ctx, waits.id).reason == "second_person"
        approve(ctx, waits.id)
    assert texts(backend)[0] == "A root expired."
