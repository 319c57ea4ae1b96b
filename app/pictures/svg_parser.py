"""SVG read strictly: kept to what only draws.

The parser is expat with everything refused that reaches out of the document: a document type, and
with it entities, cannot be there at all.
Source: https://cheatsheetseries.owasp.org/cheatsheets/XML_External_Entity_Prevention_Cheat_Sheet.html
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

from app.domain.errors import InvalidError
from app.pictures.errors import raise_too_complex, raise_unknown_format, raise_unsafe
from app.pictures.svg_allowlist import (
    ATTRIBUTES,
    EDITOR_NAMESPACES,
    ELEMENTS,
    FUNCTIONS,
    IGNORED_ATTRIBUTES,
    SVG,
    TEXT_ELEMENTS,
    XLINK,
)

__all__ = ["MAX_DEPTH", "URL", "Element", "parse_svg", "texts_of"]

MAX_DEPTH = 40
URL = re.compile(r"url\(\s*(['\"]?)(.*?)\1\s*\)", re.IGNORECASE)

_MOST_ELEMENTS = 3_000
_LOCAL = re.compile(r"#[\w.:-]{1,200}")
_FUNCTION = re.compile(r"([a-z-]*)\s*\(", re.IGNORECASE)


@dataclass(slots=True)
class Element:
    """One element of a drawing, with what is inside."""

    name: str
    line: int
    attributes: dict[str, str] = field(default_factory=dict)
    inside: list["Element | str"] = field(default_factory=list)

    @property
    def elements(self) -> Iterator["Element"]:
        """What is inside but text."""
        return (each for each in self.inside if isinstance(each, Element))

    @property
    def names(self) -> Iterator[str]:
        """The ids this element itself refers to."""
        for name, value in self.attributes.items():
            if name == "href":
                yield value[1:]
            else:
                yield from (found[2][1:] for found in URL.finditer(value))


def parse_svg(content: bytes) -> Element:
    """The outermost element. Raises InvalidError that names what may not be in it."""
    return _Reader().read(content)


class _Reader:
    """Takes the document apart; `_left_out` counts how deep we are in what is left out."""

    def __init__(self) -> None:
        self._root: Element | None = None
        self._open: list[Element] = []
        self._left_out = self._elements = 0
        self._parser = parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self._document_type
        parser.EntityDeclHandler = self._document_type
        parser.StartElementHandler = self._begin
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text

    def read(self, content: bytes) -> Element:
        try:
            self._parser.Parse(content, True)  # noqa: FBT003  # it takes no keywords
        except (expat.ExpatError, ValueError, LookupError) as error:
            raise InvalidError(
                f"This is no well-formed SVG; it breaks off in line {self._line}.",
                code="broken_picture",
                field="logo",
            ) from error
        if self._root is None:
            raise_unknown_format()
        return self._root

    @property
    def _line(self) -> int:
        return self._parser.CurrentLineNumber

    def _document_type(self, *_said: object) -> None:
        raise_unsafe("<!DOCTYPE>", self._line)

    def _begin(self, qualified: str, attributes: Mapping[str, str]) -> None:
        space, _, name = qualified.rpartition(" ")
        ours = space in {"", SVG}
        if self._root is None and not (ours and name == "svg"):
            raise_unknown_format()
        if self._left_out or space.startswith(EDITOR_NAMESPACES) or (ours and name == "metadata"):
            self._left_out += 1
            return
        if not ours or name not in ELEMENTS:
            raise_unsafe(f"<{name[:40]}>", self._line)
        self._elements += 1
        if self._elements > _MOST_ELEMENTS or len(self._open) >= MAX_DEPTH:
            raise_too_complex()
        element = Element(name, self._line)
        element.attributes = dict(self._kept(attributes))
        if self._open:
            self._open[-1].inside.append(element)
        else:
            self._root = element
        self._open.append(element)

    def _end(self, _qualified: str) -> None:
        if self._left_out:
            self._left_out -= 1
            return
        element = self._open.pop()
        if element.name == "style":
            _check_css("".join(texts_of(element)), element.line)

    def _text(self, text: str) -> None:
        if not self._left_out and self._open and self._open[-1].name in TEXT_ELEMENTS:
            self._open[-1].inside.append(text)

    def _kept(self, attributes: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        for qualified, value in attributes.items():
            space, _, name = qualified.rpartition(" ")
            if space == XLINK and name == "href":
                space = ""
            if space or name in IGNORED_ATTRIBUTES or name.startswith(("data-", "aria-")):
                continue
            if name not in ATTRIBUTES:
                raise_unsafe(f"{name[:40]}=", self._line)
            if name == "href" and not _LOCAL.fullmatch(value):
                raise_unsafe(f'href="{value[:40]}"', self._line)
            if name not in {"href", "id", "class", "font-family"}:
                _check_css(value, self._line)
            yield name, value


def _check_css(css: str, line: int) -> None:
    """Refuse what could fetch something or hide that it does."""
    for sign in ("@", "\\", "<", "/*"):
        if sign in css:
            raise_unsafe(sign, line)
    functions = [found[1].lower() for found in _FUNCTION.finditer(css)]
    for name in functions:
        if name not in FUNCTIONS:
            raise_unsafe(f"{name[:40]}()", line)
    urls = list(URL.finditer(css))
    if len(urls) != functions.count("url"):
        raise_unsafe("url()", line)
    for found in urls:
        if not _LOCAL.fullmatch(found[2]):
            raise_unsafe(f"url({found[2][:40]})", line)


def texts_of(element: Element) -> Iterator[str]:
    """The text that stands in it."""
    return (each for each in element.inside if isinstance(each, str))
