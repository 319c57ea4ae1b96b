"""The sentence a page opens with, for everything services can be, and hostile texts in JSON."""

import json
from itertools import combinations_with_replacement

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.incidents.impact import banner_of
from app.domain.page.listing import ListedService, PageListing
from app.domain.statuses import ServiceStatus
from app.domain.texts.localized_text import LocalizedText
from app.rendering.formats import statuspage
from app.rendering.text.machine_language import MachineLanguage
from tests.rendering import records

_OK, _PLANNED, _SLOW, _PARTLY, _DOWN = ServiceStatus
_BY_ONE = {
    _OK: ("none", "All Systems Operational"),
    _PLANNED: ("maintenance", "Service Under Maintenance"),
    _SLOW: ("minor", "Partially Degraded Service"),
    _PARTLY: ("major", "Partial System Outage"),
    _DOWN: ("critical", "Major System Outage"),
}


def _expected(statuses: tuple[ServiceStatus, ...]) -> tuple[str, str]:
    """The table of section 5 once more, written down the other way round."""
    if len(statuses) == 1:
        return _BY_ONE[statuses[0]]
    kinds = set(statuses)
    everywhere = len(kinds) == 1
    if _DOWN in kinds:
        return _BY_ONE[_DOWN] if everywhere else _BY_ONE[_PARTLY]
    if _PARTLY in kinds:
        return _BY_ONE[_PARTLY] if everywhere else ("minor", "Minor Service Outage")
    if _SLOW in kinds:
        return ("minor", "Degraded System Service") if everywhere else _BY_ONE[_SLOW]
    return _BY_ONE[_PLANNED] if _PLANNED in kinds else _BY_ONE[_OK]


def _service(number: int, status: ServiceStatus, name: LocalizedText) -> ListedService:
    at = records.NOW
    id = f"service{number:05}"
    return ListedService(id, id, name, None, status, number, None, at, at, at)


def listing_of(statuses: tuple[ServiceStatus, ...], name: str = "API") -> PageListing:
    named = records.text(name)
    services = [_service(place, status, named) for place, status in enumerate(statuses, 1)]
    page = records.facts(name=named)
    return PageListing(page, banner_of(statuses), (), tuple(services), (), (), (), (), {})


_MULTISETS = [
    chosen for size in range(5) for chosen in combinations_with_replacement(ServiceStatus, size)
]


@pytest.mark.parametrize("statuses", _MULTISETS, ids=lambda chosen: "+".join(chosen) or "none")
def test_the_status_is_the_blend_of_all_services(statuses: tuple[ServiceStatus, ...]) -> None:
    indicator, description = _expected(statuses) if statuses else _BY_ONE[_OK]
    document = json.loads(statuspage.render_document("status", listing_of(statuses)))
    assert document["status"] == {"indicator": indicator, "description": description}


@given(st.text(st.characters(codec=None), min_size=1))
def test_no_name_breaks_the_document(name: str) -> None:
    for language in (MachineLanguage("en"), MachineLanguage("ar", is_explicit=True)):
        body = statuspage.render_document("summary", listing_of((_DOWN,), name), language)
        document = json.loads(body.decode())
        assert set(document) == {
            *("page", "components", "incidents", "scheduled_maintenances", "status")
        }
        assert document["components"][0]["status"] == "major_outage"
        assert "\x1b" not in document["components"][0]["name"]
