"""The rules of alerts of monitors, a test for each: hours pass in milliseconds."""

from datetime import timedelta

import pytest

from app.domain.alerts.sources import EventVerdict
from app.domain.phrases import Phrased
from app.domain.statuses import IncidentStatus, ServiceStatus
from app.usecases.incidents.lifecycle import hand_back, post_update
from app.usecases.maintenances.lifecycle import NewMaintenance, plan_maintenance
from app.usecases.services.aliases import add_alias
from app.usecases.sources import events
from tests.factories import english, make_service, update
from tests.usecases.sources.monitoring import Switchboard

INVESTIGATING, IDENTIFIED, MONITORING, RESOLVED = IncidentStatus


def test_rule_1_an_alert_opens_goes_on_quietly_and_ends(either_board: Switchboard) -> None:
    board = either_board
    assert board.call() is EventVerdict.ALERTS
    board.let_pass(minutes=2)
    for _ in range(3):
        board.call()
        board.let_pass(minutes=5)
    assert board.story() == [INVESTIGATING]
    assert board.statuses()["payments"] is ServiceStatus.MAJOR_OUTAGE
    board.call("resolved")
    assert board.story() == [INVESTIGATING, MONITORING]
    board.let_pass(minutes=3)
    assert board.story() == [INVESTIGATING, MONITORING, RESOLVED]
    with board.ada() as ctx:
        (alert,) = events.list_alerts(ctx, cursor=None, limit=9).items
    assert (alert.occurrences, alert.state) == (4, "resolved")


def test_rule_1_an_end_without_a_beginning_is_kept_and_nothing_else(board: Switchboard) -> None:
    assert board.call("resolved") is EventVerdict.ALERTS
    board.let_pass(minutes=5)
    assert board.incidents() == []


def test_rule_1_a_severity_that_rises_is_told(board: Switchboard) -> None:
    board.call(severity="minor")
    board.let_pass(minutes=2)
    assert board.statuses()["payments"] is ServiceStatus.DEGRADED_PERFORMANCE
    board.call(severity="critical")
    assert board.statuses()["payments"] is ServiceStatus.MAJOR_OUTAGE
    board.call(severity="minor")
    board.let_pass(minutes=2)
    assert board.statuses()["payments"] is ServiceStatus.MAJOR_OUTAGE
    assert board.story() == [INVESTIGATING, INVESTIGATING]


def test_rule_2_a_failure_that_arrives_after_its_recovery_is_outdated(board: Switchboard) -> None:
    began = board.clock.now
    board.let_pass(minutes=1)
    assert board.call("resolved", reported_at=began + timedelta(seconds=40)) is EventVerdict.ALERTS
    assert board.call("firing", reported_at=began) is EventVerdict.OUTDATED
    board.let_pass(minutes=5)
    assert board.incidents() == []
    board.call("firing", reported_at=began + timedelta(minutes=2))
    board.let_pass(minutes=2)
    assert board.story() == [INVESTIGATING]


def test_rule_2_a_clock_far_ahead_does_not_silence_what_is_said_later(board: Switchboard) -> None:
    board.call("firing", reported_at=board.clock.now + timedelta(days=900))
    board.let_pass(minutes=2)
    board.call("resolved", reported_at=board.clock.now)
    assert board.story() == [INVESTIGATING, MONITORING]


def test_rule_3_a_name_is_exact_whatever_its_case_and_never_similar(board: Switchboard) -> None:
    with board.ada() as ctx:
        add_alias(ctx, "parking", "P-Hus Nord")
    board.call(key="a", service="PAYMENTS")
    board.call(key="b", service="p-hus nord")
    board.call(key="c", service="payment")
    board.call(key="d", service="", labels={"app": "web"})
    board.call(key="e", service="", title="search")
    board.let_pass(minutes=2)
    assert {name for name, status in board.statuses().items() if status.severity} == {
        *("payments", "parking", "web", "search")
    }
    with board.ada() as ctx:
        found = events.list_alerts(ctx, cursor=None, limit=9, action="unmapped").items
        assert [alert.dedup_key for alert in found] == ["c"]
    (c,) = found
    board.route(matchers=c.suggested_matchers, source=c.source, services=("payments",))
    board.call(key="c", service="payment")
    with board.ada() as ctx:
        assert not events.list_alerts(ctx, cursor=None, limit=9, action="unmapped").items


def test_rule_3_the_first_route_that_fits_decides(board: Switchboard) -> None:
    board.route(matchers=(("team", "=~", "db|cache"),), services=("web",))
    board.route(matchers=(("team", "!=", "ops"),), action="ignore")
    board.call(key="a", labels={"team": "db"})
    board.call(key="b", labels={"team": "ops"})
    board.call(key="c", labels={"team": "dbx"})
    board.let_pass(minutes=2)
    hit = [name for name, status in board.statuses().items() if status.severity]
    assert sorted(hit) == ["payments", "web"]


def test_rule_4_alerts_of_one_group_are_one_incident(board: Switchboard) -> None:
    board.route(matchers=(("site", "!=", ""),), group_by=("site",))
    for service in ("payments", "parking"):
        board.call(key=service, service=service, labels={"site": "north"})
    board.call(key="mail", service="mail", labels={"site": "south"})
    board.let_pass(minutes=2)
    named = [{each.slug for each in found.incident.services} for found in board.incidents()]
    assert sorted(named, key=len) == [{"mail"}, {"payments", "parking"}]


def test_rule_4_what_fails_everywhere_is_one_incident(board: Switchboard) -> None:
    with board.ada() as ctx:
        slugs = [f"service-{number}" for number in range(12)]
        from_here = [make_service(ctx, slug).slug for slug in slugs]
    for slug in from_here[:10]:
        board.call(key=slug, service=slug)
    board.let_pass(minutes=2)
    assert len(board.incident().incident.services) == 10
    board.call(key="late", service=from_here[11])
    board.let_pass(minutes=2)
    assert len(board.incident().incident.services) == 11
    for slug in from_here[:10]:
        board.call("resolved", key=slug, service=slug)
    board.call("resolved", key="late", service=from_here[11])
    board.let_pass(minutes=3)
    assert board.story()[-1] is RESOLVED


def test_rule_5_a_blip_leaves_no_trace(board: Switchboard) -> None:
    board.call()
    board.let_pass(seconds=45, step=15)
    board.call("resolved")
    board.let_pass(minutes=5)
    assert board.incidents() == []


def test_rule_5_what_never_resolves_is_a_note_with_an_end(board: Switchboard) -> None:
    number = board.source("Certificates", publish="auto", options={"resolves": "never"})
    board.call(source=number, key="cert")
    board.let_pass(minutes=5)
    assert board.incidents() == []
    with board.ada() as ctx:
        (alert,) = events.list_alerts(ctx, cursor=None, limit=9).items
    assert (alert.action, alert.state) == ("note", "firing")
    board.let_pass(hours=25, step=3600)
    with board.ada() as ctx:
        (alert,) = events.list_alerts(ctx, cursor=None, limit=9).items
    assert alert.state == "resolved"


def test_rule_7_silence_is_told_to_staff_and_changes_nothing_public(board: Switchboard) -> None:
    number = board.source("Silent", publish="auto", stale_after_seconds=600)
    board.call(source=number)
    board.let_pass(minutes=9)
    before = board.incident()
    board.let_pass(hours=3, step=600)
    after = board.incident()
    assert after.incident.updates == before.incident.updates
    assert [each.kind for each in after.evidence] == ["stale"]
    with board.ada() as ctx:
        (alert,) = events.list_alerts(ctx, cursor=None, limit=9).items
    assert alert.state == "stale"
    board.call("resolved", source=number)
    board.let_pass(minutes=3)
    assert board.story()[-1] is RESOLVED


def test_rule_8_maintenance_keeps_quiet_and_what_still_fails_opens_after_it(
    board: Switchboard,
) -> None:
    for slug in ("payments", "parking"):
        with board.ada() as ctx:
            window = (ctx.now, ctx.now + timedelta(hours=1))
            plan_maintenance(
                ctx, NewMaintenance(english("Upgrade"), english("Soon."), (slug,), *window)
            )
        board.call(key=slug, service=slug)
    board.let_pass(minutes=30)
    board.call("resolved", key="parking", service="parking")
    assert board.incidents() == []
    board.let_pass(minutes=40)
    assert [each.slug for each in board.incident().incident.services] == ["payments"]


def test_rule_9_what_staff_touched_is_theirs(board: Switchboard) -> None:
    board.call()
    board.let_pass(minutes=2)
    with board.ada() as ctx:
        post_update(ctx, board.incident().incident.id, update(IDENTIFIED))
    board.call(key="other", severity="critical")
    board.let_pass(minutes=2)
    board.call("resolved")
    board.call("resolved", key="other")
    board.let_pass(minutes=5)
    assert board.story() == [INVESTIGATING, IDENTIFIED]
    kinds = [each.kind for each in board.incident().evidence]
    assert kinds == ["proposes_resolving", "firing"]
    with board.ada() as ctx:
        hand_back(ctx, board.incident().incident.id)
    board.let_pass(minutes=3)
    assert board.story()[-1] is RESOLVED


def test_rule_10_a_new_source_makes_drafts_that_end_with_their_alert(board: Switchboard) -> None:
    number = board.source("New")
    board.call(source=number)
    board.let_pass(minutes=2)
    assert board.incident().published_at is None
    assert board.statuses()["payments"] is ServiceStatus.OPERATIONAL
    board.call("resolved", source=number)
    board.let_pass(minutes=2)
    assert board.incidents() == []


def test_rule_10_a_draft_becomes_public_after_its_time(board: Switchboard) -> None:
    number = board.source("New", publish="auto_after:5")
    board.call(source=number)
    board.let_pass(minutes=4)
    assert board.incident().published_at is None
    board.let_pass(minutes=4)
    assert board.incident().published_at is not None


def test_rule_10_a_route_may_give_services_their_status_and_open_nothing(
    either_board: Switchboard,
) -> None:
    board = either_board
    board.route(matchers=(("site", "=", "north"),), action="service_only")
    board.call(labels={"site": "north"})
    assert board.statuses()["payments"] is ServiceStatus.OPERATIONAL
    board.let_pass(minutes=2)
    assert board.statuses()["payments"] is ServiceStatus.MAJOR_OUTAGE
    assert board.incidents() == []
    board.call("resolved", labels={"site": "north"})
    board.let_pass(minutes=3)
    assert board.statuses()["payments"] is ServiceStatus.OPERATIONAL


@pytest.mark.parametrize(
    ("severity", "status"),
    [
        ("critical", ServiceStatus.MAJOR_OUTAGE),
        ("error", ServiceStatus.PARTIAL_OUTAGE),
        ("warning", ServiceStatus.DEGRADED_PERFORMANCE),
        ("whatever", ServiceStatus.DEGRADED_PERFORMANCE),
        ("info", ServiceStatus.OPERATIONAL),
    ],
)
def test_rule_11_the_severity_gives_the_status(
    board: Switchboard, severity: str, status: ServiceStatus
) -> None:
    board.call(severity=severity)
    board.let_pass(minutes=2)
    assert board.statuses()["payments"] is status


def test_rule_5_a_notice_stands_beside_the_open_incident_of_its_service(board: Switchboard) -> None:
    notices = board.source("Notices", publish="auto", options={"resolves": False})
    board.call("firing", "early", source=notices)
    board.call()
    board.let_pass(minutes=2)
    board.call("firing", "certificate", source=notices)
    board.call("firing", "certificate", source=notices)
    board.call("firing", "elsewhere", source=notices, service="web")
    (seen,) = board.incident().evidence
    assert seen.kind == "firing"
    assert isinstance(seen.body, Phrased)
    assert dict(seen.body.phrases[0].params)["title"] == "certificate on db-7.internal"
    assert board.story() == [INVESTIGATING]


def test_rule_3_names_and_matchers_compare_after_normalisation(either_board: Switchboard) -> None:
    board = either_board
    with board.ada() as ctx:
        add_alias(ctx, "parking", "Stra\u00dfe am Caf\u00e9")
    board.route(services=("mail",), matchers=(("team", "=", "Zu\u0308rich"),))
    board.call(key="a", service="STRASSE AM CAFE\u0301")
    board.call(key="b", service="", labels={"Team": "Z\u00dcRICH"})
    board.let_pass(minutes=2)
    assert board.statuses()["parking"] is ServiceStatus.MAJOR_OUTAGE
    assert board.statuses()["mail"] is ServiceStatus.MAJOR_OUTAGE
