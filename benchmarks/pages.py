"""Page cache: processor time of a request, against nginx and a bare uvicorn function."""

import tempfile
import urllib.request
from contextlib import ExitStack
from pathlib import Path

from app.usecases.context import SHELL
from benchmarks.data import fill, open_data
from benchmarks.load import Kind, costs, missing_programs
from benchmarks.servers import Server, bare_uvicorn, fyr, nginx

_ROUNDS, _SECONDS = 5, 2
_BROTLI = "Accept-Encoding: br"


__all__ = ["main"]


def main() -> None:
    missing = missing_programs()
    if missing:
        print(f"These programs are needed and not here: {', '.join(missing)}.")
        return
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        folder.chmod(0o755)
        with open_data(folder) as database, database.writing(SHELL) as ctx:
            fill(ctx)
        ours = [
            stack.enter_context(fyr(folder, 8801 + number, way))
            for number, way in enumerate(("asgi", "protocol"))
        ]
        body, headers = _page(ours[0])
        others = [
            stack.enter_context(nginx(folder, 8811, body, headers)),
            stack.enter_context(bare_uvicorn(folder, 8812, body, headers)),
        ]
        print(f"page: {len(body)} bytes in brotli")
        _compare([*ours, *others], headers["etag"])


def _page(server: Server) -> tuple[bytes, dict[str, str]]:
    request = urllib.request.Request(server.url, headers={"Accept-Encoding": "br"})
    with urllib.request.urlopen(request) as answer:
        return answer.read(), {name.lower(): value for name, value in answer.headers.items()}


def _compare(servers: list[Server], etag: str) -> None:
    asgi, protocol, yard, bare = (server.name for server in servers)
    page = costs(servers, Kind("page", (_BROTLI,)), rounds=_ROUNDS, seconds=_SECONDS)
    _report("overview / nginx, same bytes", page[yard], page[asgi], page[protocol])
    _report("overview / bare uvicorn", page[bare], page[asgi], page[protocol])
    known = Kind("known", (_BROTLI, f"If-None-Match: {etag}"))
    confirmed = costs(servers[:2], known, rounds=_ROUNDS, seconds=_SECONDS)
    # nginx has an etag of its own for the same file.
    with urllib.request.urlopen(servers[2].url) as answer:
        theirs = answer.headers["ETag"]
    kind = Kind("known", (f"If-None-Match: {theirs}",))
    confirmed |= costs([servers[2]], kind, rounds=_ROUNDS, seconds=_SECONDS)
    _report("304 / nginx", confirmed[yard], confirmed[asgi], confirmed[protocol])
    closing = Kind("new connection", (_BROTLI, "Connection: close"))
    opened_ = costs(servers[:3], closing, rounds=_ROUNDS, seconds=_SECONDS)
    _report("new connection / nginx", opened_[yard], opened_[asgi], opened_[protocol])
    for server in servers[:2]:
        print(f"resident, {server.name}: {server.resident_mb():.0f} MB")


def _report(what: str, yard: float, asgi: float, protocol: float) -> None:
    print(
        f"{what:30} asgi {yard / asgi:.2f} ({asgi:.0f} us)   "
        f"protocol {yard / protocol:.2f} ({protocol:.0f} us)   yardstick {yard:.0f} us",
        flush=True,
    )
