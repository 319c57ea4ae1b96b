"""From failing probes to incidents and back, on both databases."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from app.domain.alerts.alerts import AlertClaim, AlertReport
from app.domain.audit import AuditFilter
from app.domain.certificates.findings import Examination
from app.domain.ownership import Owner
from app.domain.statuses import IncidentStatus, ServiceStatus
from app.domain.texts.phrases import Phrase, Phrased
from app.usecases import audit
from app.usecases.alerts import ingest
from app.usecases.public import pages
from app.usecases.services.services import service_ids
from tests.cast import ADA
from tests.usecases.alerts.probing import (
    PROBE,
    ProbeDriver,
    affected,
    codes,
    expired_for_all,
    expired_for_older_clients,
    fine,
    open_probe_driver,
    silent,
)

IDENTIFIED, MONITORING = IncidentStatus.IDENTIFIED, IncidentStatus.MONITORING
RESOLVED, INVESTIGATING = IncidentStatus.RESOLVED, IncidentStatus.INVESTIGATING
PARTIAL, MAJOR = ServiceStatus.PARTIAL_OUTAGE, ServiceStatus.MAJOR_OUTAGE


@pytest.fixture
def probing(database_url: str) -> Iterator[ProbeDriver]:
    with open_probe_driver(database_url) as opened:
        yield opened


def shown(probing: ProbeDriver) -> list[str]:
    """The ids of the open incidents on the page."""
    with probing.database.reading() as ctx:
        return [each.id for each in pages.overview(ctx).open_incidents]


def quoted(probing: ProbeDriver) -> tuple[Phrase, ...]:
    """The phrases of the newest update of the only incident."""
    body = probing.incident().incident.updates[0].body
    assert isinstance(body, Phrased)
    return body.phrases


def headline(probing: ProbeDriver) -> Phrase:
    """The title of the only incident."""
    title = probing.incident().incident.title
    assert isinstance(title, Phrased)
    return title.phrases[0]


def english(named: object) -> list[str]:
    """The English of a list of names in a phrase."""
    assert isinstance(named, tuple)
    return [dict(name)["en"] for name in named]


def test_a_target_that_fails_opens_an_incident_that_automation_owns(probing: ProbeDriver) -> None:
    probing.add_target("pay.example", "payments")
    probing.serve(expired_for_older_clients)
    probing.let_pass(minutes=2)
    opened = probing.incident()
    assert opened.owner is Owner.AUTOMATION
    assert opened.incident.automatic
    assert affected(probing) == {"payments": PARTIAL}
    assert shown(probing) == [opened.incident.id]


def test_a_healthy_target_opens_nothing(sqlite_probing: ProbeDriver) -> None:
    sqlite_probing.add_target("pay.example", "payments")
    sqlite_probing.let_pass(minutes=30, step=300)
    assert sqlite_probing.incidents() == []


def test_a_cause_that_is_known_is_identified_and_a_silence_is_investigated(
    sqlite_probing: ProbeDriver,
) -> None:
    sqlite_probing.add_target("pay.example", "payments")
    sqlite_probing.add_target("park.example", "parking")
    sqlite_probing.serve(expired_for_all, "pay.example")
    sqlite_probing.serve(silent, "park.example")
    sqlite_probing.let_pass(minutes=3)
    found = {
        each.incident.services[0].slug: each.incident.status for each in sqlite_probing.incidents()
    }
    assert found == {"payments": IDENTIFIED, "parking": INVESTIGATING}


def test_one_cause_is_one_announcement_with_the_services_of_all_targets(
    probing: ProbeDriver,
) -> None:
    probing.add_target("pay.example", "payments")
    probing.add_target("www.example", "web", "parking")
    probing.serve(expired_for_older_clients)
    probing.let_pass(minutes=5)
    assert probing.status_history() == [IDENTIFIED]
    assert affected(probing) == {"payments": PARTIAL, "web": PARTIAL, "parking": PARTIAL}


def test_200_targets_behind_one_expired_cross_sign_are_one_announcement(
    sqlite_url: str,
) -> None:
    with open_probe_driver(sqlite_url) as probing:
        with probing.database.reading(ADA) as ctx:
            numbers = service_ids(ctx, ["payments", "parking", "web"], field="services")
        for first in range(0, 200, 50):
            with probing.database.writing(PROBE) as ctx:
                reports = [
                    AlertReport(
                        "probe",
                        f"{number}",
                        "certificate:0d:expired",
                        ctx.now,
                        AlertClaim(
                            headline="title.certificate.some",
                            body=Phrased.of(Phrase.of("who.every")),
                            host=f"host-{number}.example",
                            certain=True,
                            services={list(numbers.values())[number % 3]: PARTIAL},
                            publish="auto",
                            group_wait=timedelta(seconds=5),
                            resolve_after=timedelta(minutes=2),
                        ),
                    )
                    for number in range(first, first + 50)
                ]
                ingest.ingest(ctx, reports)
            probing.clock.forward(seconds=1)
        probing.let_pass(minutes=1)
        assert probing.status_history() == [IDENTIFIED]
        assert affected(probing) == {"payments": PARTIAL, "parking": PARTIAL, "web": PARTIAL}


def test_a_target_that_fails_later_for_the_same_cause_joins(sqlite_probing: ProbeDriver) -> None:
    sqlite_probing.add_target("pay.example", "payments")
    sqlite_probing.add_target("www.example", "web")
    sqlite_probing.serve(expired_for_older_clients, "pay.example")
    sqlite_probing.let_pass(minutes=5)
    sqlite_probing.serve(expired_for_older_clients, "www.example")
    sqlite_probing.let_pass(minutes=5)
    assert codes(sqlite_probing.incident())[1:] == [["update.joined", "why.expired", "who.some"]]
    assert affected(sqlite_probing) == {"payments": PARTIAL, "web": PARTIAL}


def test_the_update_of_a_service_that_joins_names_that_service_and_its_host(
    sqlite_probing: ProbeDriver,
) -> None:
    sqlite_probing.add_target("pay.example", "payments")
    sqlite_probing.add_target("www.example", "web")
    sqlite_probing.serve(expired_for_older_clients, "pay.example")
    sqlite_probing.let_pass(minutes=5)
    sqlite_probing.serve(expired_for_older_clients, "www.example")
    sqlite_probing.let_pass(minutes=5)
    joined, why, _ = quoted(sqlite_probing)
    assert english(joined.params["services"]) == ["Web"]
    assert why.params["host"] == "www.example"
    assert english(headline(sqlite_probing).params["services"]) == ["Card payments", "Web"]


def test_different_causes_are_different_incidents(sqlite_probing: ProbeDriver) -> None:
    sqlite_probing.add_target("pay.example", "payments")
    sqlite_probing.add_target("www.example", "web")
    sqlite_probing.serve(expired_for_older_clients, "pay.example")
    sqlite_probing.serve(expired_for_all, "www.example")
    sqlite_probing.let_pass(minutes=2)
    assert len(sqlite_probing.incidents()) == 2


def test_recovery_is_watched_and_then_resolved(probing: ProbeDriver) -> None:
    probing.add_target("pay.example", "payments")
    probing.serve(expired_for_older_clients)
    probing.let_pass(minutes=5)
    probing.serve(fine)
    probing.let_pass(minutes=4)
    assert probing.status_history() == [IDENTIFIED, MONITORING]
    probing.let_pass(minutes=3)
    assert probing.status_history() == [IDENTIFIED, MONITORING, RESOLVED]
    assert affected(probing) == {"payments": ServiceStatus.OPERATIONAL}
    assert shown(probing) == []


def test_it_is_over_when_all_targets_have_recovered(sqlite_probing: ProbeDriver) -> None:
    sqlite_probing.add_target("pay.example", "payments")
    sqlite_probing.add_target("www.example", "web")
    sqlite_probing.serve(expired_for_older_clients)
    sqlite_probing.let_pass(minutes=5)
    sqlite_probing.serve(fine, "pay.example")
    sqlite_probing.let_pass(minutes=15, step=60)
    assert sqlite_probing.status_history() == [IDENTIFIED]
    sqlite_probing.serve(fine)
    sqlite_probing.let_pass(minutes=10, step=60)
    assert sqlite_probing.status_history() == [IDENTIFIED, MONITORING, RESOLVED]


def test_an_older_trouble_is_not_called_resolved_while_a_worse_one_hides_it(
    sqlite_probing: ProbeDriver,
) -> None:
    sqlite_probing.add_target("pay.example", "payments")
    sqlite_probing.serve(expired_for_older_clients)
    sqlite_probing.let_pass(minutes=5)
    older = sqlite_probing.incident().incident.id
    sqlite_probing.serve(leaf_expired_for_current_and_root_for_older_clients)
    sqlite_probing.let_pass(minutes=10, step=60)
    statuses = {each.incident.id: each.incident.status for each in sqlite_probing.incidents()}
    assert statuses.pop(older) is IDENTIFIED
    assert list(statuses.values()) == [IDENTIFIED]


def leaf_expired_for_current_and_root_for_older_clients(seen: Examination) -> Examination:
    current, _ = expired_for_all(seen).verdicts
    _, legacy = expired_for_older_clients(seen).verdicts
    return replace(expired_for_all(seen), verdicts=(current, legacy))


def test_trouble_that_spreads_to_all_clients_says_so(sqlite_probing: ProbeDriver) -> None:
    sqlite_probing.add_target("pay.example", "payments")
    sqlite_probing.serve(expired_for_older_clients)
    sqlite_probing.let_pass(minutes=5)
    sqlite_probing.serve(old_root_expired_for_all)
    sqlite_probing.let_pass(minutes=5)
    assert affected(sqlite_probing) == {"payments": MAJOR}
    assert codes(sqlite_probing.incident())[1:] == [["why.expired", "who.all"]]
    assert headline(sqlite_probing).code == "title.certificate.all"


def old_root_expired_for_all(seen: Examination) -> Examination:
    judged = expired_for_older_clients(seen)
    current, legacy = judged.verdicts
    broken = replace(current, reason=legacy.reason, blamed_certificate=legacy.blamed_certificate)
    return replace(judged, verdicts=(broken, legacy))


def test_what_automation_does_is_in_the_audit_trail(sqlite_probing: ProbeDriver) -> None:
    sqlite_probing.add_target("pay.example", "payments", publish="draft")
    sqlite_probing.serve(expired_for_older_clients)
    sqlite_probing.let_pass(minutes=5)
    sqlite_probing.serve(fine)
    sqlite_probing.let_pass(minutes=10, step=60)
    with sqlite_probing.database.reading(ADA) as ctx:
        trail = audit.list_entries(ctx, AuditFilter(), cursor=None, limit=100).items
    done = [(entry.actor_kind, entry.action) for entry in trail if entry.subject == "incident"]
    assert [action for _, action in done] == ["incident.forget", "incident.open"]
    assert {kind for kind, _ in done} <= {"probe", "worker"}
