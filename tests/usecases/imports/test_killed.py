"""An import that is killed, at whatever statement, and resumed ends as one that never stopped."""

import json
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from app.db.tables import IncidentRow, IncidentUpdateRow
from app.usecases.context import SHELL
from tests.cast import open_backend
from tests.importers.samples import text_of
from tests.usecases.imports.killable_import import KillableImports

INCIDENTS = 12


def document() -> dict[str, Any]:
    return {
        "format": "fyr-import-2",
        "source": {"kind": "fyr", "instance": "https://status.example"},
        "services": [{"ref": "web", "slug": "web", "name": "Web"}],
        "incidents": [
            {
                "ref": str(number),
                "title": f"Incident {number}",
                "updates": [
                    {
                        "ref": f"{number}-{hour}",
                        "posted_at": f"2021-09-{number + 1:02}T{hour}:00:00Z",
                        "status": status,
                        "body": "Text.",
                        "services": {"web": "major_outage"} if hour == 10 else {},
                    }
                    for hour, status in ((10, "investigating"), (11, "resolved"))
                ],
            }
            for number in range(INCIDENTS)
        ],
    }


@pytest.fixture(scope="module")
def imports() -> Iterator[KillableImports]:
    made = KillableImports()
    yield made
    made.close()


def test_a_killed_import_is_resumed_and_ends_as_if_it_had_never_stopped(
    database_url: str, imports: KillableImports, tmp_path: Path
) -> None:
    (tmp_path / "document.json").write_text(json.dumps(document()), encoding="utf-8")
    # The whole import has about 65 statements; each part begins with those that read.
    for last, resume in ((20, False), (30, True)):
        code = imports.run(database_url, tmp_path, last, resume=resume)
        assert code == -signal.SIGKILL
        assert_whole_incidents(database_url)
    assert imports.run(database_url, tmp_path, 0, resume=True) == 0
    assert len(assert_whole_incidents(database_url)) == INCIDENTS
    assert not (tmp_path / "import").exists()


def assert_whole_incidents(url: str) -> set[str | None]:
    """The titles of the incidents, each of which has both of its updates."""
    with open_backend(url) as backend, backend.reading(SHELL) as ctx:
        incidents = ctx.session.exec(select(IncidentRow)).all()
        updates = ctx.session.exec(select(IncidentUpdateRow.incident_id)).all()
        assert all(updates.count(each.id or 0) == 2 for each in incidents)
        assert all(each.resolved_at is not None for each in incidents)
        titles = {text_of(each.title) for each in incidents}
        assert len(titles) == len(incidents)
        return titles
