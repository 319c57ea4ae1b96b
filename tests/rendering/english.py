"""English of the catalogue that stands in a text of another language."""

import json
import re
from collections.abc import Iterable, Iterator

from babel.messages.catalog import Catalog, Message
from lxml import etree, html

__all__ = ["English", "texts_of"]

_GAP = re.compile(r"%\(\w+\)s|\{\w+\}")
_WORD = re.compile(r"[^\W\d_]+(?:[’'][^\W\d_]+)*")
_SPOKEN = ("aria-label", "alt", "title", "placeholder", "content", "data-yours")


class English:
    """The English messages that a catalogue translates into other words.

    A text is English when it equals a message without placeholders, or has three words in a row
    that a message has and no translation.
    """

    def __init__(self, catalog: Catalog) -> None:
        pairs = [pair for message in catalog if message.id for pair in _pairs(message)]
        translated = {trigram for _, text in pairs for trigram in _trigrams(text)}
        different = [english for english, text in pairs if english != text]
        self._messages = {english for english in different if not _GAP.search(english)}
        self._trigrams = {each for text in different for each in _trigrams(text)} - translated

    def found_in(self, texts: Iterable[str], *, data: frozenset[str]) -> set[str]:
        """The English texts, except for those that have only English from `data`."""
        known = {trigram for text in data for trigram in _trigrams(text)}
        return {
            text
            for text in texts
            if text not in data
            and (text in self._messages or not self._trigrams.isdisjoint(_trigrams(text) - known))
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
    root = html.document_fromstring(content) if is_html else etree.fromstring(content)
    for element in root.iter("*"):
        if element.tag in ("script", "style"):
            continue
        yield from (part for part in (element.text, element.tail) if part)
        yield from (str(element.get(name, "")) for name in _SPOKEN)


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


def _trigrams(text: str) -> set[tuple[str, ...]]:
    found = set()
    for part in _GAP.split(text):
        words = _WORD.findall(part.lower())
        found |= {tuple(words[at : at + 3]) for at in range(len(words) - 2)}
    return found
