"""Who probes what and when, and what is stored of it. On both databases."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import create_engine, func, select

from app.db.tables import ChainRow, ProbeRow
from app.domain.alerts.alerts import AlertClaim, AlertReport
from app.domain.certificates.findings import Examination, ProbeResult
from app.domain.certificates.probe_results import EndpointScan
from app.domain.ownership import ActorKind
from app.domain.statuses import IncidentStatus, ServiceStatus
from app.domain.texts.phrases import Phrase, Phrased
from app.usecases.alerts import ingest
from app.usecases.context import Actor
from app.usecases.services import services
from app.usecases.targets import probes, targets
from app.usecases.targets.probe_outcomes import probe_outcomes
from app.usecases.targets.probes import DueTarget, claim_due, judge_scan, record
from app.usecases.targets.targets import StaffTarget, TargetChanges
from tests.cast import ADA
from tests.fakes import NOON
from tests.usecases.alerts.probing import (
    PROBE,
    PROFILES,
    ProbeDriver,
    expired_for_older_clients,
    fine,
    open_probe_driver,
    silent,
)

LEASE = timedelta(seconds=40)


@pytest.fixture
def probing(database_url: str) -> Iterator[ProbeDriver]:
    with open_probe_driver(database_url) as opened:
        yield opened


def claim(probing: ProbeDriver, limit: int = 100) -> list[str]:
    with probing.database.writing(PROBE) as ctx:
        return [due.host for due in claim_due(ctx, limit=limit, lease=LEASE)]


def target(probing: ProbeDriver, target_id: str) -> StaffTarget:
    with probing.database.reading(ADA) as ctx:
        return targets.get_target(ctx, target_id)


def count(url: str, table: type) -> int:
    engine = create_engine(url)
    with engine.connect() as connection:
        found = connection.execute(select(func.count()).select_from(table)).scalar_one()
    engine.dispose()
    return found


def test_a_new_target_is_due_at_once(probing: ProbeDriver) -> None:
    probing.add_target("pay.example", "payments")
    assert claim(probing) == ["pay.example"]


def test_probes_are_counted_by_their_outcome(probing: ProbeDriver) -> None:
    probing.add_target("pay.example", "payments")
    probing.run_worker()
    probing.serve(silent)
    probing.clock.forward(minutes=2)
    probing.run_worker()
    with probing.database.reading(ADA) as ctx:
        assert dict(probe_outcomes(ctx)) == {"ok": 1, "connection_refused": 1}


def test_what_is_in_hand_is_not_claimed_again(probing: ProbeDriver) -> None:
    probing.add_target("pay.example", "payments")
    claim(probing)
    assert claim(probing) == []


def test_what_a_worker_left_lying_is_claimed_when_the_lease_runs_out(probing: ProbeDriver) -> None:
    probing.add_target("pay.example", "payments")
    claim(probing)
    probing.clock.forward(seconds=39)
    assert claim(probing) == []
    probing.clock.forward(seconds=1)
    assert claim(probing) == ["pay.example"]


def test_what_has_waited_longest_comes_first(probing: ProbeDriver) -> None:
    for host in ("a.example", "b.example", "c.example"):
        probing.add_target(host, "web")
        probing.clock.forward(seconds=1)
    assert claim(probing, limit=2) == ["a.example", "b.example"]


def test_workers_that_claim_at_the_same_time_never_hold_the_same_target(
    probing: ProbeDriver,
) -> None:
    hosts = [f"{number}.example" for number in range(12)]
    for host in hosts:
        probing.add_target(host, "web")
    ready = Barrier(4)

    def work() -> list[str]:
        ready.wait()
        return [host for _ in range(4) for host in claim(probing, limit=3)]

    with ThreadPoolExecutor(4) as pool:
        claimed = [host for each in [pool.submit(work) for _ in range(4)] for host in each.result()]
    assert sorted(claimed) == sorted(hosts)


def test_paused_and_deleted_targets_are_not_due(probing: ProbeDriver) -> None:
    paused = probing.add_target("pay.example", "payments")
    deleted = probing.add_target("www.example", "web")
    probing.as_ada(lambda ctx: targets.pause_target(ctx, paused))
    probing.as_ada(lambda ctx: targets.delete_target(ctx, deleted))
    assert claim(probing) == []
    with probing.database.reading(PROBE) as ctx:
        assert not probes.any_due(ctx)


@pytest.mark.parametrize("act", [targets.pause_target, targets.delete_target])
def test_what_was_seen_of_a_target_meanwhile_given_up_is_passed_over(
    probing: ProbeDriver, act: object
) -> None:
    given_up = probing.add_target("pay.example", "payments")
    probing.serve(expired_for_older_clients)
    probing.run_worker()
    probing.clock.forward(seconds=15)
    with probing.database.writing(PROBE) as ctx:
        (due,) = claim_due(ctx, limit=1, lease=LEASE)
    probing.as_ada(lambda ctx: act(ctx, given_up))  # type: ignore[operator]
    see(
        probing,
        due,
        expired_for_older_clients(Examination(due.host, probing.clock.now, (), (), ())),
    )
    probing.let_pass(minutes=2)
    assert probing.incidents() == []


def see(probing: ProbeDriver, due: DueTarget, seen: Examination, *, jitter: float = 0) -> None:
    look = ProbeResult(due.host, due.port, "192.0.2.1", (b"leaf",), failure=seen.failure)
    with probing.database.writing(PROBE) as ctx:
        record(
            ctx, due.id, EndpointScan(due.host, due.port, (look,)), seen, PROFILES, jitter=jitter
        )


@pytest.mark.parametrize(("jitter", "seconds"), [(-1, 54), (0, 60), (1, 66)])
def test_the_next_probe_is_due_after_the_interval_give_or_take_a_tenth(
    probing: ProbeDriver, jitter: float, seconds: int
) -> None:
    probing.add_target("pay.example", "payments")
    with probing.database.writing(PROBE) as ctx:
        (due,) = claim_due(ctx, limit=1, lease=LEASE)
    see(probing, due, fine(Examination(due.host, probing.clock.now, (), (), ())), jitter=jitter)
    probing.clock.forward(seconds=seconds - 0.1)
    assert claim(probing) == []
    probing.clock.forward(seconds=0.1)
    assert claim(probing) == ["pay.example"]


def test_the_state_shows_what_the_newest_probe_meant(probing: ProbeDriver) -> None:
    watched = probing.add_target("pay.example", "payments")
    states = [target(probing, watched).state]
    for server in (fine, expired_for_older_clients):
        probing.serve(server)
        probing.run_worker()
        states.append(target(probing, watched).state)
        probing.clock.forward(minutes=1)
    probing.run_worker()
    states.append(target(probing, watched).state)
    assert states == ["unknown", "ok", "warning", "failing"]
    assert target(probing, watched).last_probed_at == probing.clock.now


def test_a_target_whose_profiles_are_all_gone_is_not_called_sound(probing: ProbeDriver) -> None:
    watched = probing.add_target("pay.example", "payments")
    probing.serve(lambda seen: replace(fine(seen), verdicts=()))
    probing.run_worker()
    assert target(probing, watched).state == "unknown"


def test_a_target_one_of_whose_profiles_is_gone_is_not_called_sound(probing: ProbeDriver) -> None:
    watched = probing.add_target("pay.example", "payments")
    probing.serve(lambda seen: replace(fine(seen), verdicts=fine(seen).verdicts[:1]))
    probing.run_worker()
    assert target(probing, watched).state == "warning"


def test_what_fails_is_not_resolved_by_the_loss_of_its_profile(probing: ProbeDriver) -> None:
    probing.add_target("pay.example", "payments")
    probing.serve(expired_for_older_clients)
    probing.let_pass(minutes=2)
    probing.serve(lambda seen: replace(fine(seen), verdicts=fine(seen).verdicts[:1]))
    probing.let_pass(minutes=10)
    assert probing.status_history() == [IncidentStatus.IDENTIFIED]


def test_a_profile_that_is_gone_is_passed_over_in_judging() -> None:
    due = DueTarget("t", "pay.example", 443, None, ("current", "gone"), 21)
    seen = judge_scan(
        EndpointScan("pay.example", 443, (ProbeResult("pay.example", 443),)), due, PROFILES, NOON
    )
    assert [verdict.profile for verdict in seen.verdicts] == ["current"]


def test_a_silent_target_is_shown_with_the_time_it_fell_silent(probing: ProbeDriver) -> None:
    probing.add_target("pay.example", "payments")
    probing.let_pass(minutes=1)
    probing.serve(silent)
    since = probing.clock.now
    probing.let_pass(minutes=4)
    body = probing.incident().incident.updates[-1].body
    assert isinstance(body, Phrased)
    assert body.phrases[0] == Phrase.of("why.unreachable", host="pay.example", date=since)


def test_a_chain_is_stored_once_however_often_it_is_seen(
    probing: ProbeDriver, database_url: str
) -> None:
    probing.add_target("pay.example", "payments")
    probing.add_target("www.example", "web")
    probing.let_pass(minutes=3)
    assert count(database_url, ChainRow) == 1
    assert count(database_url, ProbeRow) == 6


def test_a_chain_seen_first_by_many_at_once_is_stored_once(
    probing: ProbeDriver, database_url: str
) -> None:
    for number in range(6):
        probing.add_target(f"{number}.example", "web")
    with probing.database.writing(PROBE) as ctx:
        all_due = claim_due(ctx, limit=10, lease=LEASE)
    ready = Barrier(len(all_due))

    def work(due: DueTarget) -> None:
        ready.wait()
        see(probing, due, fine(Examination(due.host, probing.clock.now, (), (), ())))

    with ThreadPoolExecutor(len(all_due)) as pool:
        assert list(pool.map(work, all_due)) == [None] * 6
    assert (count(database_url, ChainRow), count(database_url, ProbeRow)) == (1, 6)


def test_workers_that_see_the_same_cause_at_once_open_one_incident(probing: ProbeDriver) -> None:
    with probing.database.reading(ADA) as ctx:
        numbers = services.service_ids(ctx, ["payments", "parking", "web"], field="services")
    ready = Barrier(3)

    def work(number: int) -> None:
        states = AlertClaim(
            headline="title.certificate.all",
            body=Phrased.of(Phrase.of("who.every")),
            host=f"{number}.example",
            certain=True,
            services={number: ServiceStatus.MAJOR_OUTAGE},
            publish="auto",
            group_wait=timedelta(),
            resolve_after=timedelta(),
        )
        ready.wait()
        with probing.database.writing(Actor(ActorKind.PROBE, "probe")) as ctx:
            report = AlertReport("probe", f"{number}", "the cause", ctx.now, states)
            ingest.ingest(ctx, [report])

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(work, numbers.values()))
    assert len(probing.incident().incident.services) == 3


def test_single_probes_are_forgotten_after_their_days(
    probing: ProbeDriver, database_url: str
) -> None:
    probing.add_target("pay.example", "payments")
    probing.run_worker()
    probing.clock.forward(days=31)
    probing.run_worker()
    with probing.database.writing(PROBE) as ctx:
        probes.delete_old(ctx, days=30)
    assert (count(database_url, ProbeRow), count(database_url, ChainRow)) == (1, 1)


def test_a_service_that_left_the_page_stops_nothing(probing: ProbeDriver) -> None:
    probing.add_target("pay.example", "payments", "web")
    probing.serve(expired_for_older_clients)
    probing.run_worker()
    probing.clock.forward(seconds=15)
    probing.run_worker()
    probing.as_ada(lambda ctx: services.archive_service(ctx, "payments"))
    probing.let_pass(minutes=2)
    assert [each.slug for each in probing.incident().incident.services] == ["web"]


def test_other_services_may_be_made_to_depend_on_a_failing_target(probing: ProbeDriver) -> None:
    failing = probing.add_target("pay.example", "payments")
    probing.serve(expired_for_older_clients)
    probing.let_pass(minutes=2)
    moved = TargetChanges(services=("payments", "parking"))
    probing.as_ada(lambda ctx: targets.edit_target(ctx, failing, moved, PROFILES))
    probing.let_pass(minutes=2)
    assert {each.slug for each in probing.incident().incident.services} == {"payments", "parking"}
