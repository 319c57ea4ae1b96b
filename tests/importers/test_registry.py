"""Every kind of source has a module, fixtures with an expected result, and a section of docs."""

from pathlib import Path

import pytest

from app.domain.errors import InvalidError
from app.importers.registry import KINDS, load_importer

FIXTURES = Path(__file__).parent / "fixtures"
DOCS = (Path(__file__).parents[2] / "docs" / "import.md").read_text(encoding="utf-8")
MODULES = {
    file.stem
    for file in (Path(__file__).parents[2] / "app" / "importers").glob("*.py")
    if file.stem not in {"__init__", "registry"}
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_has_a_module_that_reads(kind: str) -> None:
    assert callable(load_importer(kind).read)
    assert KINDS[kind].summary.endswith(".")


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_has_a_fixture_with_its_result(kind: str) -> None:
    assert list(FIXTURES.glob(f"{kind}*/expected*.json"))


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_has_a_section_in_the_documentation(kind: str) -> None:
    assert f"`{kind}`" in DOCS


def test_every_module_is_registered() -> None:
    assert {kind.module for kind in KINDS.values()} == MODULES


def test_an_unknown_kind_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InvalidError, match="fyr"):
        load_importer("nagios")


def test_the_id_of_a_page_is_read_from_the_api_of_its_product() -> None:
    kind = KINDS["instatus"]
    assert kind.located("cl0page", None) == ("https://api.instatus.com", "cl0page")
    assert kind.located("https://api.example.com", "p") == ("https://api.example.com", "p")
    assert KINDS["gatus"].located("config", None) == ("config", None)
