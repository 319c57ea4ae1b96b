"""Reading of the APIs of hosted products in tests."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

import pytest

from app.domain.errors import InvalidError
from app.ports.importer import ImportItem, ImportTools, ItemKind, ReadOptions, ReportEntry
from tests.importing.test_tools import tools_for

__all__ = ["Found", "contents", "entries", "found_in", "refusal"]

Found: TypeAlias = list[ImportItem | ReportEntry]
Read: TypeAlias = Callable[[ImportTools, ReadOptions], Iterator[ImportItem | ReportEntry]]


def found_in(read: Read, url: str, options: ReadOptions) -> Found:
    """What an importer reads at an address."""
    with tools_for(url) as tools:
        return list(read(tools, options))


def refusal(
    read: Read, url: str, options: ReadOptions, *, token: str = "test-token-not-secret"
) -> str:
    """The one line with which an importer refuses what is at an address."""
    with tools_for(url) as tools:
        tools.token = token
        with pytest.raises(InvalidError) as refused:
            list(read(tools, options))
    message = refused.value.message
    assert "\n" not in message
    return message


def contents(found: Found, kind: ItemKind) -> list[Mapping[str, Any]]:
    """The contents of the items of a kind."""
    return [each.content for each in found if isinstance(each, ImportItem) and each.kind is kind]


def entries(found: Found) -> set[tuple[str, str]]:
    """Code and ref of the entries of the report."""
    return {(each.code, each.ref) for each in found if isinstance(each, ReportEntry)}
