"""Glossary of a language: its words for the core terms, from `locales/<tag>/terms.toml`."""

import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache

from app.i18n.catalogue_files import catalogue_path

__all__ = ["forms_of_terms", "holds_term"]

# Scripts written without spaces between words: a form may stand next to any other letter.
_WITHOUT_SPACES = frozenset({"CJK", "HIRAGANA", "KATAKANA", "THAI", "LAO", "KHMER", "MYANMAR"})


@cache
def forms_of_terms(tag: str) -> Mapping[str, tuple[str, ...]]:
    """The forms of each core term in `tag`, by the English term; empty without a term file."""
    file = catalogue_path(tag).parents[1] / "terms.toml"
    if not file.is_file():
        return {}
    terms = tomllib.loads(file.read_text(encoding="utf-8")).get("terms", {})
    return {term: tuple(forms) for term, forms in terms.items()}


def holds_term(text: str, forms: Iterable[str]) -> bool:
    """Whether one of the forms is a word, or words, of the text, in capital or small letters.

    `*` at the beginning or end of a form stands for any letters of its word: `zertifikat*`.
    """
    folded = _fold(text)
    return any(_holds(folded, form) for form in forms)


def _holds(text: str, form: str) -> bool:
    word = _fold(form.strip("*"))
    at = text.find(word) if word else -1
    while at >= 0:
        end = at + len(word)
        starts = form.startswith("*") or at == 0 or _is_boundary(text[at - 1], word[0])
        ends = form.endswith("*") or end == len(text) or _is_boundary(text[end], word[-1])
        if starts and ends:
            return True
        at = text.find(word, at + 1)
    return False


@cache
def _is_boundary(outside: str, inside: str) -> bool:
    """Whether a word may end between a character outside it and one inside it."""
    if unicodedata.name(inside, "").split(" ")[0] in _WITHOUT_SPACES:
        return True
    return unicodedata.category(outside)[0] not in "LMN"


@lru_cache(maxsize=4096)
def _fold(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold()
