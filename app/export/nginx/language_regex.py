"""Language negotiation as regular expressions, for web servers without any other means.

Differences from `app.i18n.negotiate`: language ranges are taken in the order of the header, which
in browsers is the order of their weights, and `q=0` does not exclude the default language.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from app.i18n.language_tags import other_names, parse_tag, special_regions
from app.i18n.negotiate import lookup

__all__ = ["accept_language_pattern", "language_patterns"]

_WEIGHT = r"\s*(?:;\s*q\s*=\s*(?:1(?:\.0{0,3})?|0\.[0-9]{0,2}[1-9][0-9]{0,2})\s*)?"
# The end of a subtag: a separator or the end of the tag.
_END = r"(?![a-z0-9])"
_REST = r"(?:[-_][a-z0-9*]+)*"

# A pattern for the subtags after a language, and the published tag that they select.
_Case = tuple[str, str | None]


def accept_language_pattern(languages: Sequence[str], group: str) -> str:
    """Pattern for the first range in an Accept-Language header that matches one of `languages`.

    The range is captured as the group named `group`. nginx limits a parameter to 4,095 bytes.
    """
    heads: dict[str, list[str]] = {}
    for cases, codes in _codes_by_cases(languages):
        matched = [subtags for subtags, tag in cases if tag is not None]
        if matched:
            heads.setdefault(_condition(matched, cases), []).extend(codes)
    any_head = _any(f"{_any(codes)}{condition}" for condition, codes in heads.items())
    return rf"(?:^|,)\s*(?P<{group}>{any_head}{_END}{_REST}){_WEIGHT}(?:,|$)"


def language_patterns(languages: Sequence[str]) -> list[tuple[str, str]]:
    """Patterns for a range or tag with the language that each selects; the first match counts."""
    patterns = []
    for cases, codes in _codes_by_cases(languages):
        for tag, run in groupby(cases, key=lambda case: case[1]):
            if tag is not None:
                condition = _condition([subtags for subtags, _ in run], cases)
                patterns.append((f"^{_any(codes)}{condition}{_END}", tag))
    return patterns


def _condition(matched: Sequence[str], cases: Iterable[_Case]) -> str:
    """Pattern after a language: its subtags are among those `matched`, and no case refuses them."""
    refused = [subtags for subtags, tag in cases if tag is None and subtags]
    excluded = f"(?!{_any(refused)}{_END})" if refused else ""
    return excluded if "" in matched else f"{excluded}(?={_any(matched)}{_END})"


def _codes_by_cases(languages: Sequence[str]) -> list[tuple[tuple[_Case, ...], list[str]]]:
    """The cases of all languages, each with the codes whose subtags have these cases.

    The codes of a language are its own, deprecated ones, and those of three letters.
    """
    own = dict.fromkeys(tag.language for tag in map(parse_tag, languages) if tag is not None)
    found: dict[tuple[_Case, ...], list[str]] = {}
    for code in dict.fromkeys(code for each in own for code in (each, *other_names(each))):
        found.setdefault(tuple(_cases(code, languages)), []).append(code)
    return list(found.items())


def _cases(code: str, languages: Sequence[str]) -> Iterator[_Case]:
    """What the subtags after the language `code` select, the most specific first."""
    parsed = parse_tag(code)
    if parsed is None:
        return
    published = [tag for tag in map(parse_tag, languages) if tag is not None]
    family = [tag for tag in published if tag.family[0] == parsed.family[0]]
    regions = {*special_regions(parsed.language), *(tag.likely_region for tag in family)}
    scripts = sorted({tag.script.lower() for tag in family})
    plain = lookup(code, languages)
    for script in scripts:
        yield from _by_region(f"{code}-{script}", sorted(regions), languages)
        tag = lookup(f"{code}-{script}", languages)
        if tag != plain:
            yield f"[-_]{script}", tag
    yield f"[-_](?!{_any(scripts)}{_END})[a-z]{{4}}", None
    yield from _by_region(code, sorted(regions), languages)
    yield "", plain


def _by_region(head: str, regions: Iterable[str], languages: Sequence[str]) -> Iterator[_Case]:
    """The regions with which `head` selects another tag than without a region."""
    found: dict[str | None, list[str]] = {}
    for region in regions:
        found.setdefault(lookup(f"{head}-{region}", languages), []).append(region.lower())
    _, *scripts = head.split("-")
    before = "".join(f"[-_]{each}" for each in scripts)
    for tag, names in found.items():
        if tag != lookup(head, languages):
            yield f"{before}[-_]{_any(names)}", tag


def _any(patterns: Iterable[str]) -> str:
    alternatives = list(patterns)
    return alternatives[0] if len(alternatives) == 1 else f"(?:{'|'.join(alternatives)})"
