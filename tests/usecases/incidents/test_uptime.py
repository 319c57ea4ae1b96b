"""The cache of what services went through is what their incidents say, whatever was done."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import select

from app.db.migrate import upgrade
from app.db.tables import ServiceRow, UptimeIntervalRow
from app.domain.statuses import IncidentStatus, ServiceStatus
from app.domain.uptime import Interval, StatusChange, intervals_of
from app.usecases.context import Ctx
from app.usecases.incidents.lifecycle import (
    delete_incident,
    get_incident,
    post_update,
    publish,
)
from app.usecases.incidents.listing import list_incidents
from tests.cast import BEN, Backend, open_backend
from tests.factories import make_incident, make_service, update

SLUGS = ("payments", "search")


def stored_intervals(ctx: Ctx) -> dict[str, list[Interval]]:
    """The cache, by service."""
    slugs = {row.id: row.slug for row in ctx.session.exec(select(ServiceRow))}
    found: dict[str, list[Interval]] = {slug: [] for slug in SLUGS}
    rows = ctx.session.exec(select(UptimeIntervalRow)).all()
    for row in sorted(rows, key=lambda each: each.started_at):
        interval = Interval(ServiceStatus(row.status), row.started_at, row.ended_at)
        found[slugs[row.service_id]].append(interval)
    return found


def derived(ctx: Ctx) -> dict[str, list[Interval]]:
    """An oracle: the same from the published incidents as staff read them."""
    page = list_incidents(ctx, cursor=None, limit=100)
    public = [each for each in page.items if each.published_at is not None]
    return {
        slug: intervals_of(
            StatusChange(number, each.posted_at, service.status)
            for number, staff in enumerate(public)
            for each in reversed(staff.incident.updates)
            for service in each.services
            if service.slug == slug
        )
        for slug in SLUGS
    }


Deed = Callable[[Ctx, list[str]], None]
services = st.dictionaries(st.sampled_from(SLUGS), st.sampled_from(ServiceStatus))
minutes = st.integers(0, 200)


@st.composite
def openings(draw: st.DrawFn) -> Deed:
    words, ago, at_once = draw(services), draw(minutes), draw(st.booleans())

    def deed(ctx: Ctx, ids: list[str]) -> None:
        first = update(services=words, posted_at=ctx.now - timedelta(minutes=ago))
        ids.append(make_incident(ctx, first, publish=at_once).incident.id)

    return deed


@st.composite
def postings(draw: st.DrawFn) -> Deed:
    words, ago, status = draw(services), draw(minutes), draw(st.sampled_from(IncidentStatus))

    def deed(ctx: Ctx, ids: list[str]) -> None:
        if ids:
            posted = update(status, words, posted_at=ctx.now - timedelta(minutes=ago))
            post_update(ctx, ids[-1], posted)

    return deed


def _publish(ctx: Ctx, ids: list[str]) -> None:
    if ids and get_incident(ctx, ids[0]).published_at is None:
        publish(ctx, ids[0])


def _delete(ctx: Ctx, ids: list[str]) -> None:
    if ids:
        delete_incident(ctx, ids.pop(0))


deeds = st.lists(
    st.one_of(openings(), postings(), st.sampled_from([_publish, _delete])), max_size=8
)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("uptime") / "fyr.db"
    upgrade(f"sqlite:///{file}")
    return file


def do(backend: Backend, done: list[Deed]) -> None:
    with backend.writing() as ctx:
        for slug in SLUGS:
            make_service(ctx, slug)
    ids: list[str] = []
    for deed in done:
        with backend.writing(BEN) as ctx:
            deed(ctx, ids)


@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(done=deeds)
def test_the_cache_says_what_the_updates_say(template: Path, done: list[Deed]) -> None:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "fyr.db"
        file.write_bytes(template.read_bytes())
        with open_backend(f"sqlite:///{file}") as backend:
            do(backend, done)
            with backend.reading() as ctx:
                assert stored_intervals(ctx) == derived(ctx)


def test_a_back_dated_resolution_shortens_the_outage(backend: Backend) -> None:
    outage = {"payments": ServiceStatus.MAJOR_OUTAGE}
    do(backend, [])
    with backend.writing(BEN) as ctx:
        incident = make_incident(ctx, update(services=outage)).incident.id
    backend.clock.forward(hours=2)
    with backend.writing(BEN) as ctx:
        ended_at = ctx.now - timedelta(hours=1)
        post_update(ctx, incident, update(IncidentStatus.RESOLVED, posted_at=ended_at))
    with backend.reading() as ctx:
        (interval,) = stored_intervals(ctx)["payments"]
    assert interval.ended_at == ended_at
