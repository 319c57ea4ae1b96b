"""Markdown of staff texts as HTML, cleaned by an allow-list. docs/markdown.md describes it."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache

import nh3
from markdown_it.token import Token
from markupsafe import Markup, escape

from app.i18n import formats
from app.i18n.bidi import strip_controls
from app.i18n.localization import Locale
from app.rendering.text.instants import format_rfc3339
from app.rendering.text.markdown_parser import SCHEMES, parse_markdown, render_tokens

__all__ = ["render_markdown", "time_element"]

_TAGS = {
    *("p", "br", "hr", "ul", "ol", "li", "blockquote", "pre", "code", "em", "strong", "a", "time"),
    *("s", "table", "thead", "tbody", "tr", "th", "td"),
    *("h2", "h3", "h4", "h5", "h6"),
}
_ATTRIBUTES = {
    "a": {"href", "title"},
    "ol": {"start"},
    "td": {"align", "data-label"},
    "th": {"align"},
    "time": {"datetime"},
}
_DEEPEST_HEADING = 6
_LONGEST_CACHED = 2000


def render_markdown(text: str, locale: Locale, *, below: int) -> Markup:
    """HTML of a staff text; its headings are nested below a heading of level `below`.

    The HTML contains only paragraphs, lists, tables, headings, quotations, code, emphasis, times,
    and links with the schemes http, https and mailto.
    """
    return (_render_cached if len(text) <= _LONGEST_CACHED else _render)(text, locale, below)


def _render(text: str, locale: Locale, below: int) -> Markup:
    tokens = parse_markdown(strip_controls(text))
    _shift_headings(tokens, below)
    _format_instants(tokens, locale)
    html = render_tokens(tokens)
    return Markup(  # noqa: S704  # cleaned by the allow-list
        nh3.clean(
            html,
            tags=_TAGS,
            attributes=_ATTRIBUTES,
            url_schemes=SCHEMES,
            url_relative="deny",
            link_rel="nofollow noopener noreferrer",
        ).strip()
    )


# A change of the page leaves all but one of its texts unchanged.
_render_cached = lru_cache(maxsize=500)(_render)


def time_element(at: datetime, text: str) -> Markup:
    """`<time>` with the instant in UTC and `text`; the script shows the visitor's own time."""
    element = f'<time datetime="{format_rfc3339(at)}">{escape(text)}</time>'
    return Markup(element)  # noqa: S704  # the instant holds digits, the text is escaped


def _format_instants(tokens: Sequence[Token], locale: Locale) -> None:
    for token in tokens:
        for child in token.children or ():
            if child.type == "instant":
                at: datetime = child.meta["at"]
                text = formats.date_time(at, locale.formats, locale.zone)
                child.type, child.content = "html_inline", time_element(at, text)


def _shift_headings(tokens: Sequence[Token], below: int) -> None:
    """Renumber the headings below level `below` so that no level is skipped."""
    above: list[str] = []
    for token in tokens:
        if token.type == "heading_open":
            while above and above[-1] >= token.tag:
                above.pop()
            above.append(token.tag)
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(_DEEPEST_HEADING, below + len(above))}"
