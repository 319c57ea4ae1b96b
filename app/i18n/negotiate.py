"""Which language a visitor gets: the one decision every surface asks."""

import re
from collections.abc import Iterable, Sequence

from app.domain.localized_text import lineage

__all__ = ["lookup", "match_accept_language", "negotiate", "related_tags"]

# No browser sends more; what is beyond is not read.
_LONGEST_HEADER = 4096
_MOST_RANGES = 100
_LONGEST_TAG = 35

_RANGE = re.compile(r"(?:[a-z]{1,8}(?:-[a-z0-9]{1,8})*|\*)")
_QUALITY = re.compile(r"q\s*=\s*(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)")

# What else serves someone who asked for the first: written alike, or the same by another tag.
_KIN: dict[str, tuple[str, ...]] = {
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
    asked: Iterable[str],
    accept: str | None,
    *,
    languages: Sequence[str],
    default: str,
) -> str:
    """The published tag to answer in.

    The first that names one of `languages`: the tag in the `path`, what the query `asked` for
    (`?locale=`, `?lang=`), the Accept-Language header; otherwise the page's `default`.
    """
    if path is not None and path.lower() in languages:
        return path.lower()
    for wanted in asked:
        found = lookup(wanted, languages)
        if found is not None:
            return found
    return match_accept_language(accept or "", languages=languages, default=default)


def lookup(wanted: str, languages: Sequence[str]) -> str | None:
    """The published tag for someone who asked for `wanted`, None when no language serves them.

    RFC 4647 lookup: the tag, then its parents; then its kin; then a regional form of the same
    language, so that `pt` is served by `pt-br`.
    """
    tag = wanted.strip().lower().replace("_", "-")
    if len(tag) > _LONGEST_TAG or tag == "*" or not _RANGE.fullmatch(tag):
        return None
    for candidate in lineage(tag):
        for each in (candidate, *_KIN.get(candidate, ())):
            if each in languages:
                return each
    primary = tag.partition("-")[0] + "-"
    return next((each for each in languages if each.startswith(primary)), None)


def related_tags(languages: Sequence[str]) -> list[str]:
    """The tags that one of `languages` serves though it is called otherwise."""
    return [tag for tag, group in _KIN.items() if any(each in languages for each in group)]


def match_accept_language(header: str, *, languages: Sequence[str], default: str) -> str:
    """The published tag that serves an Accept-Language header best, else `default`.

    Ranges with q=0 are refused: the default too is passed over for it while another is left.
    """
    wanted, refused = _ranges(header)
    for tag in wanted:
        found = lookup(tag, languages)
        if found is not None and found not in refused:
            return found
    if default not in refused:
        return default
    return next((tag for tag in languages if tag not in refused), default)


def _ranges(header: str) -> tuple[list[str], set[str]]:
    """The ranges by falling weight, equals in their order, and those that are refused."""
    weighed: list[tuple[float, str]] = []
    refused = set()
    for item in header[:_LONGEST_HEADER].lower().split(",", _MOST_RANGES)[:_MOST_RANGES]:
        tag, _, parameter = (part.strip() for part in item.partition(";"))
        quality = _QUALITY.fullmatch(parameter) if parameter else None
        if not _RANGE.fullmatch(tag) or (parameter and quality is None):
            continue
        weight = float(quality[1]) if quality else 1.0
        if weight == 0:
            refused.add(tag)
        elif tag != "*":
            weighed.append((weight, tag))
    weighed.sort(key=lambda each: -each[0])
    return [tag for _, tag in weighed], refused
