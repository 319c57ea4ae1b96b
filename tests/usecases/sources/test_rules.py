"""The rules of alerts of monitors, a test for each: hours pass in milliseconds."""

from datetime import timedelta

import pytest

from app.domain.alerts.alert_filter import AlertFilter
from app.domain.alerts.sources import EventVerdict
from app.domain.statuses import IncidentStatus, ServiceStatus
from app.domain.texts.phrases import Phrased
from app.usecases.incidents.lifecycle import hand_back, post_update
from app.usecases.maintenances.lifecycle import NewMaintenance, plan_maintenance
from app.usecases.services.aliases import add_alias
from app.usecases.sources import events
from tests.factories import english, make_service, update
from tests.many_rows import counted_queries
from tests.usecases.sources.monitoring import MonitorDriver

INVESTIGATING, IDENTIFIED, MONITORING, RESOLVED = IncidentStatus


def test_rule_1_an_alert_opens_goes_on_quietly_and_ends(
    monitoring_on_each_database: MonitorDriver,
) -> None:
    monitoring = monitoring_on_each_database
    assert monitoring.call() is EventVerdict.ALERTS
    monitoring.let_pass(minutes=2)
    for _ in range(3):
        monitoring.call()
        monitoring.let_pass(minutes=5)
    assert monitoring.status_history() == [INVESTIGATING]
    assert monitoring.statuses()["payments"] is ServiceStatus.MAJOR_OUTAGE
    monitoring.call("resolved")
    assert monitoring.status_history() == [INVESTIGATING, MONITORING]
    monitoring.let_pass(minutes=3)
    assert monitoring.status_history() == [INVESTIGATING, MONITORING, RESOLVED]
    with monitoring.ada() as ctx:
        (alert,) = events.list_alerts(ctx, cursor=None, limit=9).items
    assert (alert.occurrences, alert.state) == (4, "resolved")


def test_alerts_of_a_span_are_listed_with_as_many_queries_as_one(
    monitoring: MonitorDriver,
) -> None:
    for key, service in (("a", "payments"), ("b", "parking"), ("c", "web")):
        monitoring.call(key=key, service=service)
        monitoring.let_pass(minutes=5)
    with monitoring.ada() as ctx:
        listed = events.list_alerts(ctx, cursor=None, limit=9).items
        first = listed[-1].started_at
        ctx.session.expunge_all()
        with counted_queries(ctx.session) as for_one:
            until = AlertFilter(until=first + timedelta(minutes=1))
            one = events.list_alerts(ctx, until, cursor=None, limit=9).items
        ctx.session.expunge_all()
        with counted_queries(ctx.session) as for_two:
            since = AlertFilter(since=first + timedelta(minutes=1))
            two = events.list_alerts(ctx, since, cursor=None, limit=9).items
    assert [each.dedup_key for each in (*two, *one)] == ["c", "b", "a"]
    assert all(each.incident and each.services for each in (*one, *two))
    assert len(for_two) == len(for_one) == 4


def test_rule_1_an_end_without_a_beginning_is_stored_and_nothing_else(
    monitoring: MonitorDriver,
) -> None:
    assert monitoring.call("resolved") is EventVerdict.ALERTS
    monitoring.let_pass(minutes=5)
    assert monitoring.incidents() == []


def test_rule_1_a_severity_that_rises_is_reported(monitoring: MonitorDriver) -> None:
    monitoring.call(severity="minor")
    monitoring.let_pass(minutes=2)
    assert monitoring.statuses()["payments"] is ServiceStatus.DEGRADED_PERFORMANCE
    monitoring.call(severity="critical")
    assert monitoring.statuses()["payments"] is ServiceStatus.MAJOR_OUTAGE
    monitoring.call(severity="minor")
    monitoring.let_pass(minutes=2)
    assert monitoring.statuses()["payments"] is ServiceStatus.MAJOR_OUTAGE
    assert monitoring.status_history() == [INVESTIGATING, INVESTIGATING]


def test_rule_2_a_failure_that_arrives_after_its_recovery_is_outdated(
    monitoring: MonitorDriver,
) -> None:
    began = monitoring.clock.now
    monitoring.let_pass(minutes=1)
    assert (
        monitoring.call("resolved", reported_at=began + timedelta(seconds=40))
        is EventVerdict.ALERTS
    )
    assert monitoring.call("firing", reported_at=began) is EventVerdict.OUTDATED
    monitoring.let_pass(minutes=5)
    assert monitoring.incidents() == []
    monitoring.call("firing", reported_at=began + timedelta(minutes=2))
    monitoring.let_pass(minutes=2)
    assert monitoring.status_history() == [INVESTIGATING]


def test_rule_2_a_clock_far_ahead_does_not_silence_what_is_said_later(
    monitoring: MonitorDriver,
) -> None:
    monitoring.call("firing", reported_at=monitoring.clock.now + timedelta(days=900))
    monitoring.let_pass(minutes=2)
    monitoring.call("resolved", reported_at=monitoring.clock.now)
    assert monitoring.status_history() == [INVESTIGATING, MONITORING]


def test_rule_3_a_name_is_exact_whatever_its_case_and_never_similar(
    monitoring: MonitorDriver,
) -> None:
    with monitoring.ada() as ctx:
        add_alias(ctx, "parking", "P-Hus Nord")
    monitoring.call(key="a", service="PAYMENTS")
    monitoring.call(key="b", service="p-hus nord")
    monitoring.call(key="c", service="payment")
    monitoring.call(key="d", service="", labels={"app": "web"})
    monitoring.call(key="e", service="", title="search")
    monitoring.let_pass(minutes=2)
    assert {name for name, status in monitoring.statuses().items() if status.severity} == {
        *("payments", "parking", "web", "search")
    }
    with monitoring.ada() as ctx:
        found = events.list_alerts(ctx, AlertFilter(action="unmapped"), cursor=None, limit=9).items
        assert [alert.dedup_key for alert in found] == ["c"]
    (c,) = found
    monitoring.route(matchers=c.suggested_matchers, source=c.source, services=("payments",))
    monitoring.call(key="c", service="payment")
    with monitoring.ada() as ctx:
        assert not events.list_alerts(
            ctx, AlertFilter(action="unmapped"), cursor=None, limit=9
        ).items


def test_rule_3_the_first_route_that_fits_decides(monitoring: MonitorDriver) -> None:
    monitoring.route(matchers=(("team", "=~", "db|cache"),), services=("web",))
    monitoring.route(matchers=(("team", "!=", "ops"),), action="ignore")
    monitoring.call(key="a", labels={"team": "db"})
    monitoring.call(key="b", labels={"team": "ops"})
    monitoring.call(key="c", labels={"team": "dbx"})
    monitoring.let_pass(minutes=2)
    hit = [name for name, status in monitoring.statuses().items() if status.severity]
    assert sorted(hit) == ["payments", "web"]


def test_rule_4_alerts_of_one_group_are_one_incident(monitoring: MonitorDriver) -> None:
    monitoring.route(matchers=(("site", "!=", ""),), group_by=("site",))
    for service in ("payments", "parking"):
        monitoring.call(key=service, service=service, labels={"site": "north"})
    monitoring.call(key="mail", service="mail", labels={"site": "south"})
    monitoring.let_pass(minutes=2)
    named = [{each.slug for each in found.incident.services} for found in monitoring.incidents()]
    assert sorted(named, key=len) == [{"mail"}, {"payments", "parking"}]


def test_rule_4_what_fails_everywhere_is_one_incident(monitoring: MonitorDriver) -> None:
    with monitoring.ada() as ctx:
        slugs = [f"service-{number}" for number in range(12)]
        from_here = [make_service(ctx, slug).slug for slug in slugs]
    for slug in from_here[:10]:
        monitoring.call(key=slug, service=slug)
    monitoring.let_pass(minutes=2)
    assert len(monitoring.incident().incident.services) == 10
    monitoring.call(key="late", service=from_here[11])
    monitoring.let_pass(minutes=2)
    assert len(monitoring.incident().incident.services) == 11
    for slug in from_here[:10]:
        monitoring.call("resolved", key=slug, service=slug)
    monitoring.call("resolved", key="late", service=from_here[11])
    monitoring.let_pass(minutes=3)
    assert monitoring.status_history()[-1] is RESOLVED


def test_rule_5_a_blip_leaves_no_trace(monitoring: MonitorDriver) -> None:
    monitoring.call()
    monitoring.let_pass(seconds=45, step=15)
    monitoring.call("resolved")
    monitoring.let_pass(minutes=5)
    assert monitoring.incidents() == []


def test_rule_5_what_never_resolves_is_a_note_with_an_end(monitoring: MonitorDriver) -> None:
    number = monitoring.source("Certificates", publish="auto", options={"resolves": "never"})
    monitoring.call(source=number, key="cert")
    monitoring.let_pass(minutes=5)
    assert monitoring.incidents() == []
    with monitoring.ada() as ctx:
        (alert,) = events.list_alerts(ctx, cursor=None, limit=9).items
    assert (alert.action, alert.state) == ("note", "firing")
    monitoring.let_pass(hours=25, step=3600)
    with monitoring.ada() as ctx:
        (alert,) = events.list_alerts(ctx, cursor=None, limit=9).items
    assert alert.state == "resolved"


def test_rule_7_silence_is_shown_to_staff_and_changes_nothing_public(
    monitoring: MonitorDriver,
) -> None:
    number = monitoring.source("Silent", publish="auto", stale_after_seconds=600)
    monitoring.call(source=number)
    monitoring.let_pass(minutes=9)
    before = monitoring.incident()
    monitoring.let_pass(hours=3, step=600)
    after = monitoring.incident()
    assert after.incident.updates == before.incident.updates
    assert [each.kind for each in after.evidence] == ["stale"]
    with monitoring.ada() as ctx:
        (alert,) = events.list_alerts(ctx, cursor=None, limit=9).items
    assert alert.state == "stale"
    monitoring.call("resolved", source=number)
    monitoring.let_pass(minutes=3)
    assert monitoring.status_history()[-1] is RESOLVED


def test_rule_8_maintenance_keeps_quiet_and_what_still_fails_opens_after_it(
    monitoring: MonitorDriver,
) -> None:
    for slug in ("payments", "parking"):
        with monitoring.ada() as ctx:
            window = (ctx.now, ctx.now + timedelta(hours=1))
            plan_maintenance(
                ctx, NewMaintenance(english("Upgrade"), english("Soon."), (slug,), *window)
            )
        monitoring.call(key=slug, service=slug)
    monitoring.let_pass(minutes=30, step=300)
    monitoring.call("resolved", key="parking", service="parking")
    assert monitoring.incidents() == []
    monitoring.let_pass(minutes=40, step=300)
    assert [each.slug for each in monitoring.incident().incident.services] == ["payments"]


def test_rule_9_what_staff_touched_is_theirs(monitoring: MonitorDriver) -> None:
    monitoring.call()
    monitoring.let_pass(minutes=2)
    with monitoring.ada() as ctx:
        post_update(ctx, monitoring.incident().incident.id, update(IDENTIFIED))
    monitoring.call(key="other", severity="critical")
    monitoring.let_pass(minutes=2)
    monitoring.call("resolved")
    monitoring.call("resolved", key="other")
    monitoring.let_pass(minutes=5)
    assert monitoring.status_history() == [INVESTIGATING, IDENTIFIED]
    kinds = [each.kind for each in monitoring.incident().evidence]
    assert kinds == ["proposes_resolving", "firing"]
    with monitoring.ada() as ctx:
        hand_back(ctx, monitoring.incident().incident.id)
    monitoring.let_pass(minutes=3)
    assert monitoring.status_history()[-1] is RESOLVED


def test_rule_10_a_new_source_makes_drafts_that_end_with_their_alert(
    monitoring: MonitorDriver,
) -> None:
    number = monitoring.source("New")
    monitoring.call(source=number)
    monitoring.let_pass(minutes=2)
    assert monitoring.incident().published_at is None
    assert monitoring.statuses()["payments"] is ServiceStatus.OPERATIONAL
    monitoring.call("resolved", source=number)
    monitoring.let_pass(minutes=2)
    assert monitoring.incidents() == []


def test_rule_10_a_draft_becomes_public_after_its_time(monitoring: MonitorDriver) -> None:
    number = monitoring.source("New", publish="auto_after:5")
    monitoring.call(source=number)
    monitoring.let_pass(minutes=4)
    assert monitoring.incident().published_at is None
    monitoring.let_pass(minutes=4)
    assert monitoring.incident().published_at is not None


def test_rule_10_a_route_may_give_services_their_status_and_open_nothing(
    monitoring_on_each_database: MonitorDriver,
) -> None:
    monitoring = monitoring_on_each_database
    monitoring.route(matchers=(("site", "=", "north"),), action="service_only")
    monitoring.call(labels={"site": "north"})
    assert monitoring.statuses()["payments"] is ServiceStatus.OPERATIONAL
    monitoring.let_pass(minutes=2)
    assert monitoring.statuses()["payments"] is ServiceStatus.MAJOR_OUTAGE
    assert monitoring.incidents() == []
    monitoring.call("resolved", labels={"site": "north"})
    monitoring.let_pass(minutes=3)
    assert monitoring.statuses()["payments"] is ServiceStatus.OPERATIONAL


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
    monitoring: MonitorDriver, severity: str, status: ServiceStatus
) -> None:
    monitoring.call(severity=severity)
    monitoring.let_pass(minutes=2)
    assert monitoring.statuses()["payments"] is status


def test_rule_5_a_notice_stands_beside_the_open_incident_of_its_service(
    monitoring: MonitorDriver,
) -> None:
    notices = monitoring.source("Notices", publish="auto", options={"resolves": False})
    monitoring.call("firing", "early", source=notices)
    monitoring.call()
    monitoring.let_pass(minutes=2)
    monitoring.call("firing", "certificate", source=notices)
    monitoring.call("firing", "certificate", source=notices)
    monitoring.call("firing", "elsewhere", source=notices, service="web")
    (seen,) = monitoring.incident().evidence
    assert seen.kind == "firing"
    assert isinstance(seen.body, Phrased)
    assert dict(seen.body.phrases[0].params)["title"] == "certificate on db-7.internal"
    assert monitoring.status_history() == [INVESTIGATING]


def test_rule_3_names_and_matchers_compare_after_normalisation(
    monitoring_on_each_database: MonitorDriver,
) -> None:
    monitoring = monitoring_on_each_database
    with monitoring.ada() as ctx:
        add_alias(ctx, "parking", "Stra\u00dfe am Caf\u00e9")
    monitoring.route(services=("mail",), matchers=(("team", "=", "Zu\u0308rich"),))
    monitoring.call(key="a", service="STRASSE AM CAFE\u0301")
    monitoring.call(key="b", service="", labels={"Team": "Z\u00dcRICH"})
    monitoring.let_pass(minutes=2)
    assert monitoring.statuses()["parking"] is ServiceStatus.MAJOR_OUTAGE
    assert monitoring.statuses()["mail"] is ServiceStatus.MAJOR_OUTAGE
