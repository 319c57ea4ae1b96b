"""Texts that a source has in several languages, as an object by language tag."""

from collections.abc import Sequence

from app.domain.validation import is_language_tag
from app.importing.texts import SourceText
from app.ports.importer import Row

__all__ = ["joined_texts", "source_text"]

# Names that stand for the language of the page beside language tags.
_DEFAULTS = ("default", "original")


def source_text(row: Row, name: str, *, language: str = "") -> SourceText:
    """The text under this name: a string, or texts by language tag. Empty when it is anything else.

    `language` is that of the page; a text under the name `default` is in it. Names that are no
    language tags are left out.
    """
    value = row.get(name)
    if isinstance(value, str):
        return value
    texts = value.items() if isinstance(value, dict) else ()
    named = {_tag(tag): text for tag, text in texts if isinstance(text, str) and text.strip()}
    default = next((named[each] for each in _DEFAULTS if each in named), "")
    found = {tag: text for tag, text in named.items() if is_language_tag(tag)}
    found = {tag: text for tag, text in found.items() if tag not in _DEFAULTS}
    if default and not found:
        return default
    if default and language and language not in found:
        return {language: default, **found}
    return found or ""


def joined_texts(texts: Sequence[SourceText]) -> SourceText:
    """The texts as paragraphs of one, in the languages that all of them have, else in any."""
    tags = [dict.fromkeys(text) for text in texts if not isinstance(text, str)]
    if not tags:
        return "\n\n".join(str(text) for text in texts if text)
    shared = [tag for tag in tags[0] if all(tag in each for each in tags)]
    return {
        tag: "\n\n".join(
            text if isinstance(text, str) else text[tag]
            for text in texts
            if isinstance(text, str) or tag in text
        )
        for tag in shared or dict.fromkeys(tag for each in tags for tag in each)
    }


def _tag(name: str) -> str:
    return name.lower().replace("_", "-")
