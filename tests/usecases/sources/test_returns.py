"""Rule 6 of alerts of monitors: how an incident ends, goes on and comes back."""

from app.domain.statuses import IncidentStatus
from app.domain.texts.phrases import Phrased
from tests.usecases.sources.monitoring import MonitorDriver

INVESTIGATING, IDENTIFIED, MONITORING, RESOLVED = IncidentStatus


def test_rule_6_the_last_of_the_alerts_ends_the_incident(monitoring: MonitorDriver) -> None:
    for key in ("a", "b"):
        monitoring.call(key=key)
    monitoring.let_pass(minutes=2)
    monitoring.call("resolved", key="a")
    monitoring.let_pass(minutes=10)
    assert monitoring.status_history() == [INVESTIGATING]
    monitoring.call("resolved", key="b")
    monitoring.let_pass(seconds=90)
    assert monitoring.status_history() == [INVESTIGATING, MONITORING]
    monitoring.let_pass(seconds=60)
    assert monitoring.status_history()[-1] is RESOLVED


def test_rule_6_failing_again_soon_continues_the_incident(monitoring: MonitorDriver) -> None:
    monitoring.call()
    monitoring.let_pass(minutes=2)
    monitoring.call("resolved")
    monitoring.let_pass(minutes=20)
    monitoring.call()
    monitoring.let_pass(minutes=2)
    assert monitoring.status_history() == [INVESTIGATING, MONITORING, RESOLVED, INVESTIGATING]
    monitoring.call("resolved")
    monitoring.let_pass(minutes=40, step=300)
    monitoring.call()
    monitoring.let_pass(minutes=2)
    assert len(monitoring.incidents()) == 2


def test_rule_6_the_third_return_is_flapping_and_waits_for_peace(monitoring: MonitorDriver) -> None:
    def cycle() -> None:
        monitoring.call()
        monitoring.let_pass(seconds=90)
        monitoring.call("resolved")
        monitoring.let_pass(seconds=60)

    for _ in range(4):
        cycle()
    bodies = [update.body for update in monitoring.incident().incident.updates]
    codes = [body.phrases[0].code for body in bodies if isinstance(body, Phrased)]
    assert codes.count("update.recurred") == 2
    assert codes[0] == "update.monitor.flapping"
    stated = len(codes)
    cycle()
    monitoring.let_pass(minutes=12)
    assert len(monitoring.incident().incident.updates) == stated
    monitoring.let_pass(minutes=5)
    assert monitoring.status_history()[-1] is RESOLVED
