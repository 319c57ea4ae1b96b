"""The registry of publication commands: each one is complete, stored as JSON, and previewed."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypeVar

import pytest

from app.domain.maintenances.maintenance import MaintenanceUpdate
from app.domain.publication import PreviewContent, SubjectKind
from app.domain.records import IncidentRecord, MaintenanceRecord, UpdateRecord
from app.domain.statuses import Impact, IncidentStatus, MaintenanceStatus, ServiceStatus
from app.domain.texts.localized_text import LocalizedText
from app.usecases.context import Ctx
from app.usecases.incidents.lifecycle import NewUpdate
from app.usecases.incidents.records import StaffIncident
from app.usecases.maintenances.windows import list_windows
from app.usecases.publication import pending
from app.usecases.publication.commands import COMMANDS, AnyCommand, Done, from_json, to_json
from app.usecases.publication.incident_commands import (
    EditIncident,
    EditUpdate,
    OpenIncident,
    PostUpdate,
    Publish,
    PutPostmortem,
    RemoveUpdate,
    WithdrawPostmortem,
)
from app.usecases.publication.maintenance_commands import (
    AnnounceMaintenance,
    EditMaintenance,
    EditMaintenanceUpdate,
    PlanMaintenance,
    PublishMaintenance,
    RemoveMaintenanceUpdate,
)
from tests.cast import BEN, Backend
from tests.usecases.publication.submission import every_command

UpdateT = TypeVar("UpdateT", UpdateRecord, MaintenanceUpdate)

ID, UPDATE = "k3v9q0w2m4xa", "u3v9q0w2m4xa"
TEXT = {"source": "en", "version": 2, "texts": {"en": ["Down", 2], "sv": ["Nere", 1]}}
READ = LocalizedText.of("Stale", "en").revise({"sv": "Nere"}).revise({"en": "Down"})
PHRASES = {
    "phrases": [
        ["why.expired", {"host": "pay.example", "date": {"at": "2026-03-01T12:00:00+00:00"}}]
    ]
}
AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
NEW_UPDATE = {
    "status": "identified",
    "body": TEXT,
    "services": {"payments": "major_outage"},
    "posted_at": "2026-03-01T12:00:00+00:00",
    "notify": False,
}
UPDATED = NewUpdate(
    IncidentStatus.IDENTIFIED,
    READ,
    {"payments": ServiceStatus.MAJOR_OUTAGE},
    posted_at=AT,
    notify=False,
)
# Every kind as release 0.1 stored it, and the command that it means.
STORED: Mapping[str, tuple[Mapping[str, Any], AnyCommand]] = {
    "open": (
        {
            "title": TEXT,
            "first": NEW_UPDATE,
            "impact": "critical",
            "started_at": "2026-03-01T12:00:00+00:00",
            "publish": True,
        },
        OpenIncident(READ, UPDATED, Impact.CRITICAL, AT, publish=True),
    ),
    "update": ({"new": NEW_UPDATE, "seen": UPDATE}, PostUpdate(ID, UPDATED, UPDATE)),
    "edit_update": (
        {"update": UPDATE, "body": TEXT, "seen": ""},
        EditUpdate(ID, UPDATE, READ, ""),
    ),
    "remove_update": ({"update": UPDATE}, RemoveUpdate(ID, UPDATE)),
    "edit": (
        {"title": TEXT, "impact": None, "derive_impact": True},
        EditIncident(READ, None, derive_impact=True, incident=ID),
    ),
    "publish": ({}, Publish(ID)),
    # Release 0.1 began without the choice to notify.
    "postmortem": (
        {"body": TEXT, "publish": True, "seen": None},
        PutPostmortem(ID, READ, publish=True, notify=True),
    ),
    "postmortem.withdraw": ({"body": TEXT}, WithdrawPostmortem(ID, READ)),
    "maintenance.plan": (
        {
            "title": TEXT,
            "body": TEXT,
            "services": ["payments"],
            "starts_at": "2026-03-01T12:00:00+00:00",
            "ends_at": "2026-03-01T12:00:00+00:00",
            "recurrence": "FREQ=DAILY",
            "publish": False,
            "notify": False,
        },
        PlanMaintenance(
            READ, READ, ("payments",), AT, AT, "FREQ=DAILY", publish=False, notify=False
        ),
    ),
    "maintenance.edit": (
        {
            "title": TEXT,
            "body": None,
            "services": ["payments"],
            "starts_at": None,
            "ends_at": "2026-03-01T12:00:00+00:00",
            "recurrence": None,
            "ends_recurrence": True,
            "seen": "2026-03-01T12:00:00+00:00",
        },
        EditMaintenance(
            READ,
            services=("payments",),
            ends_at=AT,
            ends_recurrence=True,
            maintenance=ID,
            seen="2026-03-01T12:00:00+00:00",
        ),
    ),
    "maintenance.publish": ({}, PublishMaintenance(ID)),
    "maintenance.update": (
        {
            "status": "verifying",
            "body": TEXT,
            "occurrence": "20260303T120000Z",
            "notify": False,
        },
        AnnounceMaintenance(
            MaintenanceStatus.VERIFYING, READ, "20260303T120000Z", notify=False, maintenance=ID
        ),
    ),
    "maintenance.edit_update": (
        {"update": UPDATE, "body": TEXT, "seen": None},
        EditMaintenanceUpdate(ID, UPDATE, READ),
    ),
    "maintenance.remove_update": ({"update": UPDATE}, RemoveMaintenanceUpdate(ID, UPDATE)),
}


def test_every_kind_has_one_class_and_an_example_here() -> None:
    assert len({each.__name__ for each in COMMANDS.values()}) == len(COMMANDS)
    assert {kind: each.kind for kind, each in COMMANDS.items()} == {kind: kind for kind in COMMANDS}
    assert set(STORED) == set(COMMANDS)


@pytest.mark.parametrize("kind", STORED)
def test_a_command_that_release_0_1_stored_is_read(kind: str) -> None:
    content, command = STORED[kind]
    assert from_json(kind, ID, content) == command


@pytest.mark.parametrize("kind", STORED)
def test_a_command_is_read_as_it_was_stored(kind: str) -> None:
    command = STORED[kind][1]
    content = to_json(command)
    assert command.subject.kind.value not in content
    assert from_json(kind, command.subject.id, content) == command


@pytest.mark.parametrize("kind", STORED)
def test_the_stored_keys_of_release_0_1_stay(kind: str) -> None:
    content, command = STORED[kind]
    assert set(content) <= set(to_json(command))


@pytest.mark.parametrize("kind", STORED)
def test_the_subject_has_the_id_that_the_command_was_read_with(kind: str) -> None:
    subject = STORED[kind][1].subject
    creates = kind in {"open", "maintenance.plan"}
    assert subject.id == (None if creates else ID)
    is_maintenance = subject.kind is SubjectKind.MAINTENANCE
    assert is_maintenance == kind.startswith("maintenance.")


@pytest.mark.parametrize("kind", STORED)
def test_a_command_without_a_text_publishes_a_draft_or_removes_a_text(
    kind: str,
) -> None:
    command = STORED[kind][1]
    has_text = command.new_text() is not None or command.new_title() is not None
    assert has_text != kind.endswith(("publish", "remove_update", "withdraw"))


def test_phrases_of_automation_are_stored_too() -> None:
    content = {**STORED["update"][0], "new": {**NEW_UPDATE, "body": PHRASES}}
    command = from_json("update", ID, content)
    assert from_json("update", ID, to_json(command)) == command
    assert to_json(command)["new"]["body"]["phrases"][0][0] == "why.expired"


def test_a_text_of_staff_is_never_read_from_phrases() -> None:
    with pytest.raises(ValueError, match="never phrased"):
        from_json("edit_update", ID, {**STORED["edit_update"][0], "body": PHRASES})


def test_a_preview_shows_what_executing_the_command_publishes(sqlite_backend: Backend) -> None:
    backend = sqlite_backend
    commands = every_command(backend)
    assert {each.kind for each in commands} == set(COMMANDS)
    for command in commands:
        with backend.reading() as ctx:
            preview = pending.dry_run(ctx, command)
        assert preview != PreviewContent()
        with backend.writing() as ctx:
            shown = _shown(ctx, command.execute(ctx), preview)
        read = replace(preview, removed=None)
        assert _without_ids(read) == _without_ids(shown), command.kind


# Every other command notifies nobody, and takes no text away.
NOTIFIES = {"open", "update", "publish", "maintenance.publish", "maintenance.edit"}
REMOVES = {
    "remove_update": ["We are looking into it."],
    "postmortem.withdraw": ["Why."],
    "maintenance.remove_update": ["It stays as planned."],
}


def test_a_preview_says_who_is_notified_and_which_text_is_taken_away(
    sqlite_backend: Backend,
) -> None:
    backend = sqlite_backend
    commands = every_command(backend)
    with backend.reading() as ctx:
        previews = {each.kind: pending.dry_run(ctx, each) for each in commands}
    assert {kind for kind, each in previews.items() if each.notifies} == NOTIFIES
    texts = {
        kind: list(dict(each.removed).values())
        for kind, each in previews.items()
        if isinstance(each.removed, LocalizedText)
    }
    assert texts == REMOVES


def test_a_preview_stores_nothing(sqlite_backend: Backend) -> None:
    backend = sqlite_backend
    commands = every_command(backend)
    with backend.database.writing(BEN) as ctx:
        for command in commands:
            pending.dry_run(ctx, command)
        assert not ctx.session.new
        assert not ctx.session.dirty
        assert not ctx.visibly_changed


def _shown(ctx: Ctx, done: Done, preview: PreviewContent) -> PreviewContent:
    """The part of the result that the preview shows, read back from the database."""
    preview = replace(preview, removed=None)
    shown = _shown_only(ctx, done, preview)
    return replace(shown, notifies=preview.notifies)


def _shown_only(ctx: Ctx, done: Done, preview: PreviewContent) -> PreviewContent:
    if not isinstance(done, StaffIncident):
        assert preview.window is not None
        recurs_at = preview.window.recurs_at
        (window,) = [each for each in list_windows(ctx, done.id) if each.recurs_at == recurs_at]
        updates = _same_updates(window.updates, preview.window.updates)
        return PreviewContent(window=replace(window, updates=updates))
    incident = done.incident
    if preview.is_empty:
        assert not done.postmortem_published
        return preview
    if preview.incident is None:
        assert incident.postmortem is not None
        return PreviewContent(text=incident.postmortem.body)
    updates_shown = _same_updates(incident.updates, preview.incident.updates)
    return PreviewContent(incident=replace(incident, updates=updates_shown))


def _same_updates(
    stored: tuple[UpdateT, ...], previewed: tuple[UpdateT, ...]
) -> tuple[UpdateT, ...]:
    """The updates with the ids of the preview; for an update that had no id yet, the newest."""
    ids = {each.id for each in previewed}
    found = tuple(each for each in stored if each.id in ids)
    return found or stored[: len(previewed)]


def _without_ids(content: PreviewContent) -> PreviewContent:
    return replace(
        content,
        incident=None if content.incident is None else _nameless(content.incident),
        window=None if content.window is None else _nameless_window(content.window),
    )


def _nameless(incident: IncidentRecord) -> IncidentRecord:
    return replace(
        incident, id="", updates=tuple(replace(each, id="") for each in incident.updates)
    )


def _nameless_window(window: MaintenanceRecord) -> MaintenanceRecord:
    return replace(
        window, id="", series=None, updates=tuple(replace(each, id="") for each in window.updates)
    )
