"""Who probes what and when, and what is kept of it. On both databases."""

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
from app.domain.phrases import Phrase, Phrased
from app.domain.statuses import IncidentStatus, ServiceStatus
from app.usecases.alerts import ingest
from app.usecases.context import Actor
from app.usecases.services import services
from app.usecases.targets import probes, targets
from app.usecases.targets.probes import DueTarget, claim_due, judge_scan, record
from app.usecases.targets.targets import StaffTarget, TargetChanges
from tests.cast import ADA
from tests.fakes import NOON
from tests.usecases.alerts.automation import (
    PROBE,
    PROFILES,
    Watchpost,
    expired_for_older_clients,
    fine,
    silent,
    watchpost,
)

LEASE = timedelta(seconds=40)


@pytest.fixture
def post(database_url: str) -> Iterator[Watchpost]:
    with watchpost(database_url) as opened:
        yield opened


def claim(post: Watchpost, limit: int = 100) -> list[str]:
    with post.database.writing(PROBE) as ctx:
        return [due.host for due in claim_due(ctx, limit=limit, lease=LEASE)]


def target(post: Watchpost, target_id: str) -> StaffTarget:
    with post.database.reading(ADA) as ctx:
        return targets.get_target(ctx, target_id)


def count(url: str, table: type) -> int:
    engine = create_engine(url)
    with engine.connect() as connection:
        found = connection.execute(select(func.count()).select_from(table)).scalar_one()
    engine.dispose()
    return found


def test_a_new_target_is_due_at_once(post: Watchpost) -> None:
    post.watch("pay.example", "payments")
    assert claim(post) == ["pay.example"]


def test_what_is_in_hand_is_not_claimed_again(post: Watchpost) -> None:
    post.watch("pay.example", "payments")
    claim(post)
    assert claim(post) == []


def test_what_a_worker_left_lying_is_claimed_when_the_lease_runs_out(post: Watchpost) -> None:
    post.watch("pay.example", "payments")
    claim(post)
    post.clock.forward(seconds=39)
    assert claim(post) == []
    post.clock.forward(seconds=1)
    assert claim(post) == ["pay.example"]


def test_what_has_waited_longest_comes_first(post: Watchpost) -> None:
    for host in ("a.example", "b.example", "c.example"):
        post.watch(host, "web")
        post.clock.forward(seconds=1)
    assert claim(post, limit=2) == ["a.example", "b.example"]


def test_workers_that_claim_at_the_same_time_never_hold_the_same_target(post: Watchpost) -> None:
    hosts = [f"{number}.example" for number in range(12)]
    for host in hosts:
        post.watch(host, "web")
    ready = Barrier(4)

    def work() -> list[str]:
        ready.wait()
        return [host for _ in range(4) for host in claim(post, limit=3)]

    with ThreadPoolExecutor(4) as pool:
        claimed = [host for each in [pool.submit(work) for _ in range(4)] for host in each.result()]
    assert sorted(claimed) == sorted(hosts)


def test_paused_and_deleted_targets_are_not_due(post: Watchpost) -> None:
    paused = post.watch("pay.example", "payments")
    deleted = post.watch("www.example", "web")
    post.ask(lambda ctx: targets.pause_target(ctx, paused))
    post.ask(lambda ctx: targets.delete_target(ctx, deleted))
    assert claim(post) == []
    with post.database.reading(PROBE) as ctx:
        assert not probes.any_due(ctx)


@pytest.mark.parametrize("act", [targets.pause_target, targets.delete_target])
def test_what_was_seen_of_a_target_meanwhile_given_up_is_passed_over(
    post: Watchpost, act: object
) -> None:
    given_up = post.watch("pay.example", "payments")
    post.serve(expired_for_older_clients)
    post.work()
    post.clock.forward(seconds=15)
    with post.database.writing(PROBE) as ctx:
        (due,) = claim_due(ctx, limit=1, lease=LEASE)
    post.ask(lambda ctx: act(ctx, given_up))  # type: ignore[operator]
    see(post, due, expired_for_older_clients(Examination(due.host, post.clock.now, (), (), ())))
    post.let_pass(minutes=2)
    assert post.incidents() == []


def see(post: Watchpost, due: DueTarget, seen: Examination, *, jitter: float = 0) -> None:
    look = ProbeResult(due.host, due.port, "192.0.2.1", (b"leaf",), failure=seen.failure)
    with post.database.writing(PROBE) as ctx:
        record(
            ctx, due.id, EndpointScan(due.host, due.port, (look,)), seen, PROFILES, jitter=jitter
        )


@pytest.mark.parametrize(("jitter", "seconds"), [(-1, 54), (0, 60), (1, 66)])
def test_the_next_probe_is_due_after_the_interval_give_or_take_a_tenth(
    post: Watchpost, jitter: float, seconds: int
) -> None:
    post.watch("pay.example", "payments")
    with post.database.writing(PROBE) as ctx:
        (due,) = claim_due(ctx, limit=1, lease=LEASE)
    see(post, due, fine(Examination(due.host, post.clock.now, (), (), ())), jitter=jitter)
    post.clock.forward(seconds=seconds - 0.1)
    assert claim(post) == []
    post.clock.forward(seconds=0.1)
    assert claim(post) == ["pay.example"]


def test_the_state_tells_what_the_newest_probe_meant(post: Watchpost) -> None:
    watched = post.watch("pay.example", "payments")
    states = [target(post, watched).state]
    for server in (fine, expired_for_older_clients):
        post.serve(server)
        post.work()
        states.append(target(post, watched).state)
        post.clock.forward(minutes=1)
    post.work()
    states.append(target(post, watched).state)
    assert states == ["unknown", "ok", "warning", "failing"]
    assert target(post, watched).last_probed_at == post.clock.now


def test_a_target_whose_profiles_are_all_gone_is_not_called_sound(post: Watchpost) -> None:
    watched = post.watch("pay.example", "payments")
    post.serve(lambda seen: replace(fine(seen), verdicts=()))
    post.work()
    assert target(post, watched).state == "unknown"


def test_a_target_one_of_whose_profiles_is_gone_is_not_called_sound(post: Watchpost) -> None:
    watched = post.watch("pay.example", "payments")
    post.serve(lambda seen: replace(fine(seen), verdicts=fine(seen).verdicts[:1]))
    post.work()
    assert target(post, watched).state == "warning"


def test_what_fails_is_not_mended_by_the_loss_of_its_profile(post: Watchpost) -> None:
    post.watch("pay.example", "payments")
    post.serve(expired_for_older_clients)
    post.let_pass(minutes=2)
    post.serve(lambda seen: replace(fine(seen), verdicts=fine(seen).verdicts[:1]))
    post.let_pass(minutes=10)
    assert post.story() == [IncidentStatus.IDENTIFIED]


def test_a_profile_that_is_gone_is_passed_over_in_judging() -> None:
    due = DueTarget("t", "pay.example", 443, None, ("current", "gone"), 21)
    seen = judge_scan(
        EndpointScan("pay.example", 443, (ProbeResult("pay.example", 443),)), due, PROFILES, NOON
    )
    assert [verdict.profile for verdict in seen.verdicts] == ["current"]


def test_a_silent_target_is_told_with_the_time_it_fell_silent(post: Watchpost) -> None:
    post.watch("pay.example", "payments")
    post.let_pass(minutes=1)
    post.serve(silent)
    since = post.clock.now
    post.let_pass(minutes=4)
    body = post.incident().incident.updates[-1].body
    assert isinstance(body, Phrased)
    assert body.phrases[0] == Phrase.of("why.unreachable", host="pay.example", date=since)


def test_a_chain_is_stored_once_however_often_it_is_seen(
    post: Watchpost, database_url: str
) -> None:
    post.watch("pay.example", "payments")
    post.watch("www.example", "web")
    post.let_pass(minutes=3)
    assert count(database_url, ChainRow) == 1
    assert count(database_url, ProbeRow) == 6


def test_a_chain_seen_first_by_many_at_once_is_stored_once(
    post: Watchpost, database_url: str
) -> None:
    for number in range(6):
        post.watch(f"{number}.example", "web")
    with post.database.writing(PROBE) as ctx:
        all_due = claim_due(ctx, limit=10, lease=LEASE)
    ready = Barrier(len(all_due))

    def work(due: DueTarget) -> None:
        ready.wait()
        see(post, due, fine(Examination(due.host, post.clock.now, (), (), ())))

    with ThreadPoolExecutor(len(all_due)) as pool:
        assert list(pool.map(work, all_due)) == [None] * 6
    assert (count(database_url, ChainRow), count(database_url, ProbeRow)) == (1, 6)


def test_workers_that_see_the_same_cause_at_once_open_one_incident(post: Watchpost) -> None:
    with post.database.reading(ADA) as ctx:
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
        with post.database.writing(Actor(ActorKind.PROBE, "probe")) as ctx:
            report = AlertReport("probe", f"{number}", "the cause", ctx.now, states)
            ingest.ingest(ctx, [report])

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(work, numbers.values()))
    assert len(post.incident().incident.services) == 3


def test_single_probes_are_forgotten_after_their_days(post: Watchpost, database_url: str) -> None:
    post.watch("pay.example", "payments")
    post.work()
    post.clock.forward(days=31)
    post.work()
    with post.database.writing(PROBE) as ctx:
        probes.delete_old(ctx, days=30)
    assert (count(database_url, ProbeRow), count(database_url, ChainRow)) == (1, 1)


def test_a_service_that_left_the_page_stops_nothing(post: Watchpost) -> None:
    post.watch("pay.example", "payments", "web")
    post.serve(expired_for_older_clients)
    post.work()
    post.clock.forward(seconds=15)
    post.work()
    post.ask(lambda ctx: services.archive_service(ctx, "payments"))
    post.let_pass(minutes=2)
    assert [each.slug for each in post.incident().incident.services] == ["web"]


def test_other_services_may_be_made_to_depend_on_a_failing_target(post: Watchpost) -> None:
    failing = post.watch("pay.example", "payments")
    post.serve(expired_for_older_clients)
    post.let_pass(minutes=2)
    moved = TargetChanges(services=("payments", "parking"))
    post.ask(lambda ctx: targets.edit_target(ctx, failing, moved, PROFILES))
    post.let_pass(minutes=2)
    assert {each.slug for each in post.incident().incident.services} == {"payments", "parking"}
