"""Validation of input: texts, language tags, slugs, ids, numbers and times."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from app.domain.errors import InvalidError
from app.domain.texts.localized_text import LocalizedText
from app.domain.texts.white_space import trim

__all__ = [
    "BODY_LIMIT",
    "TITLE_LIMIT",
    "check_past",
    "check_range",
    "check_slug",
    "check_text",
    "check_time",
    "is_language_tag",
    "is_public_id",
    "is_slug",
    "localized",
]

# As long as titles of Statuspage, Cachet and Uptime Kuma, from which histories are imported.
TITLE_LIMIT = 255
BODY_LIMIT = 50_000

_TAG = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8}){0,3}")
_SLUG = re.compile(r"(?=.{1,60}$)[a-z0-9]+(-[a-z0-9]+)*")
_PUBLIC_ID = re.compile(r"[a-z0-9]{12}")
# Control characters but tab, line feed and carriage return; surrogates, which cannot be encoded;
# noncharacters.
_FORBIDDEN_CHARACTER = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
# Embeddings and overrides can make a title read differently from what was typed.
_BIDI = re.compile("[\u202a-\u202e]")
# A title is shown where only one line fits: a mail subject, a browser tab, a feed.
_LINE_BREAK = re.compile("[\t\n\r\u2028\u2029]")
_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
_LATEST = datetime(2200, 1, 1, tzinfo=UTC)
_CLOCK_SKEW = timedelta(minutes=2)


def localized(
    value: str | Mapping[str, str], *, default: str, field: str, limit: int, one_line: bool = False
) -> LocalizedText:
    """Validate a text: a string in the language `default`, or texts by language tag.

    Raises InvalidError naming `field`: a text that is empty, too long, has control characters, or
    has a line break despite `one_line`; an invalid or repeated language tag.
    """
    texts = {default: value} if isinstance(value, str) else value
    if not texts:
        raise InvalidError(f"The {field} is in no language.", code="empty_text", field=field)
    checked: dict[str, str] = {}
    for tag, text in texts.items():
        if not is_language_tag(tag.lower()):
            raise InvalidError(
                f"{tag[:40]!r} is not a language tag such as 'en' or 'pt-br'.",
                code="unknown_language",
                field=field,
            )
        if tag.lower() in checked:
            raise InvalidError(
                f"The {field} is given twice in {tag!r}.", code="language_twice", field=field
            )
        checked[tag.lower()] = check_text(text, field=field, limit=limit)
        if one_line and _LINE_BREAK.search(checked[tag.lower()]):
            raise InvalidError(f"The {field} is one line.", code="line_break", field=field)
    return LocalizedText.from_mapping(checked, default=default)


def check_text(text: str, *, field: str, limit: int) -> str:
    """The text without surrounding white space (`trim`).

    Raises InvalidError naming `field`: empty, longer than `limit`, or with control characters.
    """
    text = trim(text)
    if not text:
        raise InvalidError(f"The {field} is empty.", code="empty_text", field=field)
    if len(text) > limit:
        raise InvalidError(
            f"The {field} has {len(text)} characters; at most {limit} are taken.",
            code="text_too_long",
            field=field,
        )
    if _FORBIDDEN_CHARACTER.search(text):
        raise InvalidError(
            f"The {field} contains control characters; remove them.",
            code="control_character",
            field=field,
        )
    if _BIDI.search(text):
        raise InvalidError(
            f"The {field} contains characters that turn the direction of the text "
            "(U+202A to U+202E); remove them.",
            code="bidi_control",
            field=field,
        )
    return text


def check_range(value: int, least: int, most: int, *, field: str) -> int:
    """`value` if it is from `least` to `most`. Raises InvalidError (`out_of_range`) otherwise."""
    if not least <= value <= most:
        raise InvalidError(
            f"The {field} lies between {least} and {most}.",
            code="out_of_range",
            field=field,
            data={"least": least, "most": most},
        )
    return value


def is_language_tag(tag: str) -> bool:
    """Whether `tag` is a language tag in lower case, such as `en` or `pt-br` (a part of BCP 47)."""
    return _TAG.fullmatch(tag) is not None


def is_slug(slug: str) -> bool:
    """Whether `slug` has the format of a slug."""
    return _SLUG.fullmatch(slug) is not None


def is_public_id(text: str) -> bool:
    """Whether `text` has the format of a public id."""
    return _PUBLIC_ID.fullmatch(text) is not None


def check_slug(slug: str, *, field: str = "slug") -> str:
    """`slug` if it has the format of a slug. Raises InvalidError otherwise."""
    if not is_slug(slug):
        raise InvalidError(
            "A slug is up to 60 lower-case letters, digits and single hyphens.",
            code="invalid_slug",
            field=field,
        )
    return slug


def check_time(at: datetime, *, field: str) -> datetime:
    """`at` in UTC. Raises InvalidError when it has no time zone or is outside 1990 to 2199."""
    if at.tzinfo is None:
        raise InvalidError(
            f"The {field} needs a time zone, such as 2021-09-30T14:01:00Z.",
            code="naive_time",
            field=field,
        )
    if not _EARLIEST.replace(tzinfo=None) <= at.replace(tzinfo=None) < _LATEST.replace(tzinfo=None):
        raise InvalidError(
            f"The {field} lies outside the years 1990 to 2199.",
            code="time_out_of_range",
            field=field,
        )
    return at.astimezone(UTC)


def check_past(at: datetime, *, now: datetime, field: str) -> datetime:
    """`at` in UTC. Raises InvalidError when it is more than two minutes after `now`."""
    checked = check_time(at, field=field)
    if checked > now + _CLOCK_SKEW:
        raise InvalidError(f"The {field} lies in the future.", code="time_in_future", field=field)
    return checked
