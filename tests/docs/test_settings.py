"""docs/settings.md has the description of every setting."""

import re
from pathlib import Path

import pytest

from app.settings import Settings

DOC = (Path(__file__).resolve().parent.parent.parent / "docs" / "settings.md").read_text(
    encoding="utf-8"
)


@pytest.mark.parametrize("name", Settings.model_fields)
def test_the_row_of_a_setting_has_its_description(name: str) -> None:
    row = re.search(rf"^\| `FYR_{name.upper()}` \|.*$", DOC, re.MULTILINE)
    assert row is not None, f"docs/settings.md has no row for FYR_{name.upper()}"
    described = Settings.model_fields[name].description
    assert described, f"{name} has no description"
    assert described in row[0]


def test_every_row_is_about_a_setting() -> None:
    described = set(re.findall(r"^\| `FYR_([A-Z_]+)`", DOC.partition("Other variables")[0], re.M))
    assert {name.lower() for name in described} - set(Settings.model_fields) == set()
