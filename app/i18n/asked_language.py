"""The language that a reader asked for, from the Accept-Language header."""

import re
from functools import lru_cache

from babel import Locale, UnknownLocaleError

from app.i18n.languages import REGISTERED
from app.i18n.negotiate import lookup

__all__ = ["asked_language"]

# Longer headers are no browser's.
_LONGEST_HEADER = 400
_RANGE = re.compile(
    r"([a-z]{2,8}(?:[-_][a-z0-9]{1,8})*)\s*(?:;\s*q\s*=\s*([01](?:\.[0-9]{0,3})?))?"
)


@lru_cache(maxsize=512)
def asked_language(header: str) -> str | None:
    """The language with the highest weight in an Accept-Language header, without its region.

    It is a registered language of Fyr where one fits, so that `zh-TW` is `zh-hant`, otherwise a
    language of CLDR. None when the header names none, so that the number of answers is bounded.
    """
    if len(header) > _LONGEST_HEADER:
        return None
    best, weight = None, 0.0
    for item in header.lower().split(","):
        found = _RANGE.fullmatch(item.strip())
        wanted = min(float(found[2]), 1.0) if found and found[2] else 1.0
        if found and wanted > weight:
            tag = _known(found[1].replace("_", "-"))
            best, weight = (tag, wanted) if tag is not None else (best, weight)
    return best


def _known(tag: str) -> str | None:
    registered = lookup(tag, REGISTERED)
    if registered is not None:
        return registered
    primary = tag.partition("-")[0]
    try:
        return Locale.parse(primary).language.lower()
    except (UnknownLocaleError, ValueError):
        return None
