"""No log has a secret of a request, whether the database answers, is busy, away or failing."""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.exc import OperationalError

from app.db.migrate import upgrade
from app.domain.permissions import Role
from tests.cast import Installation, Person, open_installation
from tests.console import COOKIE, send
from tests.web.api.routes import every_route

SECRET = "s3cr3t-" + "x" * 36
FAULTS: dict[str, Exception | None] = {
    "in order": None,
    "busy": OperationalError(SECRET, {}, Exception("database is locked")),
    "away": OperationalError(SECRET, {}, Exception("unable to open database file")),
    "failing": RuntimeError("a fault of the driver"),
}


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    folder: Path = tmp_path_factory.mktemp("logs")
    url = f"sqlite:///{folder / 'fyr.db'}"
    upgrade(url)
    with open_installation(url, folder) as opened:
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


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_no_log_has_a_secret_of_a_request(
    installation: Installation, caplog: pytest.LogCaptureFixture, fault: Exception | None
) -> None:
    bearer = Person(installation.app, {"Authorization": f"Bearer {SECRET}"})
    installation.sign_in_ada()
    browser = Person(installation.app, {"Cookie": f"{COOKIE}={SECRET}; __Host-fyr-device={SECRET}"})
    with database_fault(fault), caplog.at_level(logging.DEBUG):
        for path in paths_with_secrets(installation):
            for method in ("GET", "POST"):
                bearer.ask(method, path, content=b"{}")
            send(browser, path, {"password": SECRET, "email": f"{SECRET}@example.com"})
        bearer.get("/api/v1/incidents")
        bearer.get(f"/console/login/single-sign-on/callback?code={SECRET}&state={SECRET}")
        for path in ("/console/login", "/console/login/second-factor", "/console/login/passkey"):
            send(browser, path, {"password": SECRET, "step": SECRET, "answer": SECRET})
        installation.ada.post("/api/v1/tokens", {"name": SECRET, "role": Role.VIEWER})
    ours = [each for each in caplog.records if each.name.startswith("fyr")]
    # New entries of the audit log are logged also when nothing fails.
    assert any(each.name != "fyr.audit" for each in ours) is (fault is not None)
    formatter = logging.Formatter()
    assert [line for each in ours if SECRET in (line := formatter.format(each))] == []
