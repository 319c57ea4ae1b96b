"""Reads and writes the catalogues; scripts/catalogues.py verifies them."""

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
from app.i18n.catalogue_files import CONSOLE, MESSAGES, catalogue_path
from scripts.messages.message_comments import MessageComments, key_of
from scripts.messages.plural_forms import plural_forms

__all__ = ["MINIMUM", "extracted", "file_of", "new", "read", "template_file", "text_of", "write"]

# The functions that mark a phrase, and which arguments are its text ("c": the context).
_KEYWORDS: dict[str, Any] = {
    "_": None,
    "gettext": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "N_": None,
    "NP_": (1, 2),
    "ContextualText": ((1, "c"), 2),
}
# An extraction with fewer phrases read the wrong folder, and would empty every catalogue.
MINIMUM = 50
# Files whose texts only staff read; every other text may be shown to visitors.
_OF_CONSOLE = (
    "app/channels/",
    "app/rendering/console/",
    "app/rendering/filters/console",
    "app/usecases/maintenances/recurrence.py",  # reasons for which a rule is refused
    "app/usecases/maintenances/rule_syntax.py",
    "app/web/console/",
    "templates/console/",
)


def template_file(root: Path, domain: str = MESSAGES) -> Path:
    """The path of the template (.pot) with all phrases of the code."""
    return root / "locales" / f"{domain}.pot"


def file_of(root: Path, tag: str, domain: str = MESSAGES) -> Path:
    """The path of the catalogue of the language `tag`."""
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
    notes = {domain: MessageComments(root) for domain in found}
    try:
        for file, _line, message, comments, context in messages:
            domain = CONSOLE if file.startswith(_OF_CONSOLE) else MESSAGES
            added = found[domain].add(message, context=context)
            notes[domain].add(key_of(added), file, comments)
    except TemplateSyntaxError as error:
        raise ValueError(f"{reading[-1]}:{error.lineno}: {error.message}") from error
    for domain, catalog in found.items():
        notes[domain].write(catalog)
    return found


def text_of(template: Catalog) -> bytes:
    """The content of messages.pot, without locations and dates: it changes only with a phrase."""
    return _serialized(template)


def read(file: Path) -> Catalog:
    """The catalogue in `file`, without obsolete phrases."""
    with file.open("rb") as stream:
        return read_po(stream, ignore_obsolete=True, abort_invalid=True)


def new(tag: str, template: Catalog) -> Catalog:
    """A catalogue of the language `tag` without translations."""
    catalog = read_po(BytesIO(_header(tag).encode()))
    catalog.header_comment = ""
    catalog.update(template, no_fuzzy_matching=True)
    return catalog


def write(file: Path, tag: str, catalog: Catalog) -> None:
    """Write the catalogue of the language `tag`."""
    comment = f"{catalog.header_comment}\n" if catalog.header_comment else ""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(f"{comment}{_header(tag)}".encode() + _serialized(catalog))


def _serialized(catalog: Catalog) -> bytes:
    buffer = BytesIO()
    write_po(
        buffer,
        catalog,
        width=100,
        no_location=True,
        omit_header=True,
        sort_output=True,
        ignore_obsolete=True,
    )
    return buffer.getvalue()


def _header(tag: str) -> str:
    # Only the fields that tools need: dates and names would change with every run.
    lines = {
        "Language": str(Locale.parse(tag, sep="-")),
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": plural_forms(tag).header,
    }
    fields = "".join(f'"{name}: {value}\\n"\n' for name, value in lines.items())
    return f'msgid ""\nmsgstr ""\n{fields}\n'
