"""What holds for each route of the console, also for those that are added later."""

import pytest

from app.domain.permissions import Role
from tests.cast import BASE_URL, Installation
from tests.console import staff
from tests.web.console.english import ENGLISH, english_texts, language_of_another_script
from tests.web.console.populated import Populated
from tests.web.console.routes import NEEDED, an_address, console_routes
from tests.web.console.screens import NO_SCREENS

EVIL = "https://evil.example"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def test_no_route_takes_a_form_of_another_site(populated: Populated) -> None:
    ada, before = populated.people[Role.ADMIN], populated.snapshot.content()
    headers = {**FORM, "Sec-Fetch-Site": "cross-site", "Origin": EVIL}
    for method, route in NEEDED:
        if method == "POST":
            answer = ada.ask(method, populated.addresses.of(route), headers=headers)
            assert answer.status_code == 403, route
    assert populated.snapshot.content() == before


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site", "Origin": EVIL},
        {"Sec-Fetch-Site": "same-site", "Origin": "https://www.example.com"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": EVIL},
        {"Origin": "null"},
        {"Origin": BASE_URL.replace("https:", "http:")},
        {"Origin": "https://status.example.com.evil.example"},
        {"Origin": "https://[broken"},
        {},
    ],
)
def test_a_form_that_does_not_come_from_our_own_pages_is_refused(
    installation: Installation, headers: dict[str, str]
) -> None:
    ada = staff(installation, Role.ADMIN)
    sent = {**FORM, **headers}
    for route in ("/console/logout", "/console/login", "/console/services/new"):
        assert ada.ask("POST", route, headers=sent).status_code == 403, route
    assert ada.get("/console/").status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "same-origin", "Origin": BASE_URL},
        {"Sec-Fetch-Site": "same-origin", "Origin": "null"},
        {"Origin": BASE_URL},
        {"Origin": "http://10.0.0.7:8000", "Host": "10.0.0.7:8000"},
    ],
)
def test_what_our_own_pages_send_is_taken(
    installation: Installation, headers: dict[str, str]
) -> None:
    sent = {**FORM, **headers}
    assert (
        staff(installation, Role.ADMIN).ask("POST", "/console/logout", headers=sent).status_code
        == 303
    )


def test_looking_changes_nothing(populated: Populated) -> None:
    ada, before = populated.people[Role.ADMIN], populated.snapshot.content()
    for method, route in NEEDED:
        # An export is an entry of the audit log.
        if method == "GET" and not route.endswith("/export.csv"):
            assert ada.get(populated.addresses.of(route)).status_code == 200, route
    assert populated.snapshot.content() == before


def test_nothing_is_stored_or_found_by_anybody_else(installation: Installation) -> None:
    ada = staff(installation, Role.ADMIN)
    for path in [
        *(an_address(path) for _, path in console_routes(installation.app)),
        "/console/nothing",
    ]:
        for person in (ada, installation.vera):
            headers = person.get(path).headers
            assert headers["Cache-Control"] == "no-store", path
            assert headers["Referrer-Policy"] == "same-origin", path
            assert headers["X-Robots-Tag"] == "noindex, nofollow", path
            assert "default-src 'none'" in headers["Content-Security-Policy"], path


def test_every_refusal_is_a_page(installation: Installation) -> None:
    ada = staff(installation, Role.ADMIN)
    for answer in (ada.get("/console/nothing"), ada.ask("DELETE", "/console/account")):
        assert answer.headers["content-type"].startswith("text/html")
        assert "<h1>" in answer.text


def test_staff_find_no_english_and_no_markup_in_a_title(populated: Populated) -> None:
    language = language_of_another_script()
    if language is None:
        pytest.skip("no such language of the console is complete")
    ada, found = populated.people[Role.ADMIN], {}
    ada.send("/console/account/language", {"language": language})
    for route in {path for method, path in NEEDED if method == "GET"} - NO_SCREENS - ENGLISH:
        answer = ada.get(populated.addresses.of(route))
        assert "&lt;" not in answer.text.partition("</title>")[0], route
        if texts := english_texts(answer.content, language):
            found[route] = texts
    populated.snapshot.restore()
    assert found == {}


def test_a_planted_english_text_is_found() -> None:
    page = "<main><p>新しい</p><p>Planted here</p><code>planted code</code></main>"
    assert english_texts(page.encode(), "ja") == {"Planted here"}
