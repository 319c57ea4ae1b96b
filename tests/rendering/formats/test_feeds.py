"""Feeds as readers understand them."""

from collections.abc import Callable

import feedparser  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree, html

from app.domain.incidents.impact import banner_of
from app.domain.page.listing import PageListing
from app.domain.records import IncidentRecord, MaintenanceRecord
from app.domain.statuses import IncidentStatus, MaintenanceStatus
from app.domain.texts.phrases import Text
from app.rendering.formats import feeds
from app.rendering.text.machine_language import ENGLISH, MachineLanguage
from tests.rendering import records

_ATOM = "{http://www.w3.org/2005/Atom}"
_SV = MachineLanguage("sv", is_explicit=True)
Render = Callable[[PageListing, MachineLanguage], bytes]
RENDERED = [
    pytest.param(feeds.history_atom, ENGLISH, id="history.atom"),
    pytest.param(feeds.history_rss, ENGLISH, id="history.rss"),
    pytest.param(feeds.atom, _SV, id="feed.atom"),
    pytest.param(feeds.rss, _SV, id="feed.rss"),
]


def listing_of(*incidents: IncidentRecord, planned: Text | None = None) -> PageListing:
    windows: tuple[MaintenanceRecord, ...] = ()
    if planned is not None:
        window = MaintenanceRecord(
            "maintenance1", planned, planned, MaintenanceStatus.SCHEDULED,
            records.NOW, records.NOW.replace(hour=20), (), records.NOW, records.NOW,
        )  # fmt: skip
        windows = (window,)
    page = records.facts()
    return PageListing(page, banner_of([]), (), (), (), (), incidents, windows, {})


def incident(body: str, title: str = "Some fail") -> IncidentRecord:
    began = records.NOW.replace(hour=9, minute=0)
    return records.incident(
        records.text(title),
        records.update(IncidentStatus.RESOLVED, records.text(body), at=records.NOW),
        records.update(IncidentStatus.IDENTIFIED, records.text("We found it."), at=began),
    )


def test_an_entry_has_the_form_that_readers_look_into() -> None:
    body = feeds.history_atom(listing_of(incident("All is **well**.")), ENGLISH)
    (entry,) = etree.fromstring(body).iter(f"{_ATOM}entry")
    assert entry.findtext(f"{_ATOM}id") == "tag:status.example.org,2005:Incident/incident0001"
    assert entry.findtext(f"{_ATOM}published") == "2021-10-04T09:00:00Z"
    assert entry.findtext(f"{_ATOM}updated") == "2021-10-04T13:05:00Z"
    assert entry.findtext(f"{_ATOM}content") == (
        "<p><small>Oct <var data-var='date'>4</var>, <var data-var='time'>13:05</var> UTC</small>"
        "<br><strong>Resolved</strong> - All is <strong>well</strong>.</p>"
        "<p><small>Oct <var data-var='date'>4</var>, <var data-var='time'>09:00</var> UTC</small>"
        "<br><strong>Identified</strong> - We found it.</p>"
    )


def test_the_feed_says_whose_it_is() -> None:
    feed = etree.fromstring(feeds.history_atom(listing_of(incident("Well.")), ENGLISH))
    assert feed.get("{http://www.w3.org/XML/1998/namespace}lang") == "en-US"
    assert feed.findtext(f"{_ATOM}id") == "tag:status.example.org,2005:/history"
    assert feed.findtext(f"{_ATOM}title") == "Harbour Status - Incident History"
    assert feed.findtext(f"{_ATOM}author/{_ATOM}name") == "Harbour"
    links = {link.get("rel"): link.get("href") for link in feed.findall(f"{_ATOM}link")}
    assert links == {
        "alternate": "https://status.example.org",
        "self": "https://status.example.org/history.atom",
    }


def test_an_item_has_the_form_that_readers_look_into() -> None:
    channel = etree.fromstring(feeds.history_rss(listing_of(incident("Well.")), ENGLISH))[0]
    assert channel.findtext("title") == "Harbour Status - Incident History"
    assert channel.findtext("description") == "Statuspage"
    assert channel.findtext("item/pubDate") == "Mon, 04 Oct 2021 09:00:00 +0000"
    address = "https://status.example.org/incidents/incident0001"
    assert channel.findtext("item/link") == channel.findtext("item/guid") == address


@pytest.mark.parametrize(("render", "language"), RENDERED)
def test_a_reader_finds_incidents_and_maintenance(
    render: Render, language: MachineLanguage
) -> None:
    listing = listing_of(incident("Well."), planned=records.text("New cables"))
    feed = feedparser.parse(render(listing, language))
    assert not feed.bozo
    assert [entry.title for entry in feed.entries] == ["New cables", "Some fail"]
    assert all(entry.link and entry.id for entry in feed.entries)


@pytest.mark.parametrize(("render", "language"), RENDERED)
@given(text=st.text(st.characters(codec=None), min_size=1, max_size=40))
def test_no_text_breaks_out_of_a_feed(render: Render, language: MachineLanguage, text: str) -> None:
    hostile = f"{text} ]]></title><script>alert(1)</script>\x00\x1b\ufffe"
    listing = listing_of(incident(hostile, hostile), planned=records.text(hostile))
    root = etree.fromstring(render(listing, language))
    names = {etree.QName(element).localname for element in root.iter()}
    assert "script" not in names
    contents = [*root.iter(f"{_ATOM}content"), *root.iter("item")]
    assert len(contents) == 2
    for content in contents:
        markup = content.text if content.tag != "item" else content.findtext("description")
        inside = {element.tag for element in html.fragments_fromstring(f"<div>{markup}</div>")[0]}
        assert "script" not in inside


def test_a_language_has_its_own_words_and_says_what_it_lacks() -> None:
    body = feeds.atom(listing_of(incident("Well.")), _SV)
    feed = etree.fromstring(body)
    (entry,) = feed.iter(f"{_ATOM}entry")
    assert (
        next(entry.iter(f"{_ATOM}title")).get("{http://www.w3.org/XML/1998/namespace}lang") == "en"
    )
    content = entry.findtext(f"{_ATOM}content", "")
    assert "<strong>Löst</strong>" in content
    assert '<div lang="en" dir="ltr"><p>Well.</p></div>' in content
    assert next(entry.iter(f"{_ATOM}link")).get("href") == (
        "https://status.example.org/sv/incidents/incident0001"
    )


def test_an_edit_changes_no_id() -> None:
    def ids(body: str, title: str) -> list[str]:
        feed = etree.fromstring(feeds.atom(listing_of(incident(body, title)), _SV))
        return [entry.findtext(f"{_ATOM}id", "") for entry in feed.iter(f"{_ATOM}entry")]

    assert ids("Well.", "Some fail") == ids("Very well.", "Some failed")


_FEEDS = [feeds.history_atom, feeds.history_rss, feeds.atom, feeds.rss]
_HEBREW = "תקלה ב-API (v2)"


@pytest.mark.parametrize("render", _FEEDS)
def test_titles_have_the_directional_isolates_of_html(render: Render) -> None:
    listing = listing_of(incident("Well.", _HEBREW), planned=records.text(_HEBREW))
    titles = [entry.title for entry in feedparser.parse(render(listing, ENGLISH)).entries]
    assert titles == [f"\u2068{_HEBREW}\u2069"] * 2
    arabic = MachineLanguage("ar", is_explicit=True)
    (title, _) = [entry.title for entry in feedparser.parse(render(listing, arabic)).entries]
    assert title == f"\u2068{_HEBREW}\u2069"
    assert "\u2068Harbour\u2069" in feedparser.parse(render(listing, arabic)).feed.title


@pytest.mark.parametrize("render", _FEEDS)
def test_a_title_left_to_right_is_not_changed(render: Render) -> None:
    (entry,) = feedparser.parse(render(listing_of(incident("Well.")), ENGLISH)).entries
    assert entry.title == "Some fail"


@pytest.mark.parametrize("render", _FEEDS)
def test_control_characters_and_isolates_of_authors_stay_out_of_feeds(render: Render) -> None:
    hostile = f"a\u2067b\u202ec\u2069\u2069\x1b\x00{_HEBREW}"
    body = render(listing_of(incident(hostile, hostile)), ENGLISH).decode()
    (entry,) = feedparser.parse(body).entries
    assert entry.title == f"\u2068abc{_HEBREW}\u2069"
    assert body.count("\u2068") == body.count("\u2069") == 1
    assert not set(body) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\x1b\x00")
