"""Displayed names: names in certificates, which strangers choose, made safe to show as data."""

import re
import unicodedata

__all__ = ["LONGEST_NAME", "display_name", "without_controls"]

LONGEST_NAME = 64
# Quotation marks of the languages of the page: with them, a name could end its own quotation.
_QUOTES = re.compile("[“”„‟«»]")
_SPACES = re.compile(r"\s+")
# Controls, formats (bidirectional marks, isolates and overrides among them, and characters of no
# width), surrogates, private use, unassigned; line and paragraph separators.
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def display_name(name: str) -> str:
    """The name with visible characters only and without quotation marks, at most 64 characters."""
    shown = _QUOTES.sub("'", without_controls(name))
    return shown if len(shown) <= LONGEST_NAME else f"{shown[: LONGEST_NAME - 1]}…"


def without_controls(text: str) -> str:
    """The text in one line, without characters that are invisible or change the direction."""
    if text.isascii() and text.isprintable():
        return text.strip()
    visible = (" " if each.isspace() else each for each in text)
    printable = (each for each in visible if unicodedata.category(each) not in _INVISIBLE)
    return _SPACES.sub(" ", "".join(printable)).strip()
