"""What holds for each route of the console, also for those that are added later."""

import sqlite3
from pathlib import Path

import pytest

from app.domain.permissions import Role
from app.web.security import CONSOLE_HEADERS, CONTENT_SECURITY_POLICY
from tests.cast import BASE_URL, House
from tests.console import staff
from tests.web.console.routes import an_address, console_routes

EVIL = "https://evil.example"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def content(folder: Path) -> list[str]:
    """All that the database holds."""
    connection = sqlite3.connect(folder / "fyr.db")
    try:
        return list(connection.iterdump())
    finally:
        connection.close()


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site", "Origin": EVIL},
        {"Sec-Fetch-Site": "same-site", "Origin": "https://www.example.com"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": EVIL},
        {"Origin": "null"},
        {"Origin": "https://status.example.com.evil.example"},
        {"Origin": "https://[broken"},
        {},
    ],
)
def test_what_another_site_sends_is_refused(
    house: House, tmp_path: Path, headers: dict[str, str]
) -> None:
    ada = staff(house, Role.ADMIN)
    before = content(tmp_path)
    for method, path in console_routes(house.app):
        if method != "GET":
            answer = ada.ask(method, an_address(path), headers={**FORM, **headers})
            assert answer.status_code == 403, (method, path)
    assert content(tmp_path) == before


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "same-origin", "Origin": BASE_URL},
        {"Sec-Fetch-Site": "same-origin", "Origin": "null"},
        {"Origin": BASE_URL},
        {"Origin": "http://10.0.0.7:8000", "Host": "10.0.0.7:8000"},
    ],
)
def test_what_our_own_pages_send_is_taken(house: House, headers: dict[str, str]) -> None:
    sent = {**FORM, **headers}
    assert staff(house, Role.ADMIN).ask("POST", "/console/logout", headers=sent).status_code == 303


def test_looking_changes_nothing(house: House, tmp_path: Path) -> None:
    ada = staff(house, Role.ADMIN)
    before = content(tmp_path)
    for method, path in console_routes(house.app):
        if method == "GET":
            ada.get(an_address(path))
    assert content(tmp_path) == before


def test_nothing_is_kept_or_found_by_anybody_else(house: House) -> None:
    ada = staff(house, Role.ADMIN)
    for path in [*(an_address(path) for _, path in console_routes(house.app)), "/console/nothing"]:
        for person in (ada, house.vera):
            headers = person.get(path).headers
            assert {name: headers[name] for name in CONSOLE_HEADERS} == CONSOLE_HEADERS, path
            assert headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY


def test_every_refusal_is_a_page(house: House) -> None:
    ada = staff(house, Role.ADMIN)
    for answer in (ada.get("/console/nothing"), ada.ask("DELETE", "/console/account")):
        assert answer.headers["content-type"].startswith("text/html")
        assert "<h1>" in answer.text
