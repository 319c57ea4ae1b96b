"""A 2xx means committed: trap T1 of the framework, where a commit came after the answer."""

from typing import Any

import pytest
from sqlalchemy import create_engine, text

from tests.cast import Installation

# What is written to the trail makes the transaction fail at its very end.
_LATE = """CREATE TABLE late (
    id integer PRIMARY KEY, page_id integer REFERENCES page (id) DEFERRABLE INITIALLY DEFERRED
)"""
_AT_COMMIT = {
    "sqlite": [
        _LATE,
        """CREATE TRIGGER too_late AFTER INSERT ON audit_entry
        BEGIN INSERT INTO late VALUES (1, 99); END""",
    ],
    "postgresql": [
        _LATE,
        """CREATE FUNCTION too_late() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN INSERT INTO late VALUES (1, 99); RETURN NULL; END'""",
        """CREATE TRIGGER too_late AFTER INSERT ON audit_entry
        FOR EACH ROW EXECUTE FUNCTION too_late()""",
    ],
}


@pytest.fixture
def failing_installation(installation: Installation) -> Installation:
    """An installation in which every commit of a change fails, with tokens from before."""
    assert installation.tokens
    engine = create_engine(installation.settings.database)
    with engine.begin() as connection:
        for statement in _AT_COMMIT[engine.dialect.name]:
            connection.execute(text(statement))
    engine.dispose()
    return installation


NEW: dict[str, Any] = {"slug": "payments", "name": "Payments"}


def test_a_write_whose_commit_fails_is_not_answered_with_success(
    failing_installation: Installation,
) -> None:
    answer = failing_installation.ada.post("/api/v1/services", NEW)
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    assert failing_installation.ada.get("/api/v1/services").json()["items"] == []


def test_its_idempotency_key_keeps_no_answer(failing_installation: Installation) -> None:
    for _ in range(2):
        answer = failing_installation.ada.post(
            "/api/v1/services", NEW, headers={"Idempotency-Key": "k"}
        )
        assert answer.status_code == 409
