"""Memory: what a web process holds after its start, and after use by staff and visitors."""

import http.client
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path

from app.domain.permissions import Role
from app.usecases.context import SHELL, Ctx
from app.usecases.page.settings import PageChange, edit_page
from app.usecases.users.api_tokens import add_token
from app.usecases.users.sessions import BrowserInfo, begin
from app.usecases.users.users import add_user
from benchmarks import goals
from benchmarks.data import open_data
from benchmarks.history import add_history
from benchmarks.servers import Server, fyr
from tests.console import COOKIE

__all__ = ["main"]

_INCIDENTS = 10_000
_LANGUAGES = ("en", "sv", "ar")
_PORT = 8831
# Until the snapshot is written and the pages in demand are rendered.
_SETTLED_SECONDS = 10.0
_STAFF_ROUNDS = 20
_API = (
    *("incidents", "incidents?limit=100", "services", "maintenances", "sources", "targets"),
    *("subscribers", "audit", "users", "tokens"),
)
_CONSOLE = (
    *("", "incidents", "incidents/new", "maintenances", "maintenances/new", "services"),
    *("sources", "certificates", "subscribers", "users", "audit", "page"),
)


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with open_data(folder) as database:
            with database.writing(SHELL) as ctx:
                ids = add_history(ctx, _INCIDENTS)
            with database.writing(SHELL) as ctx:
                edit_page(ctx, PageChange(languages=_LANGUAGES))
                staff = _staff_headers(ctx)
        # The second start: the first one has no snapshot.
        with fyr(folder, _PORT, "protocol"):
            time.sleep(_SETTLED_SECONDS)
        with fyr(folder, _PORT, "protocol") as server:
            time.sleep(_SETTLED_SECONDS)
            goals.record("memory", _print("started", server))
            _read_as_staff(server, staff)
            _print("after API and console use", server)
            count = _read_every_page(server, ids)
            goals.record("memory read", _print(f"and {count:,} page reads", server))


def _print(when: str, server: Server) -> str:
    """Print the resident memory, and return it."""
    found = f"{server.resident_mb():.0f} MB"
    print(f"resident memory, web, {_INCIDENTS:,} incidents: {when:26} {found}", flush=True)
    return found


def _staff_headers(ctx: Ctx) -> Mapping[str, Mapping[str, str]]:
    """The headers of an admin, for the API and for the console."""
    user = add_user(ctx, "ada@example.com", Role.ADMIN)
    session = begin(ctx, user.id, BrowserInfo("benchmark", "127.0.0.1"), days=1)
    token = add_token(ctx, "benchmark", Role.ADMIN)
    return {
        "/api/v1/": {"Authorization": f"Bearer {token.secret}"},
        "/console/": {"Cookie": f"{COOKIE}={session.secret}"},
    }


def _read_as_staff(server: Server, staff: Mapping[str, Mapping[str, str]]) -> None:
    with closing(_connection(server)) as connection:
        for _ in range(_STAFF_ROUNDS):
            for prefix, names in (("/api/v1/", _API), ("/console/", _CONSOLE)):
                for name in names:
                    _get(connection, f"{prefix}{name}", staff[prefix])


def _read_every_page(server: Server, ids: list[str]) -> int:
    """Read each incident in each language, and return how many pages these are."""
    with closing(_connection(server)) as connection:
        for path in _pages(ids):
            _get(connection, path, {})
    return len(ids) * len(_LANGUAGES)


def _pages(ids: list[str]) -> Iterator[str]:
    for public_id in ids:
        for language in _LANGUAGES:
            yield f"/{language}/incidents/{public_id}"


def _connection(server: Server) -> http.client.HTTPConnection:
    return http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)


def _get(connection: http.client.HTTPConnection, path: str, headers: Mapping[str, str]) -> None:
    connection.request("GET", path, headers=dict(headers))
    answer = connection.getresponse()
    answer.read()
    if answer.status != 200:
        raise RuntimeError(f"{path}: {answer.status}")
