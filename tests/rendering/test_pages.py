from dataclasses import replace

import pytest
from lxml import html

from app.domain.statuses import IncidentStatus
from app.rendering import pages
from tests.rendering import cases
from tests.rendering.busy import busy
from tests.rendering.records import (
    MAJOR,
    NOW,
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
    return html.document_fromstring(page.decode())


def words(element: html.HtmlElement) -> str:
    return " ".join(element.text_content().split())


def seed(language: str) -> html.HtmlElement:
    return read(pages.incident(cases.incident_page(cases.seed_incident()), language))


class TestTheSeedPage:
    def test_in_swedish_it_shows_the_document_in_its_order(self) -> None:
        shown = words(seed("sv").xpath("//main")[0])
        order = [
            "netPark Certificate Outage",
            "Löst efter 9 tim 12 min",
            "netPark web access",
            "Postmortem",
            "Around 11-11:30am EST we experienced a major outage",
            "Löst",
            "All connections should be working at this point.",
            "Bedömd",
            "One of the certificates in our server’s certificate chain expired today.",
            "3 berörda tjänster:",
            "netPark web access",
            "Self Park locations",
            "Card terminals",
        ]
        for each in order:
            before, found, shown = shown.partition(each)
            assert found, f"{each!r} does not follow {before[-80:]!r}"

    @pytest.mark.parametrize("word", ["Löst", "Bedömd", "3 berörda tjänster:"])
    def test_its_swedish_words_stand_nowhere_else(self, word: str) -> None:
        # The badge says “Löst efter …”.
        assert words(seed("sv")).replace("Löst efter", "").count(word) == 1

    def test_its_english_texts_are_marked_as_english(self) -> None:
        root = seed("sv")
        assert {each.get("lang") for each in root.xpath("//*[@class='prose']")} == {"en"}
        assert root.xpath("//h1/@lang") == ["en"]

    def test_it_says_once_that_they_are_english(self) -> None:
        notes = [words(each) for each in seed("sv").xpath("//*[@class='note']")]
        assert notes == ["Vissa texter har inte översatts ännu. Deras språk: engelska."]

    def test_in_english_nothing_is_marked_or_noted(self) -> None:
        root = seed("en")
        assert not root.xpath("//main//@lang | //*[@class='note']")

    def test_in_arabic_its_texts_run_from_left_to_right(self) -> None:
        assert {each.get("dir") for each in seed("ar").xpath("//*[@class='prose']")} == {"ltr"}

    def test_every_update_has_a_permanent_address(self) -> None:
        root = seed("sv")
        links = root.xpath("//ol[@class='rail']/li//p[@class='meta']//a/@href")
        assert links == ["#seedresolved", "#seedassessed"]

    def test_its_steps_are_listed_one_by_one(self) -> None:
        assert len(seed("en").xpath("//article//ol/li")) == 2


def test_one_affected_service_is_counted_in_the_singular() -> None:
    record = cases.certificate_incident()
    root = read(pages.incident(cases.incident_page(record), "sv"))
    assert "1 berörd tjänst:" in words(root)


def test_what_automation_says_is_in_every_language() -> None:
    record = cases.incident_page(cases.certificate_incident())
    swedish, arabic = (words(read(pages.incident(record, tag))) for tag in ("sv", "ar"))
    assert "Vissa äldre klienter kan inte ansluta: Payments API" in swedish
    assert "Berörs inte: Aktuella webbläsare." in swedish
    assert "DST Root CA X3" in arabic
    assert "انتهت صلاحيتها" in arabic


def test_an_outdated_translation_says_so() -> None:
    body = text("Old", sv="Gammal").revise({"en": "New"})
    step = replace(cases.harbour_incident().updates[0], body=body)
    record = replace(cases.harbour_incident(), updates=(step,))
    root = read(pages.incident(cases.incident_page(record), "sv"))
    assert "Den här översättningen är äldre än originaltexten." in words(root)
    assert "Gammal" in words(root)


def test_an_override_in_a_title_cannot_turn_the_page() -> None:
    record = incident(text("\u202etxt.exe"), cases.harbour_incident().updates[0])
    page = pages.incident(cases.incident_page(record), "en").decode()
    assert "\u202e" not in page
    assert "<h1>txt.exe</h1>" in page


def test_a_right_to_left_name_in_a_left_to_right_page_is_isolated() -> None:
    page = pages.overview(overview(group(None, service("x", text("الدفع")))), "en").decode()
    assert "<bdi>الدفع</bdi>" in page


class TestTheOverview:
    def test_the_headline_names_the_worst_and_since_when(self) -> None:
        root = read(pages.overview(cases.one_incident(), "en"))
        assert words(root.xpath("//h1")[0]) == "Partial outage: Card terminals"
        since, others = root.xpath("//h1/following-sibling::p")
        assert words(since).startswith("Since Oct 4, 2021, 11:30")
        assert words(others) == "Also affected: Checkout"

    def test_the_banner_names_a_few_and_counts_the_others(self) -> None:
        root = read(pages.overview(busy(), "en"))
        assert words(root.xpath("//h1/following-sibling::p")[-1]).endswith("and 5 more services")

    def test_what_is_open_stands_before_the_services(self) -> None:
        headings = read(pages.overview(cases.one_incident(), "en")).xpath("//h2/text()")
        assert headings == ["Active incidents", "Services", "Recent days"]

    def test_the_newest_word_is_in_full_and_the_older_ones_are_folded(self) -> None:
        root = read(pages.overview(cases.one_incident(), "en"))
        (article,) = root.xpath("//article")
        assert "we keep watching" in words(article.xpath("./ol")[0])
        (folded,) = article.xpath("./details")
        assert words(folded.xpath("./summary")[0]) == "2 earlier updates"
        assert "We are looking into it" in words(folded)

    def test_maintenance_under_way_is_what_is_going_on(self) -> None:
        headings = read(pages.overview(cases.under_maintenance(), "en")).xpath("//h2/text()")
        assert headings == ["Maintenance in progress", "Services", "Recent days"]

    def test_each_service_has_its_bars_behind_one_stop_with_a_name(self) -> None:
        root = read(pages.overview(cases.all_fine(), "en"))
        labels = root.xpath("//ul[@class='services']/li/details/summary/@aria-label")
        assert [" ".join(each.split()) for each in labels] == [
            "Booking: 100% uptime in the last 90 days. Show each day",
            "Mobile app: 100% uptime in the last 90 days. Show each day",
            "Checkout: 98.89% uptime in the last 90 days. Show each day",
            "Card terminals: 100% uptime in the last 30 days. Show each day",
        ]

    def test_the_days_of_a_service_are_described_in_words(self) -> None:
        root = read(pages.overview(cases.all_fine(), "en"))
        shown = words(root.xpath("//ul[@class='services']/li/details")[2])
        assert "Aug 25 Partial outage Down for 1 hour, 30 minutes in total" in shown
        assert "Aug 24 Major outage Down for 22 hours, 13 minutes in total" in shown
        assert "Jul 7 – Aug 23 Operational" in " ".join(shown.split("\u2009"))

    def test_days_of_which_nothing_is_known_say_so(self) -> None:
        root = read(pages.overview(cases.all_fine(), "en"))
        assert "No data" in words(root.xpath("//ul[@class='services']/li/details")[3])

    def test_a_service_of_which_nothing_is_known_claims_no_uptime(self) -> None:
        fresh = service("fresh", past=days(unknown=90))
        root = read(pages.overview(overview(group(None, fresh)), "en"))
        assert "No data yet" in words(root)
        assert "%" not in words(root)

    def test_a_minute_of_outage_is_never_a_hundred_percent(self) -> None:
        nearly = service("nearly", past=days({5: (MAJOR, 1)}))
        root = read(pages.overview(overview(group(None, nearly)), "en"))
        assert "99.99% uptime" in words(root)

    def test_services_without_a_group_have_no_heading_when_they_are_alone(self) -> None:
        root = read(pages.overview(overview(group(None, service("x"))), "en"))
        assert not root.xpath("//h3")

    def test_services_without_a_group_are_the_other_ones_beside_groups(self) -> None:
        page = overview(group(text("Group"), service("x")), group(None, service("y")))
        root = read(pages.overview(page, "en"))
        assert [words(each) for each in root.xpath("//h3")] == [
            "Group",
            "Other services",
        ]

    def test_quiet_days_in_a_row_are_reported_together(self) -> None:
        root = read(pages.overview(cases.all_fine(), "en"))
        section = root.xpath("//h2[text()='Recent days']/following-sibling::dl")[0]
        assert [words(each) for each in section.xpath("./dd")] == ["No incidents"]


class TestTheHead:
    def test_it_names_the_canonical_address_and_every_language(self) -> None:
        root = seed("sv")
        path = "/incidents/netpark00001"
        site = "https://status.example.org"
        assert root.xpath("//link[@rel='canonical']/@href") == [f"{site}/sv{path}"]
        alternates = root.xpath("//link[@rel='alternate'][@hreflang]")
        assert {each.get("hreflang"): each.get("href") for each in alternates} == {
            **{tag: f"{site}/{tag}{path}" for tag in facts().languages},
            "x-default": f"{site}{path}",
        }

    def test_the_switcher_leads_to_the_same_page_in_each_language(self) -> None:
        links = seed("sv").xpath("//nav[@class='languages']/a")
        assert [(each.get("href"), words(each), each.get("aria-current")) for each in links] == [
            ("/en/incidents/netpark00001", "English", None),
            ("/sv/incidents/netpark00001", "Svenska", "true"),
            ("/ar/incidents/netpark00001", "العربية", None),
        ]

    def test_a_missing_page_is_not_for_search_engines(self) -> None:
        root = read(pages.not_found(cases.not_found_page(), "en"))
        assert root.xpath("//meta[@name='robots']/@content") == ["noindex"]
        assert not root.xpath("//link[@rel='canonical' or @rel='alternate']")

    def test_only_published_languages_of_the_page_are_offered(self) -> None:
        record = overview(group(None, service("x")), page=facts(languages=("en", "sv")))
        root = read(pages.overview(record, "en"))
        assert len(root.xpath("//nav[@class='languages']/a")) == 2


def test_an_update_shows_what_it_changed_and_no_more() -> None:
    root = read(pages.incident(cases.incident_page(cases.harbour_incident()), "en"))
    changes = [
        [words(change) for change in step.xpath("./p[@class='change']")]
        for step in root.xpath("//ol[contains(@class, 'rail')]/li")
    ]
    assert changes == [
        ["Checkout: Degraded performance"],
        ["Card terminals: Partial outage"],
        [],
    ]


def test_an_edited_text_and_an_automatic_one_say_so() -> None:
    step = replace(cases.harbour_incident().updates[0], edited_at=NOW, automatic=True)
    record = replace(cases.harbour_incident(), updates=(step,))
    shown = words(read(pages.incident(cases.incident_page(record), "en")))
    assert "Edited Oct 4, 2021" in shown
    assert "Reported automatically" in shown


def test_a_service_that_was_down_is_reported_as_it_was_once_all_is_over() -> None:
    root = seed("en")
    shown = [words(each) for each in root.xpath("//ul[@class='affected']/li")]
    assert shown == [
        "netPark web access: Operational (was: Partial outage)",
        "Self Park locations: Operational (was: Major outage)",
        "Card terminals: Operational (was: Partial outage)",
    ]


def test_an_update_without_services_is_fine() -> None:
    record = incident(text("T"), update(IncidentStatus.INVESTIGATING, text("B"), at=NOW))
    assert "affected" not in words(read(pages.incident(cases.incident_page(record), "en")))


def test_recent_days_link_to_their_incidents() -> None:
    record = cases.history_page()
    root = read(pages.history(record, "en"))
    assert root.xpath("//main//dl//a/@href") == ["/en/incidents/netpark00001"]
    assert root.xpath("//p[@class='months']/a/@href") == [
        "/en/history/2021-05",
        "/en/history/2021-10",
    ]


def test_the_status_of_a_quiet_service_is_in_its_title() -> None:
    root = read(pages.service(cases.service_page(), "en"))
    assert root.findtext("head/title") == "Checkout: Operational · Harbour"


def test_a_time_that_automation_names_can_be_put_into_the_visitors_zone() -> None:
    page = read(pages.incident(cases.incident_page(cases.certificate_incident()), "en"))
    shown = page.xpath("//ol//p[contains(., 'expired on')]/time/@datetime")
    assert shown, "the date of expiry is a <time> element"
