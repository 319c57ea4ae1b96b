"""Typography of a translation: its quotation marks, ellipses and blanks."""

import re
from collections.abc import Iterator

__all__ = ["wrong_typography"]

_QUOTES = frozenset("“”„‟‘’‚‛«»‹›「」『』〝〞〟")
# An apostrophe within or after a word: “d’un”, “l’”, “po’ di”; not a quotation mark.
_APOSTROPHE = re.compile(r"(?<=\w)’")
# A line may break before this punctuation, or after the opening mark, at an ordinary space.
_LOOSE = re.compile(r" [:;!?»](?=\s|$)|« ")


def wrong_typography(text: str, english: str, quotes: str | None) -> Iterator[str]:
    """What is wrong with the punctuation of a translation; `quotes` are those of its language."""
    if '"' in text or "'" in text:
        yield f"has an ASCII quotation mark{f', not {quotes}' if quotes else ''} or apostrophe (’)"
    if "..." in text:
        yield "has three full stops instead of an ellipsis (…)"
    marks = set(_APOSTROPHE.sub("", text)) & _QUOTES
    if quotes is not None and (foreign := marks - set(quotes)):
        yield f"has the quotation mark {' '.join(sorted(foreign))} instead of {' '.join(quotes)}"
    if text != text.strip() and english == english.strip():
        yield "begins or ends with a blank, and the English message does not"
    if "  " in text:
        yield "has two blanks in a row"
    if _LOOSE.search(text):
        yield "has an ordinary blank where a line must not break: write U+00A0 or U+202F"
