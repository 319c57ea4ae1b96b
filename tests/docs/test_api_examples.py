"""Every example of docs/api.md succeeds, in the order of the document."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cast import Installation, open_installation
from tests.web.api.examples import operation_of, run_examples
from tests.web.api.routes import api_operations


@pytest.fixture
def installation(sqlite_url: str, tmp_path: Path) -> Iterator[Installation]:
    with open_installation(sqlite_url, tmp_path) as opened:
        yield opened


def test_every_example_works(installation: Installation) -> None:
    for command, answer in run_examples(installation):
        assert answer.status_code < 300, (command, answer.text)


def test_every_operation_has_an_example(installation: Installation) -> None:
    shown = {operation_of(installation.app, command) for command, _ in run_examples(installation)}
    assert shown == api_operations(installation.app)
