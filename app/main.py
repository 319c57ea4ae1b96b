"""Web application: creates the objects it consists of and connects them."""

import asyncio
import gc
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import cache
from typing import TYPE_CHECKING

from fastapi import APIRouter, FastAPI, Request, Response
from starlette.routing import BaseRoute

from app import __version__
from app.db.engine import make_engine
from app.domain.errors import FyrError
from app.monitors import ADAPTERS
from app.net.guard import Guard
from app.ports.clock import Clock, system_clock
from app.secret_keys import secret_box
from app.settings import Settings
from app.usecases.database import Database
from app.usecases.imports.runs.run_files import ImportFiles
from app.web import errors, formats, health, public
from app.web.body_limit import BodyLimit
from app.web.deferred_router import DeferredRouter
from app.web.dependencies import AppState, hook_quota
from app.web.formats.plain_text_accept import TextNegotiation
from app.web.hooks.generic import ROUTES as HOOK_ROUTES
from app.web.import_processes import StartImport, start_process
from app.web.intake.receiver import Receiver
from app.web.metrics.request_statistics import RequestStatistics, TimedRequests
from app.web.metrics.router import router as metrics_router
from app.web.oidc.discovery import Discovery
from app.web.own_cookies import OwnCookies
from app.web.page_cache.reader_languages_writer import ReaderLanguagesWriter
from app.web.page_cache.refresher import CacheRefresher
from app.web.page_cache.renderer import PageRenderer
from app.web.page_cache.store import PageStore
from app.web.requests.host_check import HostCheck
from app.web.requests.request_ids import RequestIds
from app.web.requests.route_templates import NotedRoute
from app.web.security import SecurityHeaders

if TYPE_CHECKING:
    from app.web.intake.sns_certificates import Roots
    from app.web.intake.sns_signatures import Fetch, SnsCertificates

__all__ = ["create_app"]


def create_app(
    settings: Settings,
    *,
    clock: Clock = system_clock,
    fetch: "Fetch | None" = None,
    sns_roots: "Roots | None" = None,
    start_import: StartImport | None = None,
) -> FastAPI:
    """The web application for these settings. The database must be migrated already.

    `fetch` replaces the outbound request for certificates of Amazon SNS, and `sns_roots` the roots
    that these certificates have to be issued by, in tests. `start_import` replaces the process of
    an import.
    """
    app = FastAPI(
        title="Fyr",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        routes=_routes(),
        lifespan=_lifespan,
    )
    if settings.oidc_issuer:
        _import_oidc()
    engine = make_engine(
        settings.database,
        timeout_seconds=settings.database_statement_seconds,
        pool_size=settings.database_pool_size,
    )
    database = Database(engine, clock)
    store = PageStore(settings.page_memory_mb * 2**20, clock)
    box = secret_box(settings)
    app.state.fyr = AppState(
        settings,
        database,
        PageRenderer(database, settings.base_url, store),
        Receiver(database, ADAPTERS, box, hook_quota(settings)),
        box,
        _sns_certificates(settings, fetch, sns_roots),
        Discovery(settings.oidc_issuer, Guard(settings.allowed_networks)),
        _ConsoleErrors(),
        start_import or start_process(settings),
        asyncio.Semaphore(settings.database_pool_size // 2),
    )
    # `fyr web` sets its number, its middleware, the shared counters, and telemetry if asked for.
    app.state.number, app.state.started_at = 1, clock().timestamp()
    app.state.page_cache, app.state.shared_counters, app.state.telemetry = None, None, None
    app.add_middleware(NotedRoute)
    errors.install(app)
    app.add_middleware(TextNegotiation)
    app.add_middleware(
        BodyLimit,
        anonymous=settings.anonymous_body_limit_bytes,
        limit=settings.body_limit_bytes,
        uploads=settings.upload_limit_bytes,
        imports=settings.import_limit_bytes,
    )
    app.add_middleware(OwnCookies)
    app.add_middleware(HostCheck)
    app.add_middleware(SecurityHeaders, https=settings.is_https)
    app.state.request_statistics = RequestStatistics()
    app.add_middleware(TimedRequests, statistics=app.state.request_statistics)
    # Outermost, so that nothing is logged without the id of its request.
    app.add_middleware(RequestIds)
    return app


@cache
def _routes() -> list[BaseRoute]:
    """All routes in the order of matching.

    They do not depend on the settings, so all applications of a process share them, and with them
    what FastAPI prepares at the first request, which takes a tenth of a second.
    """
    root = APIRouter()
    root.include_router(health.router)
    root.include_router(metrics_router)
    root.routes.extend(HOOK_ROUTES)
    # `/api/v2` is that of Statuspage, for visitors.
    root.include_router(
        DeferredRouter("/api/v1", "/api/docs", "/api/openapi.json", import_router=_import_api)
    )
    root.include_router(DeferredRouter("/console", import_router=_import_console))
    root.include_router(formats.router)
    root.include_router(public.router)
    return root.routes


def _import_api() -> APIRouter:
    from app.web.api import router

    return router


def _import_console() -> APIRouter:
    from app.web.console import router

    return router


def _sns_certificates(
    settings: Settings, fetch: "Fetch | None", roots: "Roots | None"
) -> "Callable[[], SnsCertificates]":
    """Imports and creates the certificates of Amazon SNS when first called."""

    @cache
    def create() -> "SnsCertificates":
        from app.web.intake.sns_certificates import amazon_roots
        from app.web.intake.sns_signatures import SnsCertificates, fetch_through

        through = fetch or fetch_through(Guard(settings.allowed_networks))
        return SnsCertificates(through, roots or amazon_roots)

    return create


def _import_oidc() -> None:
    """Import the client of the provider before visitors are answered, who would wait for it."""
    import app.net.client
    import app.web.oidc.provider  # noqa: F401  # only its import matters


class _ConsoleErrors:
    """Error pages of the console, imported with it."""

    def handles(self, request: Request) -> bool:
        """Whether the request is for an address of the console."""
        return f"{request.url.path}/".startswith("/console/")

    def render(self, request: Request, status: int, error: FyrError) -> Response:
        """The page for `error`; the sign-in page when a session is missing (401)."""
        from app.web.console.kit.error_pages import error_page

        return error_page(request, status, error)


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    state: AppState = app.state.fyr
    # On a machine without a worker, which deletes them each hour.
    ImportFiles(state.settings.data_dir).sweep(state.database.clock().timestamp())
    refresher = CacheRefresher(
        state.renderer,
        state.database,
        (*public.HOT, *formats.SURFACES),
        snapshots=state.settings.snapshots,
    )
    refresher.start()
    languages = ReaderLanguagesWriter(state.renderer.reader_languages, state.database)
    languages.start()
    state.receiver.start()
    # Everything loaded by now stays, so the collector need not visit it again. With the collector
    # switched off, as in `fyr web`, hardly anything was left to collect.
    if gc.isenabled():
        gc.collect()
    gc.freeze()
    gc.enable()
    gc.set_threshold(20_000, 20, 50)
    # Pages are rendered in threads. A request waits for the GIL three times: 0.1 ms each, instead
    # of 5 ms, the default. A switch takes 0.01 ms.
    sys.setswitchinterval(0.0001)
    try:
        yield
    finally:
        # Also when the server ends the lifespan by cancelling it, as `LoadingApp` does.
        if app.state.shared_counters is not None:
            app.state.shared_counters.close()
        if app.state.telemetry is not None:
            app.state.telemetry.close()
        state.receiver.close()
        languages.close()
        refresher.close()
        state.renderer.close()
        state.database.close()
