"""Languages of public pages and of the console, with their direction and names.

Adding one: docs/languages.md.
"""

from functools import cache
from typing import Literal
from unicodedata import bidirectional

from babel import Locale, UnknownLocaleError

from app.domain.texts.localized_text import tag_and_parents
from app.i18n.catalogue_files import CONSOLE, MESSAGES, catalogue_path, is_complete
from app.i18n.language_tags import parse_tag
from app.i18n.locale_data import load_locale
from app.i18n.native_names import NATIVE_NAMES

__all__ = [
    "CONSOLE_LANGUAGES",
    "LANGUAGES",
    "REGISTERED",
    "REGISTERED_FOR_CONSOLE",
    "SOURCE",
    "cldr_native_name",
    "direction",
    "display_name",
    "first_weekday",
    "locale_of",
    "native_name",
]

# Language of the messages in the code; it needs no catalogue.
SOURCE = "en"

# Registered languages of public pages: lower-case BCP 47 tags.
REGISTERED: tuple[str, ...] = (
    "en",
    "sv",
    "ar",
    "bg",
    "bn",
    "ca",
    "cs",
    "da",
    "de",
    "el",
    "es",
    "es-419",
    "et",
    "eu",
    "fa",
    "fi",
    "fil",
    "fr",
    "ga",
    "gl",
    "he",
    "hi",
    "hr",
    "hu",
    "id",
    "is",
    "it",
    "ja",
    "ko",
    "lt",
    "lv",
    "mk",
    "ms",
    "mt",
    "nb",
    "nl",
    "pl",
    "pt-br",
    "pt-pt",
    "ro",
    "ru",
    "sk",
    "sl",
    "sq",
    "sr",
    "sw",
    "ta",
    "th",
    "tr",
    "uk",
    "ur",
    "vi",
    "zh-hans",
    "zh-hant",
)

# Registered languages of the console.
REGISTERED_FOR_CONSOLE: tuple[str, ...] = (
    "en",
    "sv",
    "ar",
    "de",
    "es",
    "fr",
    "ja",
    "nl",
    "pl",
    "pt-br",
    "zh-hans",
)


def _complete(registered: tuple[str, ...], domain: str) -> tuple[str, ...]:
    """The tags with a complete catalogue: a page is never translated in part."""
    return tuple(
        tag for tag in registered if tag == SOURCE or is_complete(catalogue_path(tag, domain))
    )


# Languages of public pages, which staff choose from.
LANGUAGES: tuple[str, ...] = _complete(REGISTERED, MESSAGES)

# Languages of the console; staff with another language get English.
CONSOLE_LANGUAGES: tuple[str, ...] = _complete(REGISTERED_FOR_CONSOLE, CONSOLE)


@cache
def locale_of(tag: str) -> Locale:
    """CLDR data of `tag` or its nearest parent that CLDR knows, else of English."""
    for candidate in tag_and_parents(tag):
        try:
            return load_locale(candidate)
        except (UnknownLocaleError, ValueError):
            continue
    return load_locale(SOURCE)


@cache
def first_weekday(tag: str) -> int:
    """The first day of the week, 0 is Monday: that of the region, or of the likely one.

    Babel has Monday for a locale without a region, also for `en`, whose region is likely `US`.
    """
    parsed = parse_tag(tag)
    name = parsed.in_region(parsed.likely_region) if parsed else None
    locale = locale_of(tag) if name is None else load_locale(name.replace("_", "-"))
    return locale.first_week_day


@cache
def direction(tag: str) -> Literal["ltr", "rtl"]:
    """Writing direction of `tag`."""
    name = NATIVE_NAMES.get(tag)
    if name is not None:
        # Without the data of the language: the direction of the first letter of its name.
        return "rtl" if bidirectional(name[0]) in {"R", "AL"} else "ltr"
    return "rtl" if locale_of(tag).text_direction == "rtl" else "ltr"


def native_name(tag: str) -> str:
    """Name of the language in that language, capitalized for a list: `Svenska`, `العربية`."""
    return NATIVE_NAMES.get(tag) or cldr_native_name(tag)


def cldr_native_name(tag: str) -> str:
    """The name that Babel gives for `native_name`; it reads all data of the language."""
    name = locale_of(tag).get_display_name() or tag
    return name[:1].upper() + name[1:]


def display_name(tag: str, language: str) -> str:
    """Name of the language `tag` in `language`; the tag itself when CLDR has no name."""
    for candidate in tag_and_parents(tag):
        try:
            name = Locale.parse(candidate, sep="-").get_display_name(locale_of(language))
        except (UnknownLocaleError, ValueError):
            continue
        if name:
            return name
    return tag
