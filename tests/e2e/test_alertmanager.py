"""A real Alertmanager calls: it fires, mends in parts, and Fyr is killed and started between."""

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from app.db.engine import make_engine
from app.domain.statuses import IncidentStatus
from app.ports.clock import system_clock
from app.usecases.context import SHELL
from app.usecases.database import Database
from app.usecases.incidents import listing
from app.usecases.sources import events
from app.usecases.sources.routes import NewRoute
from scripts.programs import alertmanager
from tests.e2e.serving import free_port, serving, wait_until
from tests.e2e.sources import add_source
from tests.network import PLAIN

CONFIG = """
route: {{receiver: fyr, group_by: [alertname], group_wait: 1s, group_interval: 2s}}
receivers: [{{name: fyr, webhook_configs: [{{url: "http://127.0.0.1:{port}/hooks/{token}"}}]}}]
"""


def connected(folder: Path) -> str:
    """The token of an Alertmanager whose alerts are public at once."""
    route = NewRoute(services=("payments",), group_wait_seconds=0, resolve_after_seconds=0)
    made = add_source(
        folder / "var", "alertmanager", route=route, publish="auto", accept_untested=True
    )
    return made.token or ""


@contextmanager
def calling(folder: Path, port: int, token: str) -> Iterator[str]:
    """An Alertmanager that calls the source; its address."""
    program = alertmanager.find()
    if program is None:
        pytest.skip(
            "There is no prometheus-alertmanager: python -m scripts.programs.alertmanager gets it."
        )
    (folder / "am.yml").write_text(CONFIG.format(port=port, token=token))
    own = free_port()
    options = [
        f"--config.file={folder / 'am.yml'}",
        f"--storage.path={folder / 'am'}",
        f"--web.listen-address=127.0.0.1:{own}",
        "--cluster.listen-address=",
    ]
    with (folder / "am.log").open("wb") as log:
        process = subprocess.Popen([program, *options], stdout=log, stderr=log)
    address = f"http://127.0.0.1:{own}"
    try:
        wait_until(lambda: ready(address), "Alertmanager does not answer.")
        yield address
    finally:
        process.kill()
        process.wait()


def ready(address: str) -> bool:
    try:
        return httpx.get(f"{address}/-/ready", timeout=2, verify=PLAIN).status_code == 200
    except httpx.TransportError:
        return False


def say(address: str, instance: str, *, over: bool = False) -> None:
    """Let Prometheus say that an alert fires, or that it is over."""
    now = datetime.fromtimestamp(system_clock().timestamp(), UTC)
    labels = {"alertname": "Down", "instance": instance, "severity": "critical"}
    ends = now if over else now + timedelta(hours=1)
    begun = now - timedelta(minutes=1)
    alert = {"labels": labels, "startsAt": begun.isoformat(), "endsAt": ends.isoformat()}
    httpx.post(
        f"{address}/api/v2/alerts", json=[alert], timeout=10, verify=PLAIN
    ).raise_for_status()


def test_a_real_alertmanager_loses_nothing_while_fyr_is_away(tmp_path: Path) -> None:
    token, port = connected(tmp_path), free_port()
    database = Database(make_engine(f"sqlite:///{tmp_path / 'var' / 'fyr.db'}"))

    def firing() -> int:
        with database.reading(SHELL) as ctx:
            return events.hook_counts(ctx).open_episodes

    def statuses() -> list[IncidentStatus]:
        with database.reading(SHELL) as ctx:
            found = listing.list_incidents(ctx, cursor=None, limit=9).items
        return [each.incident.status for each in found]

    with calling(tmp_path, port, token) as prometheus:
        with serving(tmp_path, port=port) as server:
            for instance in ("web-1", "web-2"):
                say(prometheus, instance)
            wait_until(lambda: firing() == 2, "It does not fire.")
            assert statuses() == [IncidentStatus.INVESTIGATING]
            server.stop(signal.SIGKILL)
        say(prometheus, "web-1", over=True)
        with serving(tmp_path, port=port):
            wait_until(lambda: firing() == 1, "The mixed group does not arrive.")
            assert statuses() == [IncidentStatus.INVESTIGATING]
            say(prometheus, "web-2", over=True)
            wait_until(lambda: statuses() == [IncidentStatus.RESOLVED], "It does not end.")
    database.close()
