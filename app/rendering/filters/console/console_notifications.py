"""Jinja filters of the console about subscribers and deliveries: names of states and events."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from jinja2 import pass_context
from jinja2.runtime import Context

from app.domain.texts.phrases import N_

__all__ = ["FILTERS"]

_FRAME_POLICY = (
    '<meta http-equiv="Content-Security-Policy"'
    " content=\"default-src 'none'; style-src 'unsafe-inline'; img-src *\">"
)
_DELIVERY_STATES = {
    "waiting": N_("Waiting"),
    "sending": N_("Being sent"),
    "sent": N_("Sent"),
    "superseded": N_("Replaced by a newer message"),
    "withdrawn": N_("Withdrawn"),
    "dead": N_("Failed"),
}
_DELIVERY_ICONS = {
    "sent": "operational",
    "dead": "major_outage",
    "waiting": "under_maintenance",
    "sending": "under_maintenance",
}
_SUBSCRIBER_STATES = {
    "pending": N_("Not confirmed yet"),
    "active": N_("Active"),
    "stopped": N_("Stopped"),
}
_STOP_REASONS = {
    "bounced": N_("Messages came back"),
    "complained": N_("Reported as spam"),
    "gone": N_("The receiving system says that it is gone"),
    "failing": N_("Failed for days"),
    "staff": N_("Stopped by staff"),
}
_SUPPRESSIONS = {
    "unsubscribed": N_("The owner has unsubscribed."),
    "complained": N_("The owner has reported a message as spam."),
    "bounced": N_("Messages came back."),
    "erased": N_("Staff have erased the subscriber."),
}
_EVENTS = {
    "incident.opened": N_("Incident opened"),
    "incident.updated": N_("Incident updated"),
    "incident.resolved": N_("Incident resolved"),
    "incident.reopened": N_("Incident reopened"),
    "incident.postmortem": N_("Postmortem published"),
    "maintenance.scheduled": N_("Maintenance scheduled"),
    "maintenance.changed": N_("Maintenance changed"),
    "maintenance.cancelled": N_("Maintenance cancelled"),
    "maintenance.reminder": N_("Reminder of a maintenance"),
    "maintenance.started": N_("Maintenance started"),
    "maintenance.updated": N_("Maintenance updated"),
    "maintenance.completed": N_("Maintenance completed"),
    "subscription.confirm": N_("Mail to confirm a subscription"),
    "subscription.manage": N_("Mail with new links"),
    "subscription.known": N_("Mail about an existing subscription"),
    "subscription.verify": N_("Request to confirm a webhook"),
    "subscription.stopped": N_("Message about a stopped subscription"),
    "test": N_("Test message"),
}


def _named(names: Mapping[str, str]) -> Callable[..., str]:
    @pass_context
    def filter_(context: Context, value: Any) -> str:  # noqa: ANN401  # a text or a StrEnum
        name = names.get(str(value))
        return str(value) if name is None else str(context["locale"].catalogue.gettext(name))

    return filter_


def _delivery_icon(state: str) -> str:
    return _DELIVERY_ICONS.get(state, "unknown")


def _framed_mail(html: str) -> str:
    """The HTML of a mail for a frame: only pictures are loaded, from the origin of its page.

    The policy of the page is in force, too, and names that origin. In the policy of a sandboxed
    frame, 'self' stands for nothing.
    """
    return html.replace("<head>", f"<head>{_FRAME_POLICY}", 1)


def _indented_json(document: Mapping[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2)


FILTERS: Mapping[str, Callable[..., object]] = {
    "delivery_icon": _delivery_icon,
    "delivery_state": _named(_DELIVERY_STATES),
    "framed_mail": _framed_mail,
    "indented_json": _indented_json,
    "notice_event": _named(_EVENTS),
    "stop_reason": _named(_STOP_REASONS),
    "subscriber_state": _named(_SUBSCRIBER_STATES),
    "suppression": _named(_SUPPRESSIONS),
}
