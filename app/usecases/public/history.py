"""Readers of the maintenance and history pages, and of the list of all pages."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from app.db.queries import maintenances, services
from app.db.queries.bounds import Bounds
from app.db.queries.incidents import incidents
from app.domain.errors import NotFoundError
from app.domain.maintenances.maintenance import OVER
from app.domain.maintenances.occurrences import (
    Occurrence,
    current,
    occurrence_id,
    parse_occurrence_id,
)
from app.domain.page.pages import HistoryPage, MaintenancePage, PageFacts, SiteContents
from app.domain.records import MaintenanceRecord
from app.domain.validation import is_public_id
from app.usecases.context import Ctx, required
from app.usecases.incidents.certificates import every_picture
from app.usecases.incidents.records import incident_records
from app.usecases.maintenances.records import RecordMaker
from app.usecases.maintenances.schedule import Planned, plans_of
from app.usecases.public.former_wordings import former_maintenance_wordings
from app.usecases.public.pages import by_day, facts
from app.usecases.public.service_records import midnight, today

__all__ = ["history", "maintenance", "maintenance_window", "site_contents"]

_EARLIEST_MONTH = date(1990, 1, 1)
_OTHERS = 5
_LONG_AGO = datetime(1900, 1, 1, tzinfo=UTC)
# More windows than any series has had: all past ones have a page.
_ALL = 100_000


def site_contents(ctx: Ctx) -> SiteContents:
    """Everything visible to visitors that has a URL of its own."""
    about = facts(ctx)
    zone = ZoneInfo(about.time_zone)
    started = incidents.visible_beginnings(ctx.session, ctx.now)
    rows = maintenances.visible_maintenances(ctx.session, ctx.now, ending_after=_LONG_AGO)
    occurrences = {
        planned.row.public_id: planned.plan.laid_out(ctx.now, back=_ALL, ahead=_OTHERS + 1)
        for planned in plans_of(ctx, [row for row in rows if row.recurrence is not None])
    }
    moments = [at for _, at, _ in started]
    moments += [row.starts_at for row in rows if row.recurrence is None]
    moments += [each.window.starts_at for found in occurrences.values() for each in found]
    return SiteContents(
        incidents=tuple(public_id for public_id, _, _ in started),
        maintenances={
            row.public_id: tuple(
                occurrence_id(each.recurs_at)
                for each in occurrences.get(row.public_id, ())
                if each.recurs_at
            )
            for row in rows
        },
        services=tuple(row.slug for row in services.list_services(ctx.session)),
        months=tuple(_months_since(min(moments, default=ctx.now), about, zone)),
        changed_at={
            **{public_id: at for public_id, _, at in started},
            **{row.public_id: row.updated_at for row in rows},
        },
        languages=about.languages,
        pictures=every_picture(ctx),
        theme=about.accent.digest if about.accent else None,
        logos=about.logo.pictures if about.logo else (),
    )


def maintenance(ctx: Ctx, public_id: str, base_url: str = "") -> MaintenancePage:
    """A maintenance; if it recurs, the window under way, else the next one, else the last one.

    Raises NotFoundError, also for a draft: an id must not reveal that it exists.
    """
    planned = _visible(ctx, public_id)
    return _page(ctx, planned, current(planned.occurrences(ctx), ctx.now), base_url)


def maintenance_window(
    ctx: Ctx, public_id: str, occurrence: str, base_url: str = ""
) -> MaintenancePage:
    """One window of a recurring maintenance, by its occurrence id. Raises NotFoundError."""
    planned = _visible(ctx, public_id)
    recurs_at = parse_occurrence_id(occurrence)
    found = None
    if planned.plan.recurs and recurs_at is not None and planned.plan.has(recurs_at):
        found = planned.plan.at(recurs_at)
    return _page(ctx, planned, found, base_url)


def history(ctx: Ctx, month: date | None, base_url: str = "") -> HistoryPage:
    """What started in a month, given by its first day, or in the current month.

    Raises NotFoundError for a month in the future or before 1990.
    """
    about = facts(ctx, base_url)
    zone = ZoneInfo(about.time_zone)
    current_month = today(about, zone).replace(day=1)
    first = month or current_month
    if not _EARLIEST_MONTH <= first <= current_month:
        raise NotFoundError("There is no history of that month.", code="month_not_found")
    begins, ends = midnight(first, zone), midnight(_next_month(first), zone)
    rows = incidents.visible_incidents(ctx.session, ctx.now, begun=(begins, ends))
    shown = incident_records(ctx, rows)
    days = sorted({each.started_at.astimezone(zone).date() for each in shown}, reverse=True)
    bounds = _bounds(ctx, begins, ends)
    return HistoryPage(
        page=about,
        month=first,
        days=by_day(shown, days, zone),
        earlier=_month_of(bounds.earlier, zone),
        later=_month_of(bounds.later, zone) or (current_month if first < current_month else None),
        span=(_first_month(bounds.first, zone, current_month), current_month),
        maintenances=_windows(ctx, begins, ends),
        ongoing=incidents.count_visible_across(ctx.session, ctx.now, begins),
    )


def _visible(ctx: Ctx, public_id: str) -> Planned:
    row = None
    if is_public_id(public_id):
        row = maintenances.visible_maintenance(ctx.session, public_id, ctx.now)
    row = required(row, "There is no such maintenance.", code="maintenance_not_found")
    (planned,) = plans_of(ctx, [row])
    return planned


def _page(ctx: Ctx, planned: Planned, this: Occurrence | None, base_url: str) -> MaintenancePage:
    this = required(this, "There is no such maintenance.", code="maintenance_not_found")
    maker = RecordMaker.of(ctx, [planned.row])
    occurrences = planned.occurrences(ctx, ahead=_OTHERS + 1) if planned.plan.recurs else []
    others = [
        maker.record(planned, each) for each in occurrences if each.recurs_at != this.recurs_at
    ]
    begins = this.window.starts_at
    later = [each for each in others if each.starts_at > begins and each.status not in OVER]
    earlier = [each for each in others if each.starts_at < begins]
    about, record = facts(ctx, base_url), maker.record(planned, this)
    return MaintenancePage(
        about,
        record,
        tuple(later[:_OTHERS]),
        tuple(earlier[: -_OTHERS - 1 : -1]),
        former_maintenance_wordings(ctx, planned.row, record) if about.former_texts_public else {},
    )


def _windows(ctx: Ctx, begins: datetime, ends: datetime) -> tuple[MaintenanceRecord, ...]:
    rows = maintenances.visible_between(ctx.session, ctx.now, since=begins, until=ends)
    maker = RecordMaker.of(ctx, rows)
    found = [
        maker.record(planned, each)
        for planned in plans_of(ctx, rows)
        for each in _windows_between(planned, begins, ends)
    ]
    shown = [each for each in found if each.starts_at <= ctx.now or each.status in OVER]
    return tuple(sorted(shown, key=lambda each: each.starts_at, reverse=True))


def _windows_between(planned: Planned, begins: datetime, ends: datetime) -> list[Occurrence]:
    plan = planned.plan
    if not plan.recurs:
        return [Occurrence(None, plan.window, plan.announced_at)]
    in_rule = [each for each in plan.starts if begins <= each < ends]
    found = [plan.at(each) for each in sorted({*in_rule, *plan.changed}) if plan.has(each)]
    return [each for each in found if begins <= each.window.starts_at < ends]


def _bounds(ctx: Ctx, begins: datetime, ends: datetime) -> Bounds:
    """The first start of anything public, the last one before `begins` and the next from `ends`."""
    found = [
        each.visible_bounds(ctx.session, ctx.now, before=begins, after=ends)
        for each in (incidents, maintenances)
    ]
    rows = maintenances.visible_between(ctx.session, ctx.now, since=begins, until=begins)
    for planned in plans_of(ctx, rows):
        started = [each for each in planned.plan.starts if each <= ctx.now]
        found.append(
            Bounds(
                min(started, default=None),
                max((each for each in started if each < begins), default=None),
                min((each for each in started if each >= ends), default=None),
            )
        )
    return Bounds(
        min(_known(each.first for each in found), default=None),
        max(_known(each.earlier for each in found), default=None),
        min(_known(each.later for each in found), default=None),
    )


def _first_month(first: datetime | None, zone: ZoneInfo, current_month: date) -> date:
    """The first month with any history, not before the first that has a page."""
    found = _month_of(first, zone)
    return min(max(found, _EARLIEST_MONTH), current_month) if found else current_month


def _months_since(first: datetime, about: PageFacts, zone: ZoneInfo) -> Iterator[date]:
    """The months from `first` to the current one, newest first."""
    month = today(about, zone).replace(day=1)
    oldest = max(min(first, about.now).astimezone(zone).date().replace(day=1), _EARLIEST_MONTH)
    while month >= oldest:
        yield month
        month = (month - timedelta(days=1)).replace(day=1)


def _known(moments: Iterable[datetime | None]) -> list[datetime]:
    return [each for each in moments if each is not None]


def _next_month(first: date) -> date:
    return (first + timedelta(days=32)).replace(day=1)


def _month_of(at: datetime | None, zone: ZoneInfo) -> date | None:
    return None if at is None else at.astimezone(zone).date().replace(day=1)
