"""What automation does next about one cause."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.alerts.alerts import (
    AlertChange,
    AlertFacts,
    FormerReports,
    IncidentFacts,
    ReportTimes,
    Transition,
    accept_stated_time,
    classify_report,
    newly_affected,
    next_transition,
)
from app.domain.ownership import Owner
from app.domain.statuses import IncidentStatus, ServiceStatus

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
MAJOR, PARTIAL = ServiceStatus.MAJOR_OUTAGE, ServiceStatus.PARTIAL_OUTAGE
PAYMENTS, PARKING = 1, 2


def ago(**amount: float) -> datetime:
    return NOW - timedelta(**amount)


def firing(services: dict[int, ServiceStatus] | None = None, *, due: bool = True) -> AlertFacts:
    named = {PAYMENTS: MAJOR} if services is None else services
    return AlertFacts(
        firing=True, due=due, services=named, ended_at=None, resolve_after=timedelta(minutes=2)
    )


def quiet(ended_at: datetime) -> AlertFacts:
    return AlertFacts(
        firing=False,
        due=True,
        services={PAYMENTS: MAJOR},
        ended_at=ended_at,
        resolve_after=timedelta(minutes=2),
    )


def incident(
    status: IncidentStatus = IncidentStatus.IDENTIFIED,
    *,
    owner: Owner = Owner.AUTOMATION,
    services: dict[int, ServiceStatus] | None = None,
    recurrences: tuple[datetime, ...] = (),
    is_flapping: bool = False,
    is_dismissed: bool = False,
) -> IncidentFacts:
    return IncidentFacts(
        owner=owner,
        status=status,
        services={PAYMENTS: MAJOR} if services is None else services,
        recurrences=recurrences,
        is_flapping=is_flapping,
        is_dismissed=is_dismissed,
    )


MONITORING, RESOLVED = IncidentStatus.MONITORING, IncidentStatus.RESOLVED


def test_an_alert_without_an_incident_opens_one() -> None:
    assert next_transition(None, [firing()], NOW) is Transition.OPEN


def test_an_alert_that_still_waits_for_others_opens_nothing() -> None:
    assert next_transition(None, [firing(due=False)], NOW) is Transition.NOTHING


def test_one_that_has_waited_is_published_for_those_that_have_not() -> None:
    assert next_transition(None, [firing(due=False), firing()], NOW) is Transition.OPEN


def test_an_alert_whose_services_are_all_under_maintenance_opens_nothing() -> None:
    assert next_transition(None, [firing({})], NOW) is Transition.NOTHING


def test_an_alert_that_is_over_opens_nothing() -> None:
    assert next_transition(None, [quiet(ago(minutes=1))], NOW) is Transition.NOTHING
    assert next_transition(None, [], NOW) is Transition.NOTHING


def test_what_goes_on_as_it_was_said_is_no_news() -> None:
    assert next_transition(incident(), [firing()], NOW) is Transition.NOTHING


def test_another_service_joins() -> None:
    alerts = [firing(), firing({PARKING: PARTIAL})]
    assert next_transition(incident(), alerts, NOW) is Transition.JOIN
    assert newly_affected(incident(), alerts) == {PARKING: PARTIAL}


def test_a_service_that_gets_worse_is_news() -> None:
    known = incident(services={PAYMENTS: PARTIAL})
    assert next_transition(known, [firing()], NOW) is Transition.JOIN


def test_a_service_that_gets_better_is_none() -> None:
    assert next_transition(incident(), [firing({PAYMENTS: PARTIAL})], NOW) is Transition.NOTHING


def test_the_worst_alert_decides_what_a_service_suffers() -> None:
    alerts = [firing({PARKING: PARTIAL}), firing({PARKING: MAJOR}), firing({PARKING: PARTIAL})]
    assert newly_affected(incident(), alerts) == {PARKING: MAJOR}


@pytest.mark.parametrize("status", [IncidentStatus.IDENTIFIED, IncidentStatus.INVESTIGATING])
def test_quiet_leads_to_monitoring_at_once(status: IncidentStatus) -> None:
    assert next_transition(incident(status), [quiet(NOW)], NOW) is Transition.MONITOR


def test_one_alert_that_still_fires_keeps_it_open() -> None:
    assert next_transition(incident(), [quiet(ago(hours=1)), firing()], NOW) is Transition.NOTHING


def test_an_alert_muted_by_maintenance_keeps_it_open_too() -> None:
    assert next_transition(incident(), [quiet(ago(hours=1)), firing({})], NOW) is Transition.NOTHING


def test_quiet_that_has_settled_resolves() -> None:
    watched = incident(MONITORING)
    assert next_transition(watched, [quiet(ago(seconds=119))], NOW) is Transition.NOTHING
    assert next_transition(watched, [quiet(ago(seconds=120))], NOW) is Transition.RESOLVE


def test_all_alerts_must_have_settled() -> None:
    alerts = [quiet(ago(hours=1)), quiet(ago(seconds=5))]
    assert next_transition(incident(MONITORING), alerts, NOW) is Transition.NOTHING


def test_what_is_resolved_stays_so_while_it_is_quiet() -> None:
    assert next_transition(incident(RESOLVED), [quiet(ago(hours=1))], NOW) is Transition.NOTHING


@pytest.mark.parametrize("status", [MONITORING, RESOLVED])
def test_failing_again_continues_the_incident(status: IncidentStatus) -> None:
    assert next_transition(incident(status), [firing()], NOW) is Transition.RECUR


def test_the_second_return_within_an_hour_is_flapping() -> None:
    assert (
        next_transition(incident(RESOLVED, recurrences=(ago(minutes=60),)), [firing()], NOW)
        is Transition.FLAP
    )
    assert (
        next_transition(incident(RESOLVED, recurrences=(ago(minutes=61),)), [firing()], NOW)
        is Transition.RECUR
    )


def test_flapping_holds_whatever_fires() -> None:
    shaky = incident(MONITORING, is_flapping=True, recurrences=(ago(minutes=1),))
    assert next_transition(shaky, [firing()], NOW) is Transition.NOTHING


def test_flapping_ends_after_30_quiet_minutes() -> None:
    shaky = incident(MONITORING, is_flapping=True, recurrences=(ago(minutes=50),))
    assert next_transition(shaky, [quiet(ago(minutes=29))], NOW) is Transition.NOTHING
    assert next_transition(shaky, [quiet(ago(minutes=30))], NOW) is Transition.RESOLVE


def test_another_service_still_shows_while_it_flaps() -> None:
    shaky = incident(MONITORING, is_flapping=True, recurrences=(ago(minutes=1),))
    assert next_transition(shaky, [firing({PARKING: PARTIAL})], NOW) is Transition.FLAP


SERVICES = st.dictionaries(st.integers(1, 3), st.sampled_from(ServiceStatus), max_size=3)
INSTANTS = st.integers(-10_000, 10_000).map(lambda seconds: NOW + timedelta(seconds=seconds))
SPANS = st.integers(0, 10_000).map(lambda seconds: timedelta(seconds=seconds))
ALERTS = st.lists(
    st.builds(
        AlertFacts,
        firing=st.booleans(),
        due=st.booleans(),
        services=SERVICES,
        ended_at=st.none() | INSTANTS,
        resolve_after=SPANS,
    ),
    max_size=5,
)
INCIDENTS = st.builds(
    IncidentFacts,
    owner=st.sampled_from(Owner),
    status=st.sampled_from(IncidentStatus),
    services=SERVICES,
    recurrences=st.lists(INSTANTS, max_size=3).map(tuple),
    is_flapping=st.booleans(),
    is_dismissed=st.booleans(),
)


@given(INCIDENTS, ALERTS)
def test_automation_never_moves_what_staff_own_or_dismissed(
    known: IncidentFacts, alerts: list[AlertFacts]
) -> None:
    move = next_transition(known, alerts, NOW)
    if known.owner is Owner.STAFF or known.is_dismissed:
        assert move is Transition.NOTHING


@given(INCIDENTS, ALERTS)
def test_nothing_is_resolved_while_anything_fires(
    known: IncidentFacts, alerts: list[AlertFacts]
) -> None:
    if any(alert.firing for alert in alerts):
        assert next_transition(known, alerts, NOW) not in {Transition.MONITOR, Transition.RESOLVE}


@given(st.none() | INCIDENTS, ALERTS)
def test_only_an_alert_that_may_speak_makes_news(
    known: IncidentFacts | None, alerts: list[AlertFacts]
) -> None:
    if not any(alert.firing and alert.due and alert.services for alert in alerts):
        move = next_transition(known, alerts, NOW)
        assert move not in {Transition.OPEN, Transition.JOIN, Transition.RECUR, Transition.FLAP}


@pytest.mark.parametrize(
    ("firing", "is_unresolved", "change"),
    [
        (True, False, AlertChange.NEW),
        (True, True, AlertChange.REPEATED),
        (False, True, AlertChange.RESOLVED),
        (False, False, AlertChange.NOTHING_OPEN),
    ],
)
def test_a_report_is_classified_by_whether_its_alert_is_unresolved(
    *, firing: bool, is_unresolved: bool, change: AlertChange
) -> None:
    times = ReportTimes(received_at=NOW, reported_at=NOW)
    former = FormerReports(is_unresolved=is_unresolved, reported_at=NOW)
    assert classify_report(firing=firing, times=times, former=former) is change


def test_an_older_report_changes_nothing() -> None:
    times = ReportTimes(received_at=NOW, reported_at=ago(seconds=1))
    former = FormerReports(is_unresolved=True, reported_at=NOW)
    assert classify_report(firing=False, times=times, former=former) is AlertChange.OUTDATED


def test_an_alert_that_ended_affects_no_service_a_second_time() -> None:
    assert newly_affected(incident(services={}), [quiet(NOW)]) == {}


@pytest.mark.parametrize(
    ("stated", "accepted"),
    [
        (None, False),
        (NOW, True),
        (NOW + timedelta(seconds=1), False),
        (ago(hours=24), True),
        (ago(hours=24, seconds=1), False),
    ],
)
def test_a_stated_time_of_the_day_before_the_arrival_is_accepted(
    stated: datetime | None, *, accepted: bool
) -> None:
    assert accept_stated_time(stated, NOW) == (stated if accepted else None)


# Reports of senders that state when an alert started and ended, but not when they report.
# The alert started 20 minutes ago.
BEGAN = ago(minutes=20)


def ended(
    at: datetime, *, has_fired: bool = True, started_at: datetime | None = BEGAN
) -> FormerReports:
    """An alert whose end is dated `at` and was reported then."""
    return FormerReports(
        is_unresolved=False,
        has_fired=has_fired,
        reported_at=at,
        started_at=started_at,
        received_at=at,
    )


def starts(started_at: datetime) -> ReportTimes:
    """A report, arriving now, that an alert fires since `started_at`."""
    return ReportTimes(received_at=NOW, reported_from=started_at, started_at=started_at)


@pytest.mark.parametrize(("seconds", "change"), [(5, AlertChange.OUTDATED), (6, AlertChange.NEW)])
def test_a_start_that_was_reported_before_counts_again_five_seconds_after_the_end(
    seconds: int, change: AlertChange
) -> None:
    former = ended(ago(seconds=seconds))
    assert classify_report(firing=True, times=starts(BEGAN), former=former) is change


@pytest.mark.parametrize(
    ("seconds", "change"), [(120, AlertChange.OUTDATED), (121, AlertChange.NEW)]
)
def test_a_start_that_was_not_reported_before_is_late_for_two_minutes_after_the_end(
    seconds: int, change: AlertChange
) -> None:
    never_fired = ended(ago(seconds=seconds), has_fired=False, started_at=None)
    assert classify_report(firing=True, times=starts(BEGAN), former=never_fired) is change


def test_a_start_after_the_former_end_is_a_new_alert() -> None:
    former = ended(ago(minutes=1))
    assert classify_report(firing=True, times=starts(NOW), former=former) is AlertChange.NEW


def test_an_end_whose_arrival_is_late_is_judged_by_the_end_that_it_states() -> None:
    # The end, ten minutes ago, was reported only now.
    former = FormerReports(
        is_unresolved=False, reported_at=ago(minutes=10), started_at=BEGAN, received_at=NOW
    )
    assert classify_report(firing=True, times=starts(BEGAN), former=former) is AlertChange.NEW


def test_a_replay_of_a_request_changes_nothing() -> None:
    former = FormerReports(is_unresolved=True, received_at=NOW)
    times = ReportTimes(received_at=ago(minutes=1), is_replay=True)
    assert classify_report(firing=False, times=times, former=former) is AlertChange.OUTDATED


def test_reports_without_any_stated_time_count_in_the_order_of_their_arrival() -> None:
    former = FormerReports(is_unresolved=True, reported_at=NOW, received_at=ago(minutes=1))
    times = ReportTimes(received_at=NOW)
    assert classify_report(firing=False, times=times, former=former) is AlertChange.RESOLVED


def test_the_end_of_an_earlier_episode_does_not_end_the_present_one() -> None:
    present = FormerReports(is_unresolved=True, started_at=ago(minutes=5), received_at=NOW)
    times = ReportTimes(received_at=NOW, reported_from=ago(minutes=10), started_at=BEGAN)
    assert classify_report(firing=False, times=times, former=present) is AlertChange.OUTDATED


@pytest.mark.parametrize("started_at", [None, ago(minutes=5)])
def test_an_end_of_which_too_little_is_known_ends_the_present_episode(
    started_at: datetime | None,
) -> None:
    present = FormerReports(is_unresolved=True, started_at=started_at, received_at=NOW)
    times = ReportTimes(received_at=NOW, reported_from=ago(minutes=10))
    assert classify_report(firing=False, times=times, former=present) is AlertChange.RESOLVED


def test_a_report_was_made_no_earlier_than_what_it_speaks_of() -> None:
    assert ReportTimes(NOW, reported_at=NOW, reported_from=BEGAN).earliest == BEGAN
    assert ReportTimes(NOW, reported_at=BEGAN).earliest == BEGAN
    assert ReportTimes(NOW).earliest is None
