"""Lists of languages with their names, in which a reader finds one by any of its names."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from app.i18n.languages import SOURCE, direction, display_name, native_name

__all__ = ["ListedLanguage", "find_languages", "list_languages"]

_NO_MATCH = 3


@dataclass(frozen=True, slots=True)
class ListedLanguage:
    """A language with its name in itself, in English and in the language of the reader."""

    tag: str
    name: str
    english_name: str
    reader_name: str
    direction: Literal["ltr", "rtl"]

    @property
    def other_names(self) -> tuple[str, ...]:
        """The names besides its own, each once: for the reader, and in English."""
        names = dict.fromkeys((self.reader_name, self.english_name))
        return tuple(name for name in names if name.casefold() != self.name.casefold())

    @property
    def explaining_names(self) -> tuple[str, ...]:
        """The other names, to be shown beside its own; none to readers of the language itself."""
        is_known = self.reader_name.casefold() == self.name.casefold()
        return () if is_known else self.other_names


@lru_cache(maxsize=64)
def list_languages(tags: tuple[str, ...], reader: str) -> tuple[ListedLanguage, ...]:
    """The languages of these tags, in their order, for a reader of the language `reader`."""
    return tuple(
        ListedLanguage(
            tag,
            native_name(tag),
            display_name(tag, SOURCE),
            display_name(tag, reader),
            direction(tag),
        )
        for tag in tags
    )


def find_languages(query: str, tags: Sequence[str], reader: str) -> tuple[ListedLanguage, ...]:
    """The languages whose tag is `query` or whose names contain it, those named so first.

    Case and diacritics make no difference: `espanol` finds `Español`. All, if the query is empty.
    """
    languages = list_languages(tuple(tags), reader)
    wanted = _folded(query)
    if not wanted:
        return languages
    ranked = [(_rank(each, wanted), each) for each in languages]
    # The sort is stable: of one rank, the languages stay in the order of the page.
    return tuple(
        each for rank, each in sorted(ranked, key=lambda pair: pair[0]) if rank < _NO_MATCH
    )


def _rank(language: ListedLanguage, wanted: str) -> int:
    names = [_folded(name) for name in (language.name, *language.other_names)]
    if wanted in {language.tag, *names}:
        return 0
    if any(name.startswith(wanted) for name in names):
        return 1
    return 2 if any(wanted in name for name in names) else _NO_MATCH


@lru_cache(maxsize=1024)
def _folded(text: str) -> str:
    """The text without case, diacritics and surplus white space."""
    decomposed = unicodedata.normalize("NFKD", " ".join(text.split()).casefold())
    return "".join(char for char in decomposed if not unicodedata.combining(char))
