"""Reads and writes the catalogues; scripts/catalogues.py decides what they must be like."""

import tomllib
from io import BytesIO
from pathlib import Path
from typing import Any

from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po
from jinja2 import TemplateSyntaxError

from app import folder
from app.i18n.catalogs import CONSOLE, MESSAGES, catalogue_path

__all__ = ["MINIMUM", "extracted", "file_of", "read", "template_file", "text_of", "write"]

# What marks a phrase, and which of its arguments are text ("c": the context).
_KEYWORDS: dict[str, Any] = {
    "_": None,
    "gettext": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "N_": None,
    "NP_": (1, 2),
}
# An extraction that finds less looked in the wrong place: it would then empty every catalogue.
MINIMUM = 50
# Where what only staff read is said; everything else may reach a visitor.
_OF_CONSOLE = (
    "app/rendering/console/",
    "app/rendering/filters/console",
    "app/web/console/",
    "templates/console/",
)


def template_file(root: Path, domain: str = MESSAGES) -> Path:
    """Where all phrases stand, as they are in the code."""
    return root / "locales" / f"{domain}.pot"


def file_of(root: Path, tag: str, domain: str = MESSAGES) -> Path:
    """Where the catalogue of the language `tag` stands."""
    return root / "locales" / catalogue_path(tag, domain).relative_to(folder("locales"))


def extracted(root: Path) -> dict[str, Catalog]:
    """Every phrase in code and templates, by domain. Raises ValueError for a broken template."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    mappings: list[dict[str, Any]] = project["tool"]["babel"]["mappings"]
    methods = [(mapping["pattern"], mapping["method"]) for mapping in mappings]
    options = {mapping["pattern"]: mapping for mapping in mappings}
    found = {domain: Catalog(charset="utf-8") for domain in (MESSAGES, CONSOLE)}
    reading = [""]
    messages = extract_from_dir(
        root,
        methods,
        options,
        keywords=_KEYWORDS,
        comment_tags=("Translators:",),
        strip_comment_tags=True,
        callback=lambda file, _method, _options: reading.append(file),
        directory_filter=lambda path: not Path(path).name.startswith("."),
    )
    try:
        for file, _line, message, comments, context in messages:
            domain = CONSOLE if file.startswith(_OF_CONSOLE) else MESSAGES
            found[domain].add(message, auto_comments=comments, context=context)
    except TemplateSyntaxError as error:
        raise ValueError(f"{reading[-1]}:{error.lineno}: {error.message}") from error
    return found


def text_of(template: Catalog) -> bytes:
    """What messages.pot says: without places and dates, so that only a phrase changes it."""
    return _said(template)


def read(file: Path) -> Catalog:
    """The catalogue in `file`, without what the code no longer says."""
    with file.open("rb") as stream:
        return read_po(stream, ignore_obsolete=True, abort_invalid=True)


def write(file: Path, tag: str, catalog: Catalog) -> None:
    """Write the catalogue of the language `tag`."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(_header(tag).encode() + _said(catalog))


def _said(catalog: Catalog) -> bytes:
    said = BytesIO()
    write_po(
        said,
        catalog,
        width=100,
        no_location=True,
        omit_header=True,
        sort_output=True,
        ignore_obsolete=True,
    )
    return said.getvalue()


def _header(tag: str) -> str:
    # Only what tools need to read the file: dates and names would change with every run.
    locale = Locale.parse(tag, sep="-")
    lines = {
        "Language": str(locale),
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": Catalog(locale=locale).plural_forms,
    }
    fields = "".join(f'"{name}: {value}\\n"\n' for name, value in lines.items())
    return f'msgid ""\nmsgstr ""\n{fields}\n'
