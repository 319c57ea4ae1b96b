"""Staff texts as typed, for surfaces without HTML: plain text, calendars, JSON and Markdown."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache

from markdown_it.token import Token

from app.domain.texts.phrases import Text
from app.i18n import formats
from app.i18n.bidi import strip_controls
from app.i18n.localization import DisplayText, Locale, localize
from app.rendering.text.markdown_parser import parse_markdown

__all__ = ["markdown_body", "plain_body"]

_HARD_BREAK = "  "
_CELLS = {"th_open", "td_open"}


def plain_body(text: Text, locale: Locale) -> DisplayText:
    """The text as typed, its instants replaced by dates and times in the page's time zone.

    Instants inside code stay as typed.
    """
    localized = localize(text, locale)
    if not localized.markdown:
        return localized
    source = strip_controls(localized.text)
    if "{{" in source:
        source = _rewrite(source, locale, is_markdown=False)
    return replace(localized, text=source)


def markdown_body(text: Text, locale: Locale) -> DisplayText:
    """The text as Markdown that any renderer of CommonMark shows as the page does.

    Line breaks are marked as hard breaks, images become links, and a backslash stands before what
    the page does not take for HTML or for a link.
    """
    localized = localize(text, locale)
    if not localized.markdown:
        return localized
    source = _rewrite(strip_controls(localized.text), locale, is_markdown=True)
    return replace(localized, text=source)


@dataclass(frozen=True, slots=True)
class _Edit:
    """A replacement within one line of the source."""

    line: int
    start: int
    end: int
    text: str


@lru_cache(maxsize=500)
def _rewrite(source: str, locale: Locale, *, is_markdown: bool) -> str:
    lines = source.split("\n")
    edits: list[_Edit] = []
    for place, token in _located(parse_markdown(source), lines):
        start = place.find(token.meta["start"])
        if start is None:
            continue
        if token.type == "instant":
            edits.append(_instant_edit(token, start, locale))
        elif is_markdown and token.type == "softbreak":
            line = lines[start[0]]
            edits.append(_Edit(start[0], len(line.rstrip()), len(line), _HARD_BREAK))
        elif is_markdown and token.type == "literal":
            edits.append(_Edit(*start, start[1], "\\"))
        elif is_markdown and token.type == "image_start":
            edits += _image_edits(token, place, start)
    # From the right, so that the columns of the other edits stay valid.
    for edit in sorted(edits, key=lambda each: -each.start):
        line = lines[edit.line]
        lines[edit.line] = line[: edit.start] + edit.text + line[edit.end :]
    return "\n".join(lines)


def _instant_edit(token: Token, start: tuple[int, int], locale: Locale) -> _Edit:
    line, column = start
    at: datetime = token.meta["at"]
    when = formats.date_time(at, locale.formats, locale.zone)
    return _Edit(line, column, column + token.meta["end"] - token.meta["start"], when)


def _image_edits(token: Token, place: "_Place", start: tuple[int, int]) -> Iterator[_Edit]:
    """An image becomes a link; inside a link, which cannot hold another one, its description.

    An image without a description becomes its address, as an autolink.
    """
    line, column = start
    end = place.find(token.meta["end"])
    after = place.find(token.meta["start"] + len("![") + len(token.content))
    if end is not None and end[0] == line and not token.content.strip():
        address = "" if token.meta["in_link"] else f"<{token.meta['address']}>"
        yield _Edit(line, column, end[1], address)
    elif token.meta["in_link"] and end is not None and after is not None and after[0] == end[0]:
        # The description may have edits of its own.
        yield _Edit(line, column, column + len("!["), "")
        yield _Edit(*after, end[1], "")
    else:
        yield _Edit(line, column, column + len("!"), "")


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the content of an inline token stands in the source."""

    content: str
    first_line: int
    columns: Sequence[int]
    is_cell: bool

    def find(self, offset: int) -> tuple[int, int] | None:
        """The line and the column of an offset in the content."""
        before = self.content[:offset]
        number = before.count("\n")
        if self.columns[number] < 0:
            return None
        column = offset - (before.rfind("\n") + 1)
        # In a cell of a table, the source has `\|` where the content has `|`.
        escapes = before.count("|") if self.is_cell else 0
        return self.first_line + number, self.columns[number] + column + escapes


def _located(tokens: Iterable[Token], lines: Sequence[str]) -> Iterator[tuple[_Place, Token]]:
    """The tokens that have a place in the source, with the content in which it counts."""
    opening = ""
    cells_end: dict[int, int] = {}
    for block in tokens:
        if block.type != "inline" or block.map is None:
            opening = block.type
            continue
        first = block.map[0]
        if opening in _CELLS:
            cell = block.content.replace("|", "\\|")
            column = lines[first].find(cell, cells_end.get(first, 0))
            cells_end[first] = column + len(cell)
            place = _Place(block.content, first, (column,), is_cell=True)
        else:
            content = block.content.split("\n")
            columns = [line.rfind(part) for line, part in zip(lines[first:], content, strict=False)]
            place = _Place(block.content, first, columns, is_cell=False)
        for token in block.children or ():
            if token.meta and "start" in token.meta:
                yield place, token
