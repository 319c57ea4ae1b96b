"""The languages pages are published in. To publish one more: docs/languages.md."""

from functools import cache
from typing import Literal

from babel import Locale, UnknownLocaleError

from app.domain.localized_text import lineage

__all__ = [
    "CONSOLE_LANGUAGES",
    "LANGUAGES",
    "SOURCE",
    "direction",
    "display_name",
    "locale_of",
    "native_name",
]

# The language the code is written in; it needs no catalogue.
SOURCE = "en"

# Published and complete, lower-case BCP 47, in the order of the switcher.
LANGUAGES: tuple[str, ...] = ("en", "sv", "ar")

# Those of them the console speaks, completely; staff who read another get English.
CONSOLE_LANGUAGES: tuple[str, ...] = ("en", "sv")


@cache
def locale_of(tag: str) -> Locale:
    """What CLDR knows of `tag` or its nearest known parent; English for a language it lacks."""
    for candidate in lineage(tag):
        try:
            return Locale.parse(candidate, sep="-")
        except (UnknownLocaleError, ValueError):
            continue
    return Locale.parse(SOURCE)


@cache
def direction(tag: str) -> Literal["ltr", "rtl"]:
    """Which way the script of `tag` runs."""
    return "rtl" if locale_of(tag).text_direction == "rtl" else "ltr"


def native_name(tag: str) -> str:
    """The language's own name for itself, as it stands in a list: `Svenska`, `العربية`."""
    name = locale_of(tag).get_display_name() or tag
    return name[:1].upper() + name[1:]


def display_name(tag: str, language: str) -> str:
    """The name of the language `tag` as said in `language`; the tag when CLDR has no name."""
    for candidate in lineage(tag):
        try:
            name = Locale.parse(candidate, sep="-").get_display_name(locale_of(language))
        except (UnknownLocaleError, ValueError):
            continue
        if name:
            return name
    return tag
