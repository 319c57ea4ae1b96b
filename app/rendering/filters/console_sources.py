"""Verdicts of inbound events, as staff read them."""

from collections.abc import Callable, Mapping
from typing import Any

from jinja2 import pass_context
from jinja2.runtime import Context

from app.domain.alerts.sources import EventVerdict
from app.domain.phrases import N_
from app.i18n.localization import Locale

__all__ = ["FILTERS", "VERDICTS"]

VERDICTS: Mapping[EventVerdict, tuple[str, str]] = {
    EventVerdict.WAITING: ("unknown", N_("Waiting to be processed")),
    EventVerdict.ALERTS: ("operational", N_("Alerts processed")),
    EventVerdict.OUTDATED: ("operational", N_("Older than earlier reports")),
    EventVerdict.NOTHING: ("unknown", N_("No alert in the request")),
    EventVerdict.MALFORMED: ("major_outage", N_("Unreadable request")),
    EventVerdict.FAILED: ("major_outage", N_("Processing failed; replay it")),
}


@pass_context
def _verdict(context: Context, verdict: EventVerdict) -> tuple[str, str]:
    """Its shape, and its words."""
    locale: Locale = context["locale"]
    icon, words = VERDICTS[verdict]
    return icon, locale.catalogue.gettext(words)


FILTERS: Mapping[str, Callable[..., Any]] = {"verdict": _verdict}
