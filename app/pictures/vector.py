"""Drawings: SVG that only draws, written anew from what was understood of it."""

import re
from math import isfinite
from xml.sax.saxutils import escape, quoteattr

from app.domain.errors import InvalidError
from app.domain.page.logos import MAX_SIZE, Picture, PictureKind, check_shape, fit_into
from app.pictures.errors import raise_too_complex, raise_too_large, raise_unsafe
from app.pictures.svg_allowlist import SVG
from app.pictures.svg_parser import MAX_DEPTH, URL, Element, parse_svg, texts_of

__all__ = ["read_vector"]

_LONGEST_READ = 500_000
_LONGEST_WRITTEN = 100_000
# How many elements are drawn in the end, each as often as it is used.
_MOST_DRAWN = 10_000

_LENGTH = re.compile(r"\s*([0-9]*\.?[0-9]+)\s*(px|pt|mm|cm|in)?\s*")
_GRADIENTS = frozenset({"linearGradient", "radialGradient"})


def read_vector(content: bytes) -> Picture:
    """The drawing, safe to show. Raises InvalidError that names what stands in the way."""
    if len(content) > _LONGEST_READ:
        raise_too_large(_LONGEST_READ)
    root = parse_svg(content)
    width, height = _frame(root)
    _Drawn(root).count()
    written = f'<?xml version="1.0" encoding="UTF-8"?>\n{_written(root, outermost=True)}\n'.encode()
    if len(written) > _LONGEST_WRITTEN:
        raise_too_large(_LONGEST_WRITTEN)
    return Picture(PictureKind.SVG, written, width, height)


class _Drawn:
    """How many elements are drawn when each is where it is used: uses of uses grow fast."""

    def __init__(self, root: Element) -> None:
        self._root = root
        self._by_id: dict[str, Element] = {}
        self._counts: dict[int, int] = {}
        self._waiting: set[int] = set()
        self._note(root)

    def count(self) -> None:
        """Raise InvalidError when they are too many, or refer to themselves."""
        self._check_style_sheets(self._root)
        if self._of(self._root, 0) > _MOST_DRAWN:
            raise_too_complex()

    def _note(self, element: Element) -> None:
        if "id" in element.attributes:
            self._by_id.setdefault(element.attributes["id"], element)
        for each in element.elements:
            self._note(each)

    def _check_style_sheets(self, element: Element) -> None:
        """A sheet reaches any element; it may name nothing that refers to others in turn."""
        if element.name == "style":
            for found in URL.finditer("".join(texts_of(element))):
                named = self._by_id.get(found[2][1:])
                if named is None or named.name not in _GRADIENTS:
                    raise_unsafe(found[0][:40], element.line)
        for each in element.elements:
            self._check_style_sheets(each)

    def _of(self, element: Element, depth: int) -> int:
        key = id(element)
        if key in self._counts:
            return self._counts[key]
        if key in self._waiting or depth > 2 * MAX_DEPTH:
            raise_too_complex()
        self._waiting.add(key)
        drawn = 1 + sum(self._of(each, depth + 1) for each in element.elements)
        for name in element.names:
            if name in self._by_id:
                drawn += self._of(self._by_id[name], depth + 1)
        self._waiting.discard(key)
        self._counts[key] = drawn
        return drawn


def _frame(root: Element) -> tuple[int, int]:
    """Give the drawing a size of its own in pixels, and tell it."""
    attributes = root.attributes
    numbers = attributes.get("viewBox", "").replace(",", " ").split()
    if not numbers:
        sides = [_LENGTH.fullmatch(attributes.get(each, "")) for each in ("width", "height")]
        numbers = ["0", "0", *(found[1] for found in sides if found)]
    try:
        left, top, width, height = (float(each) for each in numbers)
    except ValueError:
        width = height = left = top = 0.0
    if not all(isfinite(each) for each in (left, top, width, height)) or min(width, height) <= 0:
        raise InvalidError(
            "This SVG does not tell its size: it needs a viewBox.",
            code="picture_without_size",
            field="logo",
        )
    check_shape(width, height)
    for name in ("x", "y", "preserveAspectRatio"):
        attributes.pop(name, None)
    shown = fit_into(width, height, MAX_SIZE)
    attributes["viewBox"] = " ".join(f"{each:.10g}" for each in (left, top, width, height))
    attributes["width"], attributes["height"] = (str(side) for side in shown)
    return shown


def _written(element: Element, *, outermost: bool = False) -> str:
    said = {"xmlns": SVG, **element.attributes} if outermost else element.attributes
    head = "".join(f" {name}={quoteattr(value)}" for name, value in said.items())
    inside = "".join(
        escape(each) if isinstance(each, str) else _written(each) for each in element.inside
    )
    return (
        f"<{element.name}{head}>{inside}</{element.name}>" if inside else f"<{element.name}{head}/>"
    )
