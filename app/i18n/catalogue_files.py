"""Files of the catalogues: where they are, and whether one is complete."""

import re
from pathlib import Path

from app import folder

__all__ = ["CONSOLE", "MESSAGES", "catalogue_path", "is_complete"]

# The two domains: the texts for visitors, and the additional texts of staff.
MESSAGES = "messages"
CONSOLE = "console"

# Ends of entries without a text; an empty line ends an entry.
_GAPS = (b'\nmsgstr ""\n\n', b'] ""\n\n', b'] ""\nmsgstr[')
# An entry that a tool guessed.
_FUZZY = re.compile(rb"^#,.*\bfuzzy\b", re.MULTILINE)


def catalogue_path(tag: str, domain: str = MESSAGES) -> Path:
    """Path of the catalogue of `tag`; its folder is named like a gettext locale, `pt_BR`."""
    language, *rest = tag.split("-")
    parts = [part.title() if len(part) == 4 else part.upper() for part in rest]
    return folder("locales") / "_".join([language, *parts]) / "LC_MESSAGES" / f"{domain}.po"


def is_complete(file: Path) -> bool:
    """Whether the catalogue `file` exists and translates each of its messages.

    Finds gaps without parsing the file: every start looks at every catalogue.
    """
    try:
        content = file.read_bytes() + b"\n"
    except FileNotFoundError:
        return False
    is_fuzzy = b"fuzzy" in content and _FUZZY.search(content) is not None
    return not is_fuzzy and not any(gap in content for gap in _GAPS)
