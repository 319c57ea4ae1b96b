"""Language negotiation: URL path, query, Accept-Language, page default."""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from app.i18n.language_tags import LanguageTag, parse_tag

__all__ = ["Match", "lookup", "match", "match_accept_language", "negotiate"]

# Browsers send far less; the rest of a longer header is ignored.
_LONGEST_HEADER = 8192
_MOST_RANGES = 256

_WILDCARDS = re.compile(r"(?<=[a-z0-9])-\*")
# The tags that can stand in for each other, by language and script.
_Families = Mapping[tuple[str, str], Sequence[tuple[str, LanguageTag]]]

_QUALITY = re.compile(r"q\s*=\s*(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)")


class Match(NamedTuple):
    """A published tag, and the tag of the request that it matches; "" for the page's default."""

    published: str
    wanted: str


def negotiate(
    path: str | None,
    requested: Iterable[str],
    accept: str | None,
    *,
    languages: Sequence[str],
    default: str,
) -> str:
    """The published language tag to respond in: that of `match`."""
    return match(path, requested, accept, languages=languages, default=default).published


def match(
    path: str | None,
    requested: Iterable[str],
    accept: str | None,
    *,
    languages: Sequence[str],
    default: str,
) -> Match:
    """The published language tag to respond in, with the tag that it matches.

    The first of these that matches one of `languages`: the tag in the `path`, the tags `requested`
    in the query (`?locale=`, `?lang=`), the Accept-Language header; else the page's `default`.
    """
    if path is not None and path.lower() in languages:
        return Match(path.lower(), path.lower())
    for wanted in requested:
        found = lookup(wanted, languages)
        if found is not None:
            return Match(found, wanted)
    return _match_header(accept or "", languages, default)


def lookup(wanted: str, languages: Sequence[str]) -> str | None:
    """The published tag that matches the tag `wanted`, None when there is none.

    RFC 4647 lookup with CLDR: the tag, then its parents (`es-mx` finds `es-419` before `es`), then
    any tag of its language and script. A text in another script does not match: its readers may
    not read it.
    """
    tag = wanted.strip().lower().replace("_", "-")
    if tag in languages:
        return tag
    parsed = parse_tag(tag)
    family = None if parsed is None else _families(tuple(languages)).get(parsed.family)
    if parsed is None or family is None:
        return None
    for parent in parsed.parents():
        for each, published in family:
            if published.language == parent.language and (
                published.likely_region == parent.likely_region
            ):
                return each
    siblings = (each for each, published in family if published.language == parsed.language)
    return next(siblings, family[0][0])


def match_accept_language(header: str, *, languages: Sequence[str], default: str) -> str:
    """The published tag that matches an Accept-Language header best, else `default`.

    Ranges with q=0 are excluded, the default included as long as another language is left.
    """
    return _match_header(header, languages, default).published


def _match_header(header: str, languages: Sequence[str], default: str) -> Match:
    wanted, refused = _ranges(header)
    excluded = _excluded(refused, languages)
    for tag in wanted:
        found = lookup(tag, languages)
        # `pt;q=0, pt-br` excludes all of Portuguese but the Brazilian one.
        if found is not None and (found not in excluded or (found == tag and tag not in refused)):
            return Match(found, tag)
    if default not in excluded:
        return Match(default, "")
    return Match(next((tag for tag in languages if tag not in excluded), default), "")


def _ranges(header: str) -> tuple[list[str], set[str]]:
    """The language ranges by descending weight, and those that q=0 excludes."""
    weighted: list[tuple[float, str]] = []
    refused = set()
    for item in header[:_LONGEST_HEADER].lower().split(",", _MOST_RANGES)[:_MOST_RANGES]:
        name, _, parameter = (part.strip() for part in item.partition(";"))
        quality = _QUALITY.fullmatch(parameter) if parameter else None
        if parameter and quality is None:
            continue
        # Lookup ignores wildcards but the first (RFC 4647 section 3.4); that one names no language.
        tag = _WILDCARDS.sub("", name.replace("_", "-"))
        if not tag or tag == "*":
            continue
        weight = float(quality[1]) if quality else 1.0
        if weight == 0:
            refused.add(tag)
        else:
            weighted.append((weight, tag))
    weighted.sort(key=lambda each: -each[0])
    return [tag for _, tag in weighted], refused


@lru_cache(maxsize=256)
def _families(languages: tuple[str, ...]) -> _Families:
    families: dict[tuple[str, str], list[tuple[str, LanguageTag]]] = {}
    for tag in languages:
        parsed = parse_tag(tag)
        if parsed is not None:
            families.setdefault(parsed.family, []).append((tag, parsed))
    return families


def _excluded(refused: Iterable[str], languages: Sequence[str]) -> set[str]:
    """The published tags that language ranges cover (RFC 4647 section 3.3.1), by CLDR."""
    families = _families(tuple(languages))
    excluded = set()
    for wanted in refused:
        parsed = parse_tag(wanted)
        if parsed is None:
            continue
        for tag, published in families.get(parsed.family, ()):
            same = parsed.language in {published.language, published.family[0]}
            if same and parsed.region in {"", published.likely_region}:
                excluded.add(tag)
    return excluded
