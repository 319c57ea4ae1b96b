"""An import changes what the source changed, and leaves what people changed here."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from app.channels import CHANNELS
from app.db import tables
from app.domain.errors import ConflictError, InvalidError
from app.domain.notifications.subscribers.choices import Choices, Followed
from app.importers.fyr import document_items
from app.usecases.context import SHELL, Ctx
from app.usecases.encryption import SecretBox
from app.usecases.imports.imports import HistoryImport, InterruptedImportError, import_history
from app.usecases.imports.report import ImportReport, ItemOutcome
from app.usecases.imports.spool import Spool
from app.usecases.imports.state import WriteOptions
from app.usecases.incidents import edits, listing
from app.usecases.incidents.edits import IncidentEdit
from app.usecases.page.settings import PageChange, edit_page
from app.usecases.subscribers import administration, rooms
from tests.cast import BEN, Backend, open_backend
from tests.factories import english
from tests.fakes import fake_hashes
from tests.importers.samples import row_counts, text_of

BOX = SecretBox(lambda: b"k" * 32)


@pytest.fixture
def backend(database_url: str) -> Iterator[Backend]:
    with open_backend(database_url) as opened:
        yield opened


def update(at: str, status: str, body: str = "Text.", **more: Any) -> dict[str, Any]:  # noqa: ANN401
    return {"ref": at, "posted_at": f"2021-09-30T{at}:00Z", "status": status, "body": body, **more}


def incident(number: int, *updates: dict[str, Any], **more: Any) -> dict[str, Any]:  # noqa: ANN401
    default = (
        update("10:00", "investigating", services={"web": "major_outage"}),
        update("11:00", "resolved"),
    )
    title = f"Incident {number}"
    return {"ref": str(number), "title": title, "updates": [*(updates or default)], **more}


def document(*incidents: dict[str, Any], **more: Any) -> dict[str, Any]:  # noqa: ANN401
    return {
        "format": "fyr-import-2",
        "source": {"kind": "fyr", "instance": "https://status.example"},
        "services": [{"ref": "web", "slug": "web", "name": "Web"}],
        "incidents": [*incidents],
        **more,
    }


def run(backend: Backend, content: object, folder: Path, **more: Any) -> ImportReport:  # noqa: ANN401
    settings = HistoryImport(
        reading=lambda: backend.reading(SHELL),
        writing=lambda: backend.writing(SHELL),
        spool=folder / "import",
        hashes=fake_hashes(),
        **more,
    )
    return import_history(settings, document_items(content))


def titles(backend: Backend) -> set[str | None]:
    with backend.reading(SHELL) as ctx:
        found = listing.list_incidents(ctx, cursor=None, limit=100).items
    return {text_of(each.incident.title) for each in found}


def counts(backend: Backend) -> dict[str, int]:
    with backend.reading(SHELL) as ctx:
        return row_counts(ctx.session)


def test_what_the_source_changed_is_changed_and_its_new_updates_are_added(
    backend: Backend, tmp_path: Path
) -> None:
    run(backend, document(incident(1), incident(2)), tmp_path)
    changed = incident(
        1,
        update("10:00", "investigating", "Corrected.", services={"web": "partial_outage"}),
        update("10:30", "identified"),
        update("11:00", "resolved"),
        title="Renamed",
    )
    report = run(backend, document({**changed, "title": "Renamed"}, incident(2)), tmp_path)
    assert report.outcomes[ItemOutcome.CHANGED] == 1
    (change,) = report.changes
    assert [each.name for each in change.fields] == ["title", "updates"]
    with backend.reading(SHELL) as ctx:
        found = listing.list_incidents(ctx, cursor=None, limit=10).items
        (first,) = (each for each in found if text_of(each.incident.title) == "Renamed")
    assert [each.status.value for each in first.incident.updates] == [
        "resolved",
        "identified",
        "investigating",
    ]
    assert first.incident.impact.value == "major"


def test_what_somebody_edited_here_stays_unless_it_is_overwritten(
    backend: Backend, tmp_path: Path
) -> None:
    run(backend, document(incident(1)), tmp_path)
    with backend.writing(BEN) as ctx:
        (only,) = listing.list_incidents(ctx, cursor=None, limit=10).items
        edits.edit_incident(ctx, only.incident.id, IncidentEdit(english("Ours")))
    theirs = document({**incident(1), "title": "Theirs"})
    report = run(backend, theirs, tmp_path)
    assert report.outcomes[ItemOutcome.EDITED] == 1
    assert titles(backend) == {"Ours"}
    run(backend, theirs, tmp_path, options=WriteOptions(overwrite=True))
    assert titles(backend) == {"Theirs"}
    assert run(backend, theirs, tmp_path).outcomes[ItemOutcome.UNCHANGED] == 2


def test_what_the_source_no_longer_has_stays_and_is_reported(
    backend: Backend, tmp_path: Path
) -> None:
    run(backend, document(incident(1), incident(2)), tmp_path)
    report = run(backend, document(incident(2)), tmp_path)
    assert [(each.ref, each.outcome) for each in report.changes] == [("1", ItemOutcome.GONE)]
    assert titles(backend) == {"Incident 1", "Incident 2"}


def test_things_are_joined_by_ref_and_never_by_name(backend: Backend, tmp_path: Path) -> None:
    run(backend, document(incident(1)), tmp_path)
    other = document(incident(1), source={"kind": "fyr", "instance": "https://other.example"})
    report = run(backend, other, tmp_path)
    assert report.outcomes[ItemOutcome.NEW] == 2
    assert report.entries["fixed.slug"] == ("web",)


def test_an_interrupted_import_goes_on_and_ends_as_if_it_had_never_stopped(
    backend: Backend, tmp_path: Path
) -> None:
    content = document(*(incident(number) for number in range(10)))
    before = counts(backend)
    asked = iter([False, False, True])
    with pytest.raises(InterruptedImportError, match=r"--resume"):
        run(backend, content, tmp_path, whole=1, batch=3, stop=lambda: next(asked))
    assert len(titles(backend)) == 6
    assert (tmp_path / "import").stat().st_mode & 0o777 == 0o600
    # The source is not read again.
    report = run(backend, {"format": "fyr-import-9"}, tmp_path, whole=1, batch=3, resume=True)
    assert report.outcomes[ItemOutcome.NEW] == 4
    assert len(titles(backend)) == 10
    assert not (tmp_path / "import").exists()
    assert run(backend, content, tmp_path).outcomes[ItemOutcome.UNCHANGED] == 11
    after = counts(backend)
    assert after["incident"] - before["incident"] == 10
    assert after["incident_update"] == 20
    with backend.reading(SHELL) as ctx:
        (known_since,) = ctx.session.exec(select(tables.ServiceRow.known_since)).all()
    assert known_since.isoformat() == "2021-09-30T10:00:00+00:00"


def test_batches_move_the_revision_once_each_and_record_one_audit_entry(
    backend: Backend, tmp_path: Path
) -> None:
    before = counts(backend)
    run(backend, document(*map(incident, range(7))), tmp_path, whole=1, batch=3)
    after = counts(backend)
    assert after["audit_entry"] == before["audit_entry"] + 1
    # Services, three batches, and the uptime at the end.
    assert after["the revision"] - before["the revision"] == 5
    assert after["notice"] == 0


def test_a_second_import_at_once_is_refused(backend: Backend, tmp_path: Path) -> None:
    with Spool(tmp_path / "import"), pytest.raises(ConflictError, match="Another import"):
        run(backend, document(incident(1)), tmp_path)
    assert titles(backend) == set()


def test_an_error_in_the_last_item_leaves_nothing(backend: Backend, tmp_path: Path) -> None:
    before = counts(backend)
    broken = {**incident(3), "impact": "awful"}
    with pytest.raises(InvalidError, match=r"incidents\[2\]\.impact"):
        run(backend, document(incident(1), incident(2), broken), tmp_path, whole=1, batch=1)
    assert counts(backend) == before
    assert not (tmp_path / "import").exists()


def test_an_incident_that_is_refused_can_be_left_out_with_the_services_that_it_names(
    backend: Backend, tmp_path: Path
) -> None:
    broken = incident(2, update("10:00", "odd", services={"unknown": "major_outage"}))
    report = run(backend, document(incident(1), broken), tmp_path, skip_broken=True)
    assert report.entries["skipped.broken"] == ("2",)
    assert report.counts["incidents"] == 1


def test_who_unsubscribed_here_stays_unsubscribed(backend: Backend, tmp_path: Path) -> None:
    person = {
        "ref": "s1",
        "channel": "email",
        "address": "vera@example.com",
        "confirmed": True,
        "services": None,
    }
    content = document(subscribers=[person])
    run(backend, content, tmp_path)
    with backend.writing(SHELL) as ctx:
        (row,) = ctx.session.exec(select(tables.SubscriberRow)).all()
        administration.erase_subscriber(ctx, fake_hashes(), row.public_id)
    options = WriteOptions(restore_deleted=True, overwrite=True)
    run(backend, content, tmp_path, options=options)
    with backend.reading(SHELL) as ctx:
        assert ctx.session.exec(select(tables.SubscriberRow)).all() == []
        refs = ctx.session.exec(select(tables.ImportRefRow.ref)).all()
    assert set(refs) == {"s1", "web"}


def test_a_room_follows_what_its_subscription_did_in_its_language(
    backend: Backend, tmp_path: Path
) -> None:
    def add_room(ctx: Ctx, channel: str, url: str, choices: Choices) -> int:
        new = rooms.NewRoom(channel, "Hooks", {"url": url}, choices)
        return rooms.room_number(ctx, rooms.add_room(ctx, BOX, new, CHANNELS).room.id)

    with backend.writing() as ctx:
        edit_page(ctx, PageChange(languages=("en", "sv")))
    hook = {"channel": "webhook", "confirmed": True, "services": ["web"], "language": "sv"}
    content = document(
        subscribers=[
            {**hook, "ref": "1", "address": "https://hooks.example.com/1"},
            {**hook, "ref": "2", "address": "https://hooks.example.com/2", "services": []},
            {**hook, "ref": "3", "address": "https://hooks.example.com/3", "confirmed": False},
        ]
    )
    report = run(backend, content, tmp_path, add_room=add_room)
    assert report.entries == {"skipped.no_service": ("2",), "skipped.channel": ("3",)}
    with backend.reading() as ctx:
        (room,) = rooms.list_rooms(ctx, BOX)
    assert (room.choices.followed, room.choices.language) == (Followed(("web",)), "sv")


def test_imported_intervals_count_as_downtime(backend: Backend, tmp_path: Path) -> None:
    backend.clock.now = backend.clock.now.replace(year=2026)
    now = backend.clock.now
    start, end = now.replace(day=1, hour=3), now.replace(day=1, hour=4)
    interval = {
        "service": "web",
        "status": "major_outage",
        "from": start.isoformat(),
        "to": end.isoformat(),
    }
    run(backend, document(uptime=[interval]), tmp_path)
    with backend.reading(SHELL) as ctx:
        found = ctx.session.exec(
            select(
                tables.UptimeIntervalRow.status,
                tables.UptimeIntervalRow.started_at,
                tables.UptimeIntervalRow.ended_at,
            )
        ).all()
    assert [tuple(each) for each in found] == [("major_outage", start, end)]


def test_addresses_to_probe_are_imported_when_asked_for(backend: Backend, tmp_path: Path) -> None:
    added: list[object] = []

    def add_target(*arguments: object) -> int:
        added.append(arguments[1:])
        return len(added)

    host = {"ref": "t1", "host": "pay.example", "services": ["web"]}
    content = document(targets=[host])
    run(backend, content, tmp_path, add_target=add_target)
    assert added == []
    options = WriteOptions(targets=True)
    run(backend, content, tmp_path, add_target=add_target, options=options)
    run(backend, content, tmp_path, add_target=add_target, options=options)
    assert added == [("pay.example", 443, None, ("web",))]


def test_a_hidden_service_is_archived_and_not_on_the_page(backend: Backend, tmp_path: Path) -> None:
    services = [
        {"ref": "web", "slug": "web", "name": "Web"},
        {"ref": "vault", "slug": "vault", "name": "Vault", "hidden": True},
    ]
    run(backend, document(services=services), tmp_path)
    with backend.reading(SHELL) as ctx:
        rows = ctx.session.exec(select(tables.ServiceRow)).all()
        archived = {row.slug: row.archived_at is not None for row in rows}
    assert archived == {"web": False, "vault": True}
