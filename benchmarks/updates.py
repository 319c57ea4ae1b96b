"""Updates: response times for visitors while staff publish, and seconds until a text is visible."""

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
from benchmarks import goals, pace
from benchmarks.data import fill, open_data, publish
from benchmarks.servers import Server, fyr, nginx
from tests.web.page_cache.cluster import own_cluster

__all__ = ["main"]

_RATE, _SECONDS, _ROUNDS = 2000, 4, 3
_PUBLISHED, _PAUSE_SECONDS = 60, 0.6
# Idle work (pages that nobody requests, smaller compression) begins after a second.
_COSTED, _SETTLED_SECONDS = 10, 3
_UPDATES_PER_INCIDENT = 10


@dataclass
class Publisher:
    """A client of the API that posts updates to one open incident of a server.

    An incident gets at most _UPDATES_PER_INCIDENT updates, so that the page does not grow.
    """

    server: Server
    token: str
    incident: str
    updates_posted: int = 0

    def post(self, text: str) -> None:
        self._send(f"/{self.incident}/updates", {"status": "investigating", "body": text})
        self.updates_posted += 1

    def replace_full_incident(self) -> None:
        """Resolve the incident and open another when it has the maximum of updates."""
        if self.updates_posted < _UPDATES_PER_INCIDENT:
            return
        self._send(
            f"/{self.incident}/updates", {"status": "resolved", "body": "The incident is over."}
        )
        time.sleep(_PAUSE_SECONDS)
        services = [{"service": "service-3", "status": "partial_outage"}]
        fields = {"title": "Payments fail", "body": "We are investigating.", "services": services}
        self.incident, self.updates_posted = self._send("", fields)["id"], 0

    def _send(self, path: str, fields: dict[str, Any]) -> dict[str, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=30)
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        connection.request("POST", f"/api/v1/incidents{path}", json.dumps(fields), headers)
        answer = connection.getresponse()
        body = answer.read()
        if answer.status != 201:
            raise RuntimeError(f"{answer.status}: {body!r}")
        connection.close()
        parsed: dict[str, Any] = json.loads(body)
        return parsed


def prepare(database: Database) -> tuple[str, str]:
    """A token and the id of an open incident, on a page with data."""
    with database.writing(SHELL) as ctx:
        fill(ctx)
        incident = publish(ctx, "service-3", resolved=False)
        return add_token(ctx, "benchmark", Role.EDITOR).secret, incident


def main() -> None:
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        folder.chmod(0o755)
        with open_data(folder) as database:
            token, incident = prepare(database)
        server = stack.enter_context(fyr(folder, 8821, "protocol"))
        publisher = Publisher(server, token, incident)
        page, headers = _page(server)
        yardstick = stack.enter_context(nginx(folder, 8823, page, headers))
        _measure_waits(publisher, yardstick)
        _measure_visibility("visible", "publish to visible, same process", publisher, server)
        _measure_cost(publisher)
        # Started after the measurements above: all servers share one core.
        other = stack.enter_context(fyr(folder, 8822, "protocol"))
        _measure_visibility(
            "visible SQLite", "publish to visible, another process, SQLite", publisher, other
        )
    with own_cluster() as cluster, tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        database = Database(make_engine(cluster.url))
        upgrade(cluster.url)
        token, incident = prepare(database)
        database.close()
        folder, environment = Path(name), {"FYR_DATABASE_URL": cluster.url}
        pair = [
            stack.enter_context(fyr(folder, 8824 + n, "protocol", **environment)) for n in (0, 1)
        ]
        publisher = Publisher(pair[0], token, incident)
        _measure_visibility(
            "visible PostgreSQL",
            "publish to visible, another process, PostgreSQL",
            publisher,
            pair[1],
        )


def _page(server: Server) -> tuple[bytes, dict[str, str]]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    connection.request("GET", "/en/", headers={"Accept-Encoding": "br"})
    answer = connection.getresponse()
    headers = {name.lower(): value for name, value in answer.getheaders()}
    return answer.read(), headers


def _measure_waits(publisher: Publisher, yardstick: Server) -> None:
    """In turn: nginx, Fyr without updates, Fyr with an update each second."""
    waits_by_name: dict[str, list[pace.Waits]] = {
        "nginx": [],
        "no updates": [],
        "one update a second": [],
    }
    for _ in range(_ROUNDS):
        waits_by_name["nginx"].append(pace.finish(pace.begin(yardstick, _RATE, _SECONDS)))
        waits_by_name["no updates"].append(
            pace.finish(pace.begin(publisher.server, _RATE, _SECONDS))
        )
        with _publishing(publisher):
            waits_by_name["one update a second"].append(
                pace.finish(pace.begin(publisher.server, _RATE, _SECONDS))
            )
    nginx_p99 = median(each.p99 for each in waits_by_name["nginx"])
    for name, rounds in waits_by_name.items():
        p99 = median(each.p99 for each in rounds)
        print(
            f"p99 at {_RATE} requests a second, {name:20} {p99:7.1f} ms"
            f"  {p99 / nginx_p99:5.1f} x nginx"
            f"  median {median(each.median for each in rounds):.1f} ms"
            f"  failed {sum(each.failed for each in rounds)} of {sum(r.requests for r in rounds)}",
            flush=True,
        )
    goals.record("visitors", f"{p99 / nginx_p99:.2f}")


@contextmanager
def _publishing(publisher: Publisher) -> Iterator[None]:
    stopped = Event()

    def publish_each_second() -> None:
        number = 0
        while not stopped.wait(1):
            number += 1
            publisher.replace_full_incident()
            publisher.post(f"We are still investigating ({number}).")

    thread = Thread(target=publish_each_second)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join()


def _measure_visibility(key: str, label: str, publisher: Publisher, read_from: Server) -> None:
    """Print the seconds from sending an update until a client that polls the overview reads it."""
    connection = http.client.HTTPConnection("127.0.0.1", read_from.port, timeout=30)
    # The first request of staff loads the API, once in a process (ADR 41).
    publisher.post("The first update.")
    visible_times, answer_times = [], []
    for number in range(_PUBLISHED):
        publisher.replace_full_incident()
        # Longer than the pause between renders, so that no two updates share a render.
        time.sleep(_PAUSE_SECONDS)
        text = f"Update {time.time_ns()}-{number}."
        started = time.perf_counter()
        publisher.post(text)
        answer_times.append(time.perf_counter() - started)
        while text.encode() not in _overview(connection):
            time.sleep(0.0005)
        visible_times.append(time.perf_counter() - started)
    connection.close()
    visible_times.sort()
    goals.record(key, f"{visible_times[-1] * 1000:.0f} ms")
    answer_ms = median(answer_times) * 1000
    print(
        f"{label:50} p99 {visible_times[-1] * 1000:6.0f} ms"
        f"  median {median(visible_times) * 1000:.0f} ms,"
        f" of which the API response {answer_ms:.0f} ms",
        flush=True,
    )


def _measure_cost(publisher: Publisher) -> None:
    """Print the processor time of the web process for one update, with everything it causes.

    One visitor reads the overview after each, so that its page stays in demand. The first of two
    figures ends with the pages that are requested; the second has the idle work that follows, and
    not what an idle process takes anyway.
    """
    server = publisher.server
    time.sleep(_SETTLED_SECONDS)
    before = server.cpu_seconds()
    time.sleep(_SETTLED_SECONDS)
    idle = server.cpu_seconds() - before
    until_visible, until_settled = [], []
    for number in range(_COSTED):
        publisher.replace_full_incident()
        time.sleep(_SETTLED_SECONDS)
        before = server.cpu_seconds()
        publisher.post(f"We are still investigating ({time.time_ns()}-{number}).")
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        _overview(connection)
        connection.close()
        time.sleep(_PAUSE_SECONDS)
        until_visible.append((server.cpu_seconds() - before) * 1000)
        time.sleep(_SETTLED_SECONDS - _PAUSE_SECONDS)
        until_settled.append((server.cpu_seconds() - before - idle) * 1000)
    for label, costs in (
        ("processor time of one update, requested pages", until_visible),
        ("processor time of one update, all included", until_settled),
    ):
        print(f"{label:50} {sum(costs) / _COSTED:10.1f} ms", flush=True)
    goals.record("update", f"{sum(until_settled) / _COSTED:.1f} ms")


def _overview(connection: http.client.HTTPConnection) -> bytes:
    connection.request("GET", "/en/", headers={"Accept-Encoding": "identity"})
    return connection.getresponse().read()
