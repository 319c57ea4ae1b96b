"""Reader of the report: availability, downtime and incidents of the services by month."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from app.db.queries import incidents, services
from app.domain.errors import NotFoundError
from app.domain.page.report import ReportPage, ServiceReport, months_of, total_of
from app.domain.validation import is_slug
from app.usecases.context import Ctx
from app.usecases.public.pages import facts
from app.usecases.public.service_records import midnight, today, uptime_days

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
    last = today(about, zone)
    first = _first_month(last)
    rows = [each for each in services.list_services(ctx.session) if slug in {None, each.slug}]
    days = uptime_days(ctx, rows, about, (last - first).days + 1)
    began = {
        row.id or 0: row.started_at.astimezone(zone).date()
        for row in incidents.visible_incidents(
            ctx.session, ctx.now, begun=(midnight(first, zone), ctx.now + timedelta(seconds=1))
        )
    }
    named = incidents.services_named_by(ctx.session, began)
    reports = tuple(
        ServiceReport(
            row.slug,
            row.name,
            months_of(
                days[row.id or 0],
                [on for number, on in began.items() if row.id in named.get(number, ())],
            ),
        )
        for row in rows
    )
    total = None if slug else total_of(reports, list(began.values()))
    return ReportPage(about, reports, total, slug)


def _first_month(last: date) -> date:
    """The first day of the earliest month of the report."""
    months = last.year * 12 + last.month - 1 - _MONTHS_BEFORE
    return date(months // 12, months % 12 + 1, 1)
