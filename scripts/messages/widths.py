"""Widths of labels: a translation may be 2.2 times as wide as the English text.

Widths are measured in the typeface of share pictures; a character that it does not have is one em
wide when Unicode calls it wide, else half an em.
"""

import re
import unicodedata
from functools import cache
from importlib.resources import files

from babel.messages.catalog import Message
from PIL import ImageFont

from app.pictures.character_map import character_map
from app.pictures.typefaces import TYPEFACES, load_font

__all__ = ["LIMIT", "is_label", "width"]

LIMIT = 2.2
_EM = 100
# How comments begin that name a place without room for longer words.
_PLACES = re.compile(
    r"Button|Link|Label of|Choice|Heading of a table column|Badge|Navigation|[^.%]*\bbadges?\b"
)
_CONTEXTS = re.compile(r"button|link|status of|label")
# Without a comment, a short text that is no sentence is a label.
_LONGEST_LABEL = 30


def is_label(message: Message) -> bool:
    """Whether a message stands on a button, badge, label, or link of a navigation."""
    english = str(message.id[0] if isinstance(message.id, list | tuple) else message.id)
    if "%(" in english or "{" in english:
        return False
    if message.context and _CONTEXTS.match(message.context):
        return True
    if message.auto_comments:
        return any(_PLACES.match(comment) for comment in message.auto_comments)
    return len(english) <= _LONGEST_LABEL and not english.endswith((".", "?", "!", ":"))


@cache
def width(text: str) -> float:
    """The width of a text, in hundredths of an em."""
    font, known = _font()
    unknown = [char for char in text if ord(char) not in known]
    wide = sum(unicodedata.east_asian_width(char) in "WF" for char in unknown)
    marks = sum(unicodedata.category(char).startswith("M") for char in unknown)
    measured = font.getlength("".join(char for char in text if ord(char) in known))
    return measured + _EM * (wide + (len(unknown) - wide - marks) / 2)


@cache
def _font() -> tuple[ImageFont.FreeTypeFont, frozenset[int]]:
    """The font, and the characters that it has."""
    typeface = TYPEFACES[0]
    content = (files("app.pictures") / "fonts" / typeface.regular).read_bytes()
    return load_font(typeface, _EM, bold=False), character_map(content)
