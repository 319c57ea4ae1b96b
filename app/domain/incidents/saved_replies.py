"""Placeholders of saved replies: names in braces, such as `{service}`, and how they are filled."""

import re
from collections.abc import Mapping

__all__ = ["fill", "placeholders"]

# One pair of braces around a name. Two pairs are a time, such as `{{2021-09-30T14:01Z}}`.
_PLACEHOLDER = re.compile(r"(?<!\{)\{([a-z][a-z0-9_]{0,39})\}(?!\})")


def placeholders(text: str) -> tuple[str, ...]:
    """The names of the placeholders in `text`, each once, in the order of the text."""
    return tuple(dict.fromkeys(_PLACEHOLDER.findall(text)))


def fill(text: str, values: Mapping[str, str]) -> str:
    """`text` with its placeholders filled; a placeholder without a value stays visible.

    Values are inserted as they are and not searched, so a value cannot add a placeholder.
    """
    return _PLACEHOLDER.sub(lambda found: values.get(found[1]) or found[0], text)
