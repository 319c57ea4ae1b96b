"""`fyr web`: how `fyr serve` starts a process that answers, on sockets it is given.

Two steps, so that the first page comes at once: with the last snapshot and the little that finds
pages in it the server begins; everything else is imported meanwhile.
"""

import gc
import logging
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from socket import socket
from threading import Event, Thread
from typing import Annotated

import typer
import uvicorn

from app.cli.lazy_import import load
from app.cli.processes import logs
from app.cli.processes.child import tell_ready, when_orphaned
from app.domain.errors import UnavailableError
from app.ports.clock import system_clock
from app.settings import Settings, load_settings
from app.web.page_cache import snapshot
from app.web.page_cache.serving.loading_app import Application, LoadingApp
from app.web.page_cache.serving.middleware import PageCacheMiddleware
from app.web.page_cache.serving.uvicorn_protocol import select_http_protocol
from app.web.page_cache.serving.uvicorn_server import DrainingServer
from app.web.page_cache.state import CacheState
from app.web.page_cache.store import PageStore

__all__ = ["web"]

_log = logging.getLogger("fyr.serve")

_GRACE_SECONDS = 1
# A database server that has not answered for so long is away: the application comes all the same.
# A file always answers; what takes time is that it is migrated, which comes first.
_PATIENCE_SECONDS = 2.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 8.0
# So long pages may take to be kept before others are told that we are ready all the same.
_WARM_SECONDS = 5.0


def web(
    fd: Annotated[list[int], typer.Option(help="A listening socket.")],
    address: Annotated[str, typer.Option(help="The page's address where no setting says it.")],
    number: Annotated[int, typer.Option(help="Which of the web processes this is.")] = 1,
    from_snapshot: Annotated[Path | None, typer.Option(help="Stand in with this.")] = None,
    ready_fd: Annotated[int | None, typer.Option(help="A pipe to tell the parent through.")] = None,
    ledger_fd: Annotated[int | None, typer.Option(help="Memory shared with the others.")] = None,
) -> None:
    """Answer requests until the parent ends."""
    settings = _settings(address, from_snapshot)
    logs.configure(settings.log_level)
    process = _Process(settings, number, ready_fd, ledger_fd, stands_in=from_snapshot is not None)
    process.run([socket(fileno=each) for each in fd])


def _settings(address: str, from_snapshot: Path | None) -> Settings:
    settings = load_settings()
    given: dict[str, object] = {}
    if "base_url" not in settings.model_fields_set:
        given["base_url"] = address
    if from_snapshot is not None:
        given["snapshot_dir"] = from_snapshot
        # There is no such file, and none is made: what needs a database is refused.
        nowhere = from_snapshot.resolve() / "no-database" / "fyr.db"
        given["database_url"] = f"sqlite:///{nowhere}"
    return load_settings(**given)


@dataclass(slots=True)
class _Process:
    settings: Settings
    number: int
    ready_fd: int | None
    ledger_fd: int | None
    stands_in: bool
    server: DrainingServer = field(init=False)
    front: PageCacheMiddleware = field(init=False)
    tried: Event | None = field(default=None, init=False)
    refusal: Exception | None = field(default=None, init=False)

    def run(self, sockets: list[socket]) -> None:
        """Serve until told to end. Raises the refusal that ended it."""
        # Until the application lives: what is imported stays, so there is nothing to collect, and
        # whoever is answered meanwhile waits a millisecond for his turn, not 5.
        gc.disable()
        sys.setswitchinterval(0.001)
        cache = CacheState(PageStore(self.settings.page_memory_mb * 2**20, system_clock))
        try:
            cache.restore(snapshot.load(self.settings.snapshots))
        except snapshot.SnapshotError:
            if self.stands_in:
                raise
        self.front = PageCacheMiddleware(LoadingApp(self._make, self._arrived, self._refuse), cache)
        self.server = DrainingServer(self._config(self.front), self.front)
        when_orphaned(self.server.stop_now)
        self.server.run(sockets)
        if self.refusal is not None:
            raise self.refusal

    def _config(self, front: PageCacheMiddleware) -> uvicorn.Config:
        return uvicorn.Config(
            front,
            http=select_http_protocol(self.settings.front),
            lifespan="on",
            access_log=False,
            server_header=False,
            log_level="warning",
            timeout_graceful_shutdown=_GRACE_SECONDS,
        )

    def _make(self) -> Application:
        if not self.front.cache.serving:
            self._begin_without_snapshot()
        create_app = load("app.main:create_app")
        if not self.stands_in:
            self._wait_for_the_database()
        made: Application = create_app(self.settings)
        return made

    def _begin_without_snapshot(self) -> None:
        """Answer with the first page while the application is yet to be imported."""
        self._wait_for_the_database()
        open_database, render_first_pages = (
            load("app.cli.database:open_database"),
            load("app.web.page_cache.first_page:render_first_pages"),
        )
        try:
            with open_database(self.settings) as database:
                self.front.cache.restore(render_first_pages(database, self.settings.base_url))
        except UnavailableError as error:
            _log.warning("serve.no_first_page: %s", error.message)
            return
        coming = self.front.app
        assert isinstance(coming, LoadingApp)  # noqa: S101  # as we have given it
        coming.retry_waiting(self.front)

    def _wait_for_the_database(self) -> None:
        """Wait until it is where it should be, or was found away."""
        if self.tried is None:
            self.tried = Event()
            arguments = (self.tried,)
            Thread(target=self._prepare, args=arguments, name="fyr-prepare", daemon=True).start()
        self.tried.wait(None if self.settings.is_embedded else _PATIENCE_SECONDS)

    def _prepare(self, tried: Event) -> None:
        prepare = load("app.cli.database:ensure_schema")
        pause = _FIRST_PAUSE
        while True:
            try:
                prepare(self.settings)
                tried.set()
                if self.number == 1:
                    load("app.cli.processes.first_admin:tell")(self.settings)
            except UnavailableError as error:
                _log.error("serve.without_database: %s again_in=%.1f", error.message, pause)
            except Exception as error:  # noqa: BLE001  # told to who started us
                self._refuse(error)
                return
            else:
                return
            tried.set()
            time.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    def _arrived(self, app: Application) -> None:
        app.state.page_cache, app.state.number = self.front, self.number
        if self.ledger_fd is not None:
            app.state.shared_counters = load("app.web.metrics.process_stats:share_counters")(
                app, self.ledger_fd
            )
        self.front.app = app
        arguments = (app.state.fyr.renderer,)
        Thread(target=self._turn_to, args=arguments, name="fyr-ready", daemon=True).start()

    def _turn_to(self, renderer: CacheState) -> None:
        """Serve from the application's own pages, once there are some."""
        deadline = time.monotonic() + _WARM_SECONDS
        while not renderer.serving and time.monotonic() < deadline:
            time.sleep(0.01)
        self.front.cache = renderer
        tell_ready(self.ready_fd)

    def _refuse(self, error: Exception) -> None:
        self.refusal = error
        self.server.stop_now()
