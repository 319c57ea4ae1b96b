"""The rollup table of Statuspage, against the table itself."""

from collections.abc import Sequence
from itertools import combinations_with_replacement, permutations

import pytest

from app.domain.incidents.impact import Banner, BannerText, Indicator, banner_of, impact_of
from app.domain.statuses import Impact, ServiceStatus, worst

# The published table, row by row and evaluated from the top: how many services, which of them have
# which status, the sentence, the indicator.
TABLE = """
one  | every | operational          | All Systems Operational    | none
one  | every | under_maintenance    | Service Under Maintenance  | maintenance
one  | every | degraded_performance | Partially Degraded Service | minor
one  | every | partial_outage       | Partial System Outage      | major
one  | every | major_outage         | Major System Outage        | critical
many | every | major_outage         | Major System Outage        | critical
many | some  | major_outage         | Partial System Outage      | major
many | every | partial_outage       | Partial System Outage      | major
many | some  | partial_outage       | Minor Service Outage       | minor
many | every | degraded_performance | Degraded System Service    | minor
many | some  | degraded_performance | Partially Degraded Service | minor
many | some  | under_maintenance    | Service Under Maintenance  | maintenance
many | every | operational          | All Systems Operational    | none
"""


def by_the_table(services: Sequence[str]) -> tuple[str, str]:
    count = "one" if len(services) == 1 else "many"
    for row in TABLE.strip().splitlines():
        size, whom, status, text, indicator = (cell.strip() for cell in row.split("|"))
        fits = all if whom == "every" else any
        if size == count and fits(service == status for service in services):
            return text, indicator
    raise AssertionError(services)


EVERY_PAGE = [
    services
    for size in range(1, 5)
    for services in combinations_with_replacement(ServiceStatus, size)
]


@pytest.mark.parametrize("services", EVERY_PAGE, ids="+".join)
def test_the_banner_follows_the_table_in_whatever_order_the_services_stand(
    services: tuple[ServiceStatus, ...],
) -> None:
    text, indicator = by_the_table([service.value for service in services])
    expected = Banner(Indicator(indicator), BannerText(text))
    assert all(banner_of(each) == expected for each in set(permutations(services)))


def test_every_row_of_the_table_is_met() -> None:
    met = {by_the_table([each.value for each in services]) for services in EVERY_PAGE}
    assert {BannerText(text) for text, _ in met} == set(BannerText)
    assert {Indicator(indicator) for _, indicator in met} == set(Indicator)


@pytest.mark.parametrize(
    ("impacts", "text", "indicator"),
    [
        ([], BannerText.OPERATIONAL, Indicator.NONE),
        ([Impact.NONE], BannerText.OPERATIONAL, Indicator.NONE),
        ([Impact.MINOR, Impact.NONE], BannerText.PARTIALLY_DEGRADED, Indicator.MINOR),
        ([Impact.MINOR, Impact.MAJOR], BannerText.PARTIAL_OUTAGE, Indicator.MAJOR),
        ([Impact.CRITICAL, Impact.MAJOR], BannerText.MAJOR_OUTAGE, Indicator.CRITICAL),
    ],
)
def test_a_page_without_services_is_as_fine_as_its_open_incidents(
    impacts: list[Impact], text: BannerText, indicator: Indicator
) -> None:
    assert banner_of([], open_impacts=impacts) == Banner(indicator, text)


def test_open_incidents_do_not_speak_where_services_do() -> None:
    calm = banner_of([ServiceStatus.OPERATIONAL], open_impacts=[Impact.CRITICAL])
    assert calm.indicator is Indicator.NONE


@pytest.mark.parametrize("services", EVERY_PAGE, ids="+".join)
def test_the_impact_is_that_of_the_worst_service(services: tuple[ServiceStatus, ...]) -> None:
    expected = {
        "operational": Impact.NONE,
        "under_maintenance": Impact.NONE,
        "degraded_performance": Impact.MINOR,
        "partial_outage": Impact.MAJOR,
        "major_outage": Impact.CRITICAL,
    }
    assert impact_of(services) is expected[worst(services).value]


def test_an_incident_without_services_has_no_impact() -> None:
    assert impact_of([]) is Impact.NONE


@pytest.mark.parametrize("override", Impact)
def test_what_staff_say_of_the_impact_counts(override: Impact) -> None:
    assert impact_of([ServiceStatus.MAJOR_OUTAGE], override=override) is override


def test_the_severities_are_those_of_statuspage() -> None:
    assert [status.value for status in sorted(ServiceStatus, key=lambda each: each.severity)] == [
        "operational",
        "under_maintenance",
        "degraded_performance",
        "partial_outage",
        "major_outage",
    ]
