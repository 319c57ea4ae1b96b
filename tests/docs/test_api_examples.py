"""Every example of docs/api.md succeeds, in the order of the document."""

from collections.abc import Sequence

import httpx
import pytest
from fastapi import FastAPI

from app.db.migrate import upgrade
from tests.cast import open_installation
from tests.databases import Run, copy_sqlite
from tests.web.api.examples import MAIL, Command, operation_of, run_examples
from tests.web.api.routes import api_operations

Answered = tuple[FastAPI, Sequence[tuple[Command, httpx.Response]]]


@pytest.fixture(scope="module")
def answered(tmp_path_factory: pytest.TempPathFactory) -> Answered:
    """An application, and its answers to all examples."""
    folder = tmp_path_factory.mktemp("examples")
    copy_sqlite(Run.current(), upgrade, folder / "fyr.db")
    with open_installation(f"sqlite:///{folder / 'fyr.db'}", folder, **MAIL) as installation:
        return installation.app, list(run_examples(installation))


def test_every_example_works(answered: Answered) -> None:
    _, answers = answered
    for command, answer in answers:
        assert answer.status_code < 300, (command, answer.text)


def test_every_operation_has_an_example(answered: Answered) -> None:
    app, answers = answered
    assert {operation_of(app, command) for command, _ in answers} == api_operations(app)
