"""Each kind of channel has a page that says how to set it up."""

import re
from pathlib import Path

import pytest

from app.channels import CHANNELS

PAGES = Path(__file__).resolve().parent.parent.parent / "docs" / "channels"


def page(kind: str) -> str:
    return (PAGES / f"{kind}.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", CHANNELS)
def test_a_page_names_its_kind_every_field_and_what_was_tried(kind: str) -> None:
    text = page(kind)
    assert f"ind `{kind}`" in text
    assert [each.name for each in CHANNELS[kind].fields if f"- `{each.name}`: " not in text] == []
    assert [word for word in ("**Limits**", "ried**") if word not in text] == []


def test_the_overview_lists_every_kind_and_no_other() -> None:
    listed = re.findall(r"\]\((\w+)\.md\).* \| `(\w+)` \|", page("README"))
    assert sorted(kind for _, kind in listed) == sorted(CHANNELS)
    assert all(file == kind for file, kind in listed)
    assert {file.stem for file in PAGES.iterdir()} == {*CHANNELS, "README"}
