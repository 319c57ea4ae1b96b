"""Calendars (RFC 5545): each maintenance an event, with its rule if it recurs; and incidents."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from icalendar import Calendar, Event, vRecur, vText, vUri

from app import __version__
from app.domain.listing import (
    ListedMaintenance,
    Listing,
    Step,
    incident_steps,
    last_change,
    maintenance_steps,
)
from app.domain.pages import IncidentRecord
from app.domain.phrases import N_, Text
from app.domain.statuses import MaintenanceStatus
from app.i18n import formats
from app.i18n.wording import Voice, word
from app.rendering.feeds import host_of
from app.rendering.instants import plain_body
from app.rendering.told import step_word
from app.rendering.tongue import Tongue, voice_of

__all__ = ["calendar"]

_TITLE = N_("Incidents and maintenance of %(page)s")
_STEP = N_("%(status)s, %(at)s")
_REFRESH = timedelta(minutes=15)
_YEARS_OF_SUMMER_TIME = 10


def calendar(listing: Listing, tongue: Tongue) -> bytes:
    """The calendar of the page or of one service in one language."""
    page = listing.page
    voice = voice_of(page, tongue.language)
    name = voice.catalogue.gettext(_TITLE) % {"page": word(page.name, voice).text}
    made = Calendar()
    made.add("prodid", f"-//Fyr//Fyr {__version__}//{tongue.language.upper()}")
    made.add("version", "2.0")
    made.add("calscale", "GREGORIAN")
    made.add("method", "PUBLISH")
    made.add("name", name)
    made.add("x-wr-calname", vText(name))
    made.add("x-wr-timezone", vText(page.time_zone))
    made.add("refresh-interval", _REFRESH, parameters={"VALUE": "DURATION"})
    made.add("x-published-ttl", "PT15M")
    planner = _Planner(listing, voice)
    for window in listing.maintenances:
        made.add_component(planner.maintenance(window))
    for incident in listing.incidents:
        made.add_component(planner.incident(incident))
    recurring = [each.maintenance.starts_at for each in listing.maintenances if each.recurrence]
    if recurring:
        # Years, so that the calendar stays the same from day to day.
        first, last = min(recurring).year, page.now.year + _YEARS_OF_SUMMER_TIME
        made.add_missing_timezones(date(first, 1, 1), date(max(first, last), 12, 31))
    written: bytes = made.to_ical()
    return written


@dataclass(frozen=True, slots=True)
class _Planner:
    listing: Listing
    voice: Voice

    def maintenance(self, listed: ListedMaintenance) -> Event:
        window = listed.maintenance
        over_at = min(listed.completed_at or window.ends_at, window.ends_at)
        ends_at = over_at if over_at > window.starts_at else window.ends_at
        event = self._event(
            window.id,
            f"/maintenances/{window.id}",
            window.title,
            created_at=listed.created_at,
            changed_at=listed.updated_at,
        )
        # A window that comes again keeps its time of day, whatever summer time does to it.
        zone = self.voice.zone if listed.recurrence else UTC
        event.add("dtstart", window.starts_at.astimezone(zone))
        event.add("dtend", ends_at.astimezone(zone))
        if listed.recurrence:
            event.add("rrule", vRecur.from_ical(listed.recurrence))
        cancelled = window.status is MaintenanceStatus.CANCELLED
        event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
        event.add("description", self._told(maintenance_steps(listed)))
        event.add("categories", ["MAINTENANCE"])
        return event

    def incident(self, incident: IncidentRecord) -> Event:
        changed_at = last_change(incident)
        event = self._event(
            incident.id,
            f"/incidents/{incident.id}",
            incident.title,
            created_at=min(incident.created_at, changed_at),
            changed_at=changed_at,
        )
        event.add("dtstart", incident.started_at.astimezone(UTC))
        # What lasts is shown up to the newest word on it: the calendar must not change by itself.
        ends_at = incident.resolved_at or max(
            (update.posted_at for update in incident.updates), default=incident.started_at
        )
        if ends_at > incident.started_at:
            event.add("dtend", ends_at.astimezone(UTC))
        event.add("status", "CONFIRMED")
        event.add("description", self._told(incident_steps(incident)))
        event.add("categories", ["INCIDENT"])
        return event

    def _event(
        self, id: str, path: str, title: Text, *, created_at: datetime, changed_at: datetime
    ) -> Event:
        page = self.listing.page
        worded = word(title, self.voice)
        event = Event()
        event.add("uid", f"{id}@{host_of(self.listing)}")
        event.add("dtstamp", changed_at.astimezone(UTC))
        event.add("created", created_at.astimezone(UTC))
        event.add("last-modified", changed_at.astimezone(UTC))
        event.add("sequence", self.listing.changes.get(id, 0))
        event.add("summary", worded.text, parameters={"LANGUAGE": worded.language})
        event.add("url", vUri(f"{page.base_url}/{self.voice.language}{path}"))
        event.add("transp", "TRANSPARENT")
        return event

    def _told(self, steps: tuple[Step, ...]) -> str:
        return "\n\n".join(self._step(step) for step in steps)

    def _step(self, step: Step) -> str:
        at = formats.date_time(step.at, self.voice.language, self.voice.zone)
        head = self.voice.catalogue.gettext(_STEP) % {
            "status": step_word(step.status, self.voice),
            "at": at,
        }
        return f"{head}\n{plain_body(step.body, self.voice).text}"
