"""Reader of the report: availability, downtime and incidents of the services by month."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from app.db.queries import services
from app.db.queries.incidents import incidents
from app.db.tables import ServiceRow
from app.domain.errors import NotFoundError
from app.domain.page.pages import PageFacts
from app.domain.page.report import (
    IncidentStart,
    ReportPage,
    ServiceReport,
    counted_until,
    months_of,
    total_of,
)
from app.domain.uptime import OUTAGES
from app.domain.validation import is_slug
from app.usecases.context import Ctx
from app.usecases.incidents.first_signs import signs_before_publication
from app.usecases.public.pages import facts
from app.usecases.public.service_records import intervals_since, midnight, today, uptime_days

__all__ = ["report", "service_report"]

# Twelve whole months before the current one; uptime intervals are stored for 400 days.
_MONTHS_BEFORE = 12
_LONG_AGO = datetime(1900, 1, 1, tzinfo=UTC)


def report(ctx: Ctx, base_url: str = "") -> ReportPage:
    """The report of all services."""
    return _report(ctx, base_url, None)


def service_report(ctx: Ctx, slug: str, base_url: str = "") -> ReportPage:
    """The report of one service. Raises NotFoundError."""
    row = services.find_services(ctx.session, [slug] if is_slug(slug) else []).get(slug)
    if row is None or row.archived_at is not None:
        raise NotFoundError("There is no such service.", code="service_not_found")
    return _report(ctx, base_url, slug)


def _report(ctx: Ctx, base_url: str, slug: str | None) -> ReportPage:
    about = facts(ctx, base_url)
    zone = ZoneInfo(about.time_zone)
    rows = [each for each in services.list_services(ctx.session) if slug in {None, each.slug}]
    until = _counted_until(ctx, about, rows)
    as_counted = replace(about, now=until)
    last = today(as_counted, zone)
    first = _first_month(last)
    days = uptime_days(ctx, rows, as_counted, (last - first).days + 1)
    began = _incident_starts(ctx, midnight(first, zone), zone)
    starts: dict[int, list[IncidentStart]] = {}
    for number, named in incidents.services_named_by(ctx.session, began).items():
        for service in named:
            starts.setdefault(service, []).append(began[number])
    reports = tuple(
        ServiceReport(
            row.slug,
            row.name,
            months_of(days[row.id or 0], starts.get(row.id or 0, ())),
        )
        for row in rows
    )
    total = None if slug else total_of(reports, list(began.values()))
    return ReportPage(about, reports, total, until, slug)


def _counted_until(ctx: Ctx, about: PageFacts, rows: Sequence[ServiceRow]) -> datetime:
    """The time up to which a report of these services counts."""
    zone = ZoneInfo(about.time_zone)
    by_service = intervals_since(ctx, midnight(today(about, zone), zone))
    intervals = [each for row in rows for each in by_service.get(row.id or 0, ())]
    changes = [row.known_since for row in rows]
    changes += [each.ended_at or each.started_at for each in intervals]
    return counted_until(
        about,
        max((each for each in changes if each <= about.now), default=_LONG_AGO),
        is_down=any(each.ended_at is None and each.status in OUTAGES for each in intervals),
    )


def _incident_starts(ctx: Ctx, since: datetime, zone: ZoneInfo) -> dict[int, IncidentStart]:
    """The starts of the public incidents from `since` on, by internal id."""
    rows = incidents.visible_incidents(
        ctx.session, ctx.now, begun=(since, ctx.now + timedelta(seconds=1))
    )
    signs = signs_before_publication(ctx, rows)
    starts = {}
    for row in rows:
        number, delay = row.id or 0, None
        if number in signs and row.published_at is not None:
            delay = (row.published_at - signs[number]) // timedelta(seconds=1)
        starts[number] = IncidentStart(row.started_at.astimezone(zone).date(), delay)
    return starts


def _first_month(last: date) -> date:
    """The first day of the earliest month of the report."""
    months = last.year * 12 + last.month - 1 - _MONTHS_BEFORE
    return date(months // 12, months % 12 + 1, 1)
