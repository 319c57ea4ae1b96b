"""An export of the page, imported into an empty Fyr, gives the page again."""

from pathlib import Path

import pytest

from app.domain.errors import ForbiddenError
from app.usecases.imports.export import export_lines
from app.usecases.incidents import edits
from app.usecases.incidents.edits import IncidentEdit, UpdateEdit
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
