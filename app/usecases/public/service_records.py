"""Records of services for public pages: current status, days with their incidents, uptime."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from app.db.queries import services
from app.db.queries.incidents import incidents
from app.db.tables import IncidentRow, ServiceRow
from app.domain.page.pages import PageFacts
from app.domain.records import ServiceRecord
from app.domain.statuses import ServiceStatus
from app.domain.uptime import Day, IncidentSpan, Interval, days_of, uptime_over, with_incidents
from app.usecases.context import Ctx
from app.usecases.public.current_status import CurrentStatuses

__all__ = [
    "BAR_DAYS",
    "incidents_of_days",
    "intervals_since",
    "midnight",
    "service_records",
    "today",
    "uptime_days",
]

BAR_DAYS = 90


def service_records(
    ctx: Ctx, rows: Sequence[ServiceRow], days: Mapping[int, tuple[Day, ...]]
) -> dict[int, ServiceRecord]:
    """The records of these services by id; `days` has the days of each, also by id."""
    statuses = CurrentStatuses.read(ctx)
    return {
        number: ServiceRecord(
            id=row.public_id,
            slug=row.slug,
            name=row.name,
            description=row.description,
            status=statuses.of(number),
            days=days[number],
            uptime=uptime_over(days[number]),
        )
        for row in rows
        if (number := row.id or 0)
    }


def uptime_days(
    ctx: Ctx,
    rows: Sequence[ServiceRow],
    about: PageFacts,
    count: int,
    lasting: Sequence[IncidentRow] | None = None,
) -> dict[int, tuple[Day, ...]]:
    """The last `count` days of these services up to today, oldest first, with their incidents.

    Time after `about.now` is not counted. `lasting` are the incidents of `incidents_of_days`, if
    they have been read.
    """
    zone = ZoneInfo(about.time_zone)
    last = today(about, zone)
    first = last - timedelta(days=count - 1)
    since = midnight(first, zone)
    only_service = rows[0].id if len(rows) == 1 else None
    intervals = intervals_since(ctx, since, only_service)
    spans = _spans(ctx, incidents_of_days(ctx, about, count) if lasting is None else lasting)
    return {
        number: with_incidents(
            days_of(
                intervals.get(number, ()),
                first=first,
                last=last,
                zone=zone,
                known_since=row.known_since,
                now=about.now,
            ),
            spans.get(number, ()),
            zone=zone,
            now=about.now,
        )
        for row in rows
        if (number := row.id or 0)
    }


def intervals_since(
    ctx: Ctx, since: datetime, only_service: int | None = None
) -> Mapping[int, Sequence[Interval]]:
    """The intervals that last into the time after `since`, oldest first, by service."""
    found: dict[int, list[Interval]] = {}
    for service_id, status, started_at, ended_at in services.intervals_since(
        ctx.session, since, service_id=only_service
    ):
        interval = Interval(ServiceStatus(status), started_at, ended_at)
        found.setdefault(service_id, []).append(interval)
    return found


def incidents_of_days(ctx: Ctx, about: PageFacts, count: int) -> Sequence[IncidentRow]:
    """The public incidents that lasted into one of the last `count` days, newest first."""
    zone = ZoneInfo(about.time_zone)
    since = midnight(today(about, zone) - timedelta(days=count - 1), zone)
    return incidents.visible_incidents(ctx.session, ctx.now, lasting_since=since)


def _spans(ctx: Ctx, rows: Sequence[IncidentRow]) -> Mapping[int, Sequence[IncidentSpan]]:
    """The times of these incidents, in their order, by service."""
    spans = {
        row.id or 0: IncidentSpan(row.public_id, row.title, row.started_at, row.resolved_at)
        for row in rows
    }
    found: dict[int, list[IncidentSpan]] = {}
    named = incidents.services_named_by(ctx.session, spans)
    for number, span in spans.items():
        for service_id in named.get(number, ()):
            found.setdefault(service_id, []).append(span)
    return found


def today(about: PageFacts, zone: ZoneInfo) -> date:
    """The current date in the page's time zone."""
    return about.now.astimezone(zone).date()


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """Start of the day in this time zone, as UTC."""
    return datetime.combine(day, time(), zone).astimezone(UTC)
