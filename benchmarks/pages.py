"""Page cache: processor time of a request, against nginx and a bare uvicorn function."""

import tempfile
import urllib.request
from contextlib import ExitStack
from pathlib import Path

from app.usecases.context import SHELL
from benchmarks import goals
from benchmarks.data import fill, open_data
from benchmarks.load import Kind, costs, missing_programs
from benchmarks.servers import Server, bare_uvicorn, fyr, nginx

_ROUNDS, _SECONDS = 5, 1
_BROTLI = "Accept-Encoding: br"


__all__ = ["main"]


def main() -> None:
    missing = missing_programs()
    if missing:
        print(f"These programs are not installed: {', '.join(missing)}.")
        return
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        folder.chmod(0o755)
        with open_data(folder) as database, database.writing(SHELL) as ctx:
            fill(ctx)
        fyr_servers = [
            stack.enter_context(fyr(folder, 8801 + number, way))
            for number, way in enumerate(("asgi", "protocol"))
        ]
        body, headers = _page(fyr_servers[0])
        yardsticks = [
            stack.enter_context(nginx(folder, 8811, body, headers)),
            stack.enter_context(bare_uvicorn(folder, 8812, body, headers)),
        ]
        # Pages are compressed once more after the start.
        costs(fyr_servers, Kind("page", (_BROTLI,)), rounds=1, seconds=5)
        print(f"page: {len(body)} bytes in brotli")
        _compare([*fyr_servers, *yardsticks], headers["etag"])


def _page(server: Server) -> tuple[bytes, dict[str, str]]:
    request = urllib.request.Request(server.url, headers={"Accept-Encoding": "br"})
    with urllib.request.urlopen(request) as answer:
        return answer.read(), {name.lower(): value for name, value in answer.headers.items()}


def _compare(servers: list[Server], etag: str) -> None:
    asgi, protocol, yardstick, bare = (server.name for server in servers)
    page = costs(servers, Kind("page", (_BROTLI,)), rounds=_ROUNDS, seconds=_SECONDS)
    _report("overview / nginx, same bytes", page[yardstick], page[asgi], page[protocol])
    goals.record("page", f"{page[yardstick] / page[protocol]:.2f}")
    _report("overview / bare uvicorn", page[bare], page[asgi], page[protocol])
    kind = Kind("unique", (_BROTLI,), unique=True)
    unique = costs(servers[:3], kind, rounds=_ROUNDS, seconds=_SECONDS)
    _report("every head differs / nginx", unique[yardstick], unique[asgi], unique[protocol])
    goals.record("unique", f"{unique[yardstick] / unique[protocol]:.2f}")
    conditional = Kind("known", (_BROTLI, f"If-None-Match: {etag}"))
    confirmed = costs(servers[:2], conditional, rounds=_ROUNDS, seconds=_SECONDS)
    # The ETag of nginx for this body is another one.
    with urllib.request.urlopen(servers[2].url) as answer:
        nginx_etag = answer.headers["ETag"]
    kind = Kind("known", (f"If-None-Match: {nginx_etag}",))
    confirmed |= costs([servers[2]], kind, rounds=_ROUNDS, seconds=_SECONDS)
    _report("304 / nginx", confirmed[yardstick], confirmed[asgi], confirmed[protocol])
    goals.record("304", f"{confirmed[yardstick] / confirmed[protocol]:.2f}")
    closing = Kind("new connection", (_BROTLI, "Connection: close"))
    new_connection = costs(servers[:3], closing, rounds=_ROUNDS, seconds=_SECONDS)
    _report(
        "new connection / nginx",
        new_connection[yardstick],
        new_connection[asgi],
        new_connection[protocol],
    )
    goals.record("connection", f"{new_connection[yardstick] / new_connection[protocol]:.2f}")
    for server in servers[:2]:
        print(f"resident, {server.name}: {server.resident_mb():.0f} MB")


def _report(label: str, yardstick: float, asgi: float, protocol: float) -> None:
    print(
        f"{label:30} asgi {yardstick / asgi:.2f} ({asgi:.0f} us)   "
        f"protocol {yardstick / protocol:.2f} ({protocol:.0f} us)   yardstick {yardstick:.0f} us",
        flush=True,
    )
