"""Calendars (RFC 5545): an event for each maintenance, with its RRULE if it recurs, and incident.

A window of a series that staff moved, or on whose day clocks change, is an event with a
RECURRENCE-ID and times in UTC: clients disagree on the length of a window across a change (RFC 5545
section 3.8.5.3 keeps its exact duration, many keep its local end), but not on an instant. A
cancelled window is excluded from the rule by EXDATE and listed as a cancelled event of its own:
clients that hide cancelled events drop it, others show that it was planned.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, Timezone, vRecur, vText, vUri

from app import __version__
from app.domain.page.listing import (
    MaintenanceSeries,
    PageListing,
    TimelineEntry,
    incident_timeline,
    last_changed_at,
    maintenance_timeline,
)
from app.domain.records import IncidentRecord, MaintenanceRecord
from app.domain.statuses import MaintenanceStatus
from app.domain.texts.phrases import N_, Text
from app.i18n import formats
from app.i18n.bidi import isolate
from app.i18n.localization import Locale, localize
from app.rendering.formats.calendar_time_zone import time_zone
from app.rendering.formats.feeds import host_of
from app.rendering.formats.timeline_html import status_label
from app.rendering.text.machine_language import MachineLanguage, locale_for
from app.rendering.text.markdown_source import plain_body
from app.rendering.text.next_update import next_update_sentence

__all__ = ["calendar", "maintenance_calendar"]

_TITLE = N_("Incidents and maintenance · %(page)s")
_STEP = N_("%(status)s, %(at)s")
_REFRESH = timedelta(minutes=15)
_YEARS_AHEAD = 10
# Calendars count in seconds, and RFC 5545 section 3.8.2.2 wants an end later than the start.
_SHORTEST = timedelta(seconds=1)
_CANCELLED = MaintenanceStatus.CANCELLED


def calendar(listing: PageListing, language: MachineLanguage) -> bytes:
    """The calendar of the page or of one service in one language."""
    page = listing.page
    locale = locale_for(page, language.language)
    page_name = isolate(localize(page.name, locale).text, locale.language)
    name = locale.catalogue.gettext(_TITLE) % {"page": page_name}
    ical = _new_calendar(language.language, "PUBLISH")
    ical.add("name", name)
    ical.add("x-wr-calname", vText(name))
    ical.add("x-wr-timezone", vText(page.time_zone))
    ical.add("refresh-interval", _REFRESH, parameters={"VALUE": "DURATION"})
    ical.add("x-published-ttl", "PT15M")
    zone = _time_zone(listing)
    if zone is not None:
        ical.add_component(zone)
    builder = _EventBuilder(listing, locale)
    for window in listing.maintenances:
        if window.recurs_at is None:
            ical.add_component(builder.window(window, window.id))
    for series in listing.series:
        for event in builder.series(series):
            ical.add_component(event)
    for incident in listing.incidents:
        ical.add_component(builder.incident(incident))
    body: bytes = ical.to_ical()
    return body


def maintenance_calendar(
    listing: PageListing, window: MaintenanceRecord, locale: Locale
) -> bytes | None:
    """The calendar of one maintenance, for a mail: its events have the UIDs of the feed.

    A window of a recurring maintenance brings the whole series, which `listing` must have; None if
    it has not. METHOD is CANCEL for a cancelled window, so that clients remove it.
    """
    is_cancelled = window.status is _CANCELLED and window.recurs_at is None
    ical = _new_calendar(locale.language, "CANCEL" if is_cancelled else "PUBLISH")
    builder = _EventBuilder(listing, locale)
    if window.recurs_at is None:
        ical.add_component(builder.window(window, window.id))
    else:
        found = [each for each in listing.series if each.id == window.series]
        if not found:
            return None
        zone = _time_zone(listing)
        if zone is not None:
            ical.add_component(zone)
        for event in builder.series(found[0]):
            ical.add_component(event)
    body: bytes = ical.to_ical()
    return body


def _new_calendar(language: str, method: str) -> Calendar:
    ical = Calendar()
    ical.add("prodid", f"-//Fyr//Fyr {__version__}//{language.upper()}")
    ical.add("version", "2.0")
    ical.add("calscale", "GREGORIAN")
    ical.add("method", method)
    return ical


def _time_zone(listing: PageListing) -> Timezone | None:
    """The VTIMEZONE of the page, which the local times of an RRULE need."""
    first_years = [series.first.local.start.year for series in listing.series]
    if not first_years:
        return None
    # Whole years, so that the calendar does not change from day to day.
    last_year = max(listing.page.now.year, *first_years) + _YEARS_AHEAD
    return time_zone(ZoneInfo(listing.page.time_zone), min(first_years), last_year)


@dataclass(frozen=True, slots=True)
class _EventBuilder:
    listing: PageListing
    locale: Locale

    def series(self, series: MaintenanceSeries) -> Iterator[Event]:
        cancelled = [each for each in series.changed if each.status is _CANCELLED]
        if not series.is_empty:
            yield self._rule(series, cancelled)
        for each in (*series.shifted, *series.changed):
            if each.status is not _CANCELLED and each.recurs_at is not None:
                event = self.window(each, series.id)
                event.add("recurrence-id", self._in_zone(series.local_starts[each.recurs_at]))
                yield event
        for each in (*cancelled, *series.apart):
            yield self.window(each, each.id)

    def window(self, window: MaintenanceRecord, uid: str) -> Event:
        event = self._event(
            uid,
            window.path,
            window.title,
            created_at=window.announced_at,
            changed_at=window.updated_at,
            change_id=window.series,
        )
        starts_at, ends_at = _whole_second(window.starts_at), _whole_second(window.over_at)
        if ends_at <= starts_at:
            ends_at = max(_whole_second(window.ends_at), starts_at + _SHORTEST)
        event.add("dtstart", starts_at)
        event.add("dtend", ends_at)
        timeline = maintenance_timeline(window)
        return self._as_maintenance(event, timeline, is_cancelled=window.status is _CANCELLED)

    def _rule(self, series: MaintenanceSeries, cancelled: Iterable[MaintenanceRecord]) -> Event:
        event = self._event(
            series.id,
            f"/maintenances/{series.id}",
            series.title,
            created_at=series.created_at,
            changed_at=series.updated_at,
        )
        # In local time: a recurring window keeps its time of day across changes of the clock.
        local = series.first.local
        event.add("dtstart", self._in_zone(local.start))
        if series.first.is_regular:
            event.add("dtend", self._in_zone(local.end))
        else:
            # The other windows have the length of the local times, not that of the first window.
            event.add("duration", local.length)
        event.add("rrule", vRecur.from_ical(series.recurrence))
        starts = [series.local_starts[each.recurs_at] for each in cancelled if each.recurs_at]
        excluded = [self._in_zone(start) for start in starts]
        if excluded:
            event.add("exdate", excluded)
        plan = TimelineEntry(
            id=None,
            status=_CANCELLED if series.is_cancelled else MaintenanceStatus.SCHEDULED,
            body=series.body,
            at=series.created_at,
            created_at=series.created_at,
            updated_at=series.updated_at,
            services=(),
            notify=False,
        )
        return self._as_maintenance(event, (plan,), is_cancelled=series.is_cancelled)

    def _as_maintenance(
        self, event: Event, timeline: tuple[TimelineEntry, ...], *, is_cancelled: bool
    ) -> Event:
        event.add("status", "CANCELLED" if is_cancelled else "CONFIRMED")
        event.add("description", self._description(timeline))
        event.add("categories", ["MAINTENANCE"])
        return event

    def _in_zone(self, local: datetime) -> datetime:
        return local.replace(tzinfo=self.locale.zone)

    def incident(self, incident: IncidentRecord) -> Event:
        changed_at = last_changed_at(incident)
        event = self._event(
            incident.id,
            f"/incidents/{incident.id}",
            incident.title,
            created_at=min(incident.created_at, changed_at),
            changed_at=changed_at,
        )
        event.add("dtstart", incident.started_at.astimezone(UTC))
        # An open incident ends at its newest update: the calendar must not change with the clock.
        ends_at = incident.resolved_at or max(
            (update.posted_at for update in incident.updates), default=incident.started_at
        )
        if _whole_second(ends_at) > _whole_second(incident.started_at):
            event.add("dtend", ends_at.astimezone(UTC))
        event.add("status", "CONFIRMED")
        event.add("description", self._description(incident_timeline(incident)))
        event.add("categories", ["INCIDENT"])
        return event

    def _event(
        self,
        id: str,
        path: str,
        title: Text,
        *,
        created_at: datetime,
        changed_at: datetime,
        change_id: str | None = None,
    ) -> Event:
        page = self.listing.page
        summary = localize(title, self.locale)
        event = Event()
        event.add("uid", f"{id}@{host_of(self.listing)}")
        event.add("dtstamp", changed_at.astimezone(UTC))
        event.add("created", created_at.astimezone(UTC))
        event.add("last-modified", changed_at.astimezone(UTC))
        event.add("sequence", self.listing.changes.get(change_id or id, 0))
        title_text = isolate(summary.text, self.locale.language)
        event.add("summary", title_text, parameters={"LANGUAGE": summary.language})
        event.add("url", vUri(f"{page.base_url}/{self.locale.language}{path}"))
        event.add("transp", "TRANSPARENT")
        return event

    def _description(self, timeline: tuple[TimelineEntry, ...]) -> str:
        return "\n\n".join(self._entry(entry) for entry in timeline)

    def _entry(self, entry: TimelineEntry) -> str:
        at = formats.date_time(entry.at, self.locale.formats, self.locale.zone)
        head = self.locale.catalogue.gettext(_STEP) % {
            "status": status_label(entry.status, self.locale),
            "at": at,
        }
        text = f"{head}\n{plain_body(entry.body, self.locale).text}"
        if entry.next_update_at is None:
            return text
        return f"{text}\n{next_update_sentence(entry.next_update_at, self.locale)}"


def _whole_second(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(microsecond=0)
