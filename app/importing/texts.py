"""Texts of a source as Fyr stores them: titles and Markdown bodies, with report codes."""

import html
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from app.domain.validation import BODY_LIMIT, TITLE_LIMIT
from app.importing.html import html_to_markdown

__all__ = ["CleanText", "clean_body", "clean_title", "html_to_line", "one_of_each"]

# As `app.domain.validation` refuses them: control characters but tab, line feed and carriage
# return, surrogates, noncharacters; bidirectional embeddings and overrides.
_CHARACTERS = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff\u202a-\u202e]"
)
_BREAKS = re.compile("[\t\n\r\u2028\u2029]+")
_IMAGE = re.compile(r"!\[([^\]\n]*)\]\(\s*<?([^\s)>]+)>?[^)\n]*\)")
_REFERENCED_IMAGE = re.compile(r"!\[([^\]\n]*)\]\[([^\]\n]*)\]")


@dataclass(frozen=True, slots=True)
class CleanText:
    """A text that Fyr accepts, and the codes of the findings about it. It can be empty."""

    text: str
    codes: tuple[str, ...] = ()


def clean_title(title: str, body: Callable[[], str] | None = None) -> CleanText:
    """A title in one line of at most TITLE_LIMIT characters.

    An empty title becomes the first words of the text that `body` returns.
    """
    codes = []
    text, dropped = _CHARACTERS.subn("", title)
    if dropped:
        codes.append("fixed.characters")
    line = _BREAKS.sub(" ", text).strip()
    if not line and body is not None:
        words = html_to_markdown(body())[0].split()
        line = _first_words(words)
        codes.append("fixed.title")
    elif line != text.strip() or len(line) > TITLE_LIMIT:
        codes.append("fixed.title")
    if len(line) > TITLE_LIMIT:
        line = line[: TITLE_LIMIT - 1].rstrip() + "…"
    return CleanText(line, tuple(codes))


def clean_body(body: str) -> CleanText:
    """A body in Markdown of at most BODY_LIMIT characters: HTML is converted, images are links."""
    codes = []
    text, dropped = _CHARACTERS.subn("", body.replace("\r\n", "\n").replace("\r", "\n"))
    if dropped:
        codes.append("fixed.characters")
    text, converted, lost = html_to_markdown(text)
    if converted:
        codes.append("fixed.html")
    text, images = _IMAGE.subn(_image, text)
    text, referenced = _REFERENCED_IMAGE.subn(r"[\1][\2]", text)
    if lost or images or referenced:
        codes.append("lost.image")
    text = text.strip()
    if len(text) > BODY_LIMIT:
        text = _cut(text)
        codes.append("lost.text")
    return CleanText(text, tuple(codes))


def html_to_line(text: str) -> str:
    """The text of an HTML or plain description in one line."""
    markdown, converted, _ = html_to_markdown(text)
    plain = markdown if converted or "&" not in text else html.unescape(markdown)
    return " ".join(clean_body(plain).text.split())


def one_of_each(codes: Iterable[str]) -> tuple[str, ...]:
    """The codes in their order, each once."""
    return tuple(dict.fromkeys(codes))


def _first_words(words: list[str]) -> str:
    line = ""
    for word in words:
        if len(line) + len(word) > 80:
            return f"{line or word[:79]}…"
        line = f"{line} {word}".strip()
    return line


def _image(found: re.Match[str]) -> str:
    """A Markdown image as a link; as its alternative text where there is no address to link."""
    alternative, address = found[1].strip(), found[2]
    if not address.startswith(("http://", "https://")):
        return alternative
    return f"[{alternative or address}]({address})"


def _cut(text: str) -> str:
    """The text cut at the last paragraph that fits."""
    cut = text[: BODY_LIMIT - 3]
    paragraph = cut.rfind("\n\n")
    return f"{cut[:paragraph] if paragraph > BODY_LIMIT // 2 else cut}\n\n…"
