"""What makes a page look like its owner's: an accent colour for light, one for dark, and links.

An accent colours links, buttons and outlines, so it has to be read on the page's own paper: WCAG
2.2 asks for a contrast of 4.5 to 1 (success criterion 1.4.3).
"""

import re
from dataclasses import dataclass
from hashlib import sha256

from app.domain.errors import InvalidError
from app.domain.localized_text import LocalizedText

__all__ = [
    "DARK_BACKGROUND",
    "LIGHT_BACKGROUND",
    "Accent",
    "PageLink",
    "check_accent",
    "check_url",
    "contrast",
]

# `--paper` of fyr.css, in sRGB.
LIGHT_BACKGROUND = "#fbfaf7"
DARK_BACKGROUND = "#10151e"

_ENOUGH = 4.5
_COLOUR = re.compile(r"#[0-9a-f]{6}")
_URL = re.compile(r"(https?://[^\s<>\"'\\]{1,1000}|mailto:[^\s<>\"'\\]{3,300})")
_STEPS = 100


@dataclass(frozen=True, slots=True)
class Accent:
    """The colours that stand in for ours, `#rrggbb`; None leaves ours."""

    light: str | None
    dark: str | None

    @property
    def css(self) -> str:
        """The stylesheet that says so."""
        light = f":root {{ --link: {self.light} }}\n" if self.light else ""
        if self.dark is None:
            return light and f"@media not all and (prefers-color-scheme: dark) {{ {light}}}\n"
        dark = f"@media (prefers-color-scheme: dark) {{ :root {{ --link: {self.dark} }} }}\n"
        return light + dark

    @property
    def digest(self) -> str:
        """Ten characters that change when the colours do."""
        return sha256(self.css.encode()).hexdigest()[:10]


@dataclass(frozen=True, slots=True)
class PageLink:
    """A link at the foot of each page, such as to support."""

    name: LocalizedText
    url: str


def contrast(one: str, other: str) -> float:
    """How well two colours stand out from each other, from 1 to 21 (WCAG 2.2, contrast ratio)."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def check_accent(colour: str, paper: str, *, field: str) -> str:
    """`colour` in lower case. Raises InvalidError: none, or not to be read on `paper`.

    The refusal names the nearest shade that could.
    """
    colour = colour.strip().lower()
    if not _COLOUR.fullmatch(colour):
        raise InvalidError(
            "Write a colour as #rrggbb, such as #1a5fb4.", code="invalid_colour", field=field
        )
    found = contrast(colour, paper)
    if found < _ENOUGH:
        shade = _readable(colour, paper)
        raise InvalidError(
            f"{colour} has a contrast of {found:.1f} to the page; 4.5 is needed. {shade} would do.",
            code="low_contrast",
            field=field,
            data={"colour": colour, "contrast": f"{found:.1f}", "shade": shade},
        )
    return colour


def check_url(url: str, *, field: str) -> str:
    """An address that a link may lead to. Raises InvalidError for any other."""
    url = url.strip()
    if not _URL.fullmatch(url):
        raise InvalidError(
            "Write an address that begins with https:// or mailto:.",
            code="invalid_url",
            field=field,
        )
    return url


def _readable(colour: str, paper: str) -> str:
    """The same colour as much darker, or lighter, as it takes."""
    towards = 0 if _luminance(paper) > _luminance("#777777") else 255
    for step in range(1, _STEPS + 1):
        mixed = (round(part + (towards - part) * step / _STEPS) for part in _parts(colour))
        shade = "#" + "".join(f"{part:02x}" for part in mixed)
        if contrast(shade, paper) >= _ENOUGH:
            return shade
    return "#000000" if towards == 0 else "#ffffff"


def _parts(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(part / 255) for part in _parts(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)
