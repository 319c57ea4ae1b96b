"""Texts that wait for a second person."""

from dataclasses import replace
from datetime import timedelta
from typing import get_args

import pytest

from app.domain.errors import ConflictError, ForbiddenError
from app.domain.localized_text import LocalizedText
from app.domain.statuses import Impact, IncidentStatus
from app.usecases.context import Ctx
from app.usecases.incidents import lifecycle
from app.usecases.incidents.edits import NewPostmortem, put_postmortem
from app.usecases.incidents.lifecycle import NewIncident
from app.usecases.incidents.records import StaffIncident
from app.usecases.maintenances.lifecycle import (
    MaintenanceChanges,
    NewMaintenance,
    StaffMaintenance,
    edit_maintenance,
    get_maintenance,
)
from app.usecases.maintenances.windows import complete_maintenance, post_maintenance_update
from app.usecases.page.settings import PageChange, edit_page
from app.usecases.publication import commands, pending
from app.usecases.publication.commands import Write
from app.usecases.publication.incident_commands import (
    EditIncident,
    EditUpdate,
    OpenIncident,
    PostUpdate,
    Publish,
    PutPostmortem,
)
from app.usecases.publication.maintenance_commands import (
    AnnounceMaintenance,
    EditMaintenance,
    EditMaintenanceUpdate,
    PlanMaintenance,
    PublishMaintenance,
)
from tests.cast import ADA, BEN, Stage
from tests.factories import english, make_incident, make_maintenance, update
from tests.usecases.alerts.automation import expired_for_all, watchpost
from tests.usecases.publication.held import (
    AHEAD,
    BOB,
    IDENTIFIED,
    an_incident,
    held,
    texts,
    wanting_two,
    work,
)


def test_an_editors_text_waits_for_a_second_person(stage: Stage) -> None:
    wanting_two(stage)
    waits = held(stage, PostUpdate(an_incident(stage), IDENTIFIED))
    assert waits.due_at is None
    stage.clock.forward(days=1)
    work(stage)
    with stage.writing(BEN) as ctx, pytest.raises(ForbiddenError) as refused:
        pending.approve(ctx, waits.id)
    assert refused.value.code == "own_text"
    assert "A root expired." not in texts(stage)
    with stage.writing(BOB) as ctx:
        pending.approve(ctx, waits.id)
    assert texts(stage)[0] == "A root expired."


def test_a_second_person_may_refuse(quick_stage: Stage) -> None:
    stage = quick_stage
    wanting_two(stage)
    waits = held(stage, PostUpdate(an_incident(stage), IDENTIFIED))
    with stage.writing(BOB) as ctx:
        assert pending.withdraw(ctx, waits.id).outcome == "refused"
    assert "A root expired." not in texts(stage)


def _resolved(ctx: Ctx) -> str:
    return make_incident(ctx, update(IncidentStatus.RESOLVED)).incident.id


def public_writes(stage: Stage) -> list[Write]:
    """Everything that makes words public, about what is there."""
    incident = an_incident(stage)
    with stage.writing() as ctx:
        first = lifecycle.get_incident(ctx, incident).incident.updates[0].id
        drafted = NewIncident(english("Draft"), IDENTIFIED, publish=False)
        draft = lifecycle.open_incident(ctx, drafted).incident.id
        over = _resolved(ctx)
        planned = make_maintenance(ctx, recurrence="FREQ=DAILY")
        said = post_maintenance_update(ctx, planned.id, AHEAD).maintenance
        unseen = make_maintenance(ctx, publish=False).id
    starts_at = stage.clock.now + timedelta(hours=1)
    plan = NewMaintenance(
        english("New cables"),
        english("Nothing should be felt."),
        ("payments",),
        starts_at,
        starts_at + timedelta(hours=1),
        notify=False,
    )
    name = "20260303T120000Z"
    return [
        OpenIncident(NewIncident(english("Down"), IDENTIFIED)),
        PostUpdate(incident, IDENTIFIED),
        EditUpdate(incident, first, english("Better.")),
        EditIncident(incident, english("Another title")),
        Publish(draft),
        PutPostmortem(over, english("Why."), publish=True, notify=False),
        PlanMaintenance(plan),
        EditMaintenance(
            planned.id, MaintenanceChanges(english("Cables"), ends_at=starts_at + timedelta(days=1))
        ),
        PublishMaintenance(unseen),
        AnnounceMaintenance(planned.id, replace(AHEAD, occurrence=name, notify=False)),
        EditMaintenanceUpdate(planned.id, said.updates[0].id, english("Better.")),
    ]


def test_no_public_verb_goes_round_the_second_person(quick_stage: Stage) -> None:
    stage = quick_stage
    public = public_writes(stage)
    wanting_two(stage)
    assert {type(write) for write in public} == set(get_args(Write))
    for write in public:
        with stage.writing(BEN) as ctx, pytest.raises(ForbiddenError) as refused:
            commands.do(ctx, write)
        assert refused.value.code == "second_person_needed"
        with stage.reading() as ctx:
            assert held(stage, write).write == write


def test_what_was_held_is_done_as_it_was_sent(stage: Stage) -> None:
    wanting_two(stage)
    waits = [held(stage, write) for write in public_writes(stage)]
    for each in waits:
        with stage.writing(BOB) as ctx:
            pending.approve(ctx, each.id)
    with stage.reading() as ctx:
        sent = [pending.get_held(ctx, each.id) for each in waits]
    assert {each.outcome for each in sent} == {"sent"}
    assert all((each.incident is None) != (each.maintenance is None) for each in sent)


def test_what_visitors_do_not_read_needs_nobody_else(quick_stage: Stage) -> None:
    stage = quick_stage
    incident = an_incident(stage)
    wanting_two(stage)
    with stage.writing() as ctx:
        planned = make_maintenance(ctx, starts_in=timedelta(hours=-1)).id
        unseen = make_maintenance(ctx, publish=False).id
    longer = MaintenanceChanges(ends_at=stage.clock.now + timedelta(hours=5))
    with stage.writing(BEN) as ctx:
        pending.submit(ctx, EditIncident(incident, impact=Impact.CRITICAL))
        over = _resolved(Ctx(ctx.session, ADA, ctx.now))
        put_postmortem(ctx, over, NewPostmortem(english("Why."), publish=False))
        drafted = NewIncident(english("Down"), IDENTIFIED, publish=False)
        assert isinstance(pending.submit(ctx, OpenIncident(drafted)), StaffIncident)
        pending.submit(ctx, EditMaintenance(unseen, MaintenanceChanges(english("Cables"))))
        done = pending.submit(ctx, EditMaintenance(planned, longer), undoable=True)
        assert isinstance(done, StaffMaintenance)
        assert complete_maintenance(ctx, planned).maintenance.status == "completed"


def test_a_window_begins_and_ends_while_words_about_it_wait(quick_stage: Stage) -> None:
    stage = quick_stage
    an_incident(stage)
    with stage.writing() as ctx:
        planned = make_maintenance(ctx, recurrence="FREQ=DAILY").id
    wanting_two(stage)
    waits = held(stage, AnnounceMaintenance(planned, AHEAD))
    stage.clock.forward(days=1, minutes=5)
    with stage.reading() as ctx:
        assert get_maintenance(ctx, planned).maintenance.status == "in_progress"
    stage.clock.forward(days=1)
    # It was meant for the first window, which is over; nobody hears it of another one.
    with stage.writing(BOB) as ctx, pytest.raises(ConflictError):
        pending.approve(ctx, waits.id)


def test_what_somebody_changed_meanwhile_is_not_overwritten(quick_stage: Stage) -> None:
    stage = quick_stage
    an_incident(stage)
    with stage.writing() as ctx:
        planned = make_maintenance(ctx)
    seen = planned.updated_at.isoformat()
    waits = held(stage, EditMaintenance(planned.id, MaintenanceChanges(english("Mine")), seen))
    stage.clock.forward(seconds=5)
    with stage.writing() as ctx:
        edit_maintenance(ctx, planned.id, MaintenanceChanges(english("Theirs")))
    stage.clock.forward(seconds=5)
    work(stage)
    with stage.reading() as ctx:
        assert pending.get_held(ctx, waits.id).outcome == "failed"
        title = get_maintenance(ctx, planned.id).maintenance.title
    assert isinstance(title, LocalizedText)
    assert dict(title) == {"en": "Theirs"}


def test_its_author_reads_why_it_was_refused_until_they_put_that_away(stage: Stage) -> None:
    wanting_two(stage)
    waits = held(stage, PostUpdate(an_incident(stage), IDENTIFIED))
    with stage.writing(BOB) as ctx:
        pending.withdraw(ctx, waits.id, remark="  Not before the bank says so. ")
        with pytest.raises(ForbiddenError):
            pending.dismiss(ctx, waits.id)
        assert pending.list_refused(ctx) == ()
    with stage.writing(BEN) as ctx:
        (told,) = pending.list_refused(ctx)
        assert (told.decided_by, told.remark) == (BOB.name, "Not before the bank says so.")
        assert told.write == waits.write
        pending.dismiss(ctx, told.id)
        assert pending.list_refused(ctx) == ()
        assert pending.get_held(ctx, told.id).write == waits.write


def test_what_automation_opens_can_wait_for_staff_too(sqlite_url: str) -> None:
    with watchpost(sqlite_url) as post:
        post.watch("pay.example", "payments")
        post.ask(lambda ctx: edit_page(ctx, PageChange(four_eyes=True, four_eyes_automation=True)))
        post.serve(expired_for_all)
        post.let_pass(minutes=5)
        assert post.incident().published_at is None
