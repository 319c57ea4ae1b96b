"""Comparison of names that people and monitors write: services, aliases, label values. Pure."""

import re
import unicodedata
from collections.abc import Mapping

__all__ = ["fold_name", "fold_pattern", "normalize_name"]

# Default_Ignorable_Code_Point (DerivedCoreProperties.txt): soft hyphen, zero-width space and
# joiners, marks of direction, variation selectors. They are copied along, and nobody sees them.
_IGNORABLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
# Letters of other width, which Japanese keyboards type: full-width Latin, half-width kana.
_WIDTHS = {
    code: int(decomposition.split()[1], 16)
    for code in range(0xFF01, 0xFFEF)
    if (decomposition := unicodedata.decomposition(chr(code))).startswith(("<wide>", "<narrow>"))
}
_SPACES = dict.fromkeys((0xA0, 0x1680, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000), " ")
# Turkish has two letters i, each with its own capital; other languages know one.
_TURKISH = {"\u0130": "i", "\u0131": "i", "i\u0307": "i"}
_TURKISH_LETTER = re.compile("|".join(_TURKISH))
_SHAPES: Mapping[int, int | str] = {**_WIDTHS, **_SPACES}
_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")


def fold_name(name: str) -> str:
    """Return the key under which two spellings of a name are equal.

    Canonical caseless matching (Unicode 17.0, section 3.13, D145), in NFC: `Café` equals `CAFE`
    followed by U+0301, and `Straße` equals `STRASSE`. In addition, the width of letters, the dot of
    an i, the kind and number of spaces, and characters that are never visible make no difference.
    """
    if name.isascii():
        return " ".join(name.lower().split())
    return " ".join(_fold(name).split())


def fold_pattern(pattern: str) -> str:
    """Fold what a regular expression has besides ASCII, for a match with a folded name."""
    return _NOT_ASCII.sub(lambda found: re.escape(_fold(found[0])), normalize_name(pattern))


def _fold(text: str) -> str:
    visible = _IGNORABLE.sub("", text).translate(_SHAPES)
    folded = normalize_name(unicodedata.normalize("NFD", visible).casefold())
    return _TURKISH_LETTER.sub(lambda found: _TURKISH[found[0]], folded)


def normalize_name(name: str) -> str:
    """Return the name in NFC, which browsers and most systems send (macOS file names are NFD)."""
    return unicodedata.normalize("NFC", name)
