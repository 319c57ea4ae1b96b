"""Language negotiation as regular expressions, for web servers without any other means.

Differences from `app.i18n.negotiate`: language ranges are taken in the order of the header, which
in browsers is the order of their weights, and `q=0` does not exclude the default language.
"""

import re
from collections.abc import Sequence

from app.i18n.negotiate import lookup, related_tags

__all__ = ["accept_language_pattern", "language_patterns"]

_WEIGHT = r"\s*(?:;\s*q\s*=\s*(?:1(?:\.0{0,3})?|0\.[0-9]{0,2}[1-9][0-9]{0,2})\s*)?"


def accept_language_pattern(languages: Sequence[str], group: str) -> str:
    """Pattern for the first range in an Accept-Language header that matches one of `languages`.

    The range is captured as the group named `group`.
    """
    primaries = dict.fromkeys(
        each.partition("-")[0] for each in (*languages, *related_tags(languages))
    )
    tag = rf"(?:{'|'.join(primaries)})(?:-[a-z0-9]+)*"
    supported = rf"{tag}{_WEIGHT}(?:,|$)"
    return rf"^\s*(?:(?!{supported})[^,]*,\s*)*(?P<{group}>{tag}){_WEIGHT}(?:,|$)"


def language_patterns(languages: Sequence[str]) -> list[tuple[str, str]]:
    """Patterns for a range or tag with the language that each selects; the first match counts."""
    heads = {*languages, *related_tags(languages)}
    heads |= {each.partition("-")[0] for each in heads}
    found = [(head, lookup(head, languages)) for head in sorted(heads, key=_longest_first)]
    return [(_pattern(head), tag) for head, tag in found if tag is not None]


def _longest_first(tag: str) -> tuple[int, str]:
    return -tag.count("-"), tag


def _pattern(head: str) -> str:
    return f"^{re.escape(head).replace(chr(92) + '-', '[-_]')}(?:[-_]|$)"
