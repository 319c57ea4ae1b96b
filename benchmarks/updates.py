"""While staff publish: how long visitors wait, and how long until they see it."""

import http.client
import json
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from threading import Event, Thread
from typing import Any

from app.db.engine import make_engine
from app.db.migrate import upgrade
from app.domain.permissions import Role
from app.usecases.context import SHELL
from app.usecases.database import Database
from app.usecases.users.api_tokens import add_token
from benchmarks import pace
from benchmarks.data import fill, open_data, publish
from benchmarks.servers import Server, fyr, nginx
from tests.web.page_cache.cluster import own_cluster

__all__ = ["main"]

_RATE, _SECONDS, _ROUNDS = 2000, 5, 3
_LOOKS, _PAUSE = 100, 0.6
_UPDATES = 10


@dataclass
class Desk:
    """A member of staff at a server, who has told all there is to tell in so many updates."""

    server: Server
    token: str
    incident: str
    written: int = 0

    def post(self, text: str) -> None:
        self._send(f"/{self.incident}/updates", {"status": "investigating", "body": text})
        self.written += 1

    def turn_to_the_next(self) -> None:
        """Resolve an incident that has its updates, and open another."""
        if self.written < _UPDATES:
            return
        self._send(f"/{self.incident}/updates", {"status": "resolved", "body": "Over."})
        time.sleep(_PAUSE)
        services = [{"service": "service-3", "status": "partial_outage"}]
        said = {"title": "Trouble again", "body": "We look.", "services": services}
        self.incident, self.written = self._send("", said)["id"], 0

    def _send(self, path: str, said: dict[str, Any]) -> dict[str, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=30)
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        connection.request("POST", f"/api/v1/incidents{path}", json.dumps(said), headers)
        answer = connection.getresponse()
        body = answer.read()
        if answer.status != 201:
            raise RuntimeError(f"{answer.status}: {body!r}")
        connection.close()
        found: dict[str, Any] = json.loads(body)
        return found


def prepared(database: Database) -> tuple[str, str]:
    """A filled page, a token, and an incident to write to."""
    with database.writing(SHELL) as ctx:
        fill(ctx)
        incident = publish(ctx, "service-3", resolved=False)
        return add_token(ctx, "benchmark", Role.EDITOR).secret, incident


def main() -> None:
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        folder.chmod(0o755)
        with open_data(folder) as database:
            token, incident = prepared(database)
        server = stack.enter_context(fyr(folder, 8821, "protocol"))
        desk = Desk(server, token, incident)
        page, headers = _page(server)
        yard = stack.enter_context(nginx(folder, 8823, page, headers))
        _waits(desk, yard)
        _visible("publish to visible, same process", desk, server)
        # Only now: all servers share one core.
        other = stack.enter_context(fyr(folder, 8822, "protocol"))
        _visible("publish to visible, another process, SQLite", desk, other)
    with own_cluster() as cluster, tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        database = Database(make_engine(cluster.url))
        upgrade(cluster.url)
        token, incident = prepared(database)
        database.close()
        folder, given = Path(name), {"FYR_DATABASE_URL": cluster.url}
        pair = [stack.enter_context(fyr(folder, 8824 + n, "protocol", **given)) for n in (0, 1)]
        desk = Desk(pair[0], token, incident)
        _visible("publish to visible, another process, PostgreSQL", desk, pair[1])


def _page(server: Server) -> tuple[bytes, dict[str, str]]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    connection.request("GET", "/en/", headers={"Accept-Encoding": "br"})
    answer = connection.getresponse()
    headers = {name.lower(): value for name, value in answer.getheaders()}
    return answer.read(), headers


def _waits(desk: Desk, yard: Server) -> None:
    """A B A B: nginx, ours in peace, ours with an update each second."""
    found: dict[str, list[pace.Waits]] = {"nginx": [], "in peace": [], "one update a second": []}
    for _ in range(_ROUNDS):
        found["nginx"].append(pace.finish(pace.begin(yard, _RATE, _SECONDS)))
        found["in peace"].append(pace.finish(pace.begin(desk.server, _RATE, _SECONDS)))
        with _publishing(desk):
            found["one update a second"].append(
                pace.finish(pace.begin(desk.server, _RATE, _SECONDS))
            )
    floor = median(each.p99 for each in found["nginx"])
    for name, rounds in found.items():
        p99 = median(each.p99 for each in rounds)
        print(
            f"p99 at {_RATE} requests a second, {name:20} {p99:7.1f} ms  {p99 / floor:5.1f} x nginx"
            f"  median {median(each.median for each in rounds):.1f} ms"
            f"  failed {sum(each.failed for each in rounds)} of {sum(r.asked for r in rounds)}",
            flush=True,
        )


@contextmanager
def _publishing(desk: Desk) -> Iterator[None]:
    over = Event()

    def publish_on() -> None:
        number = 0
        while not over.wait(1):
            number += 1
            desk.turn_to_the_next()
            desk.post(f"We are still looking into it ({number}).")

    staff = Thread(target=publish_on)
    staff.start()
    try:
        yield
    finally:
        over.set()
        staff.join()


def _visible(said: str, desk: Desk, seen_at: Server) -> None:
    """From before the request is sent until a visitor, who asks all the time, sees the text."""
    connection = http.client.HTTPConnection("127.0.0.1", seen_at.port, timeout=30)
    took, own = [], []
    for number in range(_LOOKS):
        desk.turn_to_the_next()
        time.sleep(_PAUSE)  # one update at a time: a burst is rendered twice a second
        text = f"Look {time.time_ns()}-{number}."
        begun = time.perf_counter()
        desk.post(text)
        own.append(time.perf_counter() - begun)
        while text.encode() not in _look(connection):
            time.sleep(0.0005)
        took.append(time.perf_counter() - begun)
    connection.close()
    took.sort()
    answered = median(own) * 1000
    print(
        f"{said:50} p99 {took[-2] * 1000:6.0f} ms"
        f"  median {median(took) * 1000:.0f} ms, of which the answer to staff {answered:.0f} ms",
        flush=True,
    )


def _look(connection: http.client.HTTPConnection) -> bytes:
    connection.request("GET", "/en/", headers={"Accept-Encoding": "identity"})
    return connection.getresponse().read()
