"""Gatus: hostile and wrong files."""

from datetime import UTC, datetime

import pytest

from app.domain.errors import InvalidError
from app.importers.gatus import read
from app.ports.importer import ReadOptions
from tests.importers.samples import FIXTURES
from tests.importing.test_tools import tools_for

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("file", "says"),
    [
        ("bomb.yml", ["bomb.yml"]),
        ("tag.yml", ["tag.yml", "line 1"]),
        ("rails.json", ["rails.json"]),
    ],
)
def test_what_is_no_configuration_is_refused(file: str, says: list[str]) -> None:
    with (
        tools_for(str(FIXTURES / "malformed" / file)) as tools,
        pytest.raises(InvalidError) as refused,
    ):
        list(read(tools, ReadOptions(NOW)))
    assert all(each in refused.value.message for each in says), refused.value.message
