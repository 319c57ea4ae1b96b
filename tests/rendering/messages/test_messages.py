"""Messages of all events: words, languages, foreign texts, and texts that stay texts."""

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from icalendar import Calendar
from lxml import html as lxml_html

from app.domain.notifications.events import NoticeEvent
from app.domain.page.logos import Logo, LogoFacts, PictureKind
from app.domain.statuses import IncidentStatus
from app.domain.texts.localized_text import LocalizedText, Translation
from app.domain.texts.phrases import Phrase, Phrased
from app.i18n.languages import direction
from app.ports.channel import Message
from app.rendering.messages.message import render_message
from tests.languages import SAMPLE
from tests.rendering.messages.notices import (
    BASE,
    FORMER,
    card_payments,
    every_message,
    notice,
    record_of,
    rendered,
)
from tests.rendering.pseudo import Pseudo, bare_texts
from tests.rendering.records import NOW, PARTIAL, affected, facts, incident, text, update

TEMPLATES = Path(__file__).resolve().parents[3] / "templates" / "messages"
LINK, UNSUBSCRIBE, ADDRESS = "\ue000", "\ue001", "\ue002"


@pytest.fixture(scope="module")
def messages() -> dict[str, dict[NoticeEvent, Message]]:
    return {language: every_message(language) for language in SAMPLE}


# What staff wrote, and formatted times.
STAFF = {
    "Harbour",
    "Card payments",
    "Card payments fail",
    "We are looking for the cause.",
    "We know the cause: a certificate of our bank has ",
    "We know the cause: a certificate of our bank has **expired**.",
    "expired",
    "Cash works",
    "A fix follows at",
    "What happened",
    "A clock.",
    "New quay database",
    "Booking",
    "Booking can be read but not changed.",
    "20 minutes",
}


def visible(markup: str) -> str:
    body = lxml_html.fromstring(markup).find("body")
    assert body is not None
    return " ".join("".join(str(each) for each in body.itertext()).split())


def test_every_event_has_its_three_templates_and_no_other_has() -> None:
    folders = {folder.name for folder in TEMPLATES.iterdir() if folder.is_dir()}
    assert folders == {event.value for event in NoticeEvent}
    for folder in folders:
        files = {file.name for file in (TEMPLATES / folder).iterdir()}
        assert files == {"subject.txt", "body.txt", "body.html"}, folder


@pytest.mark.parametrize("language", SAMPLE)
def test_every_event_in_every_language_renders(
    messages: dict[str, dict[NoticeEvent, Message]], language: str
) -> None:
    for event, message in messages[language].items():
        assert (message.event, message.language) == (event, language)
        page = lxml_html.fromstring(message.html)
        assert (page.get("lang"), page.get("dir")) == (language, direction(language))
        assert message.is_right_to_left is (direction(language) == "rtl")
        for part in (message.text, message.html):
            assert not re.search(r"\{[{%#]|%\(|None|Undefined", part), event


@pytest.mark.parametrize("language", SAMPLE)
def test_every_message_begins_with_its_title_in_one_line(
    messages: dict[str, dict[NoticeEvent, Message]], language: str
) -> None:
    for message in messages[language].values():
        assert "\n" not in message.title
        assert message.title == message.card.headline
        assert message.text.startswith(message.title)


@pytest.mark.parametrize("language", SAMPLE)
def test_every_message_has_the_links_of_its_event(
    messages: dict[str, dict[NoticeEvent, Message]], language: str
) -> None:
    for event, message in messages[language].items():
        for part in (message.text, message.html):
            has_link = event is not NoticeEvent.TEST
            is_personal = event.startswith("subscription.")
            assert (LINK in part) is has_link, event
            assert (UNSUBSCRIBE in part) is (has_link and not is_personal), event


def test_the_languages_have_words_of_their_own(
    messages: dict[str, dict[NoticeEvent, Message]],
) -> None:
    for event in NoticeEvent:
        titles = {messages[language][event].title for language in SAMPLE}
        assert len(titles) == len(SAMPLE), event


@pytest.mark.parametrize("event", NoticeEvent)
def test_every_text_of_the_templates_is_translated(event: NoticeEvent) -> None:
    message = render_message(
        notice(event, former_starts_at=FORMER.isoformat(), former_ends_at=NOW.isoformat()),
        facts(),
        record_of(event),
        language="en",
        time_zone="UTC",
        base_url=BASE,
        catalogue=Pseudo(),
    )
    for part in (message.title, message.text, *bare_texts(message.html.encode(), data=STAFF)):
        outside = re.sub(r"⟦[^⟦⟧]*(?:⟦[^⟦⟧]*⟧[^⟦⟧]*)*⟧", "", part)
        for known in sorted(STAFF, key=len, reverse=True):
            outside = outside.replace(known, "")
        bare = re.findall(r"[^\W\d_]{3,}", re.sub(r"https://\S+|Oct|UTC", "", outside))
        assert bare == []


def test_text_and_html_have_equal_facts(messages: dict[str, dict[NoticeEvent, Message]]) -> None:
    for message in messages["en"].values():
        shown = visible(message.html)
        for label, value in message.card.facts:
            assert f"{label}: {value}" in message.text
            assert " ".join(f"{label}: {value}".split()) in shown
        if message.card.body:
            assert message.card.url in message.text
            assert f'href="{message.card.url}"' in message.html


def test_fallback_text_is_marked_in_both_parts() -> None:
    message = rendered(NoticeEvent.INCIDENT_UPDATED, language="ar")
    assert message.is_foreign
    note = "لم يُترجم هذا النص بعد. لغته: الإنجليزية."
    assert note in " ".join(message.text.split())
    assert note in message.html
    assert message.card.note == note


def test_fallback_text_has_its_language_and_its_times_in_it() -> None:
    message = rendered(NoticeEvent.INCIDENT_UPDATED, language="ar")
    assert '<div class="body text" lang="en" dir="ltr"' in message.html
    # A time within the foreign text is in its language, like the text around it.
    assert "A fix follows at Oct 4, 2021, 3:30" in message.text
    assert ">Oct 4, 2021, 3:30" in message.html
    # The earlier update has an Arabic text.
    assert message.html.count('lang="en"') == 1


def test_an_outdated_translation_is_marked_in_both_parts() -> None:
    body = LocalizedText("en", 2, {"en": Translation("New.", 2), "sv": Translation("Gammal.", 1)})
    message = rendered(NoticeEvent.INCIDENT_UPDATED, card_payments(body=body), language="sv")
    assert not message.is_foreign
    for part in (message.text, message.html):
        assert "översättningen är äldre än originaltexten." in part
        assert "Gammal." in part


def test_a_phrase_is_in_the_language_of_the_reader() -> None:
    stated = Phrased.of(Phrase.of("monitor.reports"))
    record = incident(text("Cards"), update(IncidentStatus.INVESTIGATING, stated, at=NOW))
    message = rendered(NoticeEvent.INCIDENT_OPENED, record, language="sv")
    assert "övervakning" in message.text
    assert "övervakning" in message.html


def test_times_are_in_the_zone_of_the_reader_with_its_name() -> None:
    there = rendered(NoticeEvent.INCIDENT_UPDATED, time_zone="America/New_York")
    here = rendered(NoticeEvent.INCIDENT_UPDATED, time_zone="UTC")
    for part in (there.text, there.html):
        assert "9:05 AM EDT" in part.replace("\u202f", " ")
        # The instant within the text of staff too.
        assert "9:30 AM EDT" in part.replace("\u202f", " ")
    assert "1:05 PM UTC" in here.text.replace("\u202f", " ")
    for unknown in ("", "Mars/Olympus", "../etc/passwd", "Europe", "\0"):
        assert rendered(NoticeEvent.INCIDENT_UPDATED, time_zone=unknown).text == here.text


def test_a_language_that_is_not_published_is_that_of_the_page() -> None:
    assert rendered(NoticeEvent.INCIDENT_UPDATED, language="de").language == "en"


HOSTILE = [
    "{{ 7 * 7 }} {% raw %} {# no #} ${x} %s %(title)s {0}",
    "<script>alert(1)</script><img src=x onerror=y> &amp; &#57344;",
    "\ue000 \ue001 \ue002 &#xE000; \ue000",
    "a\u202eb\u2066c\x00d\x1be",
    "[x](javascript:alert(1)) ![i](https://example.net/pixel.gif)",
    "-- \nFrom: eve@example.org\n.\n..\n",
]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_staff_text_with_braces_or_marks_is_text(hostile: str) -> None:
    stated = text(hostile)
    record = card_payments(body=stated, title=stated)
    for event in (NoticeEvent.INCIDENT_UPDATED, NoticeEvent.INCIDENT_REOPENED):
        message = rendered(event, record)
        page = lxml_html.fromstring(message.html)
        assert page.findall(".//script") == []
        assert page.findall(".//img") == []
        links = {each.get("href") for each in page.findall(".//a")}
        assert {link for link in links if link and link.startswith("javascript")} == set()


@pytest.mark.parametrize("hostile", HOSTILE)
def test_staff_text_changes_nothing_around_it(hostile: str) -> None:
    stated = text(hostile)
    record = card_payments(body=stated, title=stated)
    for event in (NoticeEvent.INCIDENT_UPDATED, NoticeEvent.INCIDENT_REOPENED):
        message = rendered(event, record)
        for part in (message.text, message.html):
            assert "49" not in part.replace("2049", "")
            assert (part.count(LINK), part.count(UNSUBSCRIBE), part.count(ADDRESS)) == (1, 1, 1)
            assert not set("\x00\x1b\u202e") & set(part)


def test_staff_text_with_placeholders_of_templates_stays_as_it_is() -> None:
    (hostile,) = (each for each in HOSTILE if each.startswith("{{"))
    record = card_payments(body=text(hostile), title=text(hostile))
    message = rendered(NoticeEvent.INCIDENT_UPDATED, record)
    assert "{{ 7 * 7 }}" in message.text
    assert "{{ 7 * 7 }}" in visible(message.html)
    assert "%(title)s" in message.title


@pytest.mark.parametrize("filling", ["word ", "كلمة ", "x", "**a** ", "- a\n", "[a](https://a.b) "])
def test_a_50000_character_update_makes_a_mail_under_100_kb(filling: str) -> None:
    long = text((filling * 50_000)[:50_000])
    message = rendered(NoticeEvent.INCIDENT_UPDATED, card_payments(body=long))
    encoded = sum(len(part.encode()) for part in (message.text, message.html))
    assert encoded < 92_000
    assert "There is more on the page:" in message.text
    assert "Read the full text on the page" in message.html
    assert len(message.text) > 800


def test_a_message_has_the_last_five_updates_and_says_when_there_are_more() -> None:
    updates = [
        update(IncidentStatus.IDENTIFIED, text(f"Text {n}."), at=NOW - timedelta(minutes=n))
        for n in range(6)
    ]
    short = rendered(NoticeEvent.INCIDENT_UPDATED, incident(text("Cards"), *updates[:5]))
    long = rendered(NoticeEvent.INCIDENT_UPDATED, incident(text("Cards"), *updates))
    assert short.text.index("Text 0.") < short.text.index("Earlier updates")
    assert short.text.index("Earlier updates") < short.text.index("Text 1.")
    assert "Text 4." in long.text
    assert "Text 5." not in long.text + long.html
    assert "There is more on the page:" in long.text
    assert "There is more on the page:" not in short.text


def test_a_message_names_twenty_services_at_most() -> None:
    services = [affected(f"service-{number}", PARTIAL) for number in range(300)]
    record = incident(
        text("All"), update(IncidentStatus.IDENTIFIED, text("T."), at=NOW, services=services)
    )
    message = rendered(NoticeEvent.INCIDENT_UPDATED, record)
    assert "Service 18: Partial outage, and 281 more services" in message.text
    assert "Service 19" not in message.text + message.html


def test_a_changed_maintenance_names_its_former_time() -> None:
    message = rendered(
        NoticeEvent.MAINTENANCE_CHANGED,
        time_zone="UTC",
        starts_at=NOW.isoformat(),
        ends_at=(NOW + timedelta(hours=1)).isoformat(),
        former_starts_at=FORMER.isoformat(),
        former_ends_at=(FORMER + timedelta(hours=2)).isoformat(),
    )
    seen = message.text.replace("\u202f", " ").replace("\u2009", " ")
    assert "Planned time: Oct 4, 2021, 1:05 – 2:05 PM UTC" in seen.replace("PM – 2", "– 2")
    assert "Former time: Oct 3, 2021" in seen
    assert message.document["data"]["maintenance"]["starts_at"] == "2021-10-04T13:05:00.000Z"


@pytest.mark.parametrize("event", [each for each in NoticeEvent if each.startswith("maint")])
def test_the_event_of_the_calendar_has_the_uid_of_the_feed(event: NoticeEvent) -> None:
    message = rendered(event)
    assert message.calendar is not None
    calendar = Calendar.from_ical(message.calendar)
    (found,) = calendar.walk("VEVENT")
    assert found["UID"] == "maintenance1@status.example.org"
    is_cancelled = event is NoticeEvent.MAINTENANCE_CANCELLED
    assert calendar["METHOD"] == ("CANCEL" if is_cancelled else "PUBLISH")
    assert found["STATUS"] == ("CANCELLED" if is_cancelled else "CONFIRMED")


def test_a_confirmation_has_no_text_of_staff_but_the_name_of_the_page_and_one_link() -> None:
    message = rendered(NoticeEvent.SUBSCRIPTION_CONFIRM)
    assert message.text.count(LINK) == 1
    hrefs = [each.get("href") for each in lxml_html.fromstring(message.html).findall(".//a")]
    assert hrefs == [f"{BASE}/en/", LINK]
    assert "http" not in message.text


def test_an_incident_that_is_hidden_has_no_message() -> None:
    with pytest.raises(ValueError, match="needs a record"):
        render_message(
            notice(NoticeEvent.INCIDENT_UPDATED),
            facts(),
            None,
            language="en",
            time_zone="UTC",
            base_url=BASE,
        )


def test_the_document_of_a_webhook_says_what_the_contract_says() -> None:
    document = rendered(NoticeEvent.INCIDENT_UPDATED, language="sv").document
    found = document["data"]["incident"]
    assert (document["type"], document["version"]) == ("incident.updated", "1")
    assert document["timestamp"] == "2021-10-04T13:05:00.000Z"
    assert document["data"]["language"] == "sv"
    assert found["title"] == {
        "text": "Kortbetalningar misslyckas",
        "language": "sv",
        "outdated": False,
    }
    assert found["url"] == f"{BASE}/sv/incidents/incident0001"
    assert found["services"] == [
        {"slug": "cards", "name": "Kortbetalningar", "status": "major_outage"}
    ]
    assert found["update"] == found["updates"][0]
    assert found["update"]["status"] == "identified"
    assert len(found["updates"]) == 2


def test_the_document_in_statuspage_form_has_its_members() -> None:
    document = rendered(NoticeEvent.INCIDENT_UPDATED).statuspage
    assert set(document) == {"meta", "page", "incident"}
    assert document["page"]["status_indicator"] == "critical"
    assert document["incident"]["name"] == "Card payments fail"
    assert document["incident"]["incident_updates"][0]["status"] == "identified"
    assert document["incident"]["backfilled"] is False
    planned = rendered(NoticeEvent.MAINTENANCE_SCHEDULED).statuspage
    assert planned["incident"]["scheduled_for"] == "2021-10-04T13:00:00.000Z"
    assert rendered(NoticeEvent.TEST).statuspage == {}


def test_the_tone_is_that_of_the_impact() -> None:
    tones = {event: rendered(event).card.tone for event in NoticeEvent}
    assert tones[NoticeEvent.INCIDENT_UPDATED] == "critical"
    assert tones[NoticeEvent.INCIDENT_RESOLVED] == "good"
    assert tones[NoticeEvent.MAINTENANCE_SCHEDULED] == "maintenance"
    assert tones[NoticeEvent.SUBSCRIPTION_CONFIRM] == "neutral"
    minor = replace(card_payments(), impact=card_payments().impact.__class__.MINOR)
    assert rendered(NoticeEvent.INCIDENT_UPDATED, minor).card.tone == "minor"


def test_the_lines_of_facts_have_the_punctuation_of_the_language() -> None:
    card = rendered(NoticeEvent.INCIDENT_UPDATED, card_payments()).card
    assert [*card.fact_lines] == [f"{label}: {value}" for label, value in card.facts]


SHA256 = "0123456789abcdef" * 4
LIGHT = LogoFacts(PictureKind.PNG, 320, 80, 9_000, SHA256)
ISOLATES = "\u2068\u2069"
DARK = replace(LIGHT, sha256=SHA256[::-1])


def pictures_of(logo: Logo) -> list[tuple[str, str]]:
    """The source and the text alternative of each picture in a mail of a page with this logo."""
    message = render_message(
        notice(NoticeEvent.SUBSCRIPTION_CONFIRM),
        facts(logo=logo),
        None,
        language="ar",
        time_zone="UTC",
        base_url=BASE,
    )
    page = lxml_html.fromstring(message.html)
    return [(each.get("src", ""), each.get("alt", "").strip(ISOLATES)) for each in page.iter("img")]


def test_a_mail_shows_the_logo_that_it_contains_with_the_name_of_the_page() -> None:
    light, dark = (f"cid:logo.{each.sha256[:32]}@fyr" for each in (LIGHT, DARK))
    assert pictures_of(Logo(LIGHT)) == [(light, "")]
    assert pictures_of(Logo(LIGHT, DARK, contains_name=True)) == [
        (light, "Harbour"),
        (dark, "Harbour"),
    ]
    assert pictures_of(Logo(replace(LIGHT, kind=PictureKind.SVG))) == []
