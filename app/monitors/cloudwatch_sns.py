"""Amazon CloudWatch alarms through SNS, wrapped or raw. Recipe: docs/monitors/cloudwatch-sns.md.

This adapter fetches neither SubscribeURL nor SigningCertURL.
"""

from collections.abc import Mapping, Sequence

from app.payloads.adapter import FunctionAdapter
from app.payloads.bodies import read_body
from app.payloads.options import choice, one_of
from app.payloads.sanitize import dedup_key
from app.payloads.untrusted import MAX_DESCRIPTION, MISSING, UntrustedValue, as_labels, pick
from app.ports.monitor import (
    InboundEvent,
    MalformedPayloadError,
    MonitorAlert,
    ReportedState,
    UnsupportedPayloadError,
)

__all__ = ["ADAPTER"]

_STATES = {"ALARM": ReportedState.FIRING, "OK": ReportedState.RESOLVED}
_LABELS = {"alarm": "AlarmName", "account": "AWSAccountId", "region": "Region"}
_TRIGGER = {"namespace": "Namespace", "metric": "MetricName"}


def _parse(event: InboundEvent, options: Mapping[str, object]) -> Sequence[MonitorAlert]:
    alarm = _alarm(read_body(event))
    value = alarm.at("NewStateValue").text().upper()
    state = _STATES.get(value, ReportedState.NEITHER)
    if value == "INSUFFICIENT_DATA":
        state = ReportedState(
            choice(options, "insufficient_data", ReportedState.NEITHER, *ReportedState)
        )
    changed_at = alarm.at("StateChangeTime").instant()
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
    )
    return [alert]


def _alarm(body: UntrustedValue) -> UntrustedValue:
    """Extract the alarm: SNS wraps it as text in Message, raw message delivery does not."""
    kind = body.at("Type").text()
    if kind in {"SubscriptionConfirmation", "UnsubscribeConfirmation"}:
        raise UnsupportedPayloadError("Amazon SNS asks to confirm a subscription.")
    alarm = body.at("Message").parsed() if kind == "Notification" else body
    if alarm.at("NewStateValue").text():
        return alarm
    if kind == "Notification":
        raise UnsupportedPayloadError("The SNS message is not about a CloudWatch alarm.")
    raise MalformedPayloadError("This is neither an SNS message nor a CloudWatch alarm.")


def _key(alarm: UntrustedValue) -> str:
    if arn := alarm.at("AlarmArn").key():
        return dedup_key(arn)
    if not alarm.at("AlarmName").key():
        raise MalformedPayloadError("The alarm has neither an AlarmArn nor an AlarmName.")
    return dedup_key(*(alarm.at(name).key() for name in ("AWSAccountId", "Region", "AlarmName")))


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
    # With raw message delivery the id is only in a header.
    return dedup_key(in_body.key() or event.headers.get("x-amz-sns-message-id", "")) or None


ADAPTER = FunctionAdapter(
    kind="cloudwatch-sns",
    name="Amazon CloudWatch (SNS)",
    parse_payload=_parse,
    read_key=_read_key,
    options={"insufficient_data": one_of(*ReportedState)},
)
