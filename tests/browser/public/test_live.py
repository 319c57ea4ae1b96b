"""Live updates of an open page: they keep focus, selection and scroll position."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page, Request, Route, expect

from app.db.migrate import upgrade
from app.domain.statuses import IncidentStatus, ServiceStatus
from app.usecases.incidents.lifecycle import NewUpdate, post_update
from tests.browser.served import served, until
from tests.cast import Installation, open_installation
from tests.databases import Run, copy_sqlite
from tests.factories import english, make_incident, make_service, update

BODY = "A second line is being laid"
# Other pages, and a text that they have no longer once the incident is resolved.
OTHERS = {
    "/incidents/{id}": "Ongoing",
    "/services/web": "We are looking into it.",
    "/history": "Investigating",
}


@dataclass
class LivePage:
    """A page with an open incident that a test can update."""

    installation: Installation
    url: str
    incident: str

    def update(self, status: IncidentStatus = IncidentStatus.IDENTIFIED, body: str = BODY) -> None:
        with self.installation.writing() as ctx:
            post_update(ctx, self.incident, NewUpdate(status, english(body), {}))


@pytest.fixture(scope="module")
def open_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Installation, str]]:
    folder = tmp_path_factory.mktemp("live_page")
    copy_sqlite(Run.current(), upgrade, folder / "fyr.db")
    with (
        open_installation(f"sqlite:///{folder / 'fyr.db'}", folder) as installation,
        served(installation.app) as url,
    ):
        with installation.writing() as ctx:
            for slug in ("api", "web"):
                make_service(ctx, slug)
        yield installation, url


@pytest.fixture
def live_page(open_site: tuple[Installation, str]) -> Iterator[LivePage]:
    installation, url = open_site
    with installation.writing() as ctx:
        first = update(services={"web": ServiceStatus.PARTIAL_OUTAGE})
        made = make_incident(ctx, first, title="A line is down")
    yield (open_ := LivePage(installation, url, made.incident.id))
    open_.update(IncidentStatus.RESOLVED, "Over")


@pytest.fixture
def tab(browser: Browser) -> Iterator[Page]:
    with opened(browser) as page:
        yield page


@contextmanager
def opened(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 800, "height": 300}, timezone_id="UTC")
    page = context.new_page()
    page.set_default_timeout(120_000)
    page.clock.install(time="2026-03-02T12:00:00Z")
    broken: list[str] = []
    page.on("pageerror", lambda error: broken.append(str(error)))
    yield page
    context.close()
    assert broken == []


def stay(page: Page, url: str) -> None:
    """Open the page and stay until it follows."""
    page.goto(url)
    with page.expect_response(re.compile("live.js")):
        page.clock.run_for(9000)
    later(page, url)


def later(page: Page, url: str) -> None:
    """Until the page has asked again, and heard."""
    asked: list[Request] = []

    def note(request: Request) -> None:
        if request.url == url:
            asked.append(request)

    page.on("request", note)
    # In steps: the time between question and answer is real, but time-outs are the clock's.
    for _ in range(100):
        if asked:
            break
        page.clock.run_for(2000)
    page.remove_listener("request", note)
    asked[0].response()


@pytest.mark.parametrize("language", ["en", "sv", "ar"])
def test_an_update_appears_and_what_the_reader_did_stays(
    tab: Page, live_page: LivePage, language: str
) -> None:
    url = f"{live_page.url}/{language}/"
    stay(tab, url)
    days = tab.locator(".services summary").last
    days.press("Enter")
    tab.evaluate("scrollTo(0, 400); document.querySelector('.services').kept = true")
    tab.evaluate("getSelection().selectAllChildren(document.querySelector('.services a'))")
    live_page.update()
    later(tab, url)
    expect(tab.locator(".rail.open")).to_contain_text(BODY)
    assert tab.locator(".services details[open]").count() == 1
    assert days.evaluate("node => node === document.activeElement")
    assert tab.evaluate("document.querySelector('.services').kept")
    assert tab.evaluate("String(getSelection())")
    assert tab.evaluate("scrollY") >= 400
    stated = tab.locator("#live")
    expect(stated).to_contain_text(BODY)
    assert stated.get_attribute("role") == "status"
    assert stated.evaluate("node => node.getBoundingClientRect().width") <= 1
    # The times of what is new are the reader's too.
    assert tab.locator(".rail.open time").first.get_attribute("title")


@pytest.mark.parametrize("path", OTHERS)
def test_every_kind_of_page_follows(tab: Page, live_page: LivePage, path: str) -> None:
    url = f"{live_page.url}/en{path.format(id=live_page.incident)}"
    stay(tab, url)
    expect(tab.locator("main")).to_contain_text(OTHERS[path])
    live_page.update(IncidentStatus.RESOLVED, "All is well again")
    later(tab, url)
    expect(tab.locator("main")).not_to_contain_text(OTHERS[path])
    # As it is for who comes now.
    after = tab.locator("main").inner_text()
    tab.reload()
    assert tab.locator("main").inner_text() == after


def test_a_page_nobody_looks_at_does_not_ask_until_it_is_looked_at(
    tab: Page, live_page: LivePage
) -> None:
    url = f"{live_page.url}/en/"
    stay(tab, url)
    asked: list[str] = []
    tab.on("request", lambda request: asked.append(request.url))
    show = "Object.defineProperty(document, 'hidden', {value: %s, configurable: true});"
    show += "document.dispatchEvent(new Event('visibilitychange'))"
    tab.evaluate(show % "true")
    tab.clock.run_for(900_000)
    assert asked == []
    live_page.update()
    with tab.expect_response(url):
        tab.evaluate(show % "false")
    expect(tab.locator(".rail.open")).to_contain_text(BODY)


def test_a_page_that_cannot_follow_says_since_when_and_goes_on_at_once(
    tab: Page, live_page: LivePage
) -> None:
    url = f"{live_page.url}/sv/"
    stay(tab, url)
    tab.context.set_offline(True)
    for _ in range(30):
        tab.clock.run_for(10_000)
    note = tab.locator("#live.note")
    expect(note).to_contain_text("har inte uppdaterats sedan")
    with tab.expect_response(url) as answered:
        tab.context.set_offline(False)
        # A busy machine may be offline still when the browser's own event comes; and an event soon
        # after a question, or during one, is passed over: after SOON seconds, another one is not.
        for pause in (0, 11_000):
            tab.clock.run_for(pause)
            tab.evaluate("dispatchEvent(new Event('online'))")
    assert answered.value.ok
    expect(note).to_have_count(0)


def test_it_says_when_the_server_cannot_follow(tab: Page, live_page: LivePage) -> None:
    url = f"{live_page.url}/en/"
    stay(tab, url)
    line = '<p class="note" id="as-of" role="status">As of noon.</p>\n'

    def answer(route: Route) -> None:
        response = route.fetch()
        text = response.text().replace('<main id="main">\n', f'<main id="main">\n{line}')
        route.fulfill(response=response, body=text, headers={**response.headers, "etag": '"d"'})

    tab.route(url, answer)
    later(tab, url)
    expect(tab.locator("main > #as-of")).to_be_visible()
    tab.unroute(url)
    later(tab, url)
    expect(tab.locator("#as-of")).to_have_count(0)


def test_a_newer_script_is_taken_up_once_when_the_reader_is_idle(
    tab: Page, live_page: LivePage
) -> None:
    url = f"{live_page.url}/en/"
    stay(tab, url)
    loads: list[str] = []
    tab.on("framenavigated", lambda frame: loads.append(frame.url))
    tab.locator(".services summary").last.press("Enter")

    def newer(route: Route) -> None:
        response = route.fetch()
        text = re.sub(r"/static/\w+/fyr.js", "/static/0123456789/fyr.js", response.text())
        route.fulfill(response=response, body=text, headers={**response.headers, "etag": '"n"'})

    tab.route(url, newer)
    later(tab, url)
    assert loads == []
    tab.locator(".services summary").last.press("Enter")
    tab.evaluate("document.activeElement.blur()")
    later(tab, url)
    expect(tab.locator("html")).to_be_visible()
    until(tab, "sessionStorage.fyr?.endsWith('fyr.js')")
