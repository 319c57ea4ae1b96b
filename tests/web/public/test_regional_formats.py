"""Readers of a region see its dates and numbers; the words are those of the published language."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from lxml import html

from app.db.migrate import upgrade
from app.domain.notifications.events import NoticeEvent
from app.rendering import pages
from tests.cast import BASE_URL, Installation, open_installation
from tests.databases import Run, copy_sqlite
from tests.factories import make_incident, make_maintenance, make_service
from tests.rendering import cases
from tests.rendering.messages.notices import rendered
from tests.subscribing import Subscribing
from tests.web.page_cache.conftest import (
    eventually,
    installation_with_refresher,
    snapshot_only_app,
)
from tests.web.public.submitting import installation_of, submit


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A page in en, sv and ar with an incident and a maintenance, to be read only."""
    folder: Path = tmp_path_factory.mktemp("regions")
    copy_sqlite(Run.current(), upgrade, folder / "fyr.db")
    with open_installation(f"sqlite:///{folder / 'fyr.db'}", folder) as made:
        with made.writing() as ctx:
            make_service(ctx, "payments")
            make_incident(ctx, title="Cards fail")
            make_maintenance(ctx)
        yield made


def read(installation: Installation, path: str, accept: str = "") -> html.HtmlElement:
    answer = installation.vera.get(path, headers={"Accept-Language": accept})
    assert answer.status_code == 200, path
    return html.document_fromstring(answer.content)


def times(root: html.HtmlElement) -> str:
    return " | ".join(str(each.text_content()) for each in root.iter("time"))


def test_a_british_reader_sees_british_dates_at_the_same_address(
    installation: Installation,
) -> None:
    root = read(installation, "/", "en-GB,en;q=0.8")
    assert root.get("lang") == "en-gb"
    assert "2 Mar 2026, 12:00 UTC" in times(root)
    american = read(installation, "/", "en-US,en;q=0.8")
    assert american.get("lang") == "en"
    assert "Mar 2, 2026, 12:00\u202fPM UTC" in times(american)


def test_the_region_has_an_address_whose_links_keep_it_and_whose_canonical_url_is_the_language(
    installation: Installation,
) -> None:
    answer = installation.vera.get("/en-gb/")
    assert answer.headers["content-language"] == "en-gb"
    assert "Accept-Language" not in answer.headers["vary"]
    root = html.document_fromstring(answer.content)
    assert root.xpath("//link[@rel='canonical']/@href") == [f"{BASE_URL}/en/"]
    alternates = root.xpath("//link[@rel='alternate'][@hreflang]/@hreflang")
    assert alternates == ["en", "sv", "ar", "x-default"]
    incident = str(root.xpath("string(//article//h3/a[contains(@href, '/incidents/')]/@href)"))
    assert incident.startswith("/en-gb/incidents/")
    assert read(installation, incident).get("lang") == "en-gb"
    assert root.xpath("//nav[@class='languages']/a[@aria-current]/@hreflang") == ["en"]
    assert "/en-gb/" not in installation.vera.get("/sitemap-en-1.xml").text


@pytest.mark.parametrize(
    "path", ["/feed.atom", "/feed.rss", "/feed.json", "/calendar.ics", "/index.md", "/badge.svg",
             "/share.png", "/history", "/report", "/subscribe", "/languages", "/services/payments"]
)  # fmt: skip
def test_every_surface_takes_the_region(installation: Installation, path: str) -> None:
    named = installation.vera.get(f"/en-gb{path}")
    assert (named.status_code, named.headers["content-language"]) == (200, "en-gb")
    wished = installation.vera.get(path, headers={"Accept-Language": "en-GB"})
    assert wished.headers["content-language"] in {"en-gb", "en"}
    for wrong in (f"/en-us{path}", f"/de-at{path}", f"/en-xx{path}"):
        assert installation.vera.get(wrong).status_code == 404


def test_text_formats_have_the_dates_of_the_region(installation: Installation) -> None:
    assert "12:00\u202fPM" in installation.vera.get("/en/index.md").text
    text = installation.vera.get("/en-gb/index.md").text
    assert "2 Mar 2026, 12:00 UTC" in text
    assert "PM" not in text


def test_the_query_names_a_region_too(installation: Installation) -> None:
    assert read(installation, "/?locale=en_GB").get("lang") == "en-gb"
    assert read(installation, "/?lang=en-AU", "sv").get("lang") == "en-au"


def test_an_address_of_a_region_in_upper_case_is_redirected(installation: Installation) -> None:
    answer = installation.vera.get("/EN-GB/history")
    assert (answer.status_code, answer.headers["location"]) == (308, "/en-gb/history")


def test_a_page_for_404_is_in_the_formats_of_the_reader(installation: Installation) -> None:
    answer = installation.vera.get("/nothing", headers={"Accept-Language": "en-GB"})
    assert (answer.status_code, answer.headers["content-language"]) == (404, "en-gb")


def test_statuspages_api_does_not_differ_by_region(installation: Installation) -> None:
    plain = installation.vera.get("/api/v2/summary.json", headers={"Accept-Language": "en"})
    british = installation.vera.get("/api/v2/summary.json", headers={"Accept-Language": "en-GB"})
    assert british.content == plain.content
    assert british.headers["content-language"] == plain.headers["content-language"]


def test_the_calendar_begins_its_weeks_as_the_region_does() -> None:
    record = cases.service_page()
    record = replace(record, year=record.service.days)

    def blanks(language: str) -> int:
        root = html.document_fromstring(pages.service(record, language).decode())
        found = root.xpath("count((//div[@class='calendar']//ol)[1]/li[not(node())])")
        assert isinstance(found, float)
        return int(found)

    # Weeks start on Sunday in the United States, on Monday in the United Kingdom.
    assert (blanks("en") - blanks("en-gb")) % 7 == 1


# -- subscriptions -----------------------------------------------------------------------------


def test_a_subscription_keeps_the_region_of_the_page(own: Subscribing) -> None:
    installation = installation_of(own)
    root = read(installation, "/en-gb/subscribe")
    chosen = root.xpath("//select[@name='language']/option[@selected]/@value")
    assert chosen == ["en-gb"]
    options = root.xpath("//select[@name='language']/option/@value")
    assert options == ["en-gb", "sv", "ar"]
    answer = submit(installation, "/en-gb/subscribe", language="en-gb")
    assert answer.headers["location"] == "/en-gb/subscribe/sent"
    own.handle()
    row = own.row()
    assert row is not None
    assert row.language == "en-gb"


@pytest.mark.parametrize("language", ["en-us", "de-at", "en_GB", "en-gb-x", "xx", "*"])
def test_a_subscription_in_a_tag_that_is_not_served_is_refused(
    own: Subscribing, language: str
) -> None:
    answer = submit(installation_of(own), "/en/subscribe", language=language)
    assert answer.status_code == 422
    assert own.row() is None


def test_a_message_has_the_words_of_the_language_and_the_dates_of_the_region() -> None:
    american = rendered(NoticeEvent.INCIDENT_OPENED, language="en")
    british = rendered(NoticeEvent.INCIDENT_OPENED, language="en-gb")
    assert british.title == american.title
    assert (british.language, american.language) == ("en", "en")
    assert "Oct 2021" in british.text
    assert "Oct 4, 2021" in american.text


def test_a_region_of_a_withdrawn_language_gets_the_default_one() -> None:
    assert rendered(NoticeEvent.INCIDENT_OPENED, language="de-at").language == "en"


# -- without the database ----------------------------------------------------------------------


def test_without_the_database_a_region_gets_the_page_of_its_language(
    sqlite_url: str, tmp_path: Path
) -> None:
    snapshots = tmp_path / "snapshots"
    with installation_with_refresher(sqlite_url, tmp_path, snapshots=snapshots):
        eventually((snapshots / "pages").exists, "the snapshot is written")
    with snapshot_only_app(tmp_path, snapshots) as alone:
        answer = alone.vera.get("/", headers={"Accept-Language": "en-GB"})
        assert (answer.status_code, answer.headers["content-language"]) == (200, "en")


def test_a_reader_of_a_region_is_counted_as_given_the_language_of_the_page(
    installation: Installation,
) -> None:
    counted = installation.app.state.fyr.renderer.reader_languages
    counted.take()
    for path in ("/", "/en-gb/history"):
        installation.vera.get(path, headers={"Accept-Language": "en-GB", "User-Agent": "Firefox"})
    assert dict(counted.take()) == {(b"en-GB", "en"): 2}
