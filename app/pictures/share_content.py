"""Content of a share picture: its texts, symbol and colours."""

from dataclasses import dataclass

__all__ = ["DirectedText", "ShareColours", "ShareContent"]


@dataclass(frozen=True, slots=True)
class DirectedText:
    """A text with its language, a BCP 47 tag, and its writing direction."""

    text: str
    language: str
    is_rtl: bool


@dataclass(frozen=True, slots=True)
class ShareColours:
    """Colours as hexadecimal values: background, text, quiet text, and that of the status."""

    background: str
    text_colour: str
    soft: str
    hue: str


@dataclass(frozen=True, slots=True)
class ShareContent:
    """What a share picture shows.

    `symbol` is a service status or `unknown`. `status` is the status in words; `title` stands below
    it, None where the status says everything. `details` are the quiet lines at the foot. With
    `is_rtl` the layout is mirrored.
    """

    symbol: str
    page: DirectedText
    status: DirectedText
    title: DirectedText | None
    details: tuple[DirectedText, ...]
    colours: ShareColours
    is_rtl: bool
