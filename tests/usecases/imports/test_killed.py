"""An import that is killed, at whatever statement, and resumed ends as one that never stopped."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from sqlmodel import select

from app.db.tables import IncidentRow, IncidentUpdateRow
from app.usecases.context import SHELL
from tests.cast import open_backend
from tests.importers.samples import text_of

ROOT = Path(__file__).parents[3]
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


def import_in_a_process(url: str, folder: Path, last: int, mode: str) -> int:
    """The exit code; the process is killed before its statement number `last`, 0 for never."""
    module = "tests.usecases.imports.killable_import"
    arguments = [url, str(folder / "document.json"), str(folder), str(last), mode]
    return subprocess.run(
        [sys.executable, "-m", module, *arguments], cwd=ROOT, check=False, capture_output=True
    ).returncode


def test_a_killed_import_is_resumed_and_ends_as_if_it_had_never_stopped(
    database_url: str, tmp_path: Path
) -> None:
    (tmp_path / "document.json").write_text(json.dumps(document()), encoding="utf-8")
    mode = "begin"
    # The whole import has about 65 statements; each part begins with those that read.
    for last in (20, 30):
        code = import_in_a_process(database_url, tmp_path, last, mode)
        assert code == -signal.SIGKILL
        assert_whole_incidents(database_url)
        mode = "resume"
    assert import_in_a_process(database_url, tmp_path, 0, "resume") == 0
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
