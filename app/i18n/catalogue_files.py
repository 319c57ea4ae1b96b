"""Files of the catalogues: where they are, and whether one is complete."""

import re
from functools import cache
from pathlib import Path

from app import folder

__all__ = ["CONSOLE", "MESSAGES", "catalogue_path", "count_messages", "is_complete", "is_intact"]

# The two domains: the texts for visitors, and the additional texts of staff.
MESSAGES = "messages"
CONSOLE = "console"

# Ends of entries without a text; an empty line ends an entry.
_GAPS = (b'\nmsgstr ""\n\n', b'] ""\n\n', b'] ""\nmsgstr[')
# How a message begins, and each line of an entry.
_MESSAGE = b'\nmsgid "'
_WORDS = (b'"', b'msgid "', b'msgid_plural "', b'msgctxt "', b'msgstr "', b"msgstr[")
# An entry that a tool guessed.
_FUZZY = re.compile(rb"^#,.*\bfuzzy\b", re.MULTILINE)


def catalogue_path(tag: str, domain: str = MESSAGES) -> Path:
    """Path of the catalogue of `tag`; its folder is named like a gettext locale, `pt_BR`."""
    language, *rest = tag.split("-")
    parts = [part.title() if len(part) == 4 else part.upper() for part in rest]
    return folder("locales") / "_".join([language, *parts]) / "LC_MESSAGES" / f"{domain}.po"


def is_complete(file: Path) -> bool:
    """Whether the catalogue `file` exists and translates each of its messages.

    Finds gaps without parsing the file: every start looks at every catalogue. A file that cannot
    be read counts as complete, so that `verify_catalogues` names it.
    """
    try:
        content = file.read_bytes() + b"\n"
    except FileNotFoundError:
        return False
    except OSError:
        return True
    is_fuzzy = b"fuzzy" in content and _FUZZY.search(content) is not None
    return not is_fuzzy and not any(gap in content for gap in _GAPS)


def is_intact(file: Path, template: Path) -> bool:
    """Whether a catalogue is text, has whole lines, and every message of its template.

    Counts its lines, which takes 1 ms; parsing takes 16 ms. A line of an entry ends with a
    quotation mark, and a template has every message once, but no header.
    """
    content = b"\n" + file.read_bytes()
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    begun = sum(content.count(b"\n" + word) for word in _WORDS)
    ended = content.count(b'"\n')
    return (
        content.count(_MESSAGE) == count_messages(template) + 1
        and begun == ended
        and b"\0" not in content
    )


@cache
def count_messages(template: Path) -> int:
    """How many messages a template has."""
    return (b"\n" + template.read_bytes()).count(_MESSAGE)
