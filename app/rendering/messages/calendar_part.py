"""Calendar attachment of a mail about a maintenance, whose events are those of the feed."""

from collections.abc import Mapping
from dataclasses import replace
from zoneinfo import ZoneInfo

from app.domain.incidents.impact import Banner, BannerText, Indicator
from app.domain.maintenances.maintenance import ACTIVE
from app.domain.page.listing import PageListing
from app.domain.page.pages import PageFacts
from app.domain.records import IncidentRecord, MaintenanceRecord
from app.domain.statuses import Impact
from app.i18n.localization import Locale
from app.rendering.formats.calendar import maintenance_calendar

__all__ = ["calendar_part", "listing_of"]

_TEXTS: Mapping[Impact, BannerText] = {
    Impact.NONE: BannerText.OPERATIONAL,
    Impact.MINOR: BannerText.PARTIALLY_DEGRADED,
    Impact.MAJOR: BannerText.PARTIAL_OUTAGE,
    Impact.CRITICAL: BannerText.MAJOR_OUTAGE,
}


def calendar_part(
    page: PageFacts, window: MaintenanceRecord, locale: Locale, listing: PageListing | None
) -> str | None:
    """The attachment; None for a recurring maintenance where no `listing` has its rule.

    Local times of a rule are in the time zone of the page, whatever that of the reader.
    """
    of_page = replace(locale, zone=ZoneInfo(page.time_zone))
    found = listing_of(page, window) if listing is None else replace(listing, page=page)
    content = maintenance_calendar(found, window, of_page)
    return None if content is None else content.decode()


def listing_of(page: PageFacts, record: IncidentRecord | MaintenanceRecord) -> PageListing:
    """A listing with nothing but the incident or the window."""
    incidents = (record,) if isinstance(record, IncidentRecord) else ()
    return PageListing(
        page=page,
        banner=_banner(record),
        groups=(),
        services=(),
        archived=(),
        open_incidents=tuple(each for each in incidents if each.is_open),
        incidents=incidents,
        maintenances=(record,) if isinstance(record, MaintenanceRecord) else (),
        changes={},
    )


def _banner(record: IncidentRecord | MaintenanceRecord) -> Banner:
    """The state of a page on which nothing else happens."""
    if isinstance(record, MaintenanceRecord):
        is_active = record.status in ACTIVE
        return (
            Banner(Indicator.MAINTENANCE, BannerText.MAINTENANCE)
            if is_active
            else Banner(Indicator.NONE, BannerText.OPERATIONAL)
        )
    impact = record.impact if record.is_open else Impact.NONE
    return Banner(Indicator(impact.value), _TEXTS[impact])
