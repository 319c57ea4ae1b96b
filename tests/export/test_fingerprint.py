"""The fingerprint of a record follows its content and nothing else."""

from dataclasses import dataclass, replace
from datetime import timedelta
from types import SimpleNamespace

import pytest

from app.domain.page.pages import PageFacts
from app.export.fingerprint import fingerprint
from tests.rendering import cases

RECORDS = (
    cases.all_fine,
    cases.one_incident,
    cases.certificate_overview,
    cases.under_maintenance,
    lambda: cases.incident_page(cases.harbour_incident()),
    lambda: cases.incident_page(cases.seed_incident()),
    cases.chain_page,
    cases.service_page,
    cases.history_page,
    cases.not_found_page,
)


@dataclass(frozen=True)
class Unhashed:
    """A record with a value that has no named fields."""

    page: PageFacts
    value: object


def test_each_record_has_a_fingerprint_of_its_own_and_always_the_same_one() -> None:
    first = [fingerprint(record()) for record in RECORDS]
    assert len(set(first)) == len(RECORDS)
    assert [fingerprint(record()) for record in RECORDS] == first


def test_the_time_and_the_revision_of_the_page_do_not_count_and_its_address_does() -> None:
    record = cases.service_page()
    page = record.page
    later = replace(page, now=page.now + timedelta(hours=1), revision=page.revision + 1)
    assert fingerprint(replace(record, page=later)) == fingerprint(record)
    renamed = replace(page, base_url="https://other.example")
    assert fingerprint(replace(record, page=renamed)) != fingerprint(record)


def test_the_seconds_of_today_count_only_in_the_uptime_that_a_page_shows() -> None:
    record = cases.service_page()
    *earlier, today = record.service.days
    assert today.known_seconds
    days = (*earlier, replace(today, known_seconds=today.known_seconds + 60))
    later = replace(record, service=replace(record.service, days=days))
    assert fingerprint(later) == fingerprint(record)
    better = replace(record.service, uptime=(record.service.uptime or 0) - 0.001)
    assert fingerprint(replace(record, service=better)) != fingerprint(record)


def test_a_value_without_named_fields_is_refused() -> None:
    with pytest.raises(TypeError, match="SimpleNamespace has no named fields"):
        fingerprint(Unhashed(cases.all_fine().page, SimpleNamespace(id=1)))
