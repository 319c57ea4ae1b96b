"""The test that the console sends for each kind of monitor is read, and opens nothing."""

import pytest

from app.monitors import ADAPTERS
from app.ports.monitor import ReportedState, UnsupportedPayloadError
from tests.monitors.recorded import deliver


@pytest.mark.parametrize("kind", sorted(ADAPTERS))
def test_a_test_of_the_console_opens_nothing(kind: str) -> None:
    body = ADAPTERS[kind].test_body
    if not body:
        assert kind == "opsgenie"  # its state is in the path
        return
    try:
        states = {alert.state for alert in ADAPTERS[kind].parse(deliver(body), {})}
    except UnsupportedPayloadError:
        return
    assert states == {ReportedState.NEITHER}
