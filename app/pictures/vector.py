"""SVG pictures: parsed, checked against the allowlist, and serialized again."""

import re
from math import isfinite
from xml.sax.saxutils import escape, quoteattr

from app.domain.errors import InvalidError
from app.domain.page.logos import MAX_SIZE, Picture, PictureKind, check_shape, fit_into
from app.pictures.errors import raise_too_complex, raise_too_large, raise_unsafe
from app.pictures.svg_allowlist import SVG
from app.pictures.svg_parser import MAX_DEPTH, URL, Element, parse_svg, texts_of

__all__ = ["read_vector"]

_MAX_UPLOAD_BYTES = 500_000
_MAX_OUTPUT_BYTES = 100_000
# Rendered elements; an element counts each time that `use` or another reference renders it.
_MAX_RENDERED = 10_000

_LENGTH = re.compile(r"\s*([0-9]*\.?[0-9]+)\s*(px|pt|mm|cm|in)?\s*")
_GRADIENTS = frozenset({"linearGradient", "radialGradient"})


def read_vector(content: bytes) -> Picture:
    """Convert an SVG to a safe one with a size in pixels. Raises InvalidError with the reason."""
    if len(content) > _MAX_UPLOAD_BYTES:
        raise_too_large(_MAX_UPLOAD_BYTES)
    root = parse_svg(content)
    width, height = _set_size(root)
    _RenderedElements(root).check()
    written = f'<?xml version="1.0" encoding="UTF-8"?>\n{_serialize(root, is_root=True)}\n'.encode()
    if len(written) > _MAX_OUTPUT_BYTES:
        raise_too_large(_MAX_OUTPUT_BYTES)
    return Picture(PictureKind.SVG, written, width, height)


class _RenderedElements:
    """The number of elements to render: it grows exponentially when `use` refers to `use`."""

    def __init__(self, root: Element) -> None:
        self._root = root
        self._by_id: dict[str, Element] = {}
        self._counts: dict[int, int] = {}
        self._visiting: set[int] = set()
        self._index(root)

    def check(self) -> None:
        """Raise InvalidError when there are too many, or when elements refer to themselves."""
        self._check_style_sheets(self._root)
        if self._count(self._root, 0) > _MAX_RENDERED:
            raise_too_complex()

    def _index(self, element: Element) -> None:
        if "id" in element.attributes:
            self._by_id.setdefault(element.attributes["id"], element)
        for each in element.elements:
            self._index(each)

    def _check_style_sheets(self, element: Element) -> None:
        """Allow a style sheet to refer to gradients only: it applies to any element."""
        if element.name == "style":
            for found in URL.finditer("".join(texts_of(element))):
                referenced = self._by_id.get(found[2][1:])
                if referenced is None or referenced.name not in _GRADIENTS:
                    raise_unsafe(found[0][:40], element.line)
        for each in element.elements:
            self._check_style_sheets(each)

    def _count(self, element: Element, depth: int) -> int:
        key = id(element)
        if key in self._counts:
            return self._counts[key]
        if key in self._visiting or depth > 2 * MAX_DEPTH:
            raise_too_complex()
        self._visiting.add(key)
        rendered = 1 + sum(self._count(each, depth + 1) for each in element.elements)
        for name in element.references:
            if name in self._by_id:
                rendered += self._count(self._by_id[name], depth + 1)
        self._visiting.discard(key)
        self._counts[key] = rendered
        return rendered


def _set_size(root: Element) -> tuple[int, int]:
    """Set `viewBox`, `width` and `height` of the root; its width and height in pixels."""
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
            "This SVG has no size: it needs a viewBox.",
            code="picture_without_size",
            field="logo",
        )
    check_shape(width, height)
    for name in ("x", "y", "preserveAspectRatio"):
        attributes.pop(name, None)
    size = fit_into(width, height, MAX_SIZE)
    attributes["viewBox"] = " ".join(f"{each:.10g}" for each in (left, top, width, height))
    attributes["width"], attributes["height"] = (str(side) for side in size)
    return size


def _serialize(element: Element, *, is_root: bool = False) -> str:
    attributes = {"xmlns": SVG, **element.attributes} if is_root else element.attributes
    head = "".join(f" {name}={quoteattr(value)}" for name, value in attributes.items())
    content = "".join(
        escape(each) if isinstance(each, str) else _serialize(each) for each in element.children
    )
    return (
        f"<{element.name}{head}>{content}</{element.name}>"
        if content
        else f"<{element.name}{head}/>"
    )
