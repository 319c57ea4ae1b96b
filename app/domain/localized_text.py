"""Localized text: a source text with its translations, and the one that a visitor gets.

A text has one source language. Each translation has the version of the source that it translates;
it is outdated when the source has a newer version.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from types import MappingProxyType

from app.domain.errors import InvalidError

__all__ = ["ChosenText", "LocalizedText", "Translation", "tag_and_parents"]


@dataclass(frozen=True, slots=True)
class Translation:
    """A text in one language, and the version of the source that it translates."""

    text: str
    of_version: int


@dataclass(frozen=True, slots=True)
class ChosenText:
    """The text that a visitor gets. Its language `tag` may differ from the requested one."""

    text: str
    tag: str
    outdated: bool


@dataclass(frozen=True, slots=True)
class LocalizedText:
    """A text with its source language, the source's version, and its translations by tag.

    Tags are lower-case BCP 47. The source is always among the translations.
    """

    source: str
    version: int
    translations: Mapping[str, Translation]

    def __post_init__(self) -> None:
        if self.source not in self.translations:
            raise InvalidError(f"There is no text in its source language {self.source!r}.")
        object.__setattr__(self, "translations", MappingProxyType(dict(self.translations)))

    @classmethod
    def of(cls, text: str, tag: str) -> "LocalizedText":
        """The first version of a text, in one language."""
        return cls(tag, 1, {tag: Translation(text, 1)})

    @classmethod
    def from_mapping(cls, texts: Mapping[str, str], *, default: str) -> "LocalizedText":
        """The first version of a text. The source is `default`, or else the first language given.

        Raises InvalidError when `texts` is empty.
        """
        if not texts:
            raise InvalidError("Give the text in at least one language.")
        source = default if default in texts else next(iter(texts))
        return cls(source, 1, {tag: Translation(text, 1) for tag, text in texts.items()})

    def choose(self, language: str, *, default: str) -> ChosenText:
        """The text for a reader of the language `wanted`.

        Order: the tag itself, its parents, the default language of the page, the source language.
        """
        tag = language
        if language not in self.translations:
            order = (*tag_and_parents(language), *tag_and_parents(default), self.source)
            tag = next(tag for tag in order if tag in self.translations)
        found = self.translations[tag]
        return ChosenText(found.text, tag, outdated=found.of_version < self.version)

    def revise(self, texts: Mapping[str, str]) -> "LocalizedText":
        """The text after an edit of the languages in `texts`.

        A changed source makes every translation outdated that is not in `texts`; an equal text
        changes nothing.
        """
        source = texts.get(self.source, self.translations[self.source].text)
        source_changed = source != self.translations[self.source].text
        version = self.version + 1 if source_changed else self.version
        changed = {tag: Translation(text, version) for tag, text in texts.items()}
        translations = dict(self.translations)
        if source_changed:
            translations[self.source] = Translation(source, version)
        return replace(self, version=version, translations={**translations, **changed})

    @property
    def outdated(self) -> list[str]:
        """The languages whose translation is older than the source."""
        return [tag for tag, each in self.translations.items() if each.of_version < self.version]

    def missing(self, languages: Iterable[str]) -> list[str]:
        """Those of `languages` that have no text."""
        return [tag for tag in languages if tag not in self.translations]

    def changes(
        self, texts: Mapping[str, str], *, confirmed: Collection[str] = ()
    ) -> dict[str, str]:
        """Those of `texts` that differ from the present ones, and those `confirmed` as current.

        Surrounding white space and the kind of line end make no difference.
        """
        present = {tag: each.text.replace("\r\n", "\n") for tag, each in self.translations.items()}
        return {
            tag: text
            for tag, text in texts.items()
            if tag in confirmed or text.strip() != present.get(tag, "")
        }

    def __iter__(self) -> Iterator[tuple[str, str]]:
        """The tags and texts, source first."""
        yield self.source, self.translations[self.source].text
        for tag, translation in self.translations.items():
            if tag != self.source:
                yield tag, translation.text


@lru_cache(maxsize=256)
def tag_and_parents(tag: str) -> tuple[str, ...]:
    """`tag` and its parents: `zh-hans-cn`, `zh-hans`, `zh` (RFC 4647 section 3.4 lookup)."""
    parts = tag.split("-")
    cut = ["-".join(parts[:length]) for length in range(len(parts), 0, -1)]
    # A single letter or digit introduces an extension and never ends a tag.
    return tuple(candidate for candidate in cut if len(candidate.rsplit("-", 1)[-1]) > 1)
