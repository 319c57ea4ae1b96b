"""A language that marks what went through the catalogue: ⟦Resolved⟧."""

import re
from collections.abc import Iterator
from gettext import NullTranslations

from lxml import html

__all__ = ["Pseudo", "bare_texts"]


class Pseudo(NullTranslations):
    """Wraps every message; what is on a page and not wrapped was never marked for translation."""

    def gettext(self, message: str) -> str:
        return f"⟦{message}⟧"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return f"⟦{msgid1 if n == 1 else msgid2}⟧"

    def pgettext(self, context: str, message: str) -> str:
        return self.gettext(message)

    def npgettext(self, context: str, msgid1: str, msgid2: str, n: int) -> str:
        return self.ngettext(msgid1, msgid2, n)


# Elements whose text is data: written by staff, the name of a language, a formatted time.
_DATA_TAGS = {"time", "tspan", "bdi", "script", "style"}
_SPOKEN = ("aria-label", "alt", "placeholder", "data-yours", "title")
_LETTERS = re.compile(r"[^\W\d_]")
# Lengths of time, which CLDR words.
_LENGTHS = re.compile(r"\d+ days?( ago)?")


def bare_texts(page: bytes, *, data: set[str]) -> list[str]:
    """The visible and spoken texts of a page that are neither wrapped nor among `data`."""
    body = html.document_fromstring(page)
    reported = [*_texts(body), *_attributes(body)]
    known = sorted(data, key=len, reverse=True)
    # A message may hold elements, so what is wrapped is found by counting over the whole page.
    depth, found = 0, []
    for text in reported:
        rest = ""
        for char in text:
            depth += {"⟦": 1, "⟧": -1}.get(char, 0)
            rest += char if depth == 0 and char != "⟧" else ""
        rest = _LENGTHS.sub("", rest)
        for each in known:
            rest = rest.replace(each, "")
        if _LETTERS.search(rest):
            found.append(text.strip())
    return found


def _texts(element: html.HtmlElement) -> Iterator[str]:
    if not _is_data(element):
        yield element.text or ""
        for child in element:
            yield from _texts(child)
            yield child.tail or ""


def _attributes(body: html.HtmlElement) -> Iterator[str]:
    for element in body.iter():
        yield from (element.get(name) or "" for name in _SPOKEN)
        if element.get("name") == "description":
            yield element.get("content") or ""


def _is_data(element: html.HtmlElement) -> bool:
    prose = "prose" in (element.get("class") or "").split()
    return (
        prose
        or not isinstance(element.tag, str)
        or element.tag in _DATA_TAGS
        or element.get("hreflang") is not None
    )
