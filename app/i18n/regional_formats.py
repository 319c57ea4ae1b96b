"""Regional formats: the words of a published language with the dates and numbers of a region.

A regional tag, such as `en-gb`, names a published language and a region whose formats differ from
those of the language. It needs no catalogue of its own.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from app.i18n.language_tags import LanguageTag, parse_tag
from app.i18n.languages import REGISTERED, first_weekday
from app.i18n.negotiate import lookup

__all__ = ["known_tag", "published_tag", "with_region"]

# The tag for a published language and a region that CLDR has for it, some hundred pairs.
_TAGS: dict[tuple[str, str], str] = {}

_SAMPLE_ZONE = ZoneInfo("Europe/Stockholm")
_MORNING = datetime(2021, 2, 9, 7, 5, tzinfo=UTC)
_EVENING = datetime(2021, 7, 9, 19, 5, tzinfo=UTC)


def with_region(wanted: str, published: str) -> str:
    """The tag for a reader of `wanted` to whom the language `published` is served.

    `en-gb` for a British reader of `en`; `published` itself when the reader names no region, when
    CLDR does not know the language there, or when its formats are those of the language.

    The first call for a region reads its data and compares its formats, which takes milliseconds.
    """
    found = known_tag(wanted, published)
    name = _cldr_name(wanted, published) if found is None else None
    if name is None:
        return found or published
    tag = name.replace("_", "-").lower()
    # `pt-pt` is a language of its own, with other words than those of `pt-br`.
    is_equal = tag in REGISTERED or _sample(tag) == _sample(published)
    found = _TAGS[published, name] = published if is_equal else tag
    return found


def known_tag(wanted: str, published: str) -> str | None:
    """What `with_region` returns, at once; None before the first call for this region."""
    name = _cldr_name(wanted, published)
    return published if name is None else _TAGS.get((published, name))


def published_tag(tag: str, languages: Sequence[str]) -> str | None:
    """The published language of a tag: the tag itself, or the language that it is regional for.

    None for all other tags, also for those that only negotiation maps to a published language.
    """
    if tag in languages:
        return tag
    published = lookup(tag, languages) if "-" in tag else None
    return published if published is not None and with_region(tag, published) == tag else None


def _cldr_name(wanted: str, published: str) -> str | None:
    """The name that CLDR has for the published language in the region that `wanted` names."""
    reader, language = parse_tag(wanted), parse_tag(published)
    return None if reader is None or language is None else _name_in_region(reader, language)


@lru_cache(maxsize=4096)
def _name_in_region(reader: LanguageTag, language: LanguageTag) -> str | None:
    if reader.family != language.family:
        return None
    if reader.region in {"", language.likely_region}:
        return None
    return language.in_region(reader.region)


def _sample(tag: str) -> tuple[object, ...]:
    """What the formats make of some values; equal for tags whose formats do not differ."""
    # Imported here: a server serves its snapshot before it needs the formats of Babel.
    from app.i18n import formats  # noqa: PLC0415

    months = [date(2021, month, 9) for month in range(1, 13)]
    return (
        first_weekday(tag),
        *(formats.day(each, tag) for each in months),
        *(formats.month(each, tag) for each in months),
        formats.short_days(months[0], months[1], tag),
        formats.short_days(months[0], date(2021, 1, 12), tag),
        formats.time_span(_MORNING, _EVENING, tag, UTC),
        formats.date_time(_EVENING, tag, _SAMPLE_ZONE),
        formats.percent(0.99917, tag),
        formats.number(1234, tag),
        formats.number(1234567, tag),
        formats.duration(8040, tag),
        formats.duration(180000, tag),
        formats.time_until(90000, tag),
        formats.join(["a", "b", "c"], tag),
    )
