"""Release folders: a running process never mixes its release with the next one."""

import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.e2e.machines import Machine, documented
from tests.e2e.releases import ROOT, add_migration, install
from tests.e2e.serving import Server, free_port, wait_until
from tests.e2e.visitors import Visitors
from tests.network import PLAIN

SCRIPT = ROOT / "deploy" / "upgrade.sh"
SWITCH = documented("Roll back", "FYR_RELOAD=true deploy/upgrade.sh --to REF")
# Back over a migration that is not compatible, when the link leads to the version before already.
BACK_UP = documented("Roll back", "/opt/fyr/releases/NEWER/deploy/fyr backup /backup/newer.backup")
NEWEST = documented("Roll back", "/opt/fyr/releases/REF/deploy/fyr migrate --newest")
GO_BACK = documented("Roll back", "/opt/fyr/releases/NEWER/deploy/fyr migrate --to REVISION")


def switch(root: Path, name: str, reload: str = "true") -> None:
    surroundings = {**os.environ, "FYR_ROOT": str(root), "FYR_RELOAD": reload}
    subprocess.run([SCRIPT, "--to", name], check=True, env=surroundings, capture_output=True)


@contextmanager
def started(root: Path, folder: Path) -> Iterator[Server]:
    """The current release, as the unit of systemd starts it."""
    port = free_port()
    log = folder / "serve.log"
    python = str(root / "current" / ".venv" / "bin" / "python")
    environment = {"PATH": os.environ["PATH"], "FYR_LOG_LEVEL": "error"}
    with log.open("ab") as output:
        process = subprocess.Popen(
            [python, "-m", "app.cli", "serve", "--no-worker", "--port", str(port)],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    try:
        yield Server(process, f"http://127.0.0.1:{port}", log)
    finally:
        process.kill()
        process.wait()


def test_a_running_release_is_not_mixed_with_the_next_one(tmp_path: Path) -> None:
    root, data = tmp_path / "fyr", tmp_path / "data"
    data.mkdir()
    for name in ("a", "b"):
        install(root, name)
    switch(root, "a")
    with started(root, data) as server:
        wait_until(lambda: "listens" in server.log.read_text(), server.log.read_text())
        visitors = Visitors(server.address)
        with visitors.asking():
            visitors.go_on(server)
            # No page of the console was rendered before: its templates are read now.
            switch(root, "b")
            assert release_of(server) == "a"
            hup = f"kill -HUP {server.process.pid}"
            switch(root, "b", hup)
            wait_until(lambda: release_of(server) == "b", "it was not replaced")
            switch(root, "a", hup)
            wait_until(lambda: release_of(server) == "a", "it did not go back")
            visitors.go_on(server)
        assert visitors.failed == []
        server.stop(signal.SIGTERM)


def release_of(server: Server) -> str:
    answer = httpx.get(f"{server.address}/console/login", verify=PLAIN, timeout=60)
    assert answer.status_code == 200
    return answer.text.partition("<!-- release ")[2].partition(" ")[0]


def test_a_release_that_is_not_installed_is_not_switched_to(tmp_path: Path) -> None:
    (tmp_path / "releases" / "a").mkdir(parents=True)
    (tmp_path / "current").symlink_to("releases/a")
    surroundings = {**os.environ, "FYR_ROOT": str(tmp_path), "FYR_RELOAD": "false"}
    for arguments, code in ((["--to", "b"], 1), (["--to", "../b"], 64), (["b"], 64)):
        done = subprocess.run([SCRIPT, *arguments], check=False, env=surroundings)
        assert done.returncode == code
    assert (tmp_path / "current").readlink() == Path("releases/a")


def test_the_documented_steps_lead_back_over_a_migration_that_is_not_compatible(
    tmp_path: Path,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        here = Machine(tmp_path / "machine", listener)
    install(here.root, "v1")
    migrations = install(here.root, "v2") / "migrations"
    migrations.unlink()
    add_migration(migrations, None)
    here.settings.write_text("")
    here.run(SWITCH, REF="v2")
    fyr = "/opt/fyr/current/deploy/fyr"
    here.run(f"{fyr} migrate")
    here.run(f"{fyr} service add payments --name Payments")
    here.run(SWITCH, REF="v1")
    with pytest.raises(AssertionError, match="schema is of a version that this Fyr does not know"):
        here.run(f"{fyr} service list")
    here.run(BACK_UP, NEWER="v2")
    revision = here.run(NEWEST, REF="v1").strip()
    here.run(GO_BACK, NEWER="v2", REVISION=revision)
    assert here.run(f"{fyr} service list").split() == ["payments", "shown", "-", "Payments"]
