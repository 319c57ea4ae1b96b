"""Allowlist of SVG: elements, attributes and CSS functions that only draw.

None of them runs code, animates or fetches. Source: https://www.w3.org/TR/SVG2/eltindex.html
"""

__all__ = [
    "ATTRIBUTES",
    "EDITOR_NAMESPACES",
    "ELEMENTS",
    "FUNCTIONS",
    "IGNORED_ATTRIBUTES",
    "SVG",
    "TEXT_ELEMENTS",
    "XLINK",
]

SVG = "http://www.w3.org/2000/svg"
XLINK = "http://www.w3.org/1999/xlink"

_ELEMENTS = (
    "svg g defs symbol use path rect circle ellipse line polyline polygon text tspan title desc "
    "style linearGradient radialGradient stop clipPath mask"
)
ELEMENTS = frozenset(_ELEMENTS.split())

# Elements whose text is kept.
TEXT_ELEMENTS = frozenset({"text", "tspan", "title", "desc", "style"})

_GEOMETRY = (
    "d x y x1 y1 x2 y2 cx cy r rx ry fx fy fr dx dy rotate width height points pathLength viewBox "
    "preserveAspectRatio transform transform-origin offset gradientUnits gradientTransform "
    "spreadMethod clipPathUnits maskUnits maskContentUnits textLength lengthAdjust"
)
_PAINT = (
    "fill fill-opacity fill-rule stroke stroke-width stroke-linecap stroke-linejoin "
    "stroke-miterlimit stroke-dasharray stroke-dashoffset stroke-opacity opacity color display "
    "visibility overflow clip-path clip-rule mask mask-type stop-color stop-opacity paint-order "
    "vector-effect shape-rendering text-rendering color-interpolation color-rendering isolation"
)
_LETTERS = (
    "font font-family font-size font-size-adjust font-stretch font-style font-variant font-weight "
    "letter-spacing word-spacing text-anchor text-decoration dominant-baseline alignment-baseline "
    "baseline-shift writing-mode direction unicode-bidi"
)
ATTRIBUTES = frozenset(f"{_GEOMETRY} {_PAINT} {_LETTERS} id class style href".split())

# Removed without an error: they do not change the drawing.
_HARMLESS = (
    "version baseProfile role focusable tabindex enable-background image-rendering type media "
    "contentScriptType contentStyleType zoomAndPan line-height"
)
IGNORED_ATTRIBUTES = frozenset(_HARMLESS.split())

# Functions of CSS and of `transform`.
_FUNCTIONS = (
    "url rgb rgba hsl hsla hwb lab lch oklab oklch color calc matrix translate translatex "
    "translatey scale scalex scaley rotate skewx skewy"
)
FUNCTIONS = frozenset(_FUNCTIONS.split())

# Namespaces of editors, whose metadata is removed.
EDITOR_NAMESPACES = (
    "http://www.inkscape.org/namespaces/",
    "http://sodipodi.sourceforge.net/",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "http://purl.org/dc/",
    "http://creativecommons.org/ns#",
    "http://web.resource.org/cc/",
    "http://ns.adobe.com/",
    "http://www.bohemiancoding.com/sketch/",
    "http://www.figma.com/",
    "http://www.serif.com/",
    "http://www.corel.com/",
)
