"""The banner: what it says, with which shape, and whom it names."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from app.domain.incidents.impact import Banner, BannerText
from app.domain.page.pages import OverviewPage
from app.domain.page.records import GroupRecord, ServiceRecord
from app.domain.statuses import ServiceStatus
from app.i18n import formats, terms
from app.i18n.localization import Locale, localize
from app.rendering.filters.common import inline

__all__ = ["FILTERS", "banner_status"]

# Shape and colour of each sentence are those of the service status it speaks of.
_SHAPE: Mapping[BannerText, ServiceStatus] = {
    BannerText.OPERATIONAL: ServiceStatus.OPERATIONAL,
    BannerText.MAINTENANCE: ServiceStatus.UNDER_MAINTENANCE,
    BannerText.PARTIALLY_DEGRADED: ServiceStatus.DEGRADED_PERFORMANCE,
    BannerText.DEGRADED_SYSTEM: ServiceStatus.DEGRADED_PERFORMANCE,
    BannerText.MINOR_OUTAGE: ServiceStatus.PARTIAL_OUTAGE,
    BannerText.PARTIAL_OUTAGE: ServiceStatus.PARTIAL_OUTAGE,
    BannerText.MAJOR_OUTAGE: ServiceStatus.MAJOR_OUTAGE,
}

# The banner is read in two seconds.
_MOST_NAMES = 5


@pass_context
def _sentence(context: Context, banner: Banner) -> str:
    said: str = context["locale"].catalogue.gettext(terms.BANNER[banner.text])
    return said


def banner_status(banner: Banner) -> ServiceStatus:
    """The service status whose shape and colour the banner wears."""
    return _SHAPE[banner.text]


def _troubled(record: OverviewPage) -> list[ServiceRecord]:
    """The services that are not operational, worst first."""
    services = [service for group in record.groups for service in group.services]
    troubled = [each for each in services if each.status is not ServiceStatus.OPERATIONAL]
    return sorted(troubled, key=lambda each: -each.status.severity)


@pass_context
def _first_names(context: Context, services: Sequence[ServiceRecord]) -> Markup:
    """The first few by name and how many more there are."""
    locale: Locale = context["locale"]
    named = services if len(services) <= _MOST_NAMES else services[: _MOST_NAMES - 1]
    said = [inline(localize(service.name, locale), locale) for service in named]
    left = len(services) - len(named)
    if left:
        more = locale.catalogue.ngettext("%(count)s more service", "%(count)s more services", left)
        said.append(escape(more % {"count": formats.number(left, locale.language)}))
    return Markup("") + formats.join(said, locale.language)


def _single(groups: tuple[GroupRecord, ...]) -> bool:
    """Whether there is nothing but one set of services without a name."""
    return len(groups) == 1 and groups[0].name is None


FILTERS: Mapping[str, Callable[..., Any]] = {
    "banner_sentence": _sentence,
    "banner_shape": banner_status,
    "first_names": _first_names,
    "single_group": _single,
    "troubled": _troubled,
}
