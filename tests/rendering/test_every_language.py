"""Every public page, mail, feed and text in every language: tag, direction, no English left."""

import re
from collections.abc import Iterator, Mapping
from email.message import EmailMessage
from email.policy import SMTP
from functools import cache
from typing import Any

import pytest
from lxml import html

from app.i18n.catalogues.catalogs import read_catalogue
from app.i18n.languages import LANGUAGES, SOURCE, direction
from app.ports.channel import Message
from app.rendering import pages
from app.rendering.formats import badges, calendar, embed, feeds, plain_text
from app.rendering.text.machine_language import MachineLanguage
from tests.rendering import cases, records, subscription_cases, windows
from tests.rendering.english import English, texts_of
from tests.rendering.formats.test_feeds import incident, listing_of
from tests.rendering.messages.notices import every_message
from tests.rendering.messages.test_messages import STAFF
from tests.rendering.pseudo import Pseudo
from tests.rendering.test_every_page import PAGES

TRANSLATED = [tag for tag in LANGUAGES if tag != SOURCE]
# Names of records, besides those that the pages hold, and formatted parts of addresses.
NAMES = {"API", "Some fail", "Sunday work", "We found it.", "All is well.", "Slow."}
_LISTING = listing_of(incident("All is well."), planned=records.text("Sunday work"))


def formats_of(language: str) -> Mapping[str, bytes]:
    """Feeds, calendar, badges, banner and text views whose address names the language."""
    tag = MachineLanguage(language, is_explicit=True)
    listed = (
        *(feeds.atom, feeds.rss, feeds.json_feed, feeds.history_atom, feeds.history_rss),
        *(badges.badge, embed.banner_html, plain_text.llms),
    )
    overview = cases.one_incident()
    chain = plain_text.incident_markdown(cases.chain_page(), tag)
    return {
        **{each.__name__: each(_LISTING, tag) for each in listed},
        "calendar": calendar.calendar(_LISTING, tag).replace(b"\r\n ", b""),
        "overview.txt": plain_text.overview_text(overview, tag),
        "overview.md": plain_text.overview_markdown(overview, tag),
        "incident.md": chain,
        "maintenance.md": plain_text.maintenance_markdown(windows.maintenance_page(), tag),
    }


def pages_of(language: str, catalogue: Pseudo | None = None) -> Iterator[tuple[str, bytes]]:
    if catalogue is None:
        # A busy page has no words that the others have not, and takes as long as ten of them.
        yield from ((name, PAGES[name](language)) for name in PAGES if name != "busy")
    yield from (
        (name, make(language, catalogue)) for name, make in subscription_cases.PAGES.items()
    )
    yield "unavailable", pages.unavailable(language, catalogue=catalogue)
    yield "unreachable", pages.unreachable(language, catalogue=catalogue)


@cache
def staff_texts() -> frozenset[str]:
    """What the records of the tests hold: the texts that are in every language as in English."""
    english = {text for _, page in pages_of(SOURCE) for text in texts_of(page)}
    other = {text for _, page in pages_of("sv") for text in texts_of(page)}
    return frozenset(english & other | STAFF | NAMES)


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_reader_finds_no_english_and_the_right_direction(language: str) -> None:
    texts: dict[str, list[str]] = {}
    for name, page in pages_of(language):
        root: Any = html.document_fromstring(page.decode())
        assert (root.get("lang"), root.get("dir")) == (language, direction(language)), name
        texts[name] = [*texts_of(page)]
    for name, document in formats_of(language).items():
        texts[name] = [*texts_of(document)]
    for event, mail in every_message(language, page=records.facts(languages=LANGUAGES)).items():
        assert html.fromstring(mail.html).get("dir") == direction(language)
        texts[event] = [*texts_of(mail.html), *texts_of(mail.text), mail.title]
        assert not re.search(r"%\(|\{[{%#]|None|⟦", mail.text + mail.title), event
        assert longest_line_of_subject(mail) <= 78, event
    if direction(language) == "rtl":
        for name, each in texts.items():
            assert not [text for text in each if reorders(text)], name
    english = English(read_catalogue(language), staff_texts())
    if found := english.found_in(text for each in texts.values() for text in each):
        assert {name: found & {*each} for name, each in texts.items() if found & {*each}} == {}


# Names in the records, and what isolates them.
_DATA = re.compile("Harbour|Check|Card|Payments|Old (Root|tills)|DST|pay.example|example.net")
_ISOLATED = re.compile("[\u2066-\u2068][^\u2069]*\u2069")
_RIGHT_TO_LEFT = re.compile("[\u0590-\u06ff]")


def reorders(text: str) -> bool:
    """Whether a line that is read from right to left holds Latin data that is not isolated."""
    lines = _ISOLATED.sub("", text).replace("\\n", "\n").splitlines()
    return any(_DATA.search(line) and _RIGHT_TO_LEFT.search(line) for line in lines)


def test_a_planted_name_that_is_not_isolated_is_found() -> None:
    assert reorders("القيمة Harbour")
    assert not reorders("القيمة \u2068Harbour\u2069")


def longest_line_of_subject(mail: Message) -> int:
    """The length of the longest line of the header `Subject`, folded as RFC 5322 limits it."""
    message = EmailMessage(policy=SMTP)
    message["Subject"] = mail.title
    return max(len(line) for line in message.as_bytes().splitlines())


def test_every_page_and_format_that_is_still_in_english_is_found() -> None:
    english = English(read_catalogue(TRANSLATED[0]), staff_texts())
    for name, page in [*pages_of(SOURCE), *formats_of(SOURCE).items()]:
        assert english.found_in(texts_of(page)), name


@pytest.mark.parametrize("planted", ["Uptime", "A fix is in place; we are"])
def test_one_english_text_within_a_page_is_found(planted: str) -> None:
    english = English(read_catalogue(TRANSLATED[0]), staff_texts())
    page = PAGES["seed"](TRANSLATED[0]).replace(b"</main>", f"<p>{planted}</p></main>".encode())
    assert english.found_in(texts_of(page)) == {planted}
