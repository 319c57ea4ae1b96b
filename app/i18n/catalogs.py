"""The catalogues: `locales/<tag>/LC_MESSAGES/messages.po`, read as they are, no compiled files."""

from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from app import folder
from app.domain.localized import lineage
from app.i18n.languages import SOURCE

__all__ = ["catalogue_path", "read_catalogue", "translations"]


def catalogue_path(tag: str) -> Path:
    """Where the catalogue of `tag` stands; folders are named as gettext does, `pt_BR`."""
    language, *rest = tag.split("-")
    parts = [part.title() if len(part) == 4 else part.upper() for part in rest]
    return folder("locales") / "_".join([language, *parts]) / "LC_MESSAGES" / "messages.po"


def read_catalogue(tag: str) -> Catalog:
    """The catalogue of `tag` as it stands in its file. Raises FileNotFoundError without one."""
    with catalogue_path(tag).open("rb") as file:
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
            compiled = BytesIO()
            write_mo(compiled, read_catalogue(candidate))
            compiled.seek(0)
            return GNUTranslations(compiled)
    raise FileNotFoundError(f"There is no catalogue for {tag!r}.")
