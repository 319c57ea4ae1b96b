"""Impact of an incident and the page's banner, derived from service statuses.

Source of the tables: statuspage_v2.md section 5 (Atlassian's published rules).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.domain.statuses import Impact, ServiceStatus, worst

__all__ = ["Banner", "BannerText", "Indicator", "banner_of", "impact_of"]


class Indicator(StrEnum):
    """The machine-readable state of the whole page."""

    NONE = "none"
    MINOR = "minor"
    MAJOR = "major"
    CRITICAL = "critical"
    MAINTENANCE = "maintenance"


class BannerText(StrEnum):
    """The seven banner texts, by their English wording in the Statuspage API v2."""

    OPERATIONAL = "All Systems Operational"
    MAJOR_OUTAGE = "Major System Outage"
    PARTIAL_OUTAGE = "Partial System Outage"
    MINOR_OUTAGE = "Minor Service Outage"
    DEGRADED_SYSTEM = "Degraded System Service"
    PARTIALLY_DEGRADED = "Partially Degraded Service"
    MAINTENANCE = "Service Under Maintenance"


@dataclass(frozen=True, slots=True)
class Banner:
    """The state of the whole page: an indicator and a text."""

    indicator: Indicator
    text: BannerText


_IMPACT = {
    ServiceStatus.OPERATIONAL: Impact.NONE,
    ServiceStatus.UNDER_MAINTENANCE: Impact.NONE,
    ServiceStatus.DEGRADED_PERFORMANCE: Impact.MINOR,
    ServiceStatus.PARTIAL_OUTAGE: Impact.MAJOR,
    ServiceStatus.MAJOR_OUTAGE: Impact.CRITICAL,
}

_OPERATIONAL = Banner(Indicator.NONE, BannerText.OPERATIONAL)
_MAINTENANCE = Banner(Indicator.MAINTENANCE, BannerText.MAINTENANCE)

_SINGLE = {
    ServiceStatus.OPERATIONAL: _OPERATIONAL,
    ServiceStatus.UNDER_MAINTENANCE: _MAINTENANCE,
    ServiceStatus.DEGRADED_PERFORMANCE: Banner(Indicator.MINOR, BannerText.PARTIALLY_DEGRADED),
    ServiceStatus.PARTIAL_OUTAGE: Banner(Indicator.MAJOR, BannerText.PARTIAL_OUTAGE),
    ServiceStatus.MAJOR_OUTAGE: Banner(Indicator.CRITICAL, BannerText.MAJOR_OUTAGE),
}

# (status, banner when all services have it, banner when at least one has it); the first match wins.
_BANNERS_BY_STATUS = (
    (
        ServiceStatus.MAJOR_OUTAGE,
        Banner(Indicator.CRITICAL, BannerText.MAJOR_OUTAGE),
        Banner(Indicator.MAJOR, BannerText.PARTIAL_OUTAGE),
    ),
    (
        ServiceStatus.PARTIAL_OUTAGE,
        Banner(Indicator.MAJOR, BannerText.PARTIAL_OUTAGE),
        Banner(Indicator.MINOR, BannerText.MINOR_OUTAGE),
    ),
    (
        ServiceStatus.DEGRADED_PERFORMANCE,
        Banner(Indicator.MINOR, BannerText.DEGRADED_SYSTEM),
        Banner(Indicator.MINOR, BannerText.PARTIALLY_DEGRADED),
    ),
    (ServiceStatus.UNDER_MAINTENANCE, _MAINTENANCE, _MAINTENANCE),
)

# The banner of a page without services follows the worst open incident.
_WITHOUT_SERVICES = {
    Impact.NONE: _OPERATIONAL,
    Impact.MINOR: Banner(Indicator.MINOR, BannerText.PARTIALLY_DEGRADED),
    Impact.MAJOR: Banner(Indicator.MAJOR, BannerText.PARTIAL_OUTAGE),
    Impact.CRITICAL: Banner(Indicator.CRITICAL, BannerText.MAJOR_OUTAGE),
}


def impact_of(statuses: Iterable[ServiceStatus], *, override: Impact | None = None) -> Impact:
    """The impact of an incident whose services have `statuses`, unless staff have overridden it."""
    return override or _IMPACT[worst(statuses)]


def banner_of(services: Sequence[ServiceStatus], *, open_impacts: Iterable[Impact] = ()) -> Banner:
    """The banner of a page with these leaf services.

    `open_impacts` are those of the open incidents; they count only on a page without services.
    """
    if not services:
        ranks = list(Impact)
        return _WITHOUT_SERVICES[max(open_impacts, key=ranks.index, default=Impact.NONE)]
    if len(services) == 1:
        return _SINGLE[services[0]]
    for status, every, some in _BANNERS_BY_STATUS:
        if all(service is status for service in services):
            return every
        if status in services:
            return some
    return _OPERATIONAL
