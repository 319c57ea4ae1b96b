"""Localized text: a source text with its translations, and the one that a visitor gets.

A text has one source language. Each translation has the version of the source that it translates;
it is outdated when the source has a newer version. A translation of a machine that no person has
read is left out unless it is asked for by language.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from types import MappingProxyType

from app.domain.errors import InvalidError
from app.domain.texts.text_origin import OriginKind, TextOrigin
from app.domain.texts.white_space import trim

__all__ = ["ChosenText", "LocalizedText", "Translation", "tag_and_parents"]


@dataclass(frozen=True, slots=True)
class Translation:
    """A text in one language, and the version of the source that it translates.

    `origin` is None for a text of an older release, which did not store it.
    """

    text: str
    of_version: int
    origin: TextOrigin | None = None

    @property
    def is_unread_machine(self) -> bool:
        """Whether a machine made the text and no person has read it."""
        return self.origin is not None and self.origin.is_unread_machine


@dataclass(frozen=True, slots=True)
class ChosenText:
    """The text that a visitor gets. Its language `tag` may differ from the requested one.

    `source` is the language of the original.
    """

    text: str
    tag: str
    outdated: bool
    source: str
    origin: TextOrigin | None = None


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
    def from_mapping(
        cls,
        texts: Mapping[str, str],
        *,
        default: str,
        origins: Mapping[str, TextOrigin] = MappingProxyType({}),
    ) -> "LocalizedText":
        """The first version of a text, with the `origins` of its languages as far as known.

        The source is `default`, or else the first language given; a language that a machine
        translated is the source only if there is no other. Raises InvalidError when `texts` is
        empty.
        """
        if not texts:
            raise InvalidError("Give the text in at least one language.")
        originals = [tag for tag in texts if not _is_machine(origins.get(tag))] or list(texts)
        source = default if default in originals else originals[0]
        made = {tag: Translation(text, 1, origins.get(tag)) for tag, text in texts.items()}
        return cls(source, 1, made)

    def choose(
        self, language: str, *, default: str, unread: Collection[str] = frozenset()
    ) -> ChosenText:
        """The text for a reader of `language`.

        Order: the tag itself, its parents, the default language of the page, the source language.
        `unread` are the languages whose unread translations of a machine are shown.
        """
        tag = language
        if not self._is_shown(language, unread):
            order = (*tag_and_parents(language), *tag_and_parents(default))
            tag = next((tag for tag in order if self._is_shown(tag, unread)), self.source)
        found = self.translations[tag]
        is_outdated = found.of_version < self.version
        return ChosenText(found.text, tag, is_outdated, self.source, found.origin)

    def revise(
        self, texts: Mapping[str, str], origins: Mapping[str, TextOrigin] = MappingProxyType({})
    ) -> "LocalizedText":
        """The text after an edit of the languages in `texts`, with the `origins` of the new texts.

        A changed source makes every translation outdated that is not in `texts`. A text that is
        equal to the former one keeps its origin, unless that states who has read it.
        """
        source = texts.get(self.source, self.translations[self.source].text)
        source_changed = source != self.translations[self.source].text
        version = self.version + 1 if source_changed else self.version
        changed = {
            tag: Translation(text, version, self._origin_after(tag, text, origins.get(tag)))
            for tag, text in texts.items()
        }
        return replace(self, version=version, translations={**self.translations, **changed})

    def with_origins(self, origins: Mapping[str, TextOrigin]) -> "LocalizedText":
        """The text with these origins in place of its present ones."""
        stamped = {
            tag: replace(each, origin=origins.get(tag, each.origin))
            for tag, each in self.translations.items()
        }
        return replace(self, translations=stamped)

    @property
    def origins(self) -> dict[str, TextOrigin]:
        """The known origins, by language."""
        return {
            tag: each.origin for tag, each in self.translations.items() if each.origin is not None
        }

    @property
    def unread(self) -> list[str]:
        """The languages whose translation a machine made and no person has read."""
        return [tag for tag, each in self.translations.items() if each.is_unread_machine]

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
            if tag in confirmed or trim(text) != present.get(tag, "")
        }

    def _is_shown(self, tag: str, unread: Collection[str]) -> bool:
        found = self.translations.get(tag)
        return found is not None and (
            tag == self.source or tag in unread or not found.is_unread_machine
        )

    def _origin_after(self, tag: str, text: str, origin: TextOrigin | None) -> TextOrigin | None:
        former = self.translations.get(tag)
        if former is None or former.text != text:
            return origin
        if origin is None or not former.is_unread_machine:
            return former.origin
        if origin.kind is OriginKind.MACHINE:
            return origin
        # A person sent an unread translation of a machine again as it is: that is no reading.
        return former.origin

    def __iter__(self) -> Iterator[tuple[str, str]]:
        """The tags and texts, source first."""
        yield self.source, self.translations[self.source].text
        for tag, translation in self.translations.items():
            if tag != self.source:
                yield tag, translation.text


def _is_machine(origin: TextOrigin | None) -> bool:
    return origin is not None and origin.kind is OriginKind.MACHINE


@lru_cache(maxsize=256)
def tag_and_parents(tag: str) -> tuple[str, ...]:
    """`tag` and its parents: `zh-hans-cn`, `zh-hans`, `zh` (RFC 4647 section 3.4 lookup)."""
    parts = tag.split("-")
    cut = ["-".join(parts[:length]) for length in range(len(parts), 0, -1)]
    # A single letter or digit introduces an extension and never ends a tag.
    return tuple(candidate for candidate in cut if len(candidate.rsplit("-", 1)[-1]) > 1)
