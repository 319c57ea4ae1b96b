"""Published languages, with their direction and names. Adding one: docs/languages.md."""

from functools import cache
from typing import Literal

from babel import Locale, UnknownLocaleError

from app.domain.localized_text import tag_and_parents

__all__ = [
    "CONSOLE_LANGUAGES",
    "LANGUAGES",
    "SOURCE",
    "direction",
    "display_name",
    "locale_of",
    "native_name",
]

# Language of the messages in the code; it needs no catalogue.
SOURCE = "en"

# Languages of public pages: lower-case BCP 47 tags, in the order of the language switcher.
LANGUAGES: tuple[str, ...] = ("en", "sv", "ar")

# Languages of the console; staff with another language get English.
CONSOLE_LANGUAGES: tuple[str, ...] = ("en", "sv")


@cache
def locale_of(tag: str) -> Locale:
    """CLDR data of `tag` or its nearest parent that CLDR knows, else of English."""
    for candidate in tag_and_parents(tag):
        try:
            return Locale.parse(candidate, sep="-")
        except (UnknownLocaleError, ValueError):
            continue
    return Locale.parse(SOURCE)


@cache
def direction(tag: str) -> Literal["ltr", "rtl"]:
    """Writing direction of `tag`."""
    return "rtl" if locale_of(tag).text_direction == "rtl" else "ltr"


def native_name(tag: str) -> str:
    """Name of the language in that language, capitalized for a list: `Svenska`, `العربية`."""
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
