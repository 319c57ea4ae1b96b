import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.main import create_app
from app.settings import load_settings
from app.web import public
from app.web.page_cache.refresher import CacheRefresher
from app.web.page_cache.renderer import PageRenderer
from app.web.page_cache.serving.middleware import PageCacheMiddleware
from app.web.page_cache.surface import Surface
from tests.cast import BASE_URL, Installation, Person, open_installation
from tests.fakes import FixedClock


@dataclass
class Watched:
    """An application behind the page cache middleware, with its renderer and a visitor."""

    installation: Installation
    renderer: PageRenderer
    vera: Person

    def change(self) -> None:
        """Invalidate the stored pages."""
        self.renderer.store.invalidate()


@pytest.fixture
def watched(sqlite_url: str, tmp_path: Path) -> Iterator[Watched]:
    with open_installation(sqlite_url, tmp_path) as installation:
        renderer: PageRenderer = installation.app.state.fyr.renderer
        renderer.serving = True
        middleware = PageCacheMiddleware(installation.app, renderer, https=True)
        yield Watched(installation, renderer, Person(middleware, {}))  # type: ignore[arg-type]


def eventually(holds: Callable[[], bool], what: str) -> None:
    """Wait until `holds()` is true; fail with `what` after five minutes."""
    deadline = time.monotonic() + 300
    while not holds():
        assert time.monotonic() < deadline, f"never came true: {what}"
        time.sleep(0.01)


@contextmanager
def installation_with_refresher(
    url: str,
    folder: Path,
    surfaces: Sequence[Surface] = public.HOT,
    *,
    snapshots: Path | None = None,
    commit_wait: float = 20,
) -> Iterator[Watched]:
    """An application with a cache refresher, whose commits wait this long for a round."""
    with open_installation(url, folder) as installation:
        renderer: PageRenderer = installation.app.state.fyr.renderer
        refresher = CacheRefresher(
            renderer, installation.database, surfaces, snapshots=snapshots, commit_wait=commit_wait
        )
        refresher.start()
        eventually(lambda: renderer.is_warm, "pages are served from memory")
        try:
            middleware = PageCacheMiddleware(installation.app, renderer, https=True)
            yield Watched(installation, renderer, Person(middleware, {}))  # type: ignore[arg-type]
        finally:
            refresher.close()


@dataclass
class SnapshotOnlyApp:
    """An application with a snapshot and without a database."""

    renderer: PageRenderer
    vera: Person
    ada: Person


@contextmanager
def snapshot_only_app(folder: Path, snapshots: Path) -> Iterator[SnapshotOnlyApp]:
    """Start an application without its database."""
    url = f"sqlite:///{folder}/none/fyr.db"
    given = {"database_url": url, "data_dir": folder, "base_url": BASE_URL}
    app = create_app(load_settings(_env_file=None, **given), clock=FixedClock())
    state = app.state.fyr
    refresher = CacheRefresher(state.renderer, state.database, public.HOT, snapshots=snapshots)
    refresher.start()
    middleware = PageCacheMiddleware(app, state.renderer, https=True)
    request = {"Authorization": "Bearer " + "x" * 40}
    try:
        yield SnapshotOnlyApp(state.renderer, Person(middleware, {}), Person(middleware, request))  # type: ignore[arg-type]
    finally:
        refresher.close()
        state.database.close()
