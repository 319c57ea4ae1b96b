"""Appearance of the page: accent colours for light and dark mode, and links.

The accent is the colour of links, buttons and outlines. It has to be legible on the background of
the page: WCAG 2.2 requires a contrast of 4.5 to 1 (success criterion 1.4.3).
"""

import re
from dataclasses import dataclass
from hashlib import sha256

from app.domain.errors import InvalidError
from app.domain.links import has_user_info
from app.domain.texts.localized_text import LocalizedText

__all__ = [
    "DARK_BACKGROUND",
    "LIGHT_BACKGROUND",
    "MOST_LINKS",
    "Accent",
    "PageLink",
    "check_accent",
    "check_url",
    "contrast",
]

# `--background` of fyr.css, in sRGB.
LIGHT_BACKGROUND = "#fbfaf7"
DARK_BACKGROUND = "#10151e"
# Links at the end of every page.
MOST_LINKS = 10

_MIN_CONTRAST = 4.5
_COLOUR = re.compile(r"#[0-9a-f]{6}")
_URL = re.compile(r"(https?://[^\s<>\"'\\]{1,1000}|mailto:[^\s<>\"'\\]{3,300})")
_STEPS = 100


@dataclass(frozen=True, slots=True)
class Accent:
    """Accent colours as `#rrggbb`; None for the default colour."""

    light: str | None
    dark: str | None

    @property
    def css(self) -> str:
        """The style sheet that sets the colours."""
        light = f":root {{ --link: {self.light} }}\n" if self.light else ""
        if self.dark is None:
            return light and f"@media not all and (prefers-color-scheme: dark) {{ {light}}}\n"
        dark = f"@media (prefers-color-scheme: dark) {{ :root {{ --link: {self.dark} }} }}\n"
        return light + dark

    @property
    def digest(self) -> str:
        """Ten characters of a hash of the style sheet, for its URL."""
        return sha256(self.css.encode()).hexdigest()[:10]


@dataclass(frozen=True, slots=True)
class PageLink:
    """A link in the footer of the page, such as to support."""

    name: LocalizedText
    url: str


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, from 1 to 21 (WCAG 2.2)."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def check_accent(colour: str, background: str, *, field: str) -> str:
    """`colour` in lower case. Raises InvalidError for a wrong format or a too low contrast.

    The error names the nearest shade with enough contrast to `background`.
    """
    colour = colour.strip().lower()
    if not _COLOUR.fullmatch(colour):
        raise InvalidError(
            "Write a colour as #rrggbb, such as #1a5fb4.", code="invalid_colour", field=field
        )
    found = contrast(colour, background)
    if found < _MIN_CONTRAST:
        shade = _legible_shade(colour, background)
        raise InvalidError(
            f"{colour} has a contrast of {found:.1f} to the page; 4.5 is needed. {shade} would do.",
            code="low_contrast",
            field=field,
            data={"colour": colour, "contrast": f"{found:.1f}", "shade": shade},
        )
    return colour


def check_url(url: str, *, field: str) -> str:
    """`url` if it is an http, https or mailto URL. Raises InvalidError otherwise."""
    url = url.strip()
    if not _URL.fullmatch(url) or has_user_info(url):
        raise InvalidError(
            "Write an address that begins with https:// or mailto:, without a user name.",
            code="invalid_url",
            field=field,
        )
    return url


def _legible_shade(colour: str, background: str) -> str:
    """The nearest darker or lighter shade of `colour` with sufficient contrast to `background`.

    The better of black and white has a contrast of at least 4.58 to any colour.
    """
    target = 0 if contrast("#000000", background) > contrast("#ffffff", background) else 255
    return next(
        shade for shade in _shades(colour, target) if contrast(shade, background) >= _MIN_CONTRAST
    )


def _shades(colour: str, target: int) -> list[str]:
    """The shades of `colour` up to black (`target` 0) or white (255)."""
    return [
        "#"
        + "".join(f"{round(part + (target - part) * step / _STEPS):02x}" for part in _parts(colour))
        for step in range(1, _STEPS + 1)
    ]


def _parts(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(part / 255) for part in _parts(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)
