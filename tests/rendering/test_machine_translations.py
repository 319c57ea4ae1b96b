"""Translations of a machine on the page, and on the surfaces that never show them unread."""

import pytest

from app.db.text_json import text_from_json, text_to_json
from app.domain.notifications.events import NoticeEvent
from app.domain.page.pages import IncidentPage
from app.domain.statuses import IncidentStatus
from app.domain.texts.localized_text import LocalizedText
from app.domain.texts.text_origin import OriginKind, TextOrigin
from app.i18n.catalogues.catalogs import translations
from app.i18n.languages import LANGUAGES
from app.rendering import pages
from app.rendering.filters.incidents import fallback_languages
from app.rendering.formats import embed, feeds, plain_text, statuspage
from app.rendering.text.machine_language import MachineLanguage, locale_for
from tests.rendering import records
from tests.rendering.formats.test_feeds import listing_of
from tests.rendering.messages.notices import rendered

UNREAD = TextOrigin(OriginKind.MACHINE, "deepl")
READ = UNREAD.as_read("Ben")
_SV = MachineLanguage("sv", is_explicit=True)
MARK = translations("sv").gettext("Translated by machine, not yet read by a person.")
READ_MARK = translations("sv").gettext("Translated by machine, then read by a person.")


def _text(english: str, swedish: str, origin: TextOrigin) -> LocalizedText:
    return LocalizedText.from_mapping(
        {"en": english, "sv": swedish}, default="en", origins={"sv": origin}
    )


def _page(origin: TextOrigin, *allowed: str) -> IncidentPage:
    update = records.update(
        IncidentStatus.INVESTIGATING,
        _text("Cash works.", "Kontanter maskinfungerar.", origin),
        at=records.NOW,
    )
    record = records.incident(_text("Cards fail", "Maskinkort felar", origin), update)
    facts = records.facts(unread_machine_languages=frozenset(allowed))
    return IncidentPage(facts, record)


def _html(origin: TextOrigin, *allowed: str) -> str:
    return pages.incident(_page(origin, *allowed), "sv").decode()


def test_an_unread_translation_of_a_machine_reaches_the_page_only_where_an_admin_allows_it() -> (
    None
):
    assert "maskinfungerar" not in _html(UNREAD)
    assert "Cash works." in _html(UNREAD)
    assert "maskinfungerar" not in _html(UNREAD, "ar")
    assert "maskinfungerar" in _html(UNREAD, "sv")


def test_a_translation_of_a_machine_is_marked_with_a_link_to_the_original() -> None:
    html = _html(UNREAD, "sv")
    assert MARK in html
    assert '<a href="/en/incidents/incident0001" hreflang="en">' in html
    assert READ_MARK in _html(READ)
    assert MARK not in _html(READ)
    assert "Translated by machine" not in pages.incident(_page(UNREAD, "sv"), "en").decode()


def test_an_unread_translation_is_never_a_title() -> None:
    assert "Maskinkort" not in _html(UNREAD, "sv", "en")
    assert "Maskinkort" in _html(READ)


def test_the_note_on_languages_counts_a_shown_translation_as_a_translation() -> None:
    titles, bodies = [records.text("Cards", sv="Kort")], [_text("Cash works.", "Kontant.", UNREAD)]
    locale = locale_for(records.facts(), "sv")
    assert fallback_languages(titles, locale, bodies=bodies) == ["en"]
    assert fallback_languages(titles, locale, bodies=bodies, unread={"sv"}) == []
    assert fallback_languages(bodies, locale, unread={"sv"}) == ["en"]


@pytest.mark.parametrize(
    "render",
    [
        lambda page: feeds.atom(listing_of(page.incident), _SV),
        lambda page: feeds.json_feed(listing_of(page.incident), _SV),
        lambda page: statuspage.render_document("incidents", listing_of(page.incident), _SV),
        lambda page: embed.banner_html(listing_of(page.incident), _SV),
        lambda page: plain_text.incident_markdown(page, _SV),
    ],
)
def test_no_machine_format_has_an_unread_translation(render) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    assert "askin" not in render(_page(UNREAD, *LANGUAGES)).decode()


def test_no_mail_has_an_unread_translation() -> None:
    reported = _page(UNREAD, *LANGUAGES)
    message = rendered(NoticeEvent.INCIDENT_OPENED, reported.incident, language="sv")
    assert "askin" not in f"{message.title}{message.text}{message.html}{message.document}"


def test_the_origin_is_stored_with_the_text() -> None:
    text = _text("Cards", "Kort", READ)
    assert text_from_json(text_to_json(text)) == text
    former = {"source": "en", "version": 1, "texts": {"en": ["Down", 1]}}
    assert text_to_json(text_from_json(former)) == former
