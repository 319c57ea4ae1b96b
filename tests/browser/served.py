"""Real servers for a real browser: the public page, and the console with those who work at it."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Browser, BrowserContext, Error, Page

from app.db.migrate import upgrade
from app.domain.permissions import Role
from tests.browser import axe
from tests.cast import Installation, open_installation
from tests.console import staff
from tests.databases import Run, copy_sqlite

__all__ = ["DESK", "PHONE", "Console", "listening", "opened_console", "served", "until"]

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}


class Console:
    """A running server, and a browser of their own for each who works there."""

    def __init__(self, url: str, installation: Installation, browser: Browser) -> None:
        self.url = url
        self.installation = installation
        self.complaints: list[str] = []
        self._browser = browser
        self._contexts: dict[tuple[Role | None, str, str], BrowserContext] = {}

    def page(
        self,
        role: Role | None,
        path: str = "/console/",
        *,
        language: str = "en",
        zone: str = "UTC",
    ) -> Page:
        """A new tab at `path`, of somebody with `role`, signed in; None: of nobody.

        Tabs of one role, language and zone share their browser; the test closes its tab, or the
        module does.
        """
        key = role, language, zone
        if key not in self._contexts:
            self._contexts[key] = self._context(*key)
        tab = self._contexts[key].new_page()
        tab.set_default_timeout(120_000)
        tab.on(
            "console", lambda reported: self.complaints.append(f"{reported.type}: {reported.text}")
        )
        tab.on("pageerror", lambda error: self.complaints.append(str(error)))
        tab.goto(f"{self.url}{path}")
        return tab

    def _context(self, role: Role | None, language: str, zone: str) -> BrowserContext:
        context = self._browser.new_context(viewport=DESK, timezone_id=zone, locale=language)  # type: ignore[arg-type]
        if role is not None:
            secret = staff(self.installation, role).secret
            context.add_cookies([{"name": "fyr", "value": secret, "url": self.url}])
        return context

    def close(self) -> None:
        """Close every tab. Complains where a page broke our policy or our script failed."""
        for context in self._contexts.values():
            context.close()
        # A browser also tells of each answer that is an error; those are meant.
        reported = [each for each in self.complaints if "Failed to load resource" not in each]
        assert reported == [], reported


@contextmanager
def opened_console(browser: Browser, folder: Path, **settings: object) -> Iterator[Console]:
    """A console with an empty database in `folder`."""
    copy_sqlite(Run.current(), upgrade, folder / "fyr.db")
    with (
        listening() as (taken, url),
        open_installation(
            f"sqlite:///{folder / 'fyr.db'}", folder, base_url=url, **settings
        ) as installation,
        served(installation.app, taken),
    ):
        console = Console(url, installation, browser)
        yield console
        console.close()


def until(tab: Page, holds: str) -> None:
    """Wait until the script tells yes. Playwright's own way to wait is one that our policy forbids
    unless it holds at once.
    """
    deadline = time.monotonic() + 30
    while not _holds(tab, holds):
        assert time.monotonic() < deadline, holds
        tab.wait_for_timeout(20)


def _holds(tab: Page, holds: str) -> bool:
    try:
        return bool(tab.evaluate(holds))
    except Error as error:
        # The page is being replaced by its successor; the next one is asked.
        if "Execution context was destroyed" in str(error):
            return False
        raise


@contextmanager
def listening() -> Iterator[tuple[socket.socket, str]]:
    """A port of our own and its address, known before anything answers there."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        yield taken, f"http://localhost:{taken.getsockname()[1]}"


@contextmanager
def served(app: FastAPI, taken: socket.socket | None = None) -> Iterator[str]:
    """The address at which the application is served while this lasts."""
    server = uvicorn.Server(
        uvicorn.Config(axe.with_script(app), port=0, log_level="error", lifespan="off", ws="none")
    )
    sockets = None if taken is None else [taken]
    thread = threading.Thread(target=server.run, args=[sockets], daemon=True)
    thread.start()
    deadline = time.monotonic() + 60
    while not server.started:
        assert time.monotonic() < deadline, "The server did not start."
        time.sleep(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(10)
