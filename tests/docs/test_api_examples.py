"""Every example of docs/api.md succeeds, in the order of the document."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cast import House, open_house
from tests.web.api.examples import operation_of, run_examples
from tests.web.api.routes import api_operations


@pytest.fixture
def house(sqlite_url: str, tmp_path: Path) -> Iterator[House]:
    with open_house(sqlite_url, tmp_path) as opened:
        yield opened


def test_every_example_works(house: House) -> None:
    for command, answer in run_examples(house):
        assert answer.status_code < 300, (command, answer.text)


def test_every_operation_has_an_example(house: House) -> None:
    shown = {operation_of(house.app, command) for command, _ in run_examples(house)}
    assert shown == api_operations(house.app)
