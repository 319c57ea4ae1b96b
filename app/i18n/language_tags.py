"""Language tags (BCP 47, RFC 5646) read with CLDR: aliases, likely subtags, parents.

The data is Babel's: `iw` is `he`, `zh-tw` is written in `Hant`, the parent of `es-mx` is `es-419`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache, lru_cache

from babel import localedata
from babel.core import get_global

__all__ = ["LanguageTag", "other_names", "parse_tag", "special_regions"]

# RFC 5646 sets no limit; tags of browsers, with Unicode extensions, have up to about 60 characters.
_LONGEST_TAG = 200

_SUBTAGS = re.compile(r"[a-z]{2,8}(?:-[a-z0-9]{1,8})*")
_EXTENDED = re.compile(r"[a-z]{3}")
_SCRIPT_LENGTH = 4
_SCRIPT = re.compile(r"[a-z]{4}")
_REGION = re.compile(r"[a-z]{2}|[0-9]{3}")


@dataclass(frozen=True, slots=True)
class LanguageTag:
    """A tag in CLDR's canonical form: language, script (the likely one if it names none), region.

    `region` is empty for a tag without one.
    """

    language: str
    script: str
    region: str

    @property
    def family(self) -> tuple[str, str]:
        """Language and script: tags of one family can stand in for each other.

        CLDR's parent of Bokmål (`nb`) and Nynorsk (`nn`) is Norwegian, their family's language.
        """
        return _parent_language(self.language), self.script

    @property
    def likely_region(self) -> str:
        """The region, or else the likely one: Brazil for `pt`."""
        return self.region or _likely(self.language, self.script, "")[1]

    def in_region(self, region: str) -> str | None:
        """The name of CLDR's locale of this language in a region; None when it has none."""
        names = (f"{self.language}_{region}", f"{self.language}_{self.script}_{region}")
        return next((name for name in names if localedata.exists(name)), None)

    def parents(self) -> Iterator["LanguageTag"]:
        """The tag and its CLDR parents: `es-mx`, `es-419`, `es`."""
        tag = self
        yield tag
        while tag.region:
            tag = replace(tag, region=_parent_region(tag))
            yield tag


def parse_tag(text: str) -> LanguageTag | None:
    """The language that a tag names; None when it is not well-formed or private (`x-…`).

    Case does not matter and underscores are allowed. Variants, extensions (`-u-…`) and private
    subtags are ignored: they change neither the language nor the script nor the region.
    """
    text = text.strip()
    # Visitors send them: a memo of long ones would take 100 MB.
    return _parse(text) if len(text) <= _LONGEST_TAG else None


@lru_cache(maxsize=4096)
def _parse(text: str) -> LanguageTag | None:
    tag = text.lower().replace("_", "-")
    if not _SUBTAGS.fullmatch(tag):
        return None
    language, *rest = tag.split("-")
    while rest and _EXTENDED.fullmatch(rest[0]):
        rest.pop(0)
    script = rest.pop(0).title() if rest and _SCRIPT.fullmatch(rest[0]) else ""
    region = rest.pop(0).upper() if rest and _REGION.fullmatch(rest[0]) else ""
    return _canonical(language, script, region)


@cache
def other_names(language: str) -> tuple[str, ...]:
    """Other codes of a language in CLDR, by alias or by parent: `iw` of `he`, `no` of `nb`."""
    family = _parent_language(language)
    known = {family, *get_global("language_aliases"), *get_global("parent_exceptions")}
    codes = (code for code in known - {language} if "_" not in code)
    return tuple(
        sorted(
            code for code in codes if _parent_language(_canonical(code, "", "").language) == family
        )
    )


@cache
def special_regions(language: str) -> tuple[str, ...]:
    """The regions in which CLDR reads `language` in another way: `zh` in `TW`, `pt` in `AO`."""
    names = (*get_global("likely_subtags"), *get_global("parent_exceptions"))
    parts = (name.split("_") for name in names if name.startswith(f"{language}_"))
    return tuple(sorted({last for *_, last in parts if len(last) in {2, 3}}))


def _canonical(language: str, script: str, region: str) -> LanguageTag:
    # An alias may imply a script or a region: `sh` is `sr_Latn`, `prs` is `fa_AF`.
    language, *implied = get_global("language_aliases").get(language, language).split("_")
    script = get_global("script_aliases").get(script, script)
    # A region that was divided has several successors, the most likely one first.
    region = get_global("territory_aliases").get(region, [region])[0]
    for subtag in implied:
        if len(subtag) == _SCRIPT_LENGTH:
            script = script or subtag
        else:
            region = region or subtag
    return LanguageTag(language, script or _likely(language, "", region)[0], region)


def _likely(language: str, script: str, region: str) -> tuple[str, str]:
    """The likely script and region of a language (UTS 35, Likely Subtags); empty when unknown."""
    subtags = get_global("likely_subtags")
    for name in (f"{language}_{script}_{region}", f"{language}_{script}{region}", language):
        if name in subtags:
            _, likely_script, likely_region = subtags[name].split("_")[:3]
            return script or likely_script, region or likely_region
    return script, region


@cache
def _parent_language(language: str) -> str:
    """The language that CLDR gives as the parent of a language, else the language itself."""
    parent = get_global("parent_exceptions").get(language, language)
    # Haitian Creole inherits from `fr_HT`, which its readers do not read.
    return language if "_" in parent else parent


def _parent_region(tag: LanguageTag) -> str:
    """The region of the CLDR parent of a tag with a region; empty when that is the language."""
    exceptions = get_global("parent_exceptions")
    for name in (f"{tag.language}_{tag.region}", f"{tag.language}_{tag.script}_{tag.region}"):
        if name in exceptions:
            _, *rest = exceptions[name].split("_")
            return next((each for each in rest if len(each) != _SCRIPT_LENGTH), "")
    return ""
