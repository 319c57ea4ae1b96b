"""A message shows its subject as it was when the notice was made, however late it is sent."""

from datetime import timedelta

from sqlmodel import col, select

from app.db.tables import NoticeRow
from app.domain.records import IncidentRecord, MaintenanceRecord
from app.domain.statuses import IncidentStatus, MaintenanceStatus
from app.domain.texts.localized_text import LocalizedText
from app.usecases.incidents.lifecycle import delete_incident, post_update
from app.usecases.incidents.postmortems import NewPostmortem, put_postmortem
from app.usecases.maintenances.windows import (
    NewMaintenanceUpdate,
    complete_maintenance,
    post_maintenance_update,
)
from app.usecases.outbox.records import record_of
from tests.cast import BEN, Backend
from tests.factories import english, make_incident, make_maintenance, make_service, update


def records(backend: Backend) -> list[IncidentRecord | MaintenanceRecord | None]:
    """The records of all notices, oldest first, as they are read now."""
    with backend.reading() as ctx:
        found = ctx.session.exec(select(NoticeRow).order_by(col(NoticeRow.id))).all()
        return [record_of(ctx, each) for each in found]


def states(backend: Backend) -> list[tuple[str, list[str]]]:
    """The status and the texts of the updates, newest first, of each record."""
    return [
        (
            record.status.value,
            [
                dict(each.body)["en"]
                for each in record.updates
                if isinstance(each.body, LocalizedText)
            ],
        )
        for record in records(backend)
        if record is not None
    ]


def test_each_notice_of_a_maintenance_shows_the_window_of_its_time(backend: Backend) -> None:
    with backend.writing() as ctx:
        make_service(ctx)
        number = make_maintenance(ctx, starts_in=timedelta(hours=1)).id
    backend.clock.forward(minutes=65)
    for status, body in (
        (MaintenanceStatus.IN_PROGRESS, "We begin."),
        (MaintenanceStatus.VERIFYING, "We test."),
    ):
        with backend.writing(BEN) as ctx:
            post_maintenance_update(ctx, number, NewMaintenanceUpdate(status, english(body)))
        backend.clock.forward(minutes=5)
    with backend.writing(BEN) as ctx:
        complete_maintenance(ctx, number)
    backend.clock.forward(days=1)
    assert states(backend) == [
        ("scheduled", []),
        ("in_progress", ["We begin."]),
        ("verifying", ["We test.", "We begin."]),
        ("completed", ["We test.", "We begin."]),
    ]


def test_each_notice_of_an_incident_shows_the_updates_up_to_its_own(backend: Backend) -> None:
    with backend.writing(BEN) as ctx:
        number = make_incident(ctx, update(body="We look.")).incident.id
        post_update(ctx, number, update(IncidentStatus.RESOLVED, body="It works."))
    assert states(backend) == [
        ("investigating", ["We look."]),
        ("resolved", ["It works.", "We look."]),
    ]


def test_only_the_notice_of_a_postmortem_has_it(backend: Backend) -> None:
    with backend.writing(BEN) as ctx:
        number = make_incident(ctx, update(body="We look.")).incident.id
        post_update(ctx, number, update(IncidentStatus.RESOLVED, body="It works."))
        put_postmortem(ctx, number, NewPostmortem(english("A root ended."), publish=True))
    shown = [isinstance(each, IncidentRecord) and each.postmortem for each in records(backend)]
    assert [bool(each) for each in shown] == [False, False, True]


def test_a_notice_of_what_is_hidden_since_has_no_record(backend: Backend) -> None:
    with backend.writing(BEN) as ctx:
        number = make_incident(ctx).incident.id
        delete_incident(ctx, number)
    assert set(records(backend)) == {None}
