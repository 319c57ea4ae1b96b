"""Servers to compare: each is pinned to one core and reports its processor time."""

import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Server", "bare_uvicorn", "fyr", "nginx"]

SERVER_CORE = "0"
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Server:
    name: str
    port: int
    pid: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/en/"

    def cpu_seconds(self) -> float:
        """Processor seconds of the process and its children so far."""
        return sum(_cpu(pid) for pid in [self.pid, *_children(self.pid)])

    def resident_mb(self) -> float:
        """Resident memory of the largest of the process and its children: the one that answers."""
        return max(_resident(pid) for pid in [self.pid, *_children(self.pid)]) / 1024


def _children(pid: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _resident(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0])


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


@contextmanager
def _running(
    name: str, port: int, command: list[str], environment: Mapping[str, str] | None = None
) -> Iterator[Server]:
    # Its output, such as the link for the first admin, is not part of the result.
    process = subprocess.Popen(
        ["taskset", "-c", SERVER_CORE, *command],
        env={**os.environ, **(environment or {})},
        stdout=subprocess.DEVNULL,
    )
    server = Server(name, port, process.pid)
    try:
        _wait(server)
        yield server
    finally:
        process.terminate()
        process.wait(30)


def _wait(server: Server) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            urllib.request.urlopen(server.url, timeout=10).read()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return


@contextmanager
def fyr(folder: Path, port: int, front: str, **environment: str) -> Iterator[Server]:
    """`fyr serve` on the data in `folder`; `front` is FYR_FRONT."""
    command = [sys.executable, "-m", "app.cli", "serve", "--no-worker", "--port", str(port)]
    settings = {
        "FYR_DATA_DIR": str(folder),
        "FYR_FRONT": front,
        "FYR_LOG_LEVEL": "error",
        "FYR_BASE_URL": "https://status.example.com",
        **environment,
    }
    with _running(f"fyr ({front})", port, command, settings) as server:
        yield server


@contextmanager
def nginx(folder: Path, port: int, body: bytes, headers: Mapping[str, str]) -> Iterator[Server]:
    """nginx with one worker, serving these bytes from a file."""
    site = folder / "nginx"
    (site / "en").mkdir(parents=True)
    (site / "en" / "index.html").write_bytes(body)
    excluded = {"content-length", "date", "etag", "content-type", "connection", "server"}
    added = "\n".join(
        f'add_header {name} "{value}";'
        for name, value in headers.items()
        if name.lower() not in excluded
    )
    site.chmod(0o755)
    (site / "nginx.conf").write_text(
        f"""daemon off; worker_processes 1; pid {site}/pid; error_log {site}/error.log;
        events {{ worker_connections 4096; }}
        http {{ access_log off; client_body_temp_path {site}/b; proxy_temp_path {site}/p;
        fastcgi_temp_path {site}/f; uwsgi_temp_path {site}/u; scgi_temp_path {site}/s;
        default_type "text/html; charset=utf-8"; sendfile on; tcp_nopush on; etag on;
        keepalive_requests 1000000; open_file_cache max=100;
        server {{ listen 127.0.0.1:{port}; root {site};
        location / {{ index index.html; {added} }} }} }}
        """
    )
    command = ["nginx", "-p", str(site), "-c", str(site / "nginx.conf")]
    if os.geteuid() == 0:
        command += ["-g", "user root;"]
    with _running("nginx", port, command) as server:
        yield server


@contextmanager
def bare_uvicorn(
    folder: Path, port: int, body: bytes, headers: Mapping[str, str]
) -> Iterator[Server]:
    """uvicorn with an ASGI function that sends these bytes and headers and does nothing else."""
    wire = [(name.encode(), value.encode()) for name, value in headers.items() if name != "date"]
    (folder / "bare.py").write_text(
        f"""BODY = {body!r}
HEADERS = {wire!r}
async def app(scope, receive, send):
    await send({{"type": "http.response.start", "status": 200, "headers": HEADERS}})
    await send({{"type": "http.response.body", "body": BODY}})
"""
    )
    command = [sys.executable, "-m", "uvicorn", "--app-dir", str(folder), "--port", str(port)]
    command += ["--no-access-log", "--no-server-header", "--lifespan", "off", "bare:app"]
    with _running("bare uvicorn", port, [*command, "--log-level", "error"]) as server:
        yield server
