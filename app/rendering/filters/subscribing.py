"""Filters of the pages about subscriptions: labels of levels, events, deliveries and errors."""

from collections.abc import Callable, Mapping
from typing import Any

from jinja2 import pass_context
from jinja2.runtime import Context

from app.domain.texts.phrases import N_
from app.i18n.catalogues.terms import ContextualText
from app.i18n.languages import native_name
from app.i18n.localization import Locale
from app.i18n.regional_formats import published_tag

__all__ = ["CHOICES", "FILTERS"]

# The choices of each field in the order of the form, with their labels.
CHOICES: Mapping[str, Mapping[str, str]] = {
    "incidents": {
        # Translators: Choice of the field “Incidents”: all messages about incidents are sent.
        "all": N_("Every update"),
        # Translators: Choice of the field “Incidents”: messages when an incident begins and ends.
        "ends": N_("Only the beginning and the end"),
        # Translators: Choice of the field “Incidents”.
        "none": N_("Nothing about incidents"),
    },
    "maintenances": {
        # Translators: Choice of the field “Maintenance”.
        "all": N_("Plans, reminders and every update"),
        # Translators: Choice of the field “Maintenance”.
        "planned": N_("Plans, changes and reminders"),
        # Translators: Choice of the field “Maintenance”.
        "none": N_("Nothing about maintenance"),
    },
    "minimum": {
        # Translators: Choice of the field “Smallest impact of incidents”.
        "none": N_("All incidents"),
        # Translators: Choice of the field “Smallest impact of incidents”.
        "minor": N_("Minor impact or worse"),
        # Translators: Choice of the field “Smallest impact of incidents”.
        "major": N_("Major impact or worse"),
        # Translators: Choice of the field “Smallest impact of incidents”.
        "critical": N_("Critical impact only"),
    },
}
_EVENTS: Mapping[str, str] = {
    # Translators: Kind of a message in the list of the latest messages.
    "incident.opened": N_("New incident"),
    # Translators: Kind of a message in the list of the latest messages.
    "incident.updated": N_("Incident update"),
    "incident.resolved": N_("Incident resolved"),
    "incident.reopened": N_("Incident reopened"),
    "incident.postmortem": N_("Postmortem published"),
    # Translators: Kind of a message, and heading of a mail.
    "maintenance.scheduled": N_("Maintenance scheduled"),
    "maintenance.changed": N_("Maintenance changed"),
    "maintenance.cancelled": N_("Maintenance cancelled"),
    "maintenance.reminder": N_("Maintenance reminder"),
    "maintenance.started": N_("Maintenance started"),
    "maintenance.updated": N_("Maintenance update"),
    "maintenance.completed": N_("Maintenance completed"),
    # Translators: Kind of a message in the list of the latest messages.
    "subscription.confirm": N_("Link to confirm the subscription"),
    "subscription.known": N_("Link to manage the subscription"),
    "subscription.manage": N_("Link to manage the subscription"),
    "subscription.stopped": N_("The subscription was stopped"),
    "subscription.verify": N_("Request to confirm the subscription"),
    "test": N_("Test message"),
}
_DELIVERIES: Mapping[str, ContextualText] = {
    "waiting": ContextualText("status of a message", "Not sent yet"),
    "sending": ContextualText("status of a message", "Being sent"),
    "sent": ContextualText("status of a message", "Sent"),
    # Translators: It was not sent: a newer message says more.
    "superseded": ContextualText("status of a message", "Replaced by a newer message"),
    # Translators: Staff withdrew it before it was sent.
    "withdrawn": ContextualText("status of a message", "Withdrawn"),
    "dead": ContextualText("status of a message", "Could not be delivered"),
}
_STOPPED: Mapping[str, str] = {
    "bounced": N_("Nothing is sent to this address, because mails to it came back."),
    "complained": N_("Nothing is sent to this address, because a mail was reported as spam."),
    "gone": N_("Nothing is sent to this address, because it does not exist any more."),
    "failing": N_("Nothing is sent to this address, because delivery kept failing."),
    "staff": N_("Nothing is sent to this address: the operators of this page have stopped it."),
}
_ERRORS: Mapping[str, str] = {
    "invalid_address": N_("This is not an e-mail address. An example: vera@example.net"),
    "nothing_followed": N_("Choose at least one service, or everything on this page."),
    "nothing_wanted": N_("Choose at least one of incidents and maintenance."),
    "not_on_the_page": N_("This is no longer on the page. Choose something else."),
    "too_many_followed": N_("These are too many services. Choose everything on this page."),
    "language_not_published": N_("This page does not exist in this language."),
    "unknown_time_zone": N_("This time zone is not known."),
    # Translators: Too many try to subscribe just now.
    "subscriptions_busy": N_("Too many people subscribe at the moment. Try again in an hour."),
    "required": N_("This field is required."),
    "not_a_url": N_("This is not a URL. An example: https://example.net/status"),
    "url_too_long": N_("This URL is too long."),
    "has_fragment": N_("Remove the part of the URL from the # sign on."),
    "asked_lately": N_("This URL was asked to confirm a short time ago. Try again tomorrow."),
    "subscriber_stopped": N_("Nothing is sent to this address at present. Subscribe again."),
}
_INVALID = N_("This value is not valid.")


def _translated(
    labels: Mapping[str, str | ContextualText], other: str = ""
) -> Callable[[Context, str], str]:
    """A filter that returns the label of a value in the language of the page."""

    @pass_context
    def label(context: Context, value: str) -> str:
        locale: Locale = context["locale"]
        found = labels.get(value, other)
        if isinstance(found, ContextualText):
            return found.translate(locale.catalogue)
        return locale.catalogue.gettext(found) if found else value

    return label


@pass_context
def _choice_label(context: Context, value: str, field: str) -> str:
    locale: Locale = context["locale"]
    return locale.catalogue.gettext(CHOICES[field][value])


FILTERS: Mapping[str, Callable[..., Any]] = {
    "choice_label": _choice_label,
    "delivery_label": _translated(_DELIVERIES),
    "event_label": _translated(_EVENTS),
    "form_error": _translated(_ERRORS, _INVALID),
    "native_name": native_name,
    "published_tag": published_tag,
    "stopped_label": _translated(_STOPPED),
}
