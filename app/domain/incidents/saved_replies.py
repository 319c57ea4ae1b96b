"""Saved replies: texts with plain named gaps, `{service}`, and what is put into them."""

import re
from collections.abc import Mapping

__all__ = ["fill", "gaps"]

# A gap is one pair of braces around a word; two pairs are an instant, `{{2021-09-30T14:01Z}}`.
_GAP = re.compile(r"(?<!\{)\{([a-z][a-z0-9_]{0,39})\}(?!\})")


def gaps(text: str) -> tuple[str, ...]:
    """The names of the gaps in `text`, each once, in their order."""
    return tuple(dict.fromkeys(_GAP.findall(text)))


def fill(text: str, values: Mapping[str, str]) -> str:
    """`text` with its gaps filled; one without a value stays as it is, to be seen.

    Values are put in as they are and are never read again, so a value cannot make another gap.
    """
    return _GAP.sub(lambda gap: values.get(gap[1]) or gap[0], text)
