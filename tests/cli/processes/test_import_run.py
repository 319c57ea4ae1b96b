"""The process of an import: it runs apart from the web process, and its end is noticed."""

import fcntl
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread

import pytest
from sqlmodel import func, select

from app.db.queries.imports import imports
from app.db.tables import IncidentRow
from app.usecases.encryption import SecretBox
from app.usecases.imports.runs import runs
from app.usecases.imports.runs.run_files import ImportFiles
from app.usecases.imports.runs.run_options import NewImport
from app.usecases.imports.runs.runs import ImportRun
from app.web.import_processes import start_process
from tests.cast import Installation, open_backend, open_installation

ROOT = Path(__file__).parents[3]
NOW = datetime(2021, 1, 1, tzinfo=UTC)


@pytest.fixture
def installation(sqlite_url: str, tmp_path: Path) -> Iterator[Installation]:
    """The application, whose imports have processes of their own."""
    with open_installation(sqlite_url, tmp_path, allowed_networks="127.0.0.0/8") as opened:
        yield opened


class SlowServer:
    """A server that answers when it is let, and then with an error."""

    def __init__(self) -> None:
        self.is_asked, self.may_answer = Event(), Event()
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:  # as the library calls it
                server.is_asked.set()
                server.may_answer.wait()
                self.send_error(404)

            def log_message(self, *_: object) -> None: ...

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        Thread(target=self.http.serve_forever, args=(0.05,), daemon=True).start()


@pytest.fixture
def server() -> Iterator[SlowServer]:
    opened = SlowServer()
    yield opened
    opened.may_answer.set()
    opened.http.shutdown()
    opened.http.server_close()


def store(installation: Installation, address: str) -> str:
    files = ImportFiles(installation.settings.data_dir)
    with installation.writing() as ctx:
        started = NewImport("fyr", address=address, token="t0ken")
        return runs.start(ctx, started, files, installation.app.state.fyr.secret_box).id


def found(installation: Installation, run_id: str) -> ImportRun:
    with installation.reading() as ctx:
        return runs.get_run(ctx, run_id, ImportFiles(installation.settings.data_dir))


def wait_for_the_end(installation: Installation, run_id: str) -> None:
    """Wait until the process has let go of the lock: the kernel wakes us."""
    file = installation.settings.data_dir / "imports" / run_id / "lock"
    try:
        with file.open() as opened:
            fcntl.flock(opened, fcntl.LOCK_SH)
    except FileNotFoundError:
        return


def kill_children() -> None:
    """Kill the processes that run an import below this one."""
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has ended meanwhile
            parent = (folder / "stat").read_text().rpartition(")")[2].split()[1]
            is_import = b"import-run" in (folder / "cmdline").read_bytes()
            if parent == str(os.getpid()) and is_import:
                os.kill(int(folder.name), signal.SIGKILL)


def test_an_import_has_a_process_and_one_that_is_killed_can_be_resumed(
    installation: Installation, server: SlowServer
) -> None:
    start = start_process(installation.settings)
    port = server.http.server_port
    run_id = store(installation, f"http://127.0.0.1:{port}")
    start(run_id)
    assert server.is_asked.wait(120)
    assert found(installation, run_id).is_running
    kill_children()
    wait_for_the_end(installation, run_id)
    interrupted = found(installation, run_id)
    assert (interrupted.state, interrupted.is_open) == (runs.ImportRunState.INTERRUPTED, True)

    server.may_answer.set()
    with installation.writing() as ctx:
        runs.go_on(ctx, run_id, ImportFiles(installation.settings.data_dir))
    start(run_id)
    wait_for_the_end(installation, run_id)
    failed = found(installation, run_id)
    assert failed.state is runs.ImportRunState.FAILED
    assert "404" in (failed.problem or "")
    assert not (installation.settings.data_dir / "imports" / run_id).exists()


def history(incidents: int) -> bytes:
    """A document with so many incidents, one a day."""
    found = [
        {
            "ref": str(number),
            "title": f"Incident {number}",
            "updates": [
                {
                    "posted_at": (NOW - timedelta(days=number + 1)).isoformat(),
                    "status": "resolved",
                    "body": "Over.",
                }
            ],
        }
        for number in range(incidents)
    ]
    source = {"kind": "fyr", "instance": "https://status.example"}
    return json.dumps({"format": "fyr-import-2", "source": source, "incidents": found}).encode()


def run_in_a_process(installation: Installation, run_id: str, last_commit: int) -> int:
    """The exit code of the process of an import, which is killed before that commit."""
    settings = installation.settings
    environment = {
        **os.environ,
        "FYR_DATABASE_URL": settings.database_url.get_secret_value(),
        "FYR_DATA_DIR": str(settings.data_dir),
    }
    module = "tests.cli.processes.killed_import_run"
    command = [sys.executable, "-m", module, run_id, str(last_commit)]
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


def incidents_of(installation: Installation) -> int:
    with installation.reading() as ctx:
        return ctx.session.exec(select(func.count()).select_from(IncidentRow)).one()


def test_an_import_that_is_killed_between_batches_is_resumed_to_its_end(
    installation: Installation,
) -> None:
    files = ImportFiles(installation.settings.data_dir)
    upload = files.add_upload("history.json")
    upload.path.write_bytes(history(45))
    with installation.writing() as ctx:
        new = NewImport("fyr", upload=upload.id, is_dry_run=False)
        run_id = runs.start(ctx, new, files, installation.app.state.fyr.secret_box).id
    assert run_in_a_process(installation, run_id, 4) == -signal.SIGKILL
    assert 0 < incidents_of(installation) < 45
    installation.clock.now += timedelta(hours=1)
    assert found(installation, run_id).state is runs.ImportRunState.INTERRUPTED

    with installation.writing() as ctx:
        runs.go_on(ctx, run_id, files)
    assert run_in_a_process(installation, run_id, 0) == 0
    ended = found(installation, run_id)
    assert (ended.state, ended.problem) == (runs.ImportRunState.IMPORTED, None)
    assert incidents_of(installation) == 45
    assert not (installation.settings.data_dir / "imports" / run_id).exists()


def test_an_import_of_another_machine_is_running_while_it_has_the_lock_of_the_database(
    database_url: str, tmp_path: Path
) -> None:
    is_shared = not database_url.startswith("sqlite")
    box = SecretBox(lambda: b"k" * 32)
    with open_backend(database_url) as backend:
        with backend.writing() as ctx:
            new = NewImport("fyr", address="https://status.example", token="t0ken")
            run_id = runs.start(ctx, new, ImportFiles(tmp_path / "there"), box).id
        backend.clock.now += timedelta(hours=1)

        def is_running() -> bool:
            with backend.reading() as ctx:
                return runs.get_run(ctx, run_id, ImportFiles(tmp_path / "here")).is_running

        assert not is_running()
        with backend.reading() as other:
            assert imports.lock_imports(other.session)
            # SQLite is the database of one machine.
            assert is_running() == is_shared
        assert not is_running()
