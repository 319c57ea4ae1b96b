"""Message catalogues: `locales/<tag>/LC_MESSAGES/<domain>.po`, compiled in memory at first use.

There are two domains: `messages` for visitors, and `console` for the additional texts of staff.
"""

from functools import cache
from gettext import GNUTranslations, NullTranslations, c2py
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po

from app import folder
from app.domain.errors import UnavailableError
from app.domain.texts.localized_text import tag_and_parents
from app.i18n.catalogue_files import (
    CONSOLE,
    MESSAGES,
    catalogue_path,
    count_messages,
    is_intact,
)
from app.i18n.languages import CONSOLE_LANGUAGES, LANGUAGES, SOURCE

__all__ = ["console_translations", "read_catalogue", "translations", "verify_catalogues"]


def verify_catalogues() -> None:
    """Raise UnavailableError when a catalogue of a language on offer is damaged, naming its file.

    A catalogue is parsed only where a look at its lines finds something unusual.
    """
    offered = ((MESSAGES, LANGUAGES), (CONSOLE, CONSOLE_LANGUAGES))
    for domain, languages in offered:
        template = folder("locales") / f"{domain}.pot"
        for tag in languages:
            if tag == SOURCE or _is_intact(tag, domain, template):
                continue
            found, expected = len(read_catalogue(tag, domain)), count_messages(template)
            if found != expected:
                raise _damaged(tag, domain, f"it has {found} of {expected} messages")


def read_catalogue(tag: str, domain: str = MESSAGES) -> Catalog:
    """The parsed catalogue of `tag`.

    Raises FileNotFoundError when there is none, UnavailableError when it is damaged.
    """
    try:
        with catalogue_path(tag, domain).open("rb") as file:
            catalogue = read_po(file, abort_invalid=True)
        # The expression of the header is compiled when a count is looked up.
        c2py(catalogue.plural_expr)
    except FileNotFoundError:
        raise
    except (OSError, PoFileError, ValueError) as error:
        raise _damaged(tag, domain, str(error)) from error
    return catalogue


def _is_intact(tag: str, domain: str, template: Path) -> bool:
    try:
        return is_intact(catalogue_path(tag, domain), template)
    except OSError as error:
        raise _damaged(tag, domain, str(error)) from error


def _damaged(tag: str, domain: str, reason: str) -> UnavailableError:
    return UnavailableError(
        f"The catalogue {catalogue_path(tag, domain)} is damaged: {reason}. Install Fyr again."
    )


@cache
def translations(tag: str) -> NullTranslations:
    """Translations for visitors in `tag`; a missing message falls back to English.

    Read once per process. Raises FileNotFoundError when neither `tag` nor a parent tag has a
    catalogue, UnavailableError when it is damaged.
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
