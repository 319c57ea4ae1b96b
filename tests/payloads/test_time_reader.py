"""Times of an alert: what can be read, and what staff see of the rest."""

from collections.abc import Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from app.monitors import ADAPTERS
from app.payloads.time_reader import TimeReader
from app.payloads.untrusted import UntrustedValue
from tests.monitors.recorded import NOON, deliver

NO_TIME = "half past nine"


def body_of(kind: str, time: str) -> Mapping[str, object]:
    """A firing event of this kind with this text for each of its times."""
    issue = {"id": "1", "firstSeen": time}
    alert = {"status": "resolved", "fingerprint": "1", "startsAt": time, "endsAt": time}
    bodies: dict[str, Mapping[str, object]] = {
        "alertmanager": {"alerts": [alert]},
        "checkly": {"check_id": "1", "alert_type": "ALERT_FAILURE", "started_at": time},
        "cloudevents": {"specversion": "1.0", "type": "down", "source": "s", "subject": "1"}
        | {"time": time},
        "cloudwatch-sns": {"AlarmArn": "1", "NewStateValue": "ALARM", "StateChangeTime": time},
        "datadog": {"alert_id": "1", "alert_transition": "Triggered", "date": time},
        "generic": {"dedup_key": "1", "status": "down", "started_at": time},
        "grafana": {"alerts": [alert]},
        "healthchecks": {"code": "1", "status": "down", "at": time},
        "pagerduty": {
            "event": {"event_type": "incident.triggered", "occurred_at": time, "data": {"id": "1"}}
        },
        "pagerduty-events": {"event_action": "trigger", "payload": {"timestamp": time}},
        "sentry": {"action": "created", "data": {"issue": issue}},
        "standard-webhooks": {"type": "down", "timestamp": time, "data": {"id": "1"}},
        "uptime-kuma": {"heartbeat": {"status": 0, "time": time}, "monitor": {"id": 1}},
        "uptimerobot": {"monitorID": "1", "alertType": "1", "alertDateTime": time},
        "zabbix": {"id": "1", "status": "PROBLEM", "started_at": time},
    }
    return bodies[kind]


@pytest.mark.parametrize("kind", sorted(ADAPTERS.keys() - {"gatus", "opsgenie"}))
def test_every_adapter_says_which_time_it_could_not_read(kind: str) -> None:
    def notes(time: str) -> str:
        (alert,) = ADAPTERS[kind].parse(deliver(body_of(kind, time)), {})
        return "; ".join(alert.notes)

    assert f"is '{NO_TIME}', which is no time" in notes(NO_TIME)
    for unset in ("", "2026-11-23T10:00:00Z", "0001-01-01T00:00:00Z"):
        assert "is no time" not in notes(unset)


def test_a_time_that_cannot_be_read_gives_way_to_the_next_one() -> None:
    times = TimeReader(NOON)
    document = UntrustedValue({"date": NO_TIME, "last_updated": "2026-11-23T10:00:00Z"})
    found = times.instant(document, "date", "last_updated")
    assert found == datetime(2026, 11, 23, 10, tzinfo=UTC)
    assert times.notes == [f"date is '{NO_TIME}', which is no time"]


def test_a_local_time_without_a_zone_says_what_to_set() -> None:
    local = UntrustedValue({"sent_at": "2026.11.23 10:00:00"})
    times = TimeReader(NOON, zone=None)
    assert times.report_time(local, "sent_at").at is None
    assert times.notes == [
        "sent_at is '2026.11.23 10:00:00', without an offset; set time_zone",
    ]
    zone = ZoneInfo("Europe/Riga")
    assert TimeReader(NOON, zone).report_time(local, "sent_at").at is not None


@pytest.mark.parametrize("unset", ["{EVENT.RECOVERY.DATE} {EVENT.RECOVERY.TIME}", "*UNKNOWN*", "0"])
def test_a_time_that_is_not_set_is_no_fault(unset: str) -> None:
    times = TimeReader(NOON, zone=None)
    assert times.instant(UntrustedValue({"ended_at": unset}), "ended_at") is None
    assert times.notes == []
