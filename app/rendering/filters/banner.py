"""Banner of the first page: its sentence, its status symbol and the services it names."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from app.domain.incidents.impact import Banner, BannerText
from app.domain.page.pages import OverviewPage
from app.domain.records import GroupRecord, ServiceRecord
from app.domain.statuses import ServiceStatus
from app.i18n import formats, terms
from app.i18n.localization import Locale, localize
from app.rendering.filters.common import inline

__all__ = ["FILTERS", "banner_status"]

# Service status whose symbol and colour each sentence has.
_STATUS: Mapping[BannerText, ServiceStatus] = {
    BannerText.OPERATIONAL: ServiceStatus.OPERATIONAL,
    BannerText.MAINTENANCE: ServiceStatus.UNDER_MAINTENANCE,
    BannerText.PARTIALLY_DEGRADED: ServiceStatus.DEGRADED_PERFORMANCE,
    BannerText.DEGRADED_SYSTEM: ServiceStatus.DEGRADED_PERFORMANCE,
    BannerText.MINOR_OUTAGE: ServiceStatus.PARTIAL_OUTAGE,
    BannerText.PARTIAL_OUTAGE: ServiceStatus.PARTIAL_OUTAGE,
    BannerText.MAJOR_OUTAGE: ServiceStatus.MAJOR_OUTAGE,
}

# More names would not be read.
_MOST_NAMES = 5


@pass_context
def _sentence(context: Context, banner: Banner) -> str:
    sentence: str = context["locale"].catalogue.gettext(terms.BANNER[banner.text])
    return sentence


def banner_status(banner: Banner) -> ServiceStatus:
    """The service status whose symbol and colour the banner has."""
    return _STATUS[banner.text]


def _affected_services(record: OverviewPage) -> list[ServiceRecord]:
    """The services that are not operational, worst first."""
    services = [service for group in record.groups for service in group.services]
    affected = [each for each in services if each.status is not ServiceStatus.OPERATIONAL]
    return sorted(affected, key=lambda each: -each.status.severity)


@pass_context
def _first_names(context: Context, services: Sequence[ServiceRecord]) -> Markup:
    """Names of the first few services and the number of the others."""
    locale: Locale = context["locale"]
    named = services if len(services) <= _MOST_NAMES else services[: _MOST_NAMES - 1]
    items = [inline(localize(service.name, locale), locale) for service in named]
    others = len(services) - len(named)
    if others:
        more = locale.catalogue.ngettext(
            "%(count)s more service", "%(count)s more services", others
        )
        items.append(escape(more % {"count": formats.number(others, locale.language)}))
    return Markup("") + formats.join(items, locale.language)


def _without_groups(groups: tuple[GroupRecord, ...]) -> bool:
    """Whether the page has no service groups."""
    return len(groups) == 1 and groups[0].name is None


FILTERS: Mapping[str, Callable[..., Any]] = {
    "banner_sentence": _sentence,
    "banner_shape": banner_status,
    "first_names": _first_names,
    "without_groups": _without_groups,
    "affected_services": _affected_services,
}
