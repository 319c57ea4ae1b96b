"""Slugs made from names: lower-case ASCII letters, digits and single hyphens."""

import hashlib
import unicodedata
from collections.abc import Callable
from itertools import chain, count

from app.domain.texts.localized_text import LocalizedText
from app.domain.texts.names import normalize_name

__all__ = ["free_slug", "slug_of"]

_LIMIT = 60
# Letters without a decomposition in Unicode.
_LETTERS = str.maketrans(
    {"ß": "ss", "æ": "ae", "ø": "o", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"}
)


def slug_of(name: LocalizedText, *, prefix: str) -> str:
    """The slug of a name: of its source text, else of the first text with ASCII letters.

    A name without any gets `prefix` and a hash, so that its slug is equal each time.
    """
    texts = dict(name)
    source = texts.pop(name.source)
    slugs = (_ascii(text) for text in (source, *texts.values()))
    digest = hashlib.sha256(normalize_name(source).encode()).hexdigest()[:12]
    return next((slug for slug in slugs if slug), f"{prefix}-{digest}")


def free_slug(preferred: str, is_taken: Callable[[str], bool]) -> str:
    """The preferred slug, or else the first one with a number that is not taken."""
    numbered = (f"{preferred[: _LIMIT - 4].rstrip('-')}-{number}" for number in count(2))
    return next(each for each in chain([preferred], numbered) if not is_taken(each))


def _ascii(text: str) -> str:
    lower = normalize_name(text).lower().translate(_LETTERS)
    plain = "".join(
        char for char in unicodedata.normalize("NFKD", lower) if not unicodedata.combining(char)
    )
    letters = "".join(char if char.isascii() and char.isalnum() else "-" for char in plain)
    return "-".join(part for part in letters.split("-") if part)[:_LIMIT].strip("-")
