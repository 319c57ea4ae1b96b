"""The catalogues: `locales/<tag>/LC_MESSAGES/<domain>.po`, read as they are, no compiled files.

There are two domains: `messages`, what visitors read, and `console`, what staff read besides.
"""

from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from app import folder
from app.domain.localized_text import lineage
from app.i18n.languages import SOURCE

__all__ = [
    "CONSOLE",
    "MESSAGES",
    "catalogue_path",
    "console_translations",
    "read_catalogue",
    "translations",
]

MESSAGES = "messages"
CONSOLE = "console"


def catalogue_path(tag: str, domain: str = MESSAGES) -> Path:
    """Where a catalogue of `tag` stands; folders are named as gettext does, `pt_BR`."""
    language, *rest = tag.split("-")
    parts = [part.title() if len(part) == 4 else part.upper() for part in rest]
    return folder("locales") / "_".join([language, *parts]) / "LC_MESSAGES" / f"{domain}.po"


def read_catalogue(tag: str, domain: str = MESSAGES) -> Catalog:
    """The catalogue of `tag` as it stands in its file. Raises FileNotFoundError without one."""
    with catalogue_path(tag, domain).open("rb") as file:
        return read_po(file, abort_invalid=True)


@cache
def translations(tag: str) -> NullTranslations:
    """What words the messages in `tag`; a message it lacks is worded in English.

    Read once per process. Raises FileNotFoundError when neither `tag` nor a parent has one.
    """
    for candidate in lineage(tag):
        if candidate == SOURCE:
            return NullTranslations()
        if catalogue_path(candidate).is_file():
            return _compiled(read_catalogue(candidate))
    raise FileNotFoundError(f"There is no catalogue for {tag!r}.")


@cache
def console_translations(tag: str) -> NullTranslations:
    """What words the console in `tag`, one of CONSOLE_LANGUAGES: its domain, then `messages`."""
    if tag == SOURCE:
        return NullTranslations()
    words = _compiled(read_catalogue(tag, CONSOLE))
    words.add_fallback(translations(tag))
    return words


def _compiled(catalogue: Catalog) -> GNUTranslations:
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return GNUTranslations(compiled)
