"""Amazon CloudWatch alarms through SNS or EventBridge. Recipe: docs/monitors/cloudwatch-sns.md.

An alarm of SNS is wrapped or raw (raw message delivery). An alarm of EventBridge, and that of a
Lambda action, is converted to the names of SNS first.

This adapter fetches neither SubscribeURL nor SigningCertURL.
"""

import re
from collections.abc import Mapping, Sequence

from app.payloads.adapter import FunctionAdapter
from app.payloads.bodies import read_body
from app.payloads.options import choice, one_of
from app.payloads.sanitize import dedup_key
from app.payloads.strict_json import Json
from app.payloads.time_reader import TimeReader
from app.payloads.untrusted import MAX_DESCRIPTION, MISSING, UntrustedValue, as_labels, pick
from app.ports.monitor import (
    InboundEvent,
    MalformedPayloadError,
    MonitorAlert,
    ReportedState,
    ReportOrder,
    UnsupportedPayloadError,
)

__all__ = ["ADAPTER"]

_STATES = {"ALARM": ReportedState.FIRING, "OK": ReportedState.RESOLVED}
_LABELS = {"alarm": "AlarmName", "account": "AWSAccountId", "region": "Region"}
_TRIGGER = {"namespace": "Namespace", "metric": "MetricName"}
# The reason that somebody gives to `set-alarm-state`, such as "This is a test"; CloudWatch itself
# writes "Threshold Crossed". "Smoke tests failed" is the reason of a script, and no test.
_TEST_REASON = re.compile(
    r"\W*(?:(?:this|is|just|only|an?|the|my|our|manual(?:ly)?|for|set|triggered|alarm|alert"
    r"|notification)\W+)*test(?:s|ed|ing)?\b(?!\W+(?:has |have )?fail)",
    re.IGNORECASE,
)
_STATE_CHANGE = "CloudWatch Alarm State Change"


def _parse(event: InboundEvent, options: Mapping[str, object]) -> Sequence[MonitorAlert]:
    alarm = _alarm(read_body(event))
    if _TEST_REASON.match(alarm.at("NewStateReason").text()):
        raise UnsupportedPayloadError("The state was set by hand, for a test.")
    value = alarm.at("NewStateValue").text().upper()
    state = _STATES.get(value, ReportedState.NEITHER)
    if value == "INSUFFICIENT_DATA":
        state = ReportedState(
            choice(options, "insufficient_data", ReportedState.NEITHER, *ReportedState)
        )
    times = TimeReader(event.received_at)
    changed_at = times.instant(alarm, "StateChangeTime")
    labels = _labels(alarm)
    alert = MonitorAlert(
        dedup_key=_key(alarm),
        state=state,
        title=alarm.at("AlarmName").text() or "Alarm",
        description=alarm.first("NewStateReason", "AlarmDescription").text(MAX_DESCRIPTION),
        labels=labels,
        service=labels.get("service"),
        started_at=changed_at if state is ReportedState.FIRING else None,
        ended_at=changed_at if state is ReportedState.RESOLVED else None,
        reported_at=changed_at,
        notes=tuple(times.notes),
    )
    return [alert]


def _alarm(body: UntrustedValue) -> UntrustedValue:
    """Extract the alarm: SNS wraps it as text in Message, raw message delivery does not."""
    kind = body.at("Type").text()
    if kind in {"SubscriptionConfirmation", "UnsubscribeConfirmation"}:
        raise UnsupportedPayloadError("Amazon SNS asks to confirm a subscription.")
    alarm = body.at("Message").parsed() if kind == "Notification" else body
    if alarm.at("detail-type").text() or alarm.at("alarmData").is_object:
        return _from_event(alarm)
    if alarm.at("NewStateValue").text():
        return alarm
    if kind == "Notification":
        raise UnsupportedPayloadError("The SNS message is not about a CloudWatch alarm.")
    raise MalformedPayloadError("This is neither an SNS message nor a CloudWatch alarm.")


def _from_event(event: UntrustedValue) -> UntrustedValue:
    """Convert an EventBridge event, or the event of a Lambda action, to the names of SNS."""
    detail_type = event.at("detail-type").text()
    if detail_type and not detail_type.startswith("CloudWatch Alarm"):
        raise UnsupportedPayloadError("The EventBridge event is not about a CloudWatch alarm.")
    # An event about the configuration has the present state, also when the alarm is deleted.
    if detail_type and not detail_type.endswith("State Change"):
        raise UnsupportedPayloadError(f"The event is no {_STATE_CHANGE}.")
    alarm = event.at("detail") if detail_type else event.at("alarmData")
    if not alarm.at("state", "value").text():
        raise UnsupportedPayloadError(f"The event is no {_STATE_CHANGE}.")
    state, configuration = alarm.at("state"), alarm.at("configuration")
    resources = event.at("resources").items()
    arn = resources[0] if len(resources) == 1 else event.at("alarmArn")
    return UntrustedValue(
        {
            "AlarmArn": arn.value,
            "AlarmName": alarm.at("alarmName").value,
            "ContributorId": alarm.at("alarmContributor", "id").value,
            "AlarmDescription": configuration.at("description").value,
            "AWSAccountId": event.first("account", "accountId").value,
            "Region": event.at("region").value,
            "NewStateValue": state.at("value").value,
            "NewStateReason": state.at("reason").value,
            "StateChangeTime": state.first("timestamp").value or event.at("time").value,
            "Trigger": _trigger(configuration),
        }
    )


def _trigger(configuration: UntrustedValue) -> Json:
    """Metric of an alarm on a single metric; None for an expression and a composite alarm."""
    found = [
        each.at("metricStat", "metric")
        for each in configuration.at("metrics").items()
        if each.at("metricStat", "metric").is_object
    ]
    if len(found) != 1:
        return None
    dimensions = found[0].at("dimensions").value
    pairs = dimensions.items() if isinstance(dimensions, dict) else ()
    return {
        "Namespace": found[0].at("namespace").value,
        "MetricName": found[0].at("name").value,
        "Dimensions": [{"name": name, "value": value} for name, value in pairs],
    }


def _key(alarm: UntrustedValue) -> str:
    contributor = alarm.at("ContributorId").key()
    if arn := alarm.at("AlarmArn").key():
        return dedup_key(arn, contributor) if contributor else dedup_key(arn)
    if not alarm.at("AlarmName").key():
        raise MalformedPayloadError("The alarm has neither an AlarmArn nor an AlarmName.")
    ids = [alarm.at(name).key() for name in ("AWSAccountId", "Region", "AlarmName")]
    return dedup_key(*ids, contributor) if contributor else dedup_key(*ids)


def _labels(alarm: UntrustedValue) -> dict[str, str]:
    trigger = alarm.at("Trigger")
    dimensions = as_labels(
        (dimension.at("name").text(), dimension.at("value"))
        for dimension in trigger.at("Dimensions").items()
    )
    return {**dimensions, **pick(trigger, _TRIGGER), **pick(alarm, _LABELS)}


def _read_key(event: InboundEvent) -> str | None:
    body = read_body(event)
    in_body = body.at("MessageId") if body.at("Type").text() else MISSING
    if body.at("detail-type").text():
        in_body = body.at("id")
    # With raw message delivery the id is only in a header.
    return dedup_key(in_body.key() or event.headers.get("x-amz-sns-message-id", "")) or None


ADAPTER = FunctionAdapter(
    kind="cloudwatch-sns",
    name="Amazon CloudWatch (SNS)",
    parse_payload=_parse,
    order=ReportOrder.REPORT_TIME,
    read_key=_read_key,
    options={"insufficient_data": one_of(*ReportedState)},
    test_body=(
        '{"AlarmName": "test", "AlarmArn": "arn:aws:cloudwatch:eu-north-1:1:alarm:test", '
        '"NewStateValue": "INSUFFICIENT_DATA", "NewStateReason": "Test"}'
    ),
)
