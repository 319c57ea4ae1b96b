"""No log has a secret of a request or of a setting, whatever the database does."""

import logging
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from psycopg.rows import TupleRow
from sqlalchemy import Engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

from app.cli.processes.logs.logs import JsonFormatter
from app.db.migrate import upgrade
from app.domain.permissions import Role
from tests.cast import Installation, Person, open_installation
from tests.console import COOKIE, send
from tests.databases import PostgresDatabases
from tests.web.api.routes import every_route

SECRET = "s3cr3t-" + "x" * 36
FAULTS: dict[str, Exception | None] = {
    "in order": None,
    "busy": OperationalError(SECRET, {}, Exception("database is locked")),
    "away": OperationalError(SECRET, {}, Exception("unable to open database file")),
    "failing": RuntimeError("a fault of the driver"),
}
# Its lines have all that the lines of the text format have, and the audit entries besides.
FORMATTER = JsonFormatter()
# The client of these tests logs the addresses that it asks for.
CLIENT = ("httpx", "httpcore")


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    folder: Path = tmp_path_factory.mktemp("logs")
    url = f"sqlite:///{folder / 'fyr.db'}"
    upgrade(url)
    with open_installation(url, folder) as opened:
        opened.sign_in_ada()
        yield opened


@contextmanager
def database_fault(error: Exception | None) -> Iterator[None]:
    def fail(_connection: object) -> None:
        if error is not None:
            raise error

    event.listen(Engine, "begin", fail)
    try:
        yield
    finally:
        event.remove(Engine, "begin", fail)


def paths_with_secrets(installation: Installation) -> list[str]:
    """The path of each route with a secret in it, and some that no route has."""
    templates = {path for _, path, _ in every_route(installation.app)}
    hooks = {each for each in templates if each.startswith("/hooks")}
    found = sorted({each for each in templates if re.search(r"{(secret|token)\b", each)} | hooks)
    assert {"/console/invitation/{secret}", "/console/welcome/{secret}"} <= set(found)
    assert hooks
    filled = [re.sub(r"{[^}]+}", SECRET, each) for each in found]
    return [
        *filled,
        f"/{SECRET}",
        f"/hooks/{SECRET}",
        f"/hooks/{SECRET}/a/b",
        f"/console/{SECRET}",
        f"/api/{SECRET}",
    ]


def walk(installation: Installation) -> list[int]:
    """Send a secret to each address that takes one; the statuses of requests for the database."""
    bearer = Person(installation.app, {"Authorization": f"Bearer {SECRET}"})
    browser = Person(installation.app, {"Cookie": f"{COOKIE}={SECRET}; __Host-fyr-device={SECRET}"})
    for path in paths_with_secrets(installation):
        for method in ("GET", "POST"):
            bearer.ask(method, path, content=b"{}")
        send(browser, path, {"password": SECRET, "email": f"{SECRET}@example.com"})
    bearer.get(f"/console/login/single-sign-on/callback?code={SECRET}&state={SECRET}")
    for path in ("/console/login", "/console/login/second-factor", "/console/login/passkey"):
        send(browser, path, {"password": SECRET, "step": SECRET, "answer": SECRET})
    return [
        bearer.get("/api/v1/incidents").status_code,
        bearer.post("/v2/enqueue", {"routing_key": SECRET}).status_code,
        installation.ada.post("/api/v1/tokens", {"name": SECRET, "role": Role.VIEWER}).status_code,
    ]


def check_no_secret(records: list[logging.LogRecord]) -> list[logging.LogRecord]:
    """Look for the secret in every line that is logged; the records of Fyr itself."""
    shown = [each for each in records if not each.name.startswith(CLIENT)]
    assert [line for each in shown if SECRET in (line := FORMATTER.format(each))] == []
    return [each for each in shown if each.name.startswith("fyr")]


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_no_log_has_a_secret_of_a_request(
    installation: Installation, caplog: pytest.LogCaptureFixture, fault: Exception | None
) -> None:
    with database_fault(fault), caplog.at_level(logging.DEBUG):
        walk(installation)
    ours = check_no_secret(caplog.records)
    # New entries of the audit log are logged also when nothing fails.
    assert any(each.name != "fyr.audit" for each in ours) is (fault is not None)


@dataclass(frozen=True)
class Postgres:
    """An installation on a PostgreSQL that checks passwords, and a connection of its operator."""

    installation: Installation
    operator: psycopg.Connection[TupleRow]
    database: str
    socket: Path

    def disconnect(self) -> None:
        """End the connections of the application, which then connects anew."""
        self.operator.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = %s AND pid <> pg_backend_pid()",
            (self.database,),
        )

    def set(self, statement: str) -> None:
        self.operator.execute(statement.encode())


@pytest.fixture(scope="module")
def on_postgres(
    postgres: PostgresDatabases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Postgres]:
    folder = tmp_path_factory.mktemp("pg")
    with postgres.migrated() as url:
        parts = make_url(url)
        directory, name = Path(str(parts.query["host"])), str(parts.database)
        socket = folder / ".s.PGSQL.5432"
        socket.symlink_to(directory / socket.name)
        with psycopg.connect(
            host=str(directory), user="postgres", dbname=name, autocommit=True
        ) as operator:
            operator.execute(f"CREATE ROLE fyr SUPERUSER LOGIN PASSWORD '{SECRET}'".encode())
            with _passwords_checked(directory, name):
                asked = parts.set(username="fyr", password=SECRET, query={"host": str(folder)})
                shown = asked.render_as_string(hide_password=False)
                with open_installation(shown, folder) as opened:
                    opened.sign_in_ada()
                    yield Postgres(opened, operator, name, socket)
            operator.execute(f"ALTER DATABASE {name} RESET ALL".encode())
            operator.execute(b"DROP ROLE fyr")


@contextmanager
def _passwords_checked(directory: Path, name: str) -> Iterator[None]:
    """Let the cluster check the password of the role `fyr`, and trust the others as before."""
    file = directory / "data" / "pg_hba.conf"
    before = file.read_text()
    file.write_text(f"local all fyr scram-sha-256\n{before}")
    try:
        with psycopg.connect(
            host=str(directory), user="postgres", dbname=name, autocommit=True
        ) as operator:
            operator.execute(b"SELECT pg_reload_conf()")
            # The server reads the file when it comes to it.
            while _is_let_in(directory, name):
                operator.execute(b"SELECT")
        yield
    finally:
        file.write_text(before)


def _is_let_in(directory: Path, name: str) -> bool:
    try:
        psycopg.connect(host=str(directory), user="fyr", password="-", dbname=name).close()
    except psycopg.OperationalError:
        return False
    return True


@contextmanager
def stopped(server: Postgres) -> Iterator[None]:
    target = server.socket.readlink()
    server.socket.unlink()
    server.disconnect()
    try:
        yield
    finally:
        server.socket.symlink_to(target)


@contextmanager
def locked(server: Postgres) -> Iterator[None]:
    """Another program locks every table, and the server lets nobody wait for it."""
    server.set(f"ALTER DATABASE {server.database} SET lock_timeout = '1ms'")
    server.disconnect()
    tables = server.operator.execute(
        b"SELECT string_agg(quote_ident(tablename), ', ') FROM pg_tables"
        b" WHERE schemaname = 'public'"
    ).fetchone()
    assert tables is not None
    try:
        with server.operator.transaction():
            server.set(f"LOCK TABLE {tables[0]} IN ACCESS EXCLUSIVE MODE")
            yield
    finally:
        server.set(f"ALTER DATABASE {server.database} RESET lock_timeout")
        server.disconnect()


@contextmanager
def password_changed(server: Postgres) -> Iterator[None]:
    server.set("ALTER ROLE fyr PASSWORD 'another'")
    server.disconnect()
    try:
        yield
    finally:
        server.set(f"ALTER ROLE fyr PASSWORD '{SECRET}'")


@contextmanager
def table_lost(server: Postgres) -> Iterator[None]:
    """A fault that nobody foresaw: a statement fails, and its text is in the error."""
    server.set("ALTER TABLE token RENAME TO lost_token")
    server.set("ALTER TABLE source RENAME TO lost_source")
    try:
        yield
    finally:
        server.set("ALTER TABLE lost_token RENAME TO token")
        server.set("ALTER TABLE lost_source RENAME TO source")


SERVER_FAULTS: tuple[Callable[[Postgres], AbstractContextManager[None]], ...] = (
    stopped,
    locked,
    password_changed,
    table_lost,
)


@pytest.mark.parametrize("fault", SERVER_FAULTS)
def test_no_log_has_a_secret_while_postgresql_fails(
    on_postgres: Postgres,
    caplog: pytest.LogCaptureFixture,
    fault: Callable[[Postgres], AbstractContextManager[None]],
) -> None:
    with fault(on_postgres), caplog.at_level(logging.DEBUG):
        statuses = walk(on_postgres.installation)
    assert set(statuses) == {503}
    assert check_no_secret(caplog.records)
    # The fault is over, and the same installation answers again.
    assert on_postgres.installation.ada.get("/api/v1/incidents").status_code == 200
