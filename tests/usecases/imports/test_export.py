"""An export of the page, imported into an empty Fyr, gives the page again."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from app.db.migrate import upgrade
from app.domain.errors import ForbiddenError
from app.importers.fyr import read
from app.importing.tools import SourceTools
from app.net.guard import Guard
from app.ports.importer import ReadOptions
from app.usecases.context import SHELL
from app.usecases.imports.export import export_lines
from app.usecases.imports.imports import HistoryImport, import_history
from app.usecases.incidents import edits
from app.usecases.incidents.edits import IncidentEdit, UpdateEdit
from tests.cast import ADA, CY, Backend, open_backend
from tests.databases import Run, copy_sqlite
from tests.factories import english, make_incident, make_maintenance, make_service, update
from tests.fakes import fake_hashes
from tests.importers.samples import Sample, import_sample
from tests.importers.servers import healthchecks_api, upptime_on_github

BASE_URL = "https://status.example.com"


def exported(backend: Backend) -> list[dict[str, Any]]:
    """The lines of an export, without the time at which it was made."""
    with backend.reading(ADA) as ctx:
        lines = [json.loads(json.dumps(line)) for line in export_lines(ctx, BASE_URL)]
    del lines[0]["source"]["made_at"]
    return lines


def copied(lines: list[dict[str, Any]], target: Backend, folder: Path) -> None:
    """Import the lines of an export into another Fyr."""
    file = folder / "export.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    run = HistoryImport(
        reading=lambda: target.reading(SHELL),
        writing=lambda: target.writing(SHELL),
        spool=folder / "import",
        hashes=fake_hashes(),
    )
    with SourceTools(str(file), Guard(())) as tools:
        import_history(run, read(tools, ReadOptions(target.clock.now)))


@pytest.fixture
def two(database_url: str, sqlite_url_of_target: str) -> Iterator[tuple[Backend, Backend]]:
    with ExitStack() as stack:
        source = stack.enter_context(open_backend(database_url))
        target = stack.enter_context(open_backend(sqlite_url_of_target))
        yield source, target


@pytest.fixture
def sqlite_url_of_target(tmp_path: Path) -> str:
    folder = tmp_path / "target"
    folder.mkdir()
    copy_sqlite(Run.current(), upgrade, folder / "fyr.db")
    return f"sqlite:///{folder / 'fyr.db'}"


@pytest.mark.parametrize(
    "sample",
    [
        Sample("fyr", "fyr", "document.json"),
        Sample("statuskit", "cstate", "site"),
        Sample("kener", "kener", "kener.sqlite.db"),
        Sample("blackbox", "blackbox"),
        Sample(
            "healthchecks",
            "healthchecks",
            serve=healthchecks_api,
            token="test-token-not-secret",
            options=ReadOptions(datetime(2026, 11, 23, 12, tzinfo=UTC), history=True),
        ),
        Sample(
            "upptime",
            "upptime",
            serve=upptime_on_github,
            token="test-token-not-secret",
        ),
    ],
    ids=lambda each: each.name,
)
def test_a_sample_survives_the_round_trip(
    two: tuple[Backend, Backend], sample: Sample, tmp_path: Path
) -> None:
    source, target = two
    with sample.serving() as given:
        import_sample(source, sample, given, tmp_path)
    target.clock.now = source.clock.now
    lines = exported(source)
    copied(lines, target, tmp_path)
    assert exported(target) == lines


def test_what_people_wrote_survives_the_round_trip(
    two: tuple[Backend, Backend], tmp_path: Path
) -> None:
    source, target = two
    with source.writing(ADA) as ctx:
        make_service(ctx, "web", group="Shop")
        opened = make_incident(ctx, update(), publish=True)
        only = opened.incident
        first = only.updates[0].id
        edits.edit_update(ctx, only.id, first, UpdateEdit(body=english("Corrected.")))
        edits.edit_incident(ctx, only.id, IncidentEdit(english("Renamed")))
        make_maintenance(ctx, "web")
    target.clock.now = source.clock.now
    lines = exported(source)
    copied(lines, target, tmp_path)
    assert exported(target) == lines


def test_an_export_is_for_admins(sqlite_url: str) -> None:
    with (
        open_backend(sqlite_url) as backend,
        backend.reading(CY) as ctx,
        pytest.raises(ForbiddenError),
    ):
        next(iter(export_lines(ctx, BASE_URL)))
