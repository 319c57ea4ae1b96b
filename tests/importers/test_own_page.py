"""The public v2 API of a Fyr is read like any other Statuspage."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from app.db.migrate import upgrade
from app.domain.statuses import IncidentStatus, ServiceStatus
from app.importers.statuspage import read
from app.ports.importer import ReadOptions
from app.usecases.context import SHELL
from app.usecases.imports.imports import HistoryImport, import_history
from app.usecases.incidents.lifecycle import post_update
from tests.cast import Backend, Installation, open_backend, open_installation
from tests.databases import Run, copy_sqlite
from tests.factories import make_incident, make_maintenance, make_service, update
from tests.importers.samples import stored
from tests.importers.servers import serve
from tests.importing.test_tools import tools_for


@pytest.fixture
def page(sqlite_url: str, tmp_path: Path) -> Iterator[Installation]:
    with open_installation(sqlite_url, tmp_path) as opened:
        yield opened


@pytest.fixture
def target(tmp_path: Path) -> Iterator[Backend]:
    copy_sqlite(Run.current(), upgrade, tmp_path / "target.db")
    with open_backend(f"sqlite:///{tmp_path / 'target.db'}") as opened:
        yield opened


def test_what_version_2_says_survives_the_import_of_our_own_page(
    page: Installation, target: Backend, tmp_path: Path
) -> None:
    with page.writing() as ctx:
        make_service(ctx, "web", group="Shop")
        first = update(services={"web": ServiceStatus.PARTIAL_OUTAGE})
        incident = make_incident(ctx, first).incident.id
        maintenance = make_maintenance(ctx, "web").id
    page.clock.forward(hours=1)
    with page.writing() as ctx:
        post_update(ctx, incident, update(IncidentStatus.RESOLVED, body="It is **over**."))
    target.clock.now = page.clock.now + timedelta(minutes=1)

    def answer(path: str, _: Mapping[str, str], __: Mapping[str, str]) -> tuple[int, str, bytes]:
        found = page.vera.get(path)
        return found.status_code, found.headers["content-type"], found.content

    run = HistoryImport(
        reading=lambda: target.reading(SHELL),
        writing=lambda: target.writing(SHELL),
        spool=tmp_path / "import",
    )
    with serve(answer) as url, tools_for(url) as tools:
        tools.token = None
        report = import_history(run, read(tools, ReadOptions(target.clock.now)))
    assert "incomplete.history" in report.entries
    with target.reading() as ctx:
        found = stored(ctx, "statuspage")
    assert [each["slug"] for each in found["services"].values()] == ["web"]
    assert found["groups"] == ["Shop"]
    assert set(found["maintenances"]) == {maintenance}
    (only,) = found["incidents"].values()
    assert (only["id"], only["status"], only["impact"]) == (incident, "resolved", "major")
    assert [each["status"] for each in only["updates"]] == ["investigating", "resolved"]
    assert only["updates"][1]["text"] == "It is **over**."
