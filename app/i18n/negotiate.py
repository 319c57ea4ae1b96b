"""Language negotiation: URL path, query, Accept-Language (RFC 4647 lookup), page default."""

import re
from collections.abc import Iterable, Sequence

from app.domain.localized_text import tag_and_parents

__all__ = ["lookup", "match_accept_language", "negotiate", "related_tags"]

# Browsers send far less; the rest of a longer header is ignored.
_LONGEST_HEADER = 4096
_MOST_RANGES = 100
_LONGEST_TAG = 35

_RANGE = re.compile(r"(?:[a-z]{1,8}(?:-[a-z0-9]{1,8})*|\*)")
_QUALITY = re.compile(r"q\s*=\s*(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)")

# Substitutes for a tag: mutually intelligible languages, deprecated codes, script by region.
_RELATED: dict[str, tuple[str, ...]] = {
    "nb": ("no", "nn"),
    "no": ("nb", "nn"),
    "nn": ("no", "nb"),
    "iw": ("he",),
    "in": ("id",),
    "zh-cn": ("zh-hans",),
    "zh-sg": ("zh-hans",),
    "zh-tw": ("zh-hant",),
    "zh-hk": ("zh-hant",),
    "zh-mo": ("zh-hant",),
}


def negotiate(
    path: str | None,
    requested: Iterable[str],
    accept: str | None,
    *,
    languages: Sequence[str],
    default: str,
) -> str:
    """The published language tag to respond in.

    The first of these that matches one of `languages`: the tag in the `path`, the tags `requested`
    in the query (`?locale=`, `?lang=`), the Accept-Language header; else the page's `default`.
    """
    if path is not None and path.lower() in languages:
        return path.lower()
    for wanted in requested:
        found = lookup(wanted, languages)
        if found is not None:
            return found
    return match_accept_language(accept or "", languages=languages, default=default)


def lookup(wanted: str, languages: Sequence[str]) -> str | None:
    """The published tag that matches the tag `wanted`, None when there is none.

    RFC 4647 lookup: the tag, then its parents, each followed by its related tags; then a regional
    variant of the language, so that `pt` matches `pt-br`.
    """
    tag = wanted.strip().lower().replace("_", "-")
    if len(tag) > _LONGEST_TAG or tag == "*" or not _RANGE.fullmatch(tag):
        return None
    for candidate in tag_and_parents(tag):
        for each in (candidate, *_RELATED.get(candidate, ())):
            if each in languages:
                return each
    primary = tag.partition("-")[0] + "-"
    return next((each for each in languages if each.startswith(primary)), None)


def related_tags(languages: Sequence[str]) -> list[str]:
    """The tags that are not in `languages` but match one of them as a related tag."""
    return [tag for tag, group in _RELATED.items() if any(each in languages for each in group)]


def match_accept_language(header: str, *, languages: Sequence[str], default: str) -> str:
    """The published tag that matches an Accept-Language header best, else `default`.

    Ranges with q=0 are excluded, the default included as long as another language is left.
    """
    wanted, excluded = _ranges(header)
    for tag in wanted:
        found = lookup(tag, languages)
        if found is not None and found not in excluded:
            return found
    if default not in excluded:
        return default
    return next((tag for tag in languages if tag not in excluded), default)


def _ranges(header: str) -> tuple[list[str], set[str]]:
    """The language ranges by descending weight, and those that q=0 excludes."""
    weighted: list[tuple[float, str]] = []
    excluded = set()
    for item in header[:_LONGEST_HEADER].lower().split(",", _MOST_RANGES)[:_MOST_RANGES]:
        tag, _, parameter = (part.strip() for part in item.partition(";"))
        quality = _QUALITY.fullmatch(parameter) if parameter else None
        if not _RANGE.fullmatch(tag) or (parameter and quality is None):
            continue
        weight = float(quality[1]) if quality else 1.0
        if weight == 0:
            excluded.add(tag)
        elif tag != "*":
            weighted.append((weight, tag))
    weighted.sort(key=lambda each: -each[0])
    return [tag for _, tag in weighted], excluded
