"""`fyr web`: one web process of `fyr serve`, which answers on inherited sockets.

It starts in two steps. With the snapshot of an earlier run and the little code that finds pages in
it the server answers as soon as it has read the revision of the database; a thread imports the
application meanwhile.
"""

import gc
import logging
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from socket import socket
from threading import Event, Thread
from typing import TYPE_CHECKING, Annotated

import typer
from pydantic import SecretStr

from app import __version__
from app.cli.lazy_import import load
from app.cli.processes.child import is_replacement, report_ready, when_orphaned
from app.cli.processes.interim_pages import InterimPages
from app.cli.processes.logs import logs
from app.cli.processes.open_files import raise_open_files
from app.cli.processes.telemetry import add_telemetry, is_requested
from app.domain.errors import UnavailableError
from app.ports.clock import system_clock
from app.settings import Settings, load_settings
from app.web.page_cache.serving.limited_protocol import LimitedConfig
from app.web.page_cache.serving.loading_app import Application, LoadingApp
from app.web.page_cache.serving.middleware import PageCacheMiddleware
from app.web.page_cache.serving.open_connections import ConnectionLimits
from app.web.page_cache.serving.uvicorn_protocol import select_http_protocol
from app.web.page_cache.serving.uvicorn_server import DrainingServer
from app.web.page_cache.snapshot import SnapshotError
from app.web.page_cache.state import CacheState
from app.web.page_cache.store import PageStore
from app.web.requests.request_ids import RequestIdFilter

if TYPE_CHECKING:  # imported with the application, in a thread
    from app.web.page_cache.renderer import PageRenderer

__all__ = ["web"]

_log = logging.getLogger("fyr.serve")

_SHUTDOWN_TIMEOUT_SECONDS = 1
# A database server that does not answer for this long counts as unavailable, and the application
# starts without it. SQLite is always waited for: only its migration takes time.
_DATABASE_TIMEOUT_SECONDS = 2.0
_MIN_RETRY, _MAX_RETRY = 0.5, 8.0
# The process reports that it is ready after this long even if its first round has not ended.
_FIRST_ROUND_TIMEOUT_SECONDS = 5.0


def web(
    fd: Annotated[list[int], typer.Option(help="A listening socket.")],
    address: Annotated[str, typer.Option(help="The base URL where FYR_BASE_URL is not set.")],
    number: Annotated[int, typer.Option(help="The number of this web process.")] = 1,
    from_snapshot: Annotated[
        Path | None, typer.Option(help="Serve this snapshot, without a database.")
    ] = None,
    ready_fd: Annotated[
        int | None, typer.Option(help="The pipe on which to report readiness.")
    ] = None,
    # The option keeps its name: on SIGHUP a `fyr serve` of an older release starts this one.
    counters_fd: Annotated[
        int | None, typer.Option("--ledger-fd", help="Memory for the counters of all processes.")
    ] = None,
) -> None:
    """Answer requests until the parent process ends."""
    settings = _settings(address, from_snapshot)
    logs.configure(
        settings.log_level, settings.log_format, settings.log_target, [RequestIdFilter()]
    )
    process = _WebProcess(
        settings, number, ready_fd, counters_fd, without_database=from_snapshot is not None
    )
    process.run([socket(fileno=each) for each in fd])


def _settings(address: str, from_snapshot: Path | None) -> Settings:
    settings = load_settings()
    overrides: dict[str, object] = {}
    if "base_url" not in settings.model_fields_set:
        overrides["base_url"] = address
    if from_snapshot is not None:
        overrides["snapshot_dir"] = from_snapshot
    return load_settings(**overrides)


def _without_database(settings: Settings) -> Settings:
    """The settings with a database file that does not exist and is not created.

    What needs a database answers 503.
    """
    missing = settings.snapshots.resolve() / "no-database" / "fyr.db"
    return settings.model_copy(update={"database_url": SecretStr(f"sqlite:///{missing}")})


def _connection_limits(settings: Settings, number: int) -> ConnectionLimits:
    limits = ConnectionLimits(
        request_line_bytes=settings.request_line_limit_bytes,
        header_bytes=settings.header_limit_bytes,
        header_fields=settings.header_limit_fields,
        header_seconds=settings.header_timeout_seconds,
        body_bytes_per_second=settings.body_min_bytes_per_second,
        idle_connections=settings.max_idle_connections,
        connections=settings.max_connections,
    )
    return limits.within(raise_open_files(settings.open_files, is_first=number == 1))


@dataclass(slots=True)
class _WebProcess:
    settings: Settings
    number: int
    ready_fd: int | None
    counters_fd: int | None
    without_database: bool
    server: DrainingServer = field(init=False)
    loading: LoadingApp = field(init=False)
    middleware: PageCacheMiddleware = field(init=False)
    interim: InterimPages = field(init=False)
    # Set when the interim pages are served, or when there are none.
    interim_tried: Event = field(default_factory=Event, init=False)
    database_tried: Event | None = field(default=None, init=False)
    database_is_ready: bool = field(default=False, init=False)
    failure: Exception | None = field(default=None, init=False)

    def run(self, sockets: list[socket]) -> None:
        """Serve until SIGTERM or the end of the parent. Raises the exception of a failed start."""
        # Until the application is started: what is imported stays, so the collector would find
        # nothing, and a request waits 1 ms for its turn instead of 5.
        gc.disable()
        sys.setswitchinterval(0.001)
        cache = CacheState(PageStore(self.settings.page_memory_mb * 2**20, system_clock))
        self.interim = InterimPages(self.settings, cache)
        try:
            self.interim.load()
        except SnapshotError:
            if self.without_database:
                raise
        self.loading = LoadingApp(
            self._create_app, self._on_started, self._fail, accepts_early=not is_replacement()
        )
        self.middleware = PageCacheMiddleware(self.loading, cache, https=self.settings.is_https)
        self.server = DrainingServer(self._config(), self.middleware)
        when_orphaned(self.server.stop_now)
        self.server.run(sockets)
        if self.failure is not None:
            raise self.failure

    def _config(self) -> LimitedConfig:
        return LimitedConfig(
            self.middleware,
            limits=_connection_limits(self.settings, self.number),
            http=select_http_protocol(self.settings.front),
            h11_max_incomplete_event_size=self.settings.header_limit_bytes,
            # Nothing here speaks WebSocket, whose connections would have no limits.
            ws="none",
            lifespan="on",
            access_log=False,
            server_header=False,
            # None: the environment variable FORWARDED_ALLOW_IPS of uvicorn, or its default.
            forwarded_allow_ips=[str(each) for each in self.settings.trusted_proxies] or None,
            log_level="warning",
            timeout_graceful_shutdown=_SHUTDOWN_TIMEOUT_SECONDS,
        )

    def _create_app(self) -> Application:
        try:
            self._serve_interim_pages()
        finally:
            self.interim_tried.set()
        create_app = load("app.main:create_app")
        settings = self.settings
        if self.without_database or self._serves_only_its_snapshot():
            settings = _without_database(settings)
        app: Application = create_app(settings)
        if is_requested():
            add_telemetry(app)
        return app

    def _serves_only_its_snapshot(self) -> bool:
        """Whether a catalogue is damaged; raises UnavailableError when there is no snapshot.

        Then the pages of the snapshot are answered, and nothing that needs the database.
        """
        try:
            load("app.i18n.catalogues.catalogs:verify_catalogues")()
        except UnavailableError as error:
            if not self.interim.has_snapshot:
                raise
            _log.critical("serve.only_the_snapshot: %s", error.message)
            return True
        return False

    def _serve_interim_pages(self) -> None:
        """Answer from the snapshot or the database while the application is imported."""
        if not self.without_database:
            if self.interim.serve_snapshot():
                self.loading.retry_waiting(self.middleware)
                self._wait_for_database()
                return
            self._wait_for_database()
        if self.database_is_ready:
            self.interim.serve_current()
        else:
            self.interim.serve_stale()
        if self.middleware.cache.serving:
            self.loading.retry_waiting(self.middleware)

    def _wait_for_database(self) -> None:
        """Wait until the database is migrated, or was found to be unavailable."""
        if self.database_tried is None:
            self.database_tried = Event()
            arguments = (self.database_tried,)
            Thread(target=self._prepare, args=arguments, name="fyr-prepare", daemon=True).start()
        self.database_tried.wait(None if self.settings.is_embedded else _DATABASE_TIMEOUT_SECONDS)

    def _prepare(self, tried: Event) -> None:
        ensure_schema = load("app.cli.database:ensure_schema")
        delay = _MIN_RETRY
        while True:
            try:
                ensure_schema(self.settings)
                self.database_is_ready = True
                tried.set()
                if self.number == 1:
                    # The first page comes before what nobody waits for.
                    self.interim_tried.wait()
                    load("app.cli.processes.start_tasks:run_start_tasks")(self.settings)
            except UnavailableError as error:
                _log.error("serve.without_database: %s again_in=%.1f", error.message, delay)
            except Exception as error:  # noqa: BLE001  # raised again by `run`
                self._fail(error)
                return
            else:
                return
            tried.set()
            time.sleep(delay)
            delay = min(delay * 2, _MAX_RETRY)

    def _on_started(self, app: Application) -> None:
        app.state.page_cache, app.state.number = self.middleware, self.number
        if self.counters_fd is not None:
            share_counters = load("app.web.metrics.process_stats:share_counters")
            app.state.shared_counters = share_counters(app, self.counters_fd)
        self.middleware.app = app
        arguments = (app.state.fyr.renderer,)
        Thread(target=self._switch_cache, args=arguments, name="fyr-ready", daemon=True).start()

    def _switch_cache(self, renderer: "PageRenderer") -> None:
        """Serve from the application's renderer, and report readiness after its first round.

        Stale pages are served until the renderer knows that the database is away. All others are
        replaced at once: the application may write from now on.
        """
        deadline = time.monotonic() + _FIRST_ROUND_TIMEOUT_SECONDS
        while self.interim.are_stale and not renderer.serving and time.monotonic() < deadline:
            time.sleep(0.01)
        self.interim.close()
        self.middleware.cache = renderer
        while not (renderer.is_warm or renderer.stale_since) and time.monotonic() < deadline:
            time.sleep(0.01)
        report_ready(self.ready_fd)
        _log.info("web.started number=%d version=%s", self.number, __version__)

    def _fail(self, error: Exception) -> None:
        self.failure = error
        self.loading.fail()
        self.server.stop_now()
