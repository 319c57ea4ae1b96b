"""Attacks: how long visitors wait while a stranger sends what is too large, too slow and too much,
and how much memory parallel sign-ins take.

The yardsticks are the waiting time of visitors without an attack, and the memory with as many
sign-ins as hash at a time, in the same run.
"""

import json
import multiprocessing
import os
import resource
import socket
import statistics
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from benchmarks.servers import Server, fyr
from tests.e2e.serving import fyr as run_fyr

__all__ = ["main"]

_PORT, _SECONDS, _PAUSE_SECONDS = 8831, 8.0, 0.01
_PATHS = ("/healthz", "/en/")
_FORM = {
    "Sec-Fetch-Site": "same-origin",
    "Content-Type": "application/x-www-form-urlencoded",
}
_MEGABYTE = 2**20

Attack = Callable[[], None]


def main() -> None:
    """Print the waiting times of visitors in milliseconds, for each attack and both ways."""
    _raise_open_files()
    for front in ("protocol", "asgi"):
        with tempfile.TemporaryDirectory() as name:
            hook = _hook(Path(name))
            with fyr(Path(name), _PORT, front, FYR_HOOK_RATE="0") as server:
                for path in _PATHS * 20:
                    _get(server.port, path)
                for title, attacks in _attacks(hook).items():
                    _report(f"{front}: {title}", *_measure(server, attacks))
    with tempfile.TemporaryDirectory() as name, fyr(Path(name), _PORT, "protocol") as server:
        for count in (4, 200):
            print(f"{count} parallel sign-ins: {_sign_in_memory(server, count)}", flush=True)


def _attacks(hook: str) -> dict[str, list[Attack]]:
    json_body, ampersands = b'{"a":[' * 150_000, b"&" * _MEGABYTE
    cookie = {"Cookie": 'a="' + "\\" * 60_000 + '"'}
    line = [b"GET /" + b"a" * 65_536, *[b"a" * 65_536] * 640]
    headers = [b"GET / HTTP/1.1\r\nHost: h\r\nX: ", *[b"a" * 65_536] * 930]
    return {
        "no attack": [],
        "1 MB of JSON without a token": [_posting("/api/v1/incidents", json_body)] * 4,
        "1 MB of JSON as an event": [_posting("/v2/enqueue", json_body)] * 4,
        "1 MB of ampersands": [_posting("/console/login", ampersands, _FORM)] * 4,
        "64 kB of ampersands": [_posting("/console/login", ampersands[:65_000], _FORM)] * 4,
        "a cookie of backslashes": [_posting("/console/login", b"", {**_FORM, **cookie})] * 4,
        "a request line of 40 MB": [_flooding(line)] * 4,
        "headers of 61 MB": [_flooding(headers)] * 4,
        "1,100 silent connections": [_silent(1100)],
        "50 slow uploads, 50 stalled heads, 20 sign-ins, a hook storm": [
            _dripping(50),
            _stalled(50),
            *[_posting("/console/login", b"email=a@example.com&password=wrong+one", _FORM)] * 20,
            *[_posting(hook, json.dumps({"dedup_key": "a", "status": "firing"}).encode())] * 4,
        ],
    }


def _measure(server: Server, attacks: list[Attack]) -> tuple[dict[str, list[float]], int]:
    """The waiting times by path while these attacks run in a process of their own, and failures."""
    attacker = multiprocessing.Process(target=_attack, args=(attacks,), daemon=True)
    attacker.start()
    time.sleep(1)
    waited: dict[str, list[float]] = {path: [] for path in _PATHS}
    failures = 0
    end = time.monotonic() + _SECONDS
    while time.monotonic() < end:
        for path in _PATHS:
            started = time.perf_counter()
            try:
                status = _get(server.port, path)
            except (OSError, HTTPException):
                status = 0
            waited[path].append((time.perf_counter() - started) * 1000)
            failures += status != 200
        time.sleep(_PAUSE_SECONDS)
    attacker.kill()
    attacker.join()
    return waited, failures


def _sign_in_memory(server: Server, count: int) -> str:
    """Resident memory before, at most during, and after this many parallel sign-ins."""
    before = most = server.resident_mb()
    statuses: Counter[int] = Counter()
    end = time.monotonic() + _SECONDS
    threads = [
        threading.Thread(target=_sign_in_until, args=(end, number, statuses))
        for number in range(count)
    ]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        most = max(most, server.resident_mb())
        time.sleep(_PAUSE_SECONDS)
    answers = ", ".join(f"{each} times {status}" for status, each in sorted(statuses.items()))
    return f"{before:.0f} MB, at most {most:.0f}, then {server.resident_mb():.0f} ({answers})"


def _sign_in_until(end: float, number: int, statuses: Counter[int]) -> None:
    """Sign in to an account of its own, from addresses of its own: nothing is throttled."""
    body = f"email={number}@example.com&password=wrong+one".encode()
    attempt = 0
    while time.monotonic() < end:
        attempt += 1
        address = f"10.{number}.{attempt // 250}.{attempt % 250}"
        connection = HTTPConnection("127.0.0.1", _PORT, timeout=60)
        headers = {**_FORM, "X-Forwarded-For": address}
        with suppress(OSError, HTTPException):
            connection.request("POST", "/console/login", body, headers)
            statuses[connection.getresponse().status] += 1
        connection.close()


def _report(title: str, waited: dict[str, list[float]], failures: int) -> None:
    figures = []
    for path, times in waited.items():
        p99 = statistics.quantiles(times, n=100)[98] if len(times) > 1 else times[0]
        figures.append(f"{path} p50 {statistics.median(times):.1f} p99 {p99:.1f}")
    count = sum(map(len, waited.values()))
    print(f"{title}: {', '.join(figures)} ms; {failures} of {count} failed", flush=True)


def _get(port: int, path: str) -> int:
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
        return answer.status
    finally:
        connection.close()


def _attack(attacks: list[Attack]) -> None:
    threads = [threading.Thread(target=each, daemon=True) for each in attacks]
    for thread in threads:
        thread.start()
    time.sleep(_SECONDS * 10)


def _posting(path: str, body: bytes, headers: dict[str, str] | None = None) -> Attack:
    def post() -> None:
        while True:
            connection = HTTPConnection("127.0.0.1", _PORT, timeout=60)
            with suppress(OSError, HTTPException):
                connection.request("POST", path, body, headers or {})
                connection.getresponse().read()
            connection.close()

    return post


def _flooding(packets: list[bytes]) -> Attack:
    def flood() -> None:
        while True:
            with suppress(OSError), socket.create_connection(("127.0.0.1", _PORT)) as line:
                for packet in packets:
                    line.sendall(packet)

    return flood


def _silent(count: int) -> Attack:
    def open_connections() -> None:
        lines = []
        while True:
            with suppress(OSError):
                lines.append(socket.create_connection(("127.0.0.1", _PORT)))
            if len(lines) > count:
                lines.pop(0).close()
                time.sleep(0.005)

    return open_connections


def _stalled(count: int) -> Attack:
    def stall() -> None:
        while True:
            lines = [socket.create_connection(("127.0.0.1", _PORT)) for _ in range(count)]
            for number, line in enumerate(lines):
                with suppress(OSError):
                    line.sendall(b"GET /en/ HTTP/1.1\r\nHost: h\r\n"[: number % 28])
            time.sleep(2)
            for line in lines:
                line.close()

    return stall


def _dripping(count: int) -> Attack:
    head = "".join(f"{name}: {value}\r\n" for name, value in _FORM.items())
    request = f"POST /console/login HTTP/1.1\r\nHost: h\r\n{head}Content-Length: 60000\r\n\r\n"

    def drip() -> None:
        lines = [socket.create_connection(("127.0.0.1", _PORT)) for _ in range(count)]
        for line in lines:
            line.sendall(request.encode())
        while True:
            for line in lines:
                with suppress(OSError):
                    line.sendall(b"a" * 120)
            time.sleep(0.1)

    return drip


def _hook(folder: Path) -> str:
    environment = {"FYR_DATA_DIR": str(folder)}
    run_fyr(folder, "migrate", environment=environment)
    made = run_fyr(folder, "source", "add", "generic", "Mona", environment=environment)
    address = next(word for word in made.stdout.split() if "/hooks/" in word)
    return f"/hooks/{address.rpartition('/')[2]}"


def _raise_open_files() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    # The server has one core of its own, as in the other benchmarks.
    os.sched_setaffinity(0, range(1, os.cpu_count() or 2))


if __name__ == "__main__":
    main()
