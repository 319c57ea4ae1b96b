"""Alerts in envelopes and under field names that vendors use besides the usual ones."""

import json

import pytest

from app.ports.monitor import MonitorAlert, ReportedState, UnsupportedPayloadError
from tests.monitors.recorded import document, one, parse

ARN = "arn:aws:cloudwatch:eu-north-1:111122223333:alarm:checkout-5xx"


def event(**changed: object) -> dict[str, object]:
    return {**document("cloudwatch-sns", "eventbridge_firing"), **changed}


def cloudwatch(body: object) -> MonitorAlert:
    (alert,) = parse("cloudwatch-sns", body)
    return alert


def test_an_alarm_of_eventbridge_has_the_key_that_sns_gives_it() -> None:
    through_sns = {
        "AlarmArn": ARN,
        "AlarmName": "checkout-5xx",
        "NewStateValue": "OK",
        "StateChangeTime": "2026-11-23T10:14:40.120+0000",
    }
    assert (
        cloudwatch(through_sns).dedup_key == one("cloudwatch-sns", "eventbridge_firing").dedup_key
    )


def test_an_alarm_of_eventbridge_is_read_inside_an_sns_message_too() -> None:
    message = {"Type": "Notification", "MessageId": "1", "Message": json.dumps(event())}
    assert cloudwatch(message) == one("cloudwatch-sns", "eventbridge_firing")


def test_an_alarm_of_a_lambda_action_is_read() -> None:
    detail = event()["detail"]
    body = {"source": "aws.cloudwatch", "alarmArn": ARN, "accountId": "1", "alarmData": detail}
    assert cloudwatch(body).dedup_key == ARN


def test_an_eventbridge_alarm_without_its_resource_is_identified_by_account_region_and_name() -> (
    None
):
    assert cloudwatch(event(resources=[])).dedup_key == "111122223333:eu-north-1:checkout-5xx"


def test_composite_alarms_and_missing_data_of_eventbridge_are_read() -> None:
    detail = {
        "alarmName": "all",
        "configuration": {"alarmRule": 'ALARM("a") OR ALARM("b")'},
        "state": {"value": "INSUFFICIENT_DATA", "reason": "-"},
    }
    alert = cloudwatch(event(detail=detail))
    assert (alert.state, alert.title) == (ReportedState.NEITHER, "all")
    assert alert.reported_at is not None


def test_contributors_of_one_alarm_are_separate_alerts() -> None:
    detail = event()["detail"]
    assert isinstance(detail, dict)
    keys = {
        cloudwatch(event(detail={**detail, "alarmContributor": {"id": number}})).dedup_key
        for number in ("a", "b")
    }
    assert len(keys) == 2


@pytest.mark.parametrize(
    "changed",
    [
        {"detail-type": "CloudWatch Alarm Configuration Change", "detail": {"alarmName": "a"}},
        {"detail-type": "EC2 Instance State-change Notification", "detail": {"state": "running"}},
    ],
)
def test_other_events_of_eventbridge_state_no_alert(changed: dict[str, object]) -> None:
    with pytest.raises(UnsupportedPayloadError):
        cloudwatch(event(**changed))


def test_an_alert_of_sentry_about_an_issue_is_read_by_the_status_of_the_issue() -> None:
    body = document("sentry", "activity_alert_firing")

    def state(status: object) -> ReportedState:
        issue = {"id": "1", "title": "t", "status": status}
        (alert,) = parse("sentry", {**body, "data": {"issue": issue}})
        assert not alert.resolves
        return alert.state

    assert state("unresolved") is state(None) is ReportedState.FIRING
    assert (state("resolved"), state("ignored")) == (ReportedState.RESOLVED, ReportedState.NEITHER)


def test_an_issue_alert_of_sentry_with_its_issue_is_identified_by_the_issue() -> None:
    data = {"event": {"title": "t", "issue_id": "9"}, "issue": {"id": "9"}}
    with_both = parse("sentry", {"action": "triggered", "data": data})[0].dedup_key
    del data["event"]["issue_id"]
    assert parse("sentry", {"action": "triggered", "data": data})[0].dedup_key == with_both


@pytest.mark.parametrize(
    "name",
    [
        "dedup_key",
        "deduplication_key",
        "dedupKey",
        "deduplicationKey",
        "dedupe_key",
        "incident_key",
    ],
)
def test_a_generic_body_may_name_its_dedup_key_in_the_ways_of_vendors(name: str) -> None:
    assert parse("generic", {name: "a", "status": "firing"})[0].dedup_key == "a"


@pytest.mark.parametrize("kind", ["standard-webhooks", "cloudevents"])
def test_a_deduplication_key_in_the_data_of_an_event_is_read(kind: str) -> None:
    body = {
        "specversion": "1.0",
        "type": "alert.firing",
        "source": "s",
        "data": {"deduplication_key": "a"},
    }
    assert parse(kind, body)[0].dedup_key == "a"
