"""English of the catalogue that stands in a text of another language."""

import json
import re
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from typing import Any

from babel.messages.catalog import Catalog, Message
from lxml import etree, html

__all__ = ["English", "texts_of"]

_GAP = re.compile(r"%\(\w+\)s|\{\w+\}")
_WORD = re.compile(r"[^\W\d_]+(?:[’'][^\W\d_]+)*")
_SPOKEN = ("aria-label", "alt", "title", "placeholder", "content", "data-yours")
_TEXTS = etree.XPath(
    " | ".join(
        [
            "//*[not(self::script or self::style)]/text()[normalize-space()]",
            *(f"//@{name}[normalize-space()]" for name in _SPOKEN),
        ]
    )
)


class English:
    """The English messages that a catalogue translates into other words.

    A text is English when it equals a message without placeholders, or has three words in a row
    that a message has and neither a translation nor a text of `data`.
    """

    def __init__(self, catalog: Catalog, data: frozenset[str]) -> None:
        pairs = [pair for message in catalog if message.id for pair in _pairs(message)]
        translated = {trigram for _, text in pairs for trigram in _trigrams(text)}
        different = [english for english, text in pairs if english != text]
        self._messages = {english for english in different if not _GAP.search(english)} - data
        trigrams = {each for text in different for each in _trigrams(text)}
        self._trigrams = trigrams - translated - _trigrams_of(data)

    def found_in(self, texts: Iterable[str]) -> set[str]:
        """The English ones of the texts."""
        return {
            text
            for text in set(texts)
            if text in self._messages or not self._trigrams.isdisjoint(_trigrams(text))
        }


def texts_of(document: bytes | str) -> Iterator[str]:
    """The texts of a document: of HTML and XML the visible and spoken ones, strings of JSON, lines.

    Markup within such a text, as in a feed, is read in turn.
    """
    content = document.encode() if isinstance(document, str) else document
    start = content.lstrip()[:1]
    if start == b"<":
        texts = _texts_of_markup(content)
    elif start == b"{":
        texts = _strings_of(json.loads(content))
    else:
        texts = iter(content.decode().splitlines())
    for text in texts:
        if re.match(r"\s*<\w", text):
            yield from texts_of(f"<html>{text}")
        else:
            yield text.strip()


def _texts_of_markup(content: bytes) -> Iterator[str]:
    is_html = b"<html" in content[:400]
    # A fragment within a feed does not name its encoding.
    utf8 = html.HTMLParser(encoding="utf-8")
    root = html.document_fromstring(content, utf8) if is_html else etree.fromstring(content)
    texts: Any = _TEXTS(root)
    yield from map(str, texts)


def _strings_of(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _strings_of(each)


def _pairs(message: Message) -> Iterator[tuple[str, str]]:
    ids = message.id if isinstance(message.id, tuple) else (message.id,)
    forms = message.string if isinstance(message.string, tuple) else (message.string,)
    return ((str(english), str(form)) for english in ids for form in forms)


@cache
def _trigrams_of(texts: frozenset[str]) -> frozenset[tuple[str, ...]]:
    return frozenset(trigram for text in texts for trigram in _trigrams(text))


@lru_cache(maxsize=4096)
def _trigrams(text: str) -> frozenset[tuple[str, ...]]:
    found: set[tuple[str, ...]] = set()
    for part in _GAP.split(text):
        words = _WORD.findall(part.lower())
        found.update(zip(words, words[1:], words[2:], strict=False))
    return frozenset(found)
