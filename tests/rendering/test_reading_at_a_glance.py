"""What a page says at one glance, without JavaScript."""

import re
from dataclasses import replace
from datetime import date, timedelta

import pytest
from lxml import html

from app.domain.page.pages import ChainPage, IncidentPage, OverviewPage
from app.domain.records import DayOfIncidents
from app.domain.statuses import IncidentStatus
from app.domain.uptime import IncidentLink
from app.rendering import pages
from app.rendering.filters.incident_chain import picture
from tests.rendering import cases
from tests.rendering.records import (
    DEGRADED,
    MAJOR,
    NOW,
    OK,
    PARTIAL,
    affected,
    days,
    facts,
    group,
    incident,
    overview,
    service,
    text,
    update,
)


def read(page: bytes) -> html.HtmlElement:
    return html.document_fromstring(page)


def words(element: html.HtmlElement) -> str:
    return " ".join(str(element.text_content()).split())


def many_incidents(count: int) -> OverviewPage:
    shown = [
        incident(
            text(f"Incident {number}"),
            update(
                IncidentStatus.INVESTIGATING,
                text("Body"),
                at=NOW - timedelta(minutes=number),
                services=[affected("x", PARTIAL)],
            ),
            id=f"incident{number:04}",
        )
        for number in range(count)
    ]
    return overview(group(None, service("x", status=PARTIAL)), open_incidents=shown)


@pytest.mark.parametrize("language", ["en", "sv", "ar"])
def test_the_server_writes_no_relative_times(language: str) -> None:
    for page in (
        pages.overview(cases.one_incident(), language),
        pages.incident(cases.incident_page(cases.harbour_incident()), language),
    ):
        assert {words(each) for each in read(page).xpath("//*[@class='ago']")} == {""}


def test_an_empty_page_says_that_there_are_no_services_yet() -> None:
    root = read(pages.overview(overview(), "en"))
    assert words(root.xpath("//h1")[0]) == "No services yet"
    assert "All services are working" not in words(root)


def test_a_long_list_of_incidents_folds_after_three() -> None:
    root = read(pages.overview(many_incidents(8), "en"))
    assert len(root.xpath("//section/article")) == 3
    (more,) = root.xpath("//details[@class='more']")
    assert words(more.xpath("./summary")[0]) == "5 more active incidents"
    assert len(more.xpath("./article")) == 5


def test_three_incidents_do_not_fold() -> None:
    assert not read(pages.overview(many_incidents(3), "en")).xpath("//details[@class='more']")


def test_an_open_incident_has_its_status_since_when_and_its_services_in_words() -> None:
    (card,) = read(pages.overview(cases.one_incident(), "en")).xpath("//article")
    assert words(card.xpath(".//*[@class='badge']")[0]) == "Monitoring"
    assert "Since Oct 4, 2021" in words(card)
    assert "Checkout: Degraded performance" in words(card)


def test_a_resolved_incident_says_after_how_long_and_never_looks_open() -> None:
    root = read(pages.incident(cases.incident_page(cases.seed_incident()), "en"))
    (badge,) = root.xpath("//header//*[contains(@class, 'badge')]")
    assert words(badge) == "Resolved after 9 hr 12 min"
    shown = root.xpath("//main//*[name()='svg']/@class")
    assert "i major_outage" not in shown
    assert "i partial_outage" not in shown


def test_an_incident_page_shows_its_services_as_they_are_now() -> None:
    shown_incident = cases.seed_incident()
    record = IncidentPage(
        facts(), shown_incident, statuses={"web-access": DEGRADED, "self-park": OK}
    )
    root = read(pages.incident(record, "en"))
    rows = [words(each) for each in root.xpath("//ul[@class='affected']/li")]
    assert rows[0] == "netPark web access: Degraded performance (was: Partial outage)"
    assert rows[1] == "Self Park locations: Operational (was: Major outage)"
    # The third one is no longer on the page: it is named without a link.
    assert not root.xpath("//ul[@class='services']/li[3]//a")


def test_an_incident_page_goes_from_now_to_the_postmortem_to_the_updates() -> None:
    root = read(pages.incident(cases.incident_page(cases.seed_incident()), "en"))
    assert root.xpath("//ul[@class='affected']/following-sibling::article")
    headings = [words(each) for each in root.xpath("//main//h2")]
    headings = [each for each in headings if each in {"Postmortem", "Updates"}]
    assert headings == ["Postmortem", "Updates"]


def test_forty_updates_fold_and_keep_their_addresses() -> None:
    steps = [
        update(IncidentStatus.IDENTIFIED, text(f"Step {n}"), at=NOW - timedelta(minutes=n))
        for n in range(40)
    ]
    root = read(pages.incident(cases.incident_page(incident(text("Long"), *steps)), "en"))
    assert len(root.xpath("//section/ol[contains(@class, 'rail')]/li")) == 5
    assert len(root.xpath("//details//ol/li[@id]")) == 35
    assert "35 earlier updates" in words(root)


def test_an_incident_page_leads_back_and_offers_sharing_and_a_feed() -> None:
    root = read(pages.incident(cases.incident_page(cases.harbour_incident()), "sv"))
    assert root.xpath("//p[@class='back']/a/@href") == ["/sv/"]
    assert root.xpath("//a[@data-share]/@href") == [
        "https://status.example.org/incidents/incident0001"
    ]
    assert root.xpath("//p[@class='follow']/a/@href")[1] == "/sv/feed.atom"


def test_uptime_names_its_range_and_waits_for_thirty_days() -> None:
    shown = overview(
        group(
            None,
            service("old"),
            service("young", past=days(unknown=61)),
            service("month", past=days(unknown=60)),
        )
    )
    root = read(pages.overview(shown, "en"))
    assert [words(each) for each in root.xpath("//*[@class='uptime']")] == [
        "100% uptime in the last 90 days",
        "Collecting data since Sep 6, 2021",
        "100% uptime in the last 30 days",
    ]


def test_the_bars_have_an_axis_and_a_legend() -> None:
    root = read(pages.overview(cases.all_fine(), "en"))
    assert words(root.xpath("//*[@class='axis']")[0]).startswith("90 days ago")
    assert words(root.xpath("//*[@class='axis']")[0]).endswith("Today")
    legend = [words(each) for each in root.xpath("//*[@class='legend']/li")]
    assert legend == [
        "Operational",
        "Under maintenance",
        "Degraded performance",
        "Partial outage",
        "Major outage",
        "No data",
    ]


def test_a_day_with_trouble_links_to_its_incidents() -> None:
    past = list(days({1: (MAJOR, 600)}))
    past[-2] = replace(past[-2], incidents=(IncidentLink("abc123abc123", text("Fire")),))
    root = read(pages.overview(overview(group(None, service("x", past=tuple(past)))), "en"))
    (link,) = root.xpath("//a[@class='why']")
    assert (link.get("href"), words(link)) == ("/en/incidents/abc123abc123", "Fire")


def test_a_day_on_which_incidents_go_on_does_not_say_no_incidents() -> None:
    recent = (DayOfIncidents(date(2021, 10, 4), (), 8), DayOfIncidents(date(2021, 10, 3), ()))
    root = read(pages.overview(overview(group(None, service("x")), recent=recent), "en"))
    shown = [words(each) for each in root.xpath("//h2[.='Recent days']/following-sibling::dl/*")]
    assert shown == ["Oct 4", "8 ongoing incidents", "Oct 3", "No incidents"]


def test_healthy_groups_are_closed_above_twenty_services() -> None:
    fine = group(text("Fine"), *(service(f"fine-{n}") for n in range(20)))
    bad = group(text("Bad"), service("bad", status=MAJOR))
    root = read(pages.overview(overview(fine, bad), "en"))
    assert [each.get("open") is not None for each in root.xpath("//details[@class='group']")] == [
        False,
        True,
    ]
    assert root.xpath("//input[@id='filter']")
    few = read(pages.overview(overview(fine), "en"))
    assert few.xpath("//details[@class='group']")[0].get("open") is not None
    assert not few.xpath("//input[@id='filter']")


def test_history_says_severity_in_words_and_can_be_filtered() -> None:
    root = read(pages.history(cases.history_page(), "en"))
    (past,) = root.xpath("//li[contains(@class, 'past')][@data-severity]")
    assert "Impact: Major outage" in words(past)
    assert past.get("data-services") == "web-access self-park card-terminals"
    services = root.xpath("//select[@name='service']/option/@value")
    assert services == ["", "card-terminals", "web-access", "self-park"]
    assert root.xpath("//select[@name='severity']/option/@value") == ["", "major_outage"]


def test_the_fallback_note_is_said_once_per_page() -> None:
    shown = [
        replace(cases.harbour_incident(), title=text(f"Only English {n}"), id=f"english{n:05}")
        for n in range(3)
    ]
    root = read(pages.overview(overview(group(None, service("x")), open_incidents=shown), "ar"))
    assert len(root.xpath("//*[@class='note']")) == 1


def test_an_untranslated_title_stands_in_the_direction_of_its_body() -> None:
    shown = replace(cases.harbour_incident(), title=text("Only English"))
    page = overview(group(None, service("x")), open_incidents=[shown])
    (title,) = read(pages.overview(page, "ar")).xpath("//article/h3")
    assert (title.get("lang"), title.get("dir")) == ("en", "ltr")


def test_a_share_of_customers_never_breaks() -> None:
    page = pages.incident(cases.chain_page(), "en").decode()
    assert "Old tills (7\xa0%)" in page
    assert not re.search(r"\d %", page)


def test_a_share_in_a_title_never_breaks_in_any_language() -> None:
    shown = replace(cases.harbour_incident(), title=text("Gates fail (7 %)"))
    listed = overview(group(None, service("x")), open_incidents=[shown])
    whole = replace(cases.chain_page(), incident=shown)
    for language in ("en", "ar"):  # in its own language, and as foreign text
        for page in (pages.overview(listed, language), pages.incident(whole, language)):
            (title,) = read(page).xpath("//h1[contains(., 'Gates')] | //article/h3")
            assert "(7\xa0%)" in title.text_content()


def test_forty_languages_are_a_disclosure_with_a_search() -> None:
    tags = tuple(f"x{chr(97 + n // 26)}{chr(97 + n % 26)}" for n in range(39))
    record = overview(group(None, service("x")), page=facts(languages=("en", *tags)))
    root = read(pages.overview(record, "en"))
    (switcher,) = root.xpath("//nav[contains(@class, 'languages')]/details")
    assert words(switcher.xpath("./summary")[0]) == "English"
    assert len(switcher.xpath(".//a")) == 40
    assert switcher.xpath(".//input[@id='languages']")


def test_dates_in_the_picture_have_their_instants() -> None:
    chain = cases.chain_page()
    svg = picture(ChainPage(chain.page, chain.incident, chain.chains[0]), "en")
    assert b'<tspan data-at="2021-10-04T13:05:00Z">Oct 4, 2021' in svg
    root = read(pages.incident(chain, "en"))
    (words_of_it,) = root.xpath("//figure[1]//details/ul/li[last()]")
    assert words_of_it.xpath("./time/@datetime") == ["2021-10-04T13:05:00Z"]
