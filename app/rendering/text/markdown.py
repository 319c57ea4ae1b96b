"""Markdown of staff texts: CommonMark without raw HTML and images, cleaned by an allow-list."""

from collections.abc import MutableMapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import nh3
from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.renderer import RendererHTML
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markdown_it.utils import OptionsDict
from markupsafe import Markup, escape

from app.i18n import formats
from app.i18n.bidi import strip_controls
from app.i18n.localization import Locale
from app.rendering.text.instants import INSTANT, format_rfc3339, parse_instant

__all__ = ["render_markdown", "time_element"]

_SCHEMES = {"http", "https", "mailto"}
_TAGS = {
    *("p", "br", "hr", "ul", "ol", "li", "blockquote", "pre", "code", "em", "strong", "a", "time"),
    *("h2", "h3", "h4", "h5", "h6"),
}
_ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}, "time": {"datetime"}}
_DEEPEST_HEADING = 6
_LONGEST_CACHED = 2000


def render_markdown(text: str, locale: Locale, *, below: int) -> Markup:
    """HTML of a staff text; its headings are nested below a heading of level `below`.

    The HTML contains only paragraphs, lists, headings, quotations, code, emphasis, times, and
    links with the schemes http, https and mailto.
    """
    return (_render_cached if len(text) <= _LONGEST_CACHED else _render)(text, locale, below)


def _render(text: str, locale: Locale, below: int) -> Markup:
    env: MutableMapping[str, Any] = {"locale": locale}
    tokens = _PARSER.parse(strip_controls(text), env)
    _shift_headings(tokens, below)
    html = _PARSER.renderer.render(tokens, _PARSER.options, env)
    return Markup(  # noqa: S704  # cleaned by the allow-list
        nh3.clean(
            html,
            tags=_TAGS,
            attributes=_ATTRIBUTES,
            url_schemes=_SCHEMES,
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


class _Parser(MarkdownIt):
    def validateLink(self, url: str) -> bool:  # noqa: N802  # the library's name
        try:
            return urlsplit(url).scheme in _SCHEMES
        except ValueError:
            return False


def _instant(state: StateInline, silent: bool) -> bool:  # noqa: FBT001  # the library's protocol
    found = INSTANT.match(state.src, state.pos, state.posMax)
    at = None if found is None else parse_instant(found)
    if found is None or at is None:
        return False
    if not silent:
        state.push("instant", "time", 0).meta = {"at": at}
    state.pos = found.end()
    return True


def _render_instant(
    _: RendererHTML, tokens: Sequence[Token], index: int, __: OptionsDict, env: dict[str, Any]
) -> str:
    locale: Locale = env["locale"]
    at: datetime = tokens[index].meta["at"]
    return time_element(at, formats.date_time(at, locale.language, locale.zone))


def _render_image(
    _: RendererHTML, tokens: Sequence[Token], index: int, __: OptionsDict, ___: dict[str, Any]
) -> str:
    return escapeHtml(tokens[index].content)


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


def _parser() -> _Parser:
    made = _Parser("commonmark", {"html": False})
    made.inline.ruler.before("text", "instant", _instant)
    made.add_render_rule("instant", _render_instant)
    made.add_render_rule("image", _render_image)
    return made


_PARSER = _parser()
