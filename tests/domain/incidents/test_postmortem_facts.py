"""Facts with which a postmortem begins."""

from datetime import UTC, datetime, timedelta

import pytest

from app.domain.certificates.findings import Tier
from app.domain.certificates.forecast import Client
from app.domain.certificates.incident_chains import ShownChain
from app.domain.incidents.postmortem_facts import PostmortemFacts
from app.domain.records import IncidentRecord, UpdateRecord
from app.domain.statuses import Impact, IncidentStatus
from app.domain.texts.localized_text import LocalizedText

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
TEXT = LocalizedText.of("Some clients cannot connect.", "en")
INVESTIGATING, IDENTIFIED, MONITORING, RESOLVED = IncidentStatus


def facts(
    *newest_first: IncidentStatus,
    first_seen_at: datetime | None = None,
    chains: tuple[ShownChain, ...] = (),
) -> PostmortemFacts:
    """An incident that started at noon, with an update each minute from then on."""
    count = len(newest_first)
    updates = tuple(
        UpdateRecord(
            id=f"update{number}",
            status=status,
            body=TEXT,
            posted_at=NOON + (count - number) * MINUTE,
            edited_at=None,
            services=(),
            automatic=False,
        )
        for number, status in enumerate(newest_first, start=1)
    )
    incident = IncidentRecord(
        id="incident0001",
        title=TEXT,
        status=newest_first[0] if newest_first else INVESTIGATING,
        impact=Impact.MINOR,
        started_at=NOON,
        resolved_at=None,
        created_at=NOON,
        updated_at=NOON,
        updates=updates,
        services=(),
        postmortem=None,
        automatic=False,
    )
    return PostmortemFacts(incident, first_seen_at, None, (), chains)


@pytest.mark.parametrize(("seen", "begun"), [(None, 0), (-3, -3), (4, 0)])
def test_it_began_when_it_was_first_seen_or_when_staff_say_whichever_is_earlier(
    seen: int | None, begun: int
) -> None:
    first_seen_at = None if seen is None else NOON + seen * MINUTE
    assert facts(first_seen_at=first_seen_at).begun_at == NOON + begun * MINUTE


@pytest.mark.parametrize(
    ("newest_first", "minute"),
    [
        ((RESOLVED, MONITORING, IDENTIFIED), 1),
        ((RESOLVED, INVESTIGATING), 1),
        # It failed again after the first repair.
        ((RESOLVED, IDENTIFIED, MONITORING, INVESTIGATING), 1),
    ],
)
def test_it_was_recovered_at_the_first_update_that_says_so(
    newest_first: tuple[IncidentStatus, ...], minute: int
) -> None:
    assert facts(*newest_first).recovered_at == NOON + minute * MINUTE


def test_it_has_not_recovered_while_the_cause_is_sought() -> None:
    assert facts(IDENTIFIED, INVESTIGATING).recovered_at is None


def test_the_clients_are_those_of_the_chain_as_it_failed() -> None:
    lost = Client("old", TEXT, Tier.LEGACY)
    failing = ShownChain("failing", "pay.example", NOON, NOON, (), None, (lost,))
    recovered = ShownChain("mended", "pay.example", NOON, NOON, (), None, ())
    assert facts(chains=(failing, recovered)).clients == (lost,)


def test_without_a_chain_no_client_is_named() -> None:
    assert facts().clients == ()
