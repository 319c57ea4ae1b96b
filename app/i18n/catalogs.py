"""Message catalogues: `locales/<tag>/LC_MESSAGES/<domain>.po`, compiled in memory at first use.

There are two domains: `messages` for visitors, and `console` for the additional texts of staff.
"""

from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from app.domain.localized_text import tag_and_parents
from app.i18n.catalogue_files import CONSOLE, MESSAGES, catalogue_path
from app.i18n.languages import SOURCE

__all__ = ["console_translations", "read_catalogue", "translations"]


def read_catalogue(tag: str, domain: str = MESSAGES) -> Catalog:
    """The parsed catalogue of `tag`. Raises FileNotFoundError when there is none."""
    with catalogue_path(tag, domain).open("rb") as file:
        return read_po(file, abort_invalid=True)


@cache
def translations(tag: str) -> NullTranslations:
    """Translations for visitors in `tag`; a missing message falls back to English.

    Read once per process. Raises FileNotFoundError when neither `tag` nor a parent tag has a
    catalogue.
    """
    for candidate in tag_and_parents(tag):
        if candidate == SOURCE:
            return NullTranslations()
        if catalogue_path(candidate).is_file():
            return _compile(read_catalogue(candidate))
    raise FileNotFoundError(f"There is no catalogue for {tag!r}.")


@cache
def console_translations(tag: str) -> NullTranslations:
    """Translations of the console in one of CONSOLE_LANGUAGES; falls back to `messages`."""
    if tag == SOURCE:
        return NullTranslations()
    console = _compile(read_catalogue(tag, CONSOLE))
    console.add_fallback(translations(tag))
    return console


def _compile(catalogue: Catalog) -> GNUTranslations:
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return GNUTranslations(compiled)
