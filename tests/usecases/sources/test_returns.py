"""Rule 6 of alerts of monitors: how an incident ends, goes on and comes back."""

from app.domain.phrases import Phrased
from app.domain.statuses import IncidentStatus
from tests.usecases.sources.monitoring import Switchboard

INVESTIGATING, IDENTIFIED, MONITORING, RESOLVED = IncidentStatus


def test_rule_6_the_last_of_the_alerts_ends_the_incident(board: Switchboard) -> None:
    for key in ("a", "b"):
        board.call(key=key)
    board.let_pass(minutes=2)
    board.call("resolved", key="a")
    board.let_pass(minutes=10)
    assert board.story() == [INVESTIGATING]
    board.call("resolved", key="b")
    board.let_pass(seconds=90)
    assert board.story() == [INVESTIGATING, MONITORING]
    board.let_pass(seconds=60)
    assert board.story()[-1] is RESOLVED


def test_rule_6_failing_again_soon_continues_the_incident(board: Switchboard) -> None:
    board.call()
    board.let_pass(minutes=2)
    board.call("resolved")
    board.let_pass(minutes=20)
    board.call()
    board.let_pass(minutes=2)
    assert board.story() == [INVESTIGATING, MONITORING, RESOLVED, INVESTIGATING]
    board.call("resolved")
    board.let_pass(minutes=40)
    board.call()
    board.let_pass(minutes=2)
    assert len(board.incidents()) == 2


def test_rule_6_the_third_return_is_flapping_and_waits_for_peace(board: Switchboard) -> None:
    def cycle() -> None:
        board.call()
        board.let_pass(seconds=90)
        board.call("resolved")
        board.let_pass(seconds=60)

    for _ in range(4):
        cycle()
    bodies = [update.body for update in board.incident().incident.updates]
    codes = [body.phrases[0].code for body in bodies if isinstance(body, Phrased)]
    assert codes.count("update.recurred") == 2
    assert codes[0] == "update.monitor.flapping"
    said = len(codes)
    cycle()
    board.let_pass(minutes=12)
    assert len(board.incident().incident.updates) == said
    board.let_pass(minutes=5)
    assert board.story()[-1] is RESOLVED
