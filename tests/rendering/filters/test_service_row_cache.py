"""A row rendered before is used again only where it would look the same."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from app.domain.records import ServiceRecord
from app.rendering import pages
from tests.rendering.records import MAJOR, PARTIAL, days, group, overview, service, text

SERVICE = service("checkout", past=days({40: (PARTIAL, 5400)}))


def shown(record: ServiceRecord, language: str = "en") -> str:
    return pages.overview(overview(group(None, record)), language).decode()


@pytest.mark.parametrize(
    "change",
    [
        lambda record: replace(record, name=text("Till")),
        lambda record: replace(record, status=MAJOR),
        lambda record: replace(record, slug="till"),
        lambda record: replace(record, uptime=0.5),
        lambda record: replace(record, days=days({40: (PARTIAL, 7200)})),
        lambda record: replace(record, days=days({40: (MAJOR, 5400)})),
        lambda record: replace(record, days=days({41: (PARTIAL, 5400)})),
        lambda record: replace(record, days=days(unknown=60)),
        lambda record: replace(record, days=record.days[1:]),
    ],
)
def test_a_service_that_changed_is_shown_as_it_is_now(
    change: Callable[[ServiceRecord], ServiceRecord],
) -> None:
    before = shown(SERVICE)
    assert shown(change(SERVICE)) != before
    assert shown(SERVICE) == before


def test_each_language_has_rows_of_its_own() -> None:
    assert "checkout" in shown(SERVICE, "en")
    assert 'href="/sv/services/checkout"' in shown(SERVICE, "sv")


def test_a_translation_that_was_added_is_shown() -> None:
    assert "Kassan" not in shown(SERVICE, "sv")
    assert "Kassan" in shown(replace(SERVICE, name=text("Checkout", sv="Kassan")), "sv")
