"""Rendering of console pages from records and templates."""

from collections.abc import Mapping
from dataclasses import dataclass
from gettext import NullTranslations
from zoneinfo import ZoneInfo

from app.domain.errors import FyrError
from app.domain.page.pages import PageFacts
from app.domain.permissions import Role
from app.domain.texts.localized_text import LocalizedText
from app.i18n.catalogues.catalogs import console_translations
from app.i18n.languages import direction
from app.i18n.localization import Locale
from app.rendering.console.environment import console_environment
from app.rendering.console.error_messages import translated_message

__all__ = [
    "NavigationLink",
    "PageChrome",
    "console_locale",
    "console_page",
    "texts_of",
    "unavailable_page",
]

Catalogue = NullTranslations | None


@dataclass(frozen=True, slots=True)
class NavigationLink:
    """A link of the navigation; `is_current`: the page has its path or one below it."""

    path: str
    name: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class PageChrome:
    """The parts of the layout that every console page shows.

    `email` and `role` are None before the sign-in. `notice` is the result of the last action.
    """

    page: PageFacts
    language: str
    path: str
    email: str | None = None
    role: Role | None = None
    navigation: tuple[NavigationLink, ...] = ()
    notice: str | None = None


def console_locale(page: PageFacts, language: str, *, catalogue: Catalogue = None) -> Locale:
    """The locale of the console in one of CONSOLE_LANGUAGES, with the time zone of the page."""
    words = catalogue or console_translations(language)
    return Locale(language, page.default_language, ZoneInfo(page.time_zone), words)


def console_page(
    template: str, chrome: PageChrome, values: Mapping[str, object], *, catalogue: Catalogue = None
) -> bytes:
    """Render `templates/console/<template>.html` with `values`."""
    locale = console_locale(chrome.page, chrome.language, catalogue=catalogue)
    html = (
        console_environment(locale.catalogue)
        .get_template(f"console/{template}.html")
        .render(
            {
                **values,
                "chrome": chrome,
                "page": chrome.page,
                "locale": locale,
                "language": chrome.language,
                "direction": direction(chrome.language),
            }
        )
    )
    return html.encode()


def unavailable_page(
    language: str, error: FyrError, values: Mapping[str, object], *, catalogue: Catalogue = None
) -> bytes:
    """Render the page for an unavailable database, without any data from it."""
    words = catalogue or console_translations(language)
    template = console_environment(words).get_template("console/away.html")
    known = {
        "language": language,
        "direction": direction(language),
        "sentence": translated_message(error, words),
    }
    return template.render({**values, **known}).encode()


def texts_of(text: LocalizedText) -> Mapping[str, str]:
    """A text by language tag, as the values of form fields."""
    return {tag: each.text for tag, each in text.translations.items()}
