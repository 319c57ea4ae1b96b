"""`fyr serve` in a process of its own, as somebody starts it from a shell."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.network import PLAIN

__all__ = [
    "HAND_OVER",
    "PATIENCE_SECONDS",
    "Server",
    "alive",
    "command",
    "free_port",
    "fyr",
    "serving",
    "wait_until",
]

PATIENCE_SECONDS = 300.0  # a busy machine makes one start twenty times slower
_COMMAND = [sys.executable, "-m", "app.cli"]
# The last one makes coverage.py measure a process too (`patch = ["subprocess"]`).
_INHERITED = ("PATH", "HOME", "LANG", "COVERAGE_PROCESS_CONFIG")
# `python -c HAND_OVER FD COMMAND...` starts a command with a socket, as systemd does it.
# The first three are standard input, output and error; then come the sockets.
HAND_OVER = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1")
os.execv(sys.argv[2], sys.argv[2:])
"""


@dataclass(frozen=True, slots=True)
class Server:
    """A running `fyr serve`, its address, and the file that it writes to."""

    process: subprocess.Popen[bytes]
    address: str
    log: Path

    def stop(self, number: int = signal.SIGINT) -> float:
        """Send a signal and wait for the end; tells how many seconds that took."""
        begun = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(PATIENCE_SECONDS)
        return time.monotonic() - begun

    def children(self, command: str) -> list[int]:
        """The ids of the processes that it started to run this command, and that still run."""
        # Tests ask for this again and again; `ps` would take 12 ms each time.
        threads = Path(f"/proc/{self.process.pid}/task").glob("*/children")
        started = sorted(int(number) for each in threads for number in _read(each).split())
        wanted = f"app.cli\0{command}\0"
        return [each for each in started if wanted in _read(Path(f"/proc/{each}/cmdline"))]


def _read(file: Path) -> str:
    """What the system says of a process; nothing of one that has ended."""
    try:
        return file.read_text(encoding="utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return ""


def command(
    *arguments: str, environment: Mapping[str, str] | None = None
) -> tuple[list[str], dict[str, str]]:
    """The words and the environment of a `fyr` that runs in any folder."""
    stored = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    here = {"PYTHONPATH": str(Path(__file__).parents[2])}
    return [*_COMMAND, *arguments], {**stored, **here, **(environment or {})}


@contextmanager
def serving(
    folder: Path,
    *options: str,
    environment: Mapping[str, str] | None = None,
    port: int | None = None,
) -> Iterator[Server]:
    """`fyr serve` in `folder` with these options, answering; killed at the end if need be."""
    port = free_port() if port is None else port
    log = folder / "serve.log"
    program, surroundings = command("serve", "--port", str(port), *options, environment=environment)
    with log.open("ab") as output:
        process = subprocess.Popen(
            program,
            cwd=folder,
            env=surroundings,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    server = Server(process, f"http://127.0.0.1:{port}", log)
    try:
        wait_until(lambda: _answers(server), f"{log} tells why it does not answer")
        yield server
    finally:
        process.kill()
        process.wait()


def wait_until(holds: Callable[[], bool], what: str, *, seconds: float = PATIENCE_SECONDS) -> None:
    """Return as soon as it holds; fail, saying `what`, when it does not within `seconds`."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


def _answers(server: Server) -> bool:
    assert server.process.poll() is None, server.log.read_text()
    try:
        return httpx.get(f"{server.address}/readyz", timeout=2, verify=PLAIN).status_code == 200
    except httpx.TransportError:
        return False


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port


def alive(number: int) -> bool:
    """Whether a process runs; one that waits to be buried does not."""
    status = _read(Path(f"/proc/{number}/stat"))
    return bool(status) and status.rpartition(")")[2].split()[0] != "Z"


def fyr(
    folder: Path, *arguments: str, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """What `fyr ARGUMENTS` does."""
    program, surroundings = command(*arguments, environment=environment)
    return subprocess.run(
        program,
        cwd=folder,
        env=surroundings,
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
