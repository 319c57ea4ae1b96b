"""Whatever goes wrong, a program reads it in one shape."""

from http import HTTPStatus
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from app.domain.errors import (
    ConflictError,
    ForbiddenError,
    FyrError,
    InvalidError,
    NotFoundError,
    TooManyError,
    UnauthenticatedError,
    UnavailableError,
)
from tests.cast import Installation, Person

MISSING = "/api/v1/incidents/zzzzzzzzzzzz"


def assert_problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The one shape. Returns the problem."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    problem: dict[str, Any] = answer.json()
    assert set(problem) - {"errors"} == {"type", "title", "status", "code", "detail"}
    assert problem["type"] == "about:blank"
    assert problem["status"] == status
    assert problem["title"] == HTTPStatus(status).phrase
    assert problem["code"] == code
    assert problem["detail"].endswith(".")
    assert "Traceback" not in answer.text
    for fault in problem.get("errors", []):
        assert set(fault) == {"field", "code", "message"}
    return problem


CASES: list[tuple[str, str, str, object, int, str]] = [
    ("vera", "GET", "/api/v1/incidents", None, 401, "unauthenticated"),
    ("cy", "POST", "/api/v1/services", {"slug": "a", "name": "A"}, 403, "forbidden"),
    ("ada", "GET", MISSING, None, 404, "incident_not_found"),
    ("ada", "GET", "/api/v1/nothing", None, 404, "not_found"),
    ("ada", "GET", "/api/v1/incidents/%00", None, 404, "not_found"),
    ("vera", "GET", "/deep/nothing.json", None, 404, "not_found"),
    ("ada", "DELETE", "/api/v1/incidents", None, 405, "method_not_allowed"),
    ("ada", "POST", "/api/v1/services", {"slug": "A", "name": "A"}, 422, "invalid_slug"),
    ("ada", "POST", "/api/v1/services", {"slug": "a"}, 422, "invalid"),
    ("ada", "POST", "/api/v1/services", [], 422, "invalid"),
    ("ada", "GET", "/api/v1/incidents?limit=0", None, 422, "invalid"),
    ("ada", "GET", "/api/v1/incidents?cursor=x", None, 422, "unknown_cursor"),
]


@pytest.mark.parametrize("case", CASES)
def test_a_refusal_is_a_problem_with_a_stable_code(
    sqlite_installation: Installation, case: tuple[str, str, str, object, int, str]
) -> None:
    who, method, path, body, status, code = case
    person: Person = getattr(sqlite_installation, who)
    assert_problem(person.ask(method, path, json=body), status, code)


def test_a_refusal_names_the_field_it_is_about(sqlite_installation: Installation) -> None:
    sent = {"title": 5, "impact": "huge", "titel": "x"}
    problem = sqlite_installation.ben.post("/api/v1/incidents", sent).json()
    faults = {fault["field"]: fault["code"] for fault in problem["errors"]}
    assert faults == {
        "title": "invalid_value",
        "body": "missing",
        "impact": "invalid_value",
        "titel": "unknown_field",
    }


def test_a_refusal_of_a_change_names_the_field_alone(sqlite_installation: Installation) -> None:
    sent = {"four_eyes": "maybe", "name": 5, "languages": ["en", 5], "links": [{"url": "x"}]}
    problem = sqlite_installation.ada.patch("/api/v1/page", sent).json()
    fields = [each["field"] for each in problem["errors"]]
    assert sorted(fields) == ["four_eyes", "languages.1", "links.0.name", "name"]


def test_a_refusal_names_a_field_inside_a_list(sqlite_installation: Installation) -> None:
    words = [{"service": "a", "status": "operational"}, {"service": "b", "status": "fine"}]
    sent = {"title": "T", "body": "B", "services": words}
    (fault,) = sqlite_installation.ben.post("/api/v1/incidents", sent).json()["errors"]
    assert fault["field"] == "services.1.status"


def test_who_lacks_a_token_is_shown_how_to_send_one(sqlite_installation: Installation) -> None:
    for header in ({}, {"Authorization": "Basic YTpi"}, {"Authorization": "Bearer fyr_nothing"}):
        answer = sqlite_installation.vera.get("/api/v1/services", headers=header)
        assert_problem(answer, 401, "unauthenticated")
        assert answer.headers["www-authenticate"].startswith("Bearer")


def test_a_wrong_method_gets_the_allowed_ones(sqlite_installation: Installation) -> None:
    answer = sqlite_installation.ada.delete("/api/v1/incidents")
    assert answer.headers["allow"] == "GET, POST"


def test_a_refusal_never_repeats_a_long_or_secret_input(sqlite_installation: Installation) -> None:
    secret = "s3cr3t" * 20_000
    bodies = [
        {"slug": secret, "name": "A"},
        {"slug": "a", "name": {secret: "A"}},
        {"slug": "a", "name": "A", secret: 1},
        {"slug": "a", "name": [secret]},
        {"slug": 5, "name": "A", "group": {"en": secret}},
    ]
    for body in bodies:
        answer = sqlite_installation.ada.post("/api/v1/services", body)
        assert answer.status_code == 422
        assert len(answer.content) < 2_000


def test_a_request_full_of_mistakes_gets_an_error_for_some_of_them(
    sqlite_installation: Installation,
) -> None:
    sent = {f"field{number}": 1 for number in range(1000)}
    assert len(sqlite_installation.ada.post("/api/v1/services", sent).json()["errors"]) == 20


class BrokenError(Exception):
    """Something that nobody expected."""


def failing(app: FastAPI, path: str, error: Exception) -> None:
    """Let a route fail; it is put first, before whatever would match."""

    def fail() -> None:
        raise error

    app.add_api_route(path, fail)
    app.router.routes.insert(0, app.router.routes.pop())


TREE = [
    (InvalidError, 422, "invalid"),
    (NotFoundError, 404, "not_found"),
    (ForbiddenError, 403, "forbidden"),
    (UnauthenticatedError, 401, "unauthenticated"),
    (ConflictError, 409, "conflict"),
    (TooManyError, 429, "too_many_attempts"),
    (UnavailableError, 503, "unavailable"),
]


@pytest.mark.parametrize(("kind", "status", "code"), TREE)
def test_each_kind_of_refusal_has_its_status(
    sqlite_installation: Installation, kind: type[FyrError], status: int, code: str
) -> None:
    failing(sqlite_installation.app, "/api/fails", kind("It is so."))
    answer = sqlite_installation.vera.get("/api/fails")
    assert_problem(answer, status, code)
    assert ("retry-after" in answer.headers) is (status in {429, 503})


def test_each_kind_of_refusal_is_in_the_table() -> None:
    of_the_tree = {
        kind for kind in FyrError.__subclasses__() if kind.__module__ == FyrError.__module__
    }
    assert {kind for kind, _, _ in TREE} == of_the_tree


def test_what_nobody_expected_is_reported_to_the_log_alone(
    sqlite_installation: Installation, caplog: pytest.LogCaptureFixture
) -> None:
    failing(sqlite_installation.app, "/api/fails", BrokenError("password=hunter2"))
    answer = sqlite_installation.vera.get("/api/fails")
    assert_problem(answer, 500, "internal_error")
    assert "hunter2" not in answer.text
    (record,) = [each for each in caplog.records if each.name == "fyr.web"]
    assert record.getMessage() == "web.failed method=GET path=/api/fails error=BrokenError"


def test_a_visitor_gets_a_page_and_no_problem(sqlite_installation: Installation) -> None:
    for path in ("/nothing/at/all", "/index.html", "/incidents/zzzzzzzzzzzz"):
        answer = sqlite_installation.vera.get(path)
        assert answer.status_code == 404
        assert answer.headers["content-type"].startswith("text/html"), path


def test_a_visitor_is_asked_to_come_back_when_the_database_is_away(
    sqlite_installation: Installation,
) -> None:
    failing(sqlite_installation.app, "/page", UnavailableError("No."))
    answer = sqlite_installation.vera.get("/page")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert answer.headers["content-type"].startswith("text/")
