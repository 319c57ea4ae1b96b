"""Search in titles: the folded form in which a query finds a title, whatever its spelling. Pure."""

import unicodedata

__all__ = ["fold_text", "search_words"]

_MAX_WORDS = 10

# Letters that NFKD does not decompose. The Arabic ones are often exchanged in everyday text:
# alef maksura and yeh, teh marbuta and heh; tatweel only stretches a word.
_LETTERS = str.maketrans(
    {
        "ø": "o",
        "æ": "ae",
        "œ": "oe",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "ı": "i",
        "\u0649": "\u064a",
        "\u0629": "\u0647",
        "\u0640": "",
    }
)
# Nonspacing marks are accents and Arabic vowel signs; format characters are invisible.
_DROPPED = frozenset({"Mn", "Cf"})


def fold_text(text: str) -> str:
    """Return the text without case, accents, Arabic vowel signs and repeated white space.

    Compatibility caseless matching (Unicode 17.0, section 3.13, D146), without the marks.
    """
    if text.isascii():
        return " ".join(text.lower().split())
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    letters = (each for each in decomposed if unicodedata.category(each) not in _DROPPED)
    digits = (str(unicodedata.digit(each, each)) for each in letters)
    return " ".join("".join(digits).translate(_LETTERS).split())


def search_words(query: str) -> tuple[str, ...]:
    """The folded words of a query, each once; a title matches when it contains all of them."""
    return tuple(dict.fromkeys(fold_text(query).split()))[:_MAX_WORDS]
