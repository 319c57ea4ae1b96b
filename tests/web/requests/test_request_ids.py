"""Request ids are in the response and in each log line of the request."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.cli.processes.logs.logs import LineFormatter
from app.web.requests.request_ids import RequestIdFilter
from tests.cast import Installation, open_installation

OF_NGINX = "7f3b0c1de2a94f5c8a6b9d0e1f2a3b4c"


@pytest.fixture
def installation(sqlite_url: str, tmp_path: Path) -> Iterator[Installation]:
    with open_installation(sqlite_url, tmp_path) as opened:
        yield opened


def ask(installation: Installation, path: str, given: str | None = None) -> str | None:
    headers = {} if given is None else {"X-Request-ID": given}
    found: str | None = installation.vera.get(path, headers=headers).headers.get("X-Request-ID")
    return found


def test_the_id_of_the_proxy_is_returned(installation: Installation) -> None:
    for given in (OF_NGINX, "b0a4e0e2-3f8e-4f43-a2c5-98a64c1a7f11", "1-67891233-abcdef012345"):
        assert ask(installation, "/console/", given) == given


@pytest.mark.parametrize(
    "given", ["", "short", "a" * 129, "a b c d e f g", "x" * 20 + '"', "é" * 9]
)
def test_an_id_that_is_not_well_formed_is_replaced(installation: Installation, given: str) -> None:
    made = ask(installation, "/console/", given)
    assert made != given
    assert len(made or "") == 32


def test_each_request_without_an_id_gets_its_own(installation: Installation) -> None:
    assert len({ask(installation, "/healthz") for _ in range(3)} - {None}) == 3


def test_what_shared_caches_store_has_no_id(installation: Installation) -> None:
    answer = installation.vera.get("/en/")
    assert "s-maxage" in answer.headers["cache-control"]
    assert "x-request-id" not in answer.headers


def test_the_log_lines_of_a_request_have_its_id(
    installation: Installation, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    # The handler runs in a thread of its own.
    installation.database.close()
    for file in tmp_path.glob("fyr.db*"):
        file.unlink()
    (tmp_path / "fyr.db").mkdir()
    caplog.handler.addFilter(RequestIdFilter())
    caplog.set_level(logging.WARNING, "fyr.web")
    installation.vera.get("/console/login", headers={"X-Request-ID": OF_NGINX})
    lines = [LineFormatter().format(each) for each in caplog.records if each.name == "fyr.web"]
    assert lines
    assert all(line.endswith(f" request_id={OF_NGINX}") for line in lines)
