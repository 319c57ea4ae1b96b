"""Interim pages: what a web process serves while its application is imported.

They are the pages of the snapshot if the database has their revision. Otherwise they are the first
pages of the database, or, while it is away, the pages of the snapshot marked as stale.
"""

import logging
from threading import Event, Thread
from typing import Any

from app.cli.lazy_import import load
from app.db.embedded_state import EmbeddedState
from app.domain.errors import UnavailableError
from app.ports.clock import system_clock
from app.settings import Settings
from app.web.page_cache import snapshot
from app.web.page_cache.state import CacheState

__all__ = ["InterimPages"]

_log = logging.getLogger("fyr.serve")


class InterimPages:
    """The pages in `cache`, which are served only as long as no newer revision is known."""

    def __init__(self, settings: Settings, cache: CacheState) -> None:
        self._settings = settings
        self._cache = cache
        self._snapshot: snapshot.Snapshot | None = None
        self._stop = Event()
        self.are_stale = False

    @property
    def has_snapshot(self) -> bool:
        """Whether there are pages for a time without the database."""
        return self._snapshot is not None

    def load(self) -> None:
        """Load the snapshot. Raises SnapshotError."""
        self._snapshot = snapshot.load(self._settings.snapshots)

    def serve_stale(self) -> None:
        """Serve the pages of the snapshot, if there is one, with the time of their data."""
        if self._snapshot is not None:
            self.are_stale = True
            self._cache.serve_stale(self._snapshot)

    def serve_snapshot(self) -> bool:
        """Serve the pages of the snapshot if the embedded database has their state.

        Imports no SQLAlchemy. False, and nothing is served, when there is no snapshot, when the
        database has another state, or when it cannot be read.
        """
        former = self._snapshot
        if former is None or not self._settings.is_embedded:
            return False
        try:
            database = EmbeddedState(self._settings.database_file)
        except UnavailableError:
            return False
        try:
            found = database.read(self._settings.base_url)
        except UnavailableError:
            found = None
        if found != former.facts.state:
            database.close()
            return False
        self._begin_serving(former, database)
        return True

    def serve_current(self) -> None:
        """Serve pages of the revision that the database has now, until it has a newer one."""
        database = load("app.usecases.database:Database")(
            load("app.db.engine:make_engine")(self._settings.database)
        )
        try:
            pages = self._pages_of(database)
        except UnavailableError as error:
            _log.warning("serve.no_first_page: %s", error.message)
            database.close()
            self.serve_stale()
            return
        self._begin_serving(pages, database)

    def close(self) -> None:
        """Stop watching the revision, and release the snapshot, which is not served any more."""
        self._stop.set()
        self._snapshot = None

    def _pages_of(self, database: Any) -> snapshot.Snapshot:  # noqa: ANN401  # a Database
        facts = load("app.usecases.public.pages:facts")
        with database.reading() as ctx:
            found = facts(ctx, self._settings.base_url)
        if self._snapshot is not None and self._snapshot.facts.shows_state_of(found):
            return self._snapshot
        render = load("app.web.page_cache.first_page:render_first_pages")
        rendered: snapshot.Snapshot = render(database, self._settings.base_url)
        return rendered

    def _begin_serving(self, pages: snapshot.Snapshot, database: Any) -> None:  # noqa: ANN401  # a Database or an EmbeddedState
        """Serve `pages` as long as `database` has their revision; then close the database."""
        self._cache.restore(pages)
        self._cache.accept(system_clock(), self._cache.store.generation)
        arguments = (database, pages.facts.revision)
        Thread(target=self._watch, args=arguments, name="fyr-interim", daemon=True).start()

    def _watch(self, database: Any, served: int) -> None:  # noqa: ANN401  # a Database or an EmbeddedState
        def compare(revision: int) -> None:
            if revision != served:
                self._cache.serving = False
                self._stop.set()

        try:
            database.watch(compare, self._stop)
        except UnavailableError:
            # The application finds that too, as soon as it is imported.
            pass
        finally:
            database.close()
