"""Linked data and link previews in the head of a page."""

import json

from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from app.domain.page.pages import IncidentPage
from app.domain.statuses import IncidentStatus
from app.rendering import pages
from tests.rendering import cases, records


def _page(title: str) -> IncidentPage:
    update = records.update(IncidentStatus.RESOLVED, records.text("Well."), at=records.NOW)
    return IncidentPage(records.facts(), records.incident(records.text(title), update))


def _head(body: bytes) -> html.HtmlElement:
    return html.document_fromstring(body)


def test_a_link_preview_has_title_description_and_url() -> None:
    page = _head(pages.overview(cases.one_incident(), "sv"))
    found = {
        meta.get("property"): meta.get("content")
        for meta in page.iter("meta")
        if meta.get("property")
    }
    assert found == {
        "og:type": "website",
        "og:url": "https://status.example.org/sv/",
        "og:site_name": "Harbour",
        "og:title": "Partiellt avbrott: Card terminals · Harbour",
        "og:description": found["og:description"],
        "og:image": f"https://status.example.org/sv/share.png?v={cases.one_incident().page.revision}",
        "og:image:width": "1200",
        "og:image:height": "630",
        "og:image:alt": found["og:description"],
    }
    assert str(found["og:description"]).startswith("Partiellt avbrott: Card terminals. ")
    assert "Harbour" in str(found["og:description"])
    feeds = [link for link in page.iter("link") if link.get("type") == "application/atom+xml"]
    assert [link.get("href") for link in feeds] == ["/sv/feed.atom"]


def _linked_data(body: bytes) -> dict[str, object]:
    (script,) = (
        each for each in _head(body).iter("script") if each.get("type") == "application/ld+json"
    )
    data: dict[str, object] = json.loads(script.text or "")
    return data


def test_an_incident_is_a_report() -> None:
    data = _linked_data(pages.incident(_page("It failed"), "sv"))
    assert (data["@type"], data["headline"], data["inLanguage"]) == ("Report", "It failed", "en")
    assert data["datePublished"] == "2021-10-04T13:05:00Z"
    assert data["url"] == "https://status.example.org/sv/incidents/incident0001"


@given(st.text(st.characters(codec=None), min_size=1, max_size=40))
def test_no_title_ends_the_script_element(title: str) -> None:
    hostile = f"{title}</script><!--<script>]]>\u2028"
    body = pages.incident(_page(hostile), "en")
    assert _linked_data(body)["@type"] == "Report"
    assert len(list(_head(body).iter("script"))) == 2
