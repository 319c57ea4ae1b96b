"""An export of the page, imported into an empty Fyr, gives the page again."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from app.db import tables
from app.domain.errors import ForbiddenError
from app.domain.maintenances.occurrences import occurrence_id
from app.domain.page.appearance import PageLink
from app.domain.statuses import MaintenanceStatus
from app.usecases.context import Ctx
from app.usecases.imports.export import export_lines
from app.usecases.incidents import edits
from app.usecases.incidents.edits import IncidentEdit, UpdateEdit
from app.usecases.maintenances.windows import (
    NewMaintenanceUpdate,
    cancel_window,
    list_windows,
    move_window,
    post_maintenance_update,
)
from app.usecases.page.settings import PageChange, edit_page
from tests.cast import ADA, BASE_URL, CY, Backend, open_backend
from tests.factories import english, make_incident, make_maintenance, make_service, update
from tests.importers.copies import empty_copy, export_of, import_lines
from tests.many_rows import counted_queries


def test_what_people_wrote_survives_the_round_trip(database_url: str, tmp_path: Path) -> None:
    with open_backend(database_url) as source:
        write_history(source)
        lines = export_of(source)
        with empty_copy(source, tmp_path / "copy") as target:
            import_lines(lines, target, tmp_path)
            assert export_of(target) == lines


def write_history(backend: Backend) -> None:
    """An incident with edited texts, and a maintenance, of a service in a group."""
    with backend.writing(ADA) as ctx:
        make_service(ctx, "web", group="Shop")
        opened = make_incident(ctx, update(), publish=True)
        only = opened.incident
        first = only.updates[0].id
        edits.edit_update(ctx, only.id, first, UpdateEdit(body=english("Corrected.")))
        edits.edit_incident(ctx, only.id, IncidentEdit(english("Renamed")))
        make_maintenance(ctx, "web")


def test_changed_windows_promises_and_names_of_links_survive_the_round_trip(
    sqlite_url: str, tmp_path: Path
) -> None:
    with open_backend(sqlite_url) as source:
        write_plans(source)
        lines = export_of(source)
        with empty_copy(source, tmp_path / "copy") as target:
            import_lines(lines, target, tmp_path)
            assert export_of(target) == lines
            with source.reading(ADA) as ours, target.reading(ADA) as theirs:
                assert shown_plans(theirs) == shown_plans(ours)


def write_plans(backend: Backend) -> None:
    """A series with a moved and a cancelled window, an incident with a promise, and a link."""
    with backend.writing(ADA) as ctx:
        make_service(ctx, "web")
        make_maintenance(ctx, "web", recurrence="FREQ=WEEKLY")
        series = ctx.session.exec(select(tables.MaintenanceRow.public_id)).one()
        ids = [
            occurrence_id(each.recurs_at) for each in list_windows(ctx, series) if each.recurs_at
        ]
        start = ctx.now + timedelta(days=2)
        move_window(ctx, series, ids[0], starts_at=start, ends_at=start + timedelta(hours=1))
        cancel_window(ctx, series, ids[1])
        note = NewMaintenanceUpdate(MaintenanceStatus.SCHEDULED, english("Later."), ids[0])
        post_maintenance_update(ctx, series, note)
        promise = replace(update(), next_update_at=ctx.now + timedelta(hours=1))
        make_incident(ctx, promise, publish=True)
        link = PageLink(english("Help"), "https://help.example/")
        edit_page(ctx, PageChange(links=(link,)))


def shown_plans(ctx: Ctx) -> object:
    """The windows with their updates, the promise, and the links."""
    row = ctx.session.exec(select(tables.MaintenanceRow)).one()
    promised = ctx.session.exec(select(tables.IncidentUpdateRow.next_update_at)).one()
    windows = [
        (each.starts_at, each.ends_at, each.status, [one.id for one in each.updates])
        for each in list_windows(ctx, row.public_id)
    ]
    assert promised is not None
    return windows, promised, ctx.session.exec(select(tables.PageRow.links)).one()


def test_more_maintenances_are_exported_with_as_many_queries(sqlite_url: str) -> None:
    with open_backend(sqlite_url) as backend:
        write_history(backend)
        counts = []
        for _ in range(2):
            with backend.reading(ADA) as ctx, counted_queries(ctx.session) as sent:
                assert [*export_lines(ctx, BASE_URL)]
            counts.append(len(sent))
            with backend.writing(ADA) as ctx:
                make_maintenance(ctx, "web", recurrence="FREQ=WEEKLY")
                make_maintenance(ctx, "web")
    assert counts[0] == counts[1]


def test_an_export_is_for_admins(sqlite_url: str) -> None:
    with (
        open_backend(sqlite_url) as backend,
        backend.reading(CY) as ctx,
        pytest.raises(ForbiddenError),
    ):
        next(iter(export_lines(ctx, BASE_URL)))
