from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from app.db.migrate import upgrade
from app.demo.seed import documents
from app.domain.statuses import IncidentStatus, ServiceStatus
from app.domain.texts.phrases import Phrase, Phrased
from app.usecases.context import Ctx
from app.usecases.imports.document import import_document
from app.usecases.incidents.lifecycle import (
    NewIncident,
    NewUpdate,
    open_incident,
    post_update,
)
from app.usecases.incidents.listing import list_incidents
from scripts.programs import browser as browsers
from tests.browser.served import Console, opened_console, served
from tests.cast import Installation, open_installation
from tests.databases import Run, copy_sqlite
from tests.factories import english, make_maintenance, update


@dataclass(frozen=True, slots=True)
class Site:
    """A running server and the addresses of what it tells, without a language."""

    url: str
    paths: dict[str, str]

    def page(self, name: str, language: str) -> str:
        return f"{self.url}/{language}{self.paths[name]}"


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Headless Chromium, opened once. While it is open Playwright's own loop runs in this thread:
    no test of this folder may be async.
    """
    program = browsers.find()
    assert program is not None, "There is no Chromium: `make test` installs it."
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=program, args=browsers.arguments(), headless=True
        )
        yield chromium
        chromium.close()


@pytest.fixture(scope="package", autouse=True)
def _patience() -> None:
    """A busy machine makes these tests slow, not wrong: Playwright would give up after 5 s."""
    expect.set_options(timeout=60_000)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A page on a bad day: two open incidents, one of them automation's, and maintenance."""
    folder = tmp_path_factory.mktemp("site")
    copy_sqlite(Run.current(), upgrade, folder / "fyr.db")
    with open_installation(f"sqlite:///{folder / 'fyr.db'}", folder) as installation:
        paths = _seed(installation)
        with served(installation.app) as url:
            yield Site(url, paths)


@pytest.fixture(scope="module")
def console(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    """A console of the module's own, empty but for its staff: `console.page(Role.EDITOR)`."""
    with opened_console(browser, tmp_path_factory.mktemp("console")) as opened:
        yield opened


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A visitor's tab; it may not complain, neither of our policy nor of our script."""
    with visitor_page(browser) as tab:
        yield tab


@contextmanager
def visitor_page(browser: Browser) -> Iterator[Page]:
    """A visitor's tab in a context of its own; fails at the end if the page logged an error."""
    complaints: list[str] = []
    context = browser.new_context(viewport={"width": 1280, "height": 900}, timezone_id="UTC")
    context.set_default_timeout(120_000)
    tab = context.new_page()
    tab.on("console", lambda message: complaints.append(f"{message.type}: {message.text}"))
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    yield tab
    context.close()
    # A browser tells of every 404 it was shown; that page is one of those we look at.
    assert [each for each in complaints if "404" not in each] == []


def _seed(installation: Installation) -> dict[str, str]:
    now = installation.clock.now
    with installation.writing() as ctx:
        for document in documents(now):
            import_document(ctx, document)
        reported = _told_by_staff(ctx, now - timedelta(hours=2))
        told_itself = _told_by_automation(ctx, now - timedelta(minutes=20))
        make_maintenance(ctx, "permits", starts_in=timedelta(hours=3))
    with installation.reading() as ctx:
        (seed,) = (
            each.incident.id
            for each in list_incidents(ctx, cursor=None, limit=50).items
            if each.incident.postmortem
        )
    return {
        "overview": "/",
        "incident": f"/incidents/{reported}",
        "seed": f"/incidents/{seed}",
        "certificate": f"/incidents/{told_itself}",
        "service": "/services/self-park",
        "history": "/history/2021-09",
        "missing": "/incidents/zzzzzzzzzzzz",
    }


def _told_by_staff(ctx: Ctx, at: datetime) -> str:
    partial = {"app": ServiceStatus.PARTIAL_OUTAGE, "card-payments": ServiceStatus.MAJOR_OUTAGE}
    first = update(IncidentStatus.INVESTIGATING, partial, posted_at=at)
    made = open_incident(ctx, NewIncident(english("Cards are refused in the app"), first))
    body = f"## What we know\n\nA line is down since {{{{{at:%Y-%m-%dT%H:%MZ}}}}}.\n\n- one\n- two"
    found = NewUpdate(IncidentStatus.IDENTIFIED, english(body), {})
    post_update(ctx, made.incident.id, found)
    return made.incident.id


def _told_by_automation(ctx: Ctx, at: datetime) -> str:
    title = Phrased.of(Phrase.of("title.certificate.some", services=("Web and API",)))
    body = Phrased.of(
        Phrase.of("why.expired", subject="DST Root CA X3", host="api.example.com", date=at)
    )
    degraded = {"web-and-api": ServiceStatus.DEGRADED_PERFORMANCE}
    first = NewUpdate(IncidentStatus.IDENTIFIED, body, degraded, posted_at=at)
    return open_incident(ctx, NewIncident(title, first)).incident.id
