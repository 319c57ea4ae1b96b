"""/metrics: Prometheus' format for clients that the settings allow, 404 for all others."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from mmap import mmap
from pathlib import Path
from subprocess import PIPE, Popen, run
from tempfile import TemporaryFile

import pytest
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr
from starlette.types import Receive, Scope, Send

from app.domain.statuses import ServiceStatus
from app.usecases.backups.nightly import begin_if_due, note_done
from app.web.metrics.exposition import Family, Sample, format_families
from app.web.metrics.request_statistics import RequestCounts, RequestStatistics, TimedRequests
from app.web.metrics.shared_counters import (
    Counters,
    Gauges,
    ProcessStats,
    SharedCounters,
    combine,
)
from app.web.metrics.shared_labels import LABELS_OFFSET
from app.web.page_cache.renderer import PageRenderer
from app.web.page_cache.serving.middleware import PageCacheMiddleware
from tests.cast import Installation, Person, open_installation
from tests.factories import make_incident, make_service, update

TOKEN = "t" * 32
WITH_TOKEN = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def installation(sqlite_url: str, tmp_path: Path) -> Iterator[Installation]:
    with open_installation(sqlite_url, tmp_path) as opened:
        state = opened.app.state.fyr
        given = state.settings.model_copy(update={"metrics_token": SecretStr(TOKEN)})
        object.__setattr__(state, "settings", given)
        yield opened


def scrape(installation: Installation) -> dict[str, float]:
    """The value of each metric, read as Prometheus' own client library reads it."""
    answer = installation.vera.get("/metrics", headers=WITH_TOKEN)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    families = list(text_string_to_metric_families(answer.text))
    assert all(family.type in {"counter", "gauge", "histogram"} for family in families)
    assert all(family.documentation for family in families)
    return {sample.name: sample.value for family in families for sample in family.samples}


def count_requests(installation: Installation, route: str) -> float:
    """The number of requests in the histogram of their durations."""
    text = installation.vera.get("/metrics", headers=WITH_TOKEN).text
    (found,) = (
        sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == "fyr_request_seconds_count" and sample.labels["route"] == route
    )
    return found


@pytest.mark.parametrize("token", ["", "Bearer ", "Bearer wrong", "Basic dDp0", f"Bearer {TOKEN}x"])
def test_a_client_without_the_token_gets_404(installation: Installation, token: str) -> None:
    answer = installation.vera.get("/metrics", headers={"Authorization": token})
    assert answer.status_code == 404
    assert "fyr_" not in answer.text


def test_requests_pages_and_the_database_are_counted(installation: Installation) -> None:
    renderer: PageRenderer = installation.app.state.fyr.renderer
    middleware = installation.app.state.page_cache = PageCacheMiddleware(installation.app, renderer)
    vera = Person(middleware, {})  # type: ignore[arg-type]
    with installation.writing() as ctx:
        make_incident(ctx)
    renderer.serving = True
    for _ in range(3):
        vera.get("/en/")
    values = scrape(installation)
    assert (values["fyr_front_hits_total"], values["fyr_front_misses_total"]) == (2, 1)
    assert values["fyr_front_sent_bytes_total"] > 1000
    assert count_requests(installation, "page cache") == 2
    assert (values["fyr_pages_rendered_total"], values["fyr_page_failures_total"]) == (1, 0)
    assert (values["fyr_database_up"], values["fyr_revision_lag"]) == (1, 0)
    assert values["fyr_open_incidents"] == 1


def test_without_a_database_the_metrics_report_it_down(
    installation: Installation, tmp_path: Path
) -> None:
    installation.database.close()
    for file in tmp_path.glob("fyr.db*"):
        file.unlink()
    (tmp_path / "fyr.db").mkdir()
    values = scrape(installation)
    assert values["fyr_database_up"] == 0
    assert "fyr_revision" not in values


def test_help_and_label_values_are_escaped() -> None:
    family = Family("fyr_a", "gauge", "A\nline.", (Sample(1, {"a": 'x"\\\n'}), Sample(0.5)))
    text = format_families([family])
    assert text == (
        '# HELP fyr_a A\\nline.\n# TYPE fyr_a gauge\nfyr_a{a="x\\"\\\\\\n"} 1.0\nfyr_a 0.5\n'
    )
    (read,) = text_string_to_metric_families(text)
    assert read.documentation == "A\nline."
    assert [sample.labels for sample in read.samples] == [{"a": 'x"\\\n'}, {}]


def stats(process: int, *, started_at: float = 0, hits: float = 0) -> ProcessStats:
    return ProcessStats(Counters(hits=hits), Gauges(process, started_at, 1, 1, 1, 7, 0))


@contextmanager
def shared_memory() -> Iterator[int]:
    with TemporaryFile() as file:
        file.truncate(2**12)
        yield file.fileno()


def start_process(fd: int, process: int, hits: int) -> "Popen[str]":
    """A process that writes its statistics and runs until its standard input is closed."""
    code = f"""
import sys
from app.web.metrics.shared_counters import Counters, Gauges, ProcessStats, SharedCounters
now = ProcessStats(Counters(hits={hits}), Gauges({process}, 5, 1, 1, 1, 7, 0))
SharedCounters({fd}, lambda: now).write()
print("written", flush=True)
sys.stdin.read()
"""
    started = Popen([sys.executable, "-c", code], pass_fds=[fd], stdin=PIPE, stdout=PIPE, text=True)
    assert started.stdout is not None
    assert started.stdout.readline() == "written\n"
    return started


def test_counters_of_ended_processes_are_kept_and_their_gauges_are_not() -> None:
    with shared_memory() as fd:
        shared = SharedCounters(fd, lambda: stats(1, hits=10))
        with start_process(fd, 2, 5) as other:
            totals = shared.read()
            assert (totals.counters.hits, [each.process for each in totals.gauges]) == (15, [1, 2])
            other.kill()
        totals = shared.read()
        assert (totals.counters.hits, [each.process for each in totals.gauges]) == (15, [1])
        # The next owner of the slot adds to its counters.
        with start_process(fd, 2, 2):
            totals = shared.read()
            assert (totals.counters.hits, [each.process for each in totals.gauges]) == (17, [1, 2])


def test_of_two_processes_with_one_number_the_gauges_of_the_younger_count() -> None:
    former, successor = stats(2, started_at=1, hits=1), stats(2, started_at=2, hits=3)
    totals = combine([former.counters, successor.counters], [successor.gauges, former.gauges])
    assert (totals.counters.hits, totals.gauges) == (4, [successor.gauges])


def samples(installation: Installation, name: str) -> dict[tuple[str, ...], float]:
    """The samples of a metric, by the values of their labels in the order of their names."""
    families = text_string_to_metric_families(
        installation.vera.get("/metrics", headers=WITH_TOKEN).text
    )
    return {
        tuple(value for _, value in sorted(sample.labels.items())): sample.value
        for family in families
        for sample in family.samples
        if sample.name == name
    }


def test_requests_are_timed_by_route_and_not_by_path(installation: Installation) -> None:
    for path in ("/en/incidents/a", "/en/incidents/b", "/hooks/secret-1", "/no/such/page"):
        installation.vera.get(path)
    installation.vera.ask("BREW", "/healthz")
    found = samples(installation, "fyr_requests_total")
    assert found["GET", "/{tag}/incidents/{public_id}", "4xx"] == 2
    assert found["GET", "-", "4xx"] == 1
    assert found["other", "/healthz", "4xx"] == 1
    counts = samples(installation, "fyr_request_seconds_count")
    assert counts["GET", "/{tag}/incidents/{public_id}"] == 2
    buckets = samples(installation, "fyr_request_seconds_bucket")
    assert buckets["+Inf", "GET", "-"] == 1
    assert "secret-1" not in installation.vera.get("/metrics", headers=WITH_TOKEN).text


def test_a_request_that_ends_without_an_answer_is_counted_as_5xx() -> None:
    async def fail(scope: Scope, receive: Receive, send: Send) -> None:
        raise RuntimeError

    statistics = RequestStatistics()
    app = TimedRequests(fail, statistics)
    assert Person(app, {}).get("/").status_code == 500  # type: ignore[arg-type]
    ((name, values),) = statistics.values().items()
    assert RequestCounts(name, values).statuses == {"5xx": 1}


def test_the_status_of_each_service_is_measured(installation: Installation) -> None:
    with installation.writing() as ctx:
        make_service(ctx, "web")
        make_service(ctx, "pay")
        make_incident(ctx, update(services={"pay": ServiceStatus.MAJOR_OUTAGE}))
    found = samples(installation, "fyr_service_status")
    present = {service: status for (service, status), value in found.items() if value}
    assert (present["web"], present["pay"]) == ("operational", "major_outage")
    assert len(found) == 2 * len(ServiceStatus)


def test_labelled_counters_of_ended_processes_are_kept() -> None:
    with shared_memory() as fd:
        former = SharedCounters(fd, lambda: stats(1))
        now = ProcessStats(stats(1).counters, stats(1).gauges, {"GET /": [1.0, 2.0]})
        code = f"""
from app.web.metrics.shared_counters import Counters, Gauges, ProcessStats, SharedCounters
labelled = {{"GET /": [1.0, 0.5], "GET /a": [3.0]}}
now = ProcessStats(Counters(), Gauges(2, 5, 1, 1, 1, 7, 0), labelled)
shared = SharedCounters({fd}, lambda: now)
for _ in range(3): shared.write()
"""
        for _ in range(2):  # the second one adds to what the first one left
            run([sys.executable, "-c", code], pass_fds=[fd], check=True)
        shared = SharedCounters(fd, lambda: now)
        assert shared.read().labelled == {"GET /": [3.0, 3.0], "GET /a": [6.0]}
        former.close()


def test_labelled_counters_are_no_slots_of_a_release_that_has_none() -> None:
    with shared_memory() as fd:
        many = {f"GET /{number}": [float(number)] * 18 for number in range(100)}
        SharedCounters(fd, lambda: ProcessStats(stats(1).counters, stats(1).gauges, many)).write()
        cells = memoryview(mmap(fd, 0)).cast("d")
        assert max(cells[LABELS_OFFSET // 8 :]) <= 0


def with_backups(installation: Installation) -> None:
    state = installation.app.state.fyr
    given = state.settings.model_copy(update={"backup_dir": "/srv/backups"})
    object.__setattr__(state, "settings", given)


def test_nightly_backups_are_measured_where_they_are_switched_on(
    installation: Installation,
) -> None:
    assert "fyr_backup_failing" not in scrape(installation)
    with_backups(installation)
    assert scrape(installation)["fyr_backup_failing"] == 0
    with installation.writing() as ctx:
        begin_if_due(ctx)
    installation.clock.forward(hours=1)
    assert scrape(installation)["fyr_backup_failing"] == 1
    with installation.writing() as ctx:
        note_done(ctx)
    installation.clock.forward(seconds=90)
    found = scrape(installation)
    assert (found["fyr_backup_failing"], found["fyr_backup_age_seconds"]) == (0, 90)
