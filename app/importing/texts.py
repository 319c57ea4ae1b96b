"""Texts of a source as Fyr stores them: titles and Markdown bodies, with report codes."""

import html
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from app.domain.validation import BODY_LIMIT, TITLE_LIMIT
from app.importing.files.html import html_to_markdown

__all__ = [
    "CleanText",
    "CleanTexts",
    "SourceText",
    "clean_bodies",
    "clean_body",
    "clean_name",
    "clean_title",
    "clean_titles",
    "first_text",
    "html_to_line",
    "one_of_each",
]

# A text of a source: in the language of its page, or in several by language tag.
SourceText: TypeAlias = str | Mapping[str, str]

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


@dataclass(frozen=True, slots=True)
class CleanTexts:
    """A text in one language or several that Fyr accepts, and the codes about it.

    It is without the languages in which nothing is left, and can be empty.
    """

    text: SourceText
    codes: tuple[str, ...] = ()


def clean_titles(title: SourceText, body: Callable[[], SourceText] | None = None) -> CleanTexts:
    """A title as `clean_title` returns it, in each language of `title`.

    A title that is empty in all languages becomes the first words of the text that `body` returns.
    """
    if not isinstance(title, str) and any(clean_title(text).text for text in title.values()):
        return _in_each(title, clean_title)
    text = title if isinstance(title, str) else ""
    clean = clean_title(text, None if body is None else lambda: first_text(body()))
    return CleanTexts(clean.text, clean.codes)


def clean_bodies(body: SourceText) -> CleanTexts:
    """A body as `clean_body` returns it, in each language of `body`."""
    return _in_each({"": body} if isinstance(body, str) else body, clean_body)


def clean_name(name: str, ref: str) -> str:
    """The name of a group or a service in one line; `ref` when nothing is left of it."""
    return clean_title(name).text or ref


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
    # Line breaks of HTML end in a backslash.
    markdown = markdown.replace("\\\n", "\n") if converted else markdown
    plain = markdown if converted or "&" not in text else html.unescape(markdown)
    return " ".join(clean_body(plain).text.split())


def first_text(text: SourceText) -> str:
    """The text, or that of its first language; empty in none."""
    return text if isinstance(text, str) else next(iter(text.values()), "")


def one_of_each(codes: Iterable[str]) -> tuple[str, ...]:
    """The codes in their order, each once."""
    return tuple(dict.fromkeys(codes))


def _in_each(texts: Mapping[str, str], clean: Callable[[str], CleanText]) -> CleanTexts:
    """The texts cleaned; a text without a tag, the only one, is of no named language."""
    found = {tag: clean(text) for tag, text in texts.items()}
    codes = one_of_each(code for each in found.values() for code in each.codes)
    left = {tag: each.text for tag, each in found.items() if each.text}
    return CleanTexts(left.get("", "") if left.keys() <= {""} else left, codes)


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
