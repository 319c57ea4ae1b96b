"""Monitors, their events and their routes, as staff read them."""

from collections.abc import Callable, Mapping
from typing import Any

from jinja2 import pass_context
from jinja2.runtime import Context

from app.domain.alerts.routing import RouteAction
from app.domain.alerts.sources import EventVerdict
from app.domain.texts.phrases import N_
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


_ACTIONS: Mapping[str, str] = {
    RouteAction.INCIDENT: N_("Open an incident"),
    RouteAction.SERVICE_ONLY: N_("Set the status of the services without an incident"),
    RouteAction.NOTE: N_("Notify staff only"),
    RouteAction.IGNORE: N_("Ignore"),
    RouteAction.UNMAPPED: N_("Alerts that name no service"),
}
_PUBLISH_MODES: Mapping[str, str] = {
    "draft": N_("When staff publish it"),
    "auto": N_("Immediately"),
    "auto_after": N_("After a delay, unless staff dismiss it"),
}
# Names of channels and monitors that are not those of a product, which stay as they are.
_KIND_NAMES = frozenset({N_("E-mail"), N_("Generic webhook")})


@pass_context
def _verdict(context: Context, verdict: EventVerdict) -> tuple[str, str]:
    """Its shape, and its words."""
    locale: Locale = context["locale"]
    icon, words = VERDICTS[verdict]
    return icon, locale.catalogue.gettext(words)


@pass_context
def _kind_name(context: Context, name: str) -> str:
    """The name of a channel or a monitor."""
    locale: Locale = context["locale"]
    return locale.catalogue.gettext(name) if name in _KIND_NAMES else name


def _named_by(names: Mapping[str, str]) -> Callable[..., str]:
    @pass_context
    def filter_(context: Context, code: str) -> str:
        """The name of a code; the code itself if it has none."""
        locale: Locale = context["locale"]
        return locale.catalogue.gettext(names[code]) if code in names else code

    return filter_


FILTERS: Mapping[str, Callable[..., Any]] = {
    "kind_name": _kind_name,
    "publish_mode": _named_by(_PUBLISH_MODES),
    "route_action": _named_by(_ACTIONS),
    "verdict": _verdict,
}
