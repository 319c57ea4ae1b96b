"""The headline that is read by itself is that of the overview."""

from datetime import timedelta

from app.domain.page.headline import HeadlineKind
from app.domain.statuses import IncidentStatus, ServiceStatus
from app.usecases.incidents.lifecycle import post_update
from app.usecases.public import pages
from app.usecases.public.headline import current_headline
from tests.cast import Backend
from tests.factories import make_incident, make_maintenance, make_service, update

DEGRADED, MAJOR = ServiceStatus.DEGRADED_PERFORMANCE, ServiceStatus.MAJOR_OUTAGE


def kind_of_headline(backend: Backend) -> HeadlineKind:
    with backend.reading() as ctx:
        headline = pages.overview(ctx).headline
    with backend.reading() as ctx:
        assert current_headline(ctx) == headline
    return headline.kind


def test_it_is_that_of_the_overview_in_each_state_of_the_page(sqlite_backend: Backend) -> None:
    kinds = [kind_of_headline(sqlite_backend)]
    with sqlite_backend.writing() as ctx:
        for slug, group in (("fax", None), ("cards", "Shop"), ("mail", "Office"), ("pay", "Shop")):
            make_service(ctx, slug, group=group)
    kinds.append(kind_of_headline(sqlite_backend))
    with sqlite_backend.writing() as ctx:
        make_maintenance(ctx, "mail", starts_in=timedelta(hours=1))
    sqlite_backend.clock.forward(minutes=61)
    kinds.append(kind_of_headline(sqlite_backend))
    with sqlite_backend.writing() as ctx:
        make_incident(ctx, update(services={"fax": MAJOR, "cards": MAJOR}), publish=False)
        quiet = make_incident(ctx).incident.id
    kinds.append(kind_of_headline(sqlite_backend))
    with sqlite_backend.writing() as ctx:
        post_update(ctx, quiet, update(services={"fax": MAJOR, "cards": DEGRADED, "pay": MAJOR}))
    kinds.append(kind_of_headline(sqlite_backend))
    with sqlite_backend.writing() as ctx:
        post_update(ctx, quiet, update(IncidentStatus.RESOLVED))
    kinds.append(kind_of_headline(sqlite_backend))
    status = HeadlineKind.STATUS
    expected = [HeadlineKind.NO_SERVICES, HeadlineKind.OPERATIONAL, status, status, status, status]
    assert kinds == expected
