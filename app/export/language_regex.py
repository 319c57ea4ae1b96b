"""The one language decision as regular expressions, for web servers that know nothing else.

What they cannot do: ranges are taken in the order of the header, which is that of their weights in
every browser, and a default that is refused with `q=0` is given all the same.
"""

import re
from collections.abc import Sequence

from app.i18n.negotiate import lookup, related_tags

__all__ = ["accept_language_pattern", "language_patterns"]

_WEIGHT = r"\s*(?:;\s*q\s*=\s*(?:1(?:\.0{0,3})?|0\.[0-9]{0,2}[1-9][0-9]{0,2})\s*)?"


def accept_language_pattern(languages: Sequence[str], group: str) -> str:
    """What finds the first range in an Accept-Language header that one of `languages` serves.

    `group` is the name under which the range is captured.
    """
    primaries = dict.fromkeys(
        each.partition("-")[0] for each in (*languages, *related_tags(languages))
    )
    tag = rf"(?:{'|'.join(primaries)})(?:-[a-z0-9]+)*"
    ours = rf"{tag}{_WEIGHT}(?:,|$)"
    return rf"^\s*(?:(?!{ours})[^,]*,\s*)*(?P<{group}>{tag}){_WEIGHT}(?:,|$)"


def language_patterns(languages: Sequence[str]) -> list[tuple[str, str]]:
    """Patterns for one range or tag, and the language that serves it; the first to fit counts."""
    heads = {*languages, *related_tags(languages)}
    heads |= {each.partition("-")[0] for each in heads}
    found = [(head, lookup(head, languages)) for head in sorted(heads, key=_longest_first)]
    return [(_pattern(head), tag) for head, tag in found if tag is not None]


def _longest_first(tag: str) -> tuple[int, str]:
    return -tag.count("-"), tag


def _pattern(head: str) -> str:
    return f"^{re.escape(head).replace(chr(92) + '-', '[-_]')}(?:[-_]|$)"
