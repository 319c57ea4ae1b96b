"""Metric families at `/metrics`: one function for each subject."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from fastapi import FastAPI

from app import __version__
from app.domain.errors import UnavailableError
from app.domain.statuses import ServiceStatus
from app.usecases import health
from app.usecases.backups.nightly import backup_state
from app.usecases.notices.counters import BUCKETS
from app.usecases.outbox.statistics import NotificationStatistics, notification_statistics
from app.usecases.page.translation_provider import list_outcomes
from app.usecases.public.current_status import statuses_by_slug
from app.usecases.sources import events
from app.usecases.sources.quota import all_levels
from app.usecases.targets.probe_outcomes import probe_outcomes
from app.web.dependencies import AppState, hook_quota
from app.web.metrics.exposition import Family, Sample
from app.web.metrics.process_stats import measure_process
from app.web.metrics.request_statistics import BUCKETS as REQUEST_BUCKETS
from app.web.metrics.request_statistics import RequestCounts
from app.web.metrics.shared_counters import Gauges, SharedCounters, Totals, combine

__all__ = ["collect"]


def collect(app: FastAPI) -> Iterable[Family]:
    """All families: counters as sums over the web processes, gauges for each of them."""
    totals = _totals(app)
    yield from _processes(app, totals)
    yield from _page_cache(totals)
    yield from _requests(totals)
    yield from _pages(totals)
    yield from _snapshot(app)
    yield from _database(app, totals)
    yield from _services(app)
    yield from _backups(app)
    yield from _hooks(app)
    yield from _notifications(app)
    yield from _translations(app)


def _state(app: FastAPI) -> AppState:
    state: AppState = app.state.fyr
    return state


def _totals(app: FastAPI) -> Totals:
    shared: SharedCounters | None = app.state.shared_counters
    if shared is not None:
        return shared.read()
    own = measure_process(app)
    return combine([own.counters], [own.gauges], [own.labelled])


def _by_process(totals: Totals, value: Callable[[Gauges], float]) -> tuple[Sample, ...]:
    return tuple(Sample(value(each), {"process": f"{each.process:.0f}"}) for each in totals.gauges)


def _processes(app: FastAPI, totals: Totals) -> Iterable[Family]:
    labels = {"version": __version__, "process": str(app.state.number)}
    yield Family(
        "fyr_info",
        "gauge",
        "Version of Fyr, and the number of the web process that answers.",
        (Sample(1, labels),),
    )
    yield Family.of("fyr_web_processes", "gauge", "Running web processes.", len(totals.gauges))
    resident = _by_process(totals, lambda each: each.resident_bytes)
    yield Family("process_resident_memory_bytes", "gauge", "Resident memory in bytes.", resident)
    yield Family.of(
        "process_cpu_seconds_total",
        "counter",
        "CPU time of all web processes in seconds.",
        totals.counters.cpu_seconds,
    )


def _page_cache(totals: Totals) -> Iterable[Family]:
    counters = totals.counters
    for name, help_, value in (
        ("hits", "Requests answered from the page cache.", counters.hits),
        ("misses", "Requests passed to the application.", counters.misses),
        ("sent_bytes", "Body bytes sent from the page cache.", counters.sent_bytes),
    ):
        yield Family.of(f"fyr_front_{name}_total", "counter", help_, value)


def _requests(totals: Totals) -> Iterable[Family]:
    counted = [RequestCounts(*each) for each in sorted(totals.labelled.items())]
    yield Family(
        "fyr_requests_total",
        "counter",
        "Requests answered by the application, by route and class of the status.",
        tuple(
            Sample(number, {**each.labels, "status": status})
            for each in counted
            for status, number in each.statuses.items()
        ),
    )
    yield Family(
        "fyr_request_seconds",
        "histogram",
        "Seconds from the head of a request to the end of the answer.",
        tuple(
            sample
            for each in counted
            for sample in _histogram(REQUEST_BUCKETS, each.buckets, each.seconds, each.labels)
        ),
    )


def _histogram(
    bounds: Sequence[float], counts: Sequence[float], total: float, labels: Mapping[str, str] = {}
) -> Iterable[Sample]:
    """The samples of a histogram; `counts` are cumulative, and the last one has no bound."""
    names = [*(f"{each:g}" for each in bounds), "+Inf"]
    for name, count in zip(names, counts, strict=True):
        yield Sample(count, {**labels, "le": name}, "_bucket")
    yield Sample(total, labels, "_sum")
    yield Sample(counts[-1], labels, "_count")


def _pages(totals: Totals) -> Iterable[Family]:
    counters = totals.counters
    for name, help_, value in (
        ("fyr_pages_rendered_total", "Pages rendered.", counters.renders),
        ("fyr_page_failures_total", "Failed renderings of pages.", counters.failures),
    ):
        yield Family.of(name, "counter", help_, value)
    for name, help_, samples in (
        ("fyr_pages_stored", "Pages in the store.", _by_process(totals, lambda each: each.pages)),
        (
            "fyr_page_store_bytes",
            "Bytes that stored pages take which may be evicted.",
            _by_process(totals, lambda each: each.page_bytes),
        ),
        (
            "fyr_page_revision",
            "Revision that the pages show; -1 before the first page.",
            _by_process(totals, lambda each: each.revision),
        ),
        (
            "fyr_database_away_seconds",
            "Seconds since which the pages cannot follow the database; 0 while they can.",
            _by_process(totals, lambda each: each.away_seconds),
        ),
    ):
        yield Family(name, "gauge", help_, samples)


def _snapshot(app: FastAPI) -> Iterable[Family]:
    state = _state(app)
    try:
        written_at = (state.settings.snapshots / "pages").stat().st_mtime
    except OSError:
        return
    age = state.database.clock().timestamp() - written_at
    yield Family.of("fyr_snapshot_age_seconds", "gauge", "Seconds since the last snapshot.", age)


def _database(app: FastAPI, totals: Totals) -> Iterable[Family]:
    try:
        with _state(app).database.reading() as ctx:
            found = health.read_statistics(ctx)
    except UnavailableError:
        found = None
    is_up = found is not None
    yield Family.of("fyr_database_up", "gauge", "1 if the database answers, else 0.", is_up)
    if found is None:
        return
    lag = _by_process(
        totals, lambda each: 0 if each.revision < 0 else found.revision - each.revision
    )
    yield Family("fyr_revision_lag", "gauge", "Revisions that the pages are behind.", lag)
    for name, help_, value in (
        ("fyr_revision", "Revision of the database.", found.revision),
        ("fyr_open_incidents", "Open incidents that visitors see.", found.open_incidents),
        ("fyr_targets", "Targets that are probed.", found.targets),
        (
            "fyr_probe_overdue_seconds",
            "Seconds since which the most overdue target is due; grows while no worker runs.",
            found.overdue_seconds,
        ),
    ):
        yield Family.of(name, "gauge", help_, value)


def _services(app: FastAPI) -> Iterable[Family]:
    try:
        with _state(app).database.reading() as ctx:
            statuses, outcomes = statuses_by_slug(ctx), probe_outcomes(ctx)
    except UnavailableError:
        return
    yield Family(
        "fyr_service_status",
        "gauge",
        "1 for the status that visitors see of a service, 0 for the others.",
        tuple(
            Sample(status is present, {"service": slug, "status": status})
            for slug, present in statuses.items()
            for status in ServiceStatus
        ),
    )
    yield Family(
        "fyr_probes_total",
        "counter",
        "Probes, by the state of the target after it, or why nothing was received.",
        tuple(Sample(number, {"outcome": each}) for each, number in sorted(outcomes.items())),
    )


def _backups(app: FastAPI) -> Iterable[Family]:
    """The nightly backups, where they are switched on."""
    database = _state(app).database
    if not _state(app).settings.backup_dir:
        return
    try:
        with database.reading() as ctx:
            state, now = backup_state(ctx), ctx.now
    except UnavailableError:
        return
    if state.done_at is not None:
        yield Family.of(
            "fyr_backup_age_seconds",
            "gauge",
            "Seconds since the last nightly backup was complete.",
            (now - state.done_at).total_seconds(),
        )
    yield Family.of(
        "fyr_backup_failing",
        "gauge",
        "1 while nightly backups fail, or none was written in time.",
        int(state.is_failing(now)),
    )


def _hooks(app: FastAPI) -> Iterable[Family]:
    try:
        with _state(app).database.reading() as ctx:
            counts = events.hook_counts(ctx)
            total, *by_source = all_levels(ctx, hook_quota(_state(app).settings))
    except UnavailableError:
        return
    yield Family(
        "fyr_hook_events",
        "gauge",
        "Stored inbound events of monitors.",
        tuple(
            Sample(count, {"source": source, "kind": kind, "verdict": verdict})
            for source, kind, verdict, count in counts.events
        ),
    )
    yield Family(
        "fyr_hook_source_day_bytes",
        "gauge",
        "Bytes of inbound events that were stored of a source today (UTC).",
        tuple(
            Sample(each.stored_bytes, {"source": each.id or "", "kind": each.kind})
            for each in by_source
        ),
    )
    for name, help_, value in (
        (
            "fyr_hook_day_bytes",
            "Bytes of inbound events that were stored of all sources today (UTC).",
            total.stored_bytes,
        ),
        (
            "fyr_hook_day_limit_bytes",
            "Daily quota of all sources in bytes; 0 means no limit.",
            total.limit,
        ),
        (
            "fyr_hook_source_day_limit_bytes",
            "Daily quota of each source in bytes; 0 means no limit.",
            _state(app).settings.hook_source_day_bytes,
        ),
        (
            "fyr_hook_queue_age_seconds",
            "Seconds that the oldest unprocessed inbound event has waited.",
            counts.queue_age_seconds,
        ),
        ("fyr_open_episodes", "Alerts of monitors that are firing.", counts.open_episodes),
    ):
        yield Family.of(name, "gauge", help_, value)


def _notifications(app: FastAPI) -> Iterable[Family]:
    try:
        with _state(app).database.reading() as ctx:
            found = notification_statistics(ctx)
    except UnavailableError:
        return
    yield from _notification_counters(found)
    for name, help_, labels, counts in (
        ("fyr_subscribers", "Subscribers.", ("channel", "state"), found.subscribers),
        ("fyr_delivery_queue", "Waiting deliveries.", ("channel", "priority"), found.queue),
    ):
        samples = tuple(
            Sample(number, dict(zip(labels, each, strict=True))) for each, number in counts.items()
        )
        yield Family(name, "gauge", help_, samples)
    yield Family(
        "fyr_lane_paused",
        "gauge",
        "Lanes that are paused, by the kind of their channel.",
        tuple(Sample(number, {"lane": kind}) for kind, number in found.paused_lanes.items()),
    )
    for name, help_, value in (
        (
            "fyr_delivery_oldest_seconds",
            "Seconds since which the oldest waiting delivery is due; grows while no worker runs.",
            found.oldest_seconds,
        ),
        (
            "fyr_subscribe_form_busy",
            "1 while requests of the form to subscribe wait, because there are too many.",
            float(found.is_form_busy),
        ),
        (
            "fyr_fan_out_lag_seconds",
            "Seconds since the oldest notice whose deliveries are not all created.",
            found.fan_out_seconds,
        ),
    ):
        yield Family.of(name, "gauge", help_, value)


def _translations(app: FastAPI) -> Iterable[Family]:
    try:
        with _state(app).database.reading() as ctx:
            outcomes = list_outcomes(ctx)
    except UnavailableError:
        return
    yield Family(
        "fyr_translation_texts_total",
        "counter",
        "Texts for which a translation provider was asked, by outcome.",
        tuple(
            Sample(each.texts, {"provider": each.provider, "outcome": each.outcome})
            for each in outcomes
            if each.texts
        ),
    )
    yield Family(
        "fyr_translation_characters_total",
        "counter",
        "Characters that were sent to a translation provider.",
        tuple(
            Sample(each.characters, {"provider": each.provider})
            for each in outcomes
            if each.characters
        ),
    )


def _notification_counters(found: NotificationStatistics) -> Iterable[Family]:
    seconds = found.delivery_seconds
    yield Family(
        "fyr_delivery_seconds",
        "histogram",
        "Seconds from the creation of a notice until a delivery was accepted.",
        tuple(_histogram(BUCKETS, seconds.counts, seconds.total)),
    )
    yield Family(
        "fyr_bounces_total",
        "counter",
        "Reports of mails that could not be delivered, by class and subject of RFC 3463.",
        tuple(Sample(count, {"class": each}) for each, count in sorted(found.bounces.items())),
    )
    yield Family(
        "fyr_deliveries_total",
        "counter",
        "Deliveries that have ended.",
        tuple(
            Sample(number, {"channel": kind, "state": state})
            for (kind, state), number in sorted(found.deliveries.items())
        ),
    )
    yield Family(
        "fyr_subscribe_requests_total",
        "counter",
        "Requests of the form to subscribe that were handled.",
        tuple(Sample(number, {"outcome": each}) for each, number in sorted(found.requests.items())),
    )
    yield Family.of("fyr_complaints_total", "counter", "Complaints about mails.", found.complaints)
