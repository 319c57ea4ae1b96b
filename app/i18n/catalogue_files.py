"""Files of the catalogues: where they are, and whether one is complete."""

from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path
from typing import IO

from app import folder

__all__ = ["CONSOLE", "INCOMPLETE", "MESSAGES", "catalogue_path", "is_complete"]

# The two domains: the texts for visitors, and the additional texts of staff.
MESSAGES = "messages"
CONSOLE = "console"

# The field of the header with the number of messages that a catalogue does not translate.
INCOMPLETE = "X-Untranslated"


def catalogue_path(tag: str, domain: str = MESSAGES) -> Path:
    """Path of the catalogue of `tag`; its folder is named like a gettext locale, `pt_BR`."""
    language, *rest = tag.split("-")
    parts = [part.title() if len(part) == 4 else part.upper() for part in rest]
    return folder("locales") / "_".join([language, *parts]) / "LC_MESSAGES" / f"{domain}.po"


def is_complete(file: Path) -> bool:
    """Whether the catalogue `file` exists and translates every message, by its header.

    `make i18n` writes the field INCOMPLETE; `make check` verifies it.
    """
    try:
        with file.open("rb") as stream:
            return not any(line.startswith(_FIELD) for line in _header_lines(stream))
    except FileNotFoundError:
        return False


_FIELD = f'"{INCOMPLETE}:'.encode()


def _header_lines(stream: IO[bytes]) -> Iterator[bytes]:
    """The lines of a catalogue up to the first empty one, which ends the header."""
    return takewhile(bytes.strip, stream)
