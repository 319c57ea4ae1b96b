"""Comparison of names that people and monitors write: services, aliases, label values. Pure."""

import unicodedata

__all__ = ["fold_name", "normalize_name"]


def fold_name(name: str) -> str:
    """Return the key under which two spellings of a name are equal.

    Canonical caseless matching (Unicode 17.0, section 3.13, D145), in NFC and without surrounding
    white space: `Café` equals `CAFE` followed by U+0301, and `Straße` equals `STRASSE`.
    """
    name = name.strip()
    if name.isascii():
        return name.lower()
    return normalize_name(unicodedata.normalize("NFD", name).casefold())


def normalize_name(name: str) -> str:
    """Return the name in NFC, which browsers and most systems send (macOS file names are NFD)."""
    return unicodedata.normalize("NFC", name)
