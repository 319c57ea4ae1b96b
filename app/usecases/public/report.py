"""Reader of the report: availability, downtime and incidents of the services by month."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from app.db.queries import services
from app.db.queries.incidents import incidents
from app.db.tables import ServiceRow
from app.domain.errors import NotFoundError
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
    until = counted_until(about, is_down=_is_any_down(ctx, rows))
    as_counted = replace(about, now=until)
    last = today(as_counted, zone)
    first = _first_month(last)
    days = uptime_days(ctx, rows, as_counted, (last - first).days + 1)
    began = _incident_starts(ctx, midnight(first, zone), zone)
    named = incidents.services_named_by(ctx.session, began)
    reports = tuple(
        ServiceReport(
            row.slug,
            row.name,
            months_of(
                days[row.id or 0],
                [start for number, start in began.items() if row.id in named.get(number, ())],
            ),
        )
        for row in rows
    )
    total = None if slug else total_of(reports, list(began.values()))
    return ReportPage(about, reports, total, until, slug)


def _is_any_down(ctx: Ctx, rows: Sequence[ServiceRow]) -> bool:
    """Whether one of the services has an outage that lasts."""
    numbers = {row.id for row in rows}
    return any(
        interval.ended_at is None and interval.status in OUTAGES
        for number, intervals in intervals_since(ctx, ctx.now).items()
        if number in numbers
        for interval in intervals
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
