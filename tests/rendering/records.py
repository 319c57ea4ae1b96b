"""Records of pages made by hand, for every test that needs a page without a database."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zlib import crc32

from app.domain.incidents.impact import impact_of
from app.domain.page.pages import OverviewPage, PageFacts
from app.domain.records import (
    AffectedService,
    DayOfIncidents,
    GroupRecord,
    IncidentRecord,
    MaintenanceRecord,
    PostmortemRecord,
    ServiceRecord,
    UpdateRecord,
)
from app.domain.statuses import IncidentStatus, ServiceStatus, worst
from app.domain.texts.localized_text import LocalizedText
from app.domain.texts.phrases import Text
from app.domain.uptime import Day, uptime_over

NOW = datetime(2021, 10, 4, 13, 5, tzinfo=UTC)
OK, DEGRADED = ServiceStatus.OPERATIONAL, ServiceStatus.DEGRADED_PERFORMANCE
PARTIAL, MAJOR = ServiceStatus.PARTIAL_OUTAGE, ServiceStatus.MAJOR_OUTAGE
MAINTENANCE = ServiceStatus.UNDER_MAINTENANCE

_DAY_SECONDS = 86400


def text(written: str, tag: str = "en", **others: str) -> LocalizedText:
    """A text in `tag` and in whatever other languages are given by name."""
    return LocalizedText.from_mapping({tag: written, **others}, default=tag)


def facts(**changed: object) -> PageFacts:
    page = PageFacts(
        id="page00000001",
        name=text("Harbour"),
        base_url="https://status.example.org",
        time_zone="UTC",
        default_language="en",
        languages=("en", "sv", "ar"),
        revision=7,
        updated_at=NOW - timedelta(minutes=4),
        now=NOW,
    )
    return replace(page, **changed)  # type: ignore[arg-type]


def days(
    trouble: Mapping[int, tuple[ServiceStatus, int]] | None = None, *, unknown: int = 0
) -> tuple[Day, ...]:
    """90 days up to today. `trouble` goes by days back from today; the first `unknown` are."""
    trouble = trouble or {}
    made = []
    for back in range(89, -1, -1):
        on = NOW.date() - timedelta(days=back)
        known = (
            int((NOW - datetime(2021, 10, 4, tzinfo=UTC)).total_seconds())
            if back == 0
            else _DAY_SECONDS
        )
        if 89 - back < unknown:
            made.append(Day(on, None, 0, 0))
        else:
            status, outage = trouble.get(back, (OK, 0))
            spans = () if status is OK else ((status, outage or 3600),)
            made.append(Day(on, status, outage, known, spans))
    return tuple(made)


def service(
    slug: str,
    name: Text | None = None,
    *,
    status: ServiceStatus = OK,
    past: tuple[Day, ...] | None = None,
    description: Text | None = None,
) -> ServiceRecord:
    shown = past or days()
    return ServiceRecord(
        id=f"{slug[:12]:0<12}",
        slug=slug,
        name=name or text(slug.replace("-", " ").capitalize()),
        description=description,
        status=status,
        days=shown,
        uptime=uptime_over(shown),
    )


def group(name: Text | None, *services: ServiceRecord) -> GroupRecord:
    slug = f"{crc32(repr(name).encode()):x}" if name else ""
    return GroupRecord(name, worst(each.status for each in services), services, slug)


def affected(
    slug: str, status: ServiceStatus, former: ServiceStatus | None = None, name: Text | None = None
) -> AffectedService:
    return AffectedService(slug, name or text(slug.replace("-", " ").capitalize()), status, former)


def update(
    status: IncidentStatus,
    body: Text,
    *,
    at: datetime,
    services: Sequence[AffectedService] = (),
    id: str = "",
    automatic: bool = False,
    edited_at: datetime | None = None,
) -> UpdateRecord:
    return UpdateRecord(
        id=id or f"u{at:%m%d%H%M%S}0",
        status=status,
        body=body,
        posted_at=at,
        edited_at=edited_at,
        services=tuple(services),
        automatic=automatic,
    )


def incident(
    title: Text,
    *updates: UpdateRecord,
    id: str = "incident0001",
    services: Sequence[AffectedService] | None = None,
    postmortem: PostmortemRecord | None = None,
) -> IncidentRecord:
    """An incident from its updates, newest first."""
    first, last = updates[-1], updates[0]
    resolved = last.status is IncidentStatus.RESOLVED
    named = {each.slug: each for step in reversed(updates) for each in step.services}
    return IncidentRecord(
        id=id,
        title=title,
        status=last.status,
        impact=impact_of(each.status for step in updates for each in step.services),
        started_at=first.posted_at,
        resolved_at=last.posted_at if resolved else None,
        created_at=first.posted_at,
        updated_at=last.posted_at,
        updates=updates,
        services=tuple(named.values()) if services is None else tuple(services),
        postmortem=postmortem,
        automatic=first.automatic,
    )


def quiet_days(count: int = 7, *busy: DayOfIncidents) -> tuple[DayOfIncidents, ...]:
    by_date = {each.on: each for each in busy}
    ons = (NOW.date() - timedelta(days=back) for back in range(count))
    return tuple(by_date.get(on, DayOfIncidents(on, ())) for on in ons)


def overview(
    *groups: GroupRecord,
    open_incidents: Sequence[IncidentRecord] = (),
    maintenances: Sequence[MaintenanceRecord] = (),
    recent: tuple[DayOfIncidents, ...] | None = None,
    page: PageFacts | None = None,
) -> OverviewPage:
    return OverviewPage(
        page=page or facts(),
        open_incidents=tuple(open_incidents),
        groups=groups,
        maintenances=tuple(maintenances),
        days=quiet_days() if recent is None else recent,
    )
