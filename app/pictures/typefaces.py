"""Typefaces of share pictures, and which texts they can set.

`TYPEFACES` is the table: a further script is a further entry with its two font files in
app/pictures/fonts. A text is set in the first typeface that has all its characters; one font for a
whole line lets the shaping library reorder mixed directions.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from io import BytesIO
from pathlib import Path

from PIL import ImageFont, features

from app.pictures.character_map import character_map

__all__ = ["TYPEFACES", "Typeface", "can_shape", "load_font", "settable"]

_FOLDER = Path(__file__).resolve().parent / "fonts"


@dataclass(frozen=True, slots=True)
class Typeface:
    """A typeface in two weights, and the scripts that it is there for (ISO 15924)."""

    regular: str
    bold: str
    scripts: tuple[str, ...]


TYPEFACES = (
    Typeface(
        "FyrShare-Regular.ttf",
        "FyrShare-Bold.ttf",
        ("Latn", "Grek", "Cyrl", "Arab", "Hebr", "Thai", "Deva", "Beng", "Taml", "Geor", "Armn"),
    ),
)

# Controls of shaping and direction: no typeface needs a glyph for them.
_CONTROLS = frozenset(
    "\u034f\u061c\u200b\u200c\u200d\u200e\u200f\u2060\u2066\u2067\u2068\u2069\ufeff"
)
# Selectors of a glyph variant, and tags: left out where they follow a symbol or a letter.
_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0000-\U000e01ef]")
# Joiners that have lost what they joined, such as those of an emoji sequence.
_LONE_JOINERS = re.compile("(?<!\\S)[\u200c\u200d]+|[\u200c\u200d]+(?!\\S)")
# Pictographs, also those that this Python's Unicode tables do not know yet.
_PICTOGRAPHS = re.compile("[\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff]")
# Categories of characters that a text can be read without: symbols, keycaps, unassigned.
_DISPENSABLE = frozenset({"So", "Sk", "Me", "Co", "Cs"})
_RIGHT_TO_LEFT = frozenset({"R", "AL", "AN"})
_MARKS = frozenset({"Mn", "Mc"})


@cache
def can_shape() -> bool:
    """Whether Pillow can shape and reorder text: Raqm is there, and the system has FriBiDi."""
    return bool(features.check("raqm"))


@lru_cache(maxsize=512)
def settable(text: str, *, shaping: bool) -> tuple[str, Typeface] | None:
    """The text in one line as it is set, and its typeface; None when no typeface can set it.

    Emoji and other symbols without a glyph are left out. A letter without a glyph makes the text
    impossible to set, as do scripts that need shaping where there is no `shaping`.
    """
    line = " ".join(_SELECTORS.sub("", unicodedata.normalize("NFC", text)).split())
    for typeface in TYPEFACES:
        characters = [_glyphs(char, _coverage(typeface)) for char in line]
        chosen = "".join(char for char in characters if char is not None)
        found = " ".join(_LONE_JOINERS.sub("", chosen).split())
        if None not in characters and _has_letters(found) and (shaping or _is_simple(found)):
            return found, typeface
    return None


def _glyphs(char: str, coverage: frozenset[int]) -> str | None:
    """The characters to set for this one, "" to leave it out; None when that is impossible."""
    if char in _CONTROLS or ord(char) in coverage:
        return char
    compatible = unicodedata.normalize("NFKC", char)
    if compatible and all(ord(each) in coverage for each in compatible):
        return compatible
    if unicodedata.category(char) in _DISPENSABLE or _PICTOGRAPHS.match(char):
        return ""
    return None


def _has_letters(text: str) -> bool:
    return any(char not in _CONTROLS and not char.isspace() for char in text)


def _is_simple(text: str) -> bool:
    """Whether the text can be set one glyph after the other."""
    return not any(
        unicodedata.bidirectional(char) in _RIGHT_TO_LEFT or unicodedata.category(char) in _MARKS
        for char in text
    )


@cache
def _coverage(typeface: Typeface) -> frozenset[int]:
    """The characters that the regular and the bold weight have."""
    return character_map(_content(typeface.regular)) & character_map(_content(typeface.bold))


@cache
def _content(name: str) -> bytes:
    return (_FOLDER / name).read_bytes()


@lru_cache(maxsize=32)
def load_font(typeface: Typeface, size: int, *, bold: bool) -> ImageFont.FreeTypeFont:
    """The font in one size in pixels. Not for several threads at a time."""
    engine = ImageFont.Layout.RAQM if can_shape() else ImageFont.Layout.BASIC
    content = BytesIO(_content(typeface.bold if bold else typeface.regular))
    return ImageFont.truetype(content, size, layout_engine=engine)
