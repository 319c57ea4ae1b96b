"""White space around the texts of staff."""

import re

__all__ = ["trim"]

_BLANK_LINES = re.compile(r"\A(?:[^\S\n]*\n)+")


def trim(text: str) -> str:
    """Remove blank lines before a text, and white space after it.

    The indentation of the first of several lines stays: in Markdown it separates code from a
    paragraph, and the items of a list from those of a list within it.
    """
    text = _BLANK_LINES.sub("", text).rstrip()
    return text if "\n" in text else text.strip()
