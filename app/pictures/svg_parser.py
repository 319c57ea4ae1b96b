"""Strict SVG parser: accepts only what the allowlist contains.

The parser is expat. It refuses document types, and with them entities, so that nothing outside the
document can be read.
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

_MAX_ELEMENTS = 3_000
_LOCAL_REFERENCE = re.compile(r"#[\w.:-]{1,200}")
_FUNCTION = re.compile(r"([a-z-]*)\s*\(", re.IGNORECASE)


@dataclass(slots=True)
class Element:
    """An SVG element with its attributes, child elements and text."""

    name: str
    line: int
    attributes: dict[str, str] = field(default_factory=dict)
    children: list["Element | str"] = field(default_factory=list)

    @property
    def elements(self) -> Iterator["Element"]:
        """The child elements."""
        return (each for each in self.children if isinstance(each, Element))

    @property
    def references(self) -> Iterator[str]:
        """The ids that the attributes of this element refer to."""
        for name, value in self.attributes.items():
            if name == "href":
                yield value[1:]
            else:
                yield from (found[2][1:] for found in URL.finditer(value))


def parse_svg(content: bytes) -> Element:
    """The root element. Raises InvalidError naming what is not allowed."""
    return _SvgParser().parse(content)


class _SvgParser:
    """Builds the elements; `_skipped_depth` is the depth inside a skipped element."""

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

    def parse(self, content: bytes) -> Element:
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

    def _document_type(self, *_args: object) -> None:
        raise_unsafe("<!DOCTYPE>", self._line)

    def _begin(self, qualified: str, attributes: Mapping[str, str]) -> None:
        space, _, name = qualified.rpartition(" ")
        is_svg = space in {"", SVG}
        if self._root is None and not (is_svg and name == "svg"):
            raise_unknown_format()
        if self._left_out or space.startswith(EDITOR_NAMESPACES) or (is_svg and name == "metadata"):
            self._left_out += 1
            return
        if not is_svg or name not in ELEMENTS:
            raise_unsafe(f"<{name[:40]}>", self._line)
        self._elements += 1
        if self._elements > _MAX_ELEMENTS or len(self._open) >= MAX_DEPTH:
            raise_too_complex()
        element = Element(name, self._line)
        element.attributes = dict(self._allowed(attributes))
        if self._open:
            self._open[-1].children.append(element)
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
            self._open[-1].children.append(text)

    def _allowed(self, attributes: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        for qualified, value in attributes.items():
            space, _, name = qualified.rpartition(" ")
            if space == XLINK and name == "href":
                space = ""
            if space or name in IGNORED_ATTRIBUTES or name.startswith(("data-", "aria-")):
                continue
            if name not in ATTRIBUTES:
                raise_unsafe(f"{name[:40]}=", self._line)
            if name == "href" and not _LOCAL_REFERENCE.fullmatch(value):
                raise_unsafe(f'href="{value[:40]}"', self._line)
            if name not in {"href", "id", "class", "font-family"}:
                _check_css(value, self._line)
            yield name, value


def _check_css(css: str, line: int) -> None:
    """Refuse CSS that could fetch something or hide that it does."""
    for token in ("@", "\\", "<", "/*"):
        if token in css:
            raise_unsafe(token, line)
    functions = [found[1].lower() for found in _FUNCTION.finditer(css)]
    for name in functions:
        if name not in FUNCTIONS:
            raise_unsafe(f"{name[:40]}()", line)
    urls = list(URL.finditer(css))
    if len(urls) != functions.count("url"):
        raise_unsafe("url()", line)
    for found in urls:
        if not _LOCAL_REFERENCE.fullmatch(found[2]):
            raise_unsafe(f"url({found[2][:40]})", line)


def texts_of(element: Element) -> Iterator[str]:
    """The texts of an element, without those of its child elements."""
    return (each for each in element.children if isinstance(each, str))
