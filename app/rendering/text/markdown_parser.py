"""Parser of staff texts: CommonMark with tables, strikethrough, bare URLs and instants.

Raw HTML stays text, a line break in the source is a line break, and images become links. The parser
records where an instant, a line break or an image stands in the source, in the token's `meta`, and
where a character stays text that another parser may take for the start of HTML or of a link.
"""

import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from linkify_it import LinkifyIt  # type: ignore[import-untyped]
from linkify_it.main import Match  # type: ignore[import-untyped]
from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.rules_block import StateBlock, table
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline, image, newline
from markdown_it.token import Token

from app.domain.links import has_user_info
from app.rendering.text.instants import INSTANT, parse_instant

__all__ = ["SCHEMES", "parse_markdown", "render_tokens"]

SCHEMES = {"http", "https", "mailto"}
# Punctuation and brackets of other scripts: linkify-it ends a URL at the ASCII ones only.
# A pair of tildes strikes out text, also text that ends with a URL.
_END_OF_URL = re.compile("[、。，．；！？（）「」『』【】《》〈〉“”…،؛؟।]|~~")
_LONGEST_URL = 2048
# Any top-level domain: new ones such as `.cloud` come every year. It is used for e-mail addresses
# alone, since names without a scheme are no links.
_TOP_LEVEL_DOMAIN = r"[a-z\u00a1-\uffff][a-z0-9\u00a1-\uffff-]{0,61}[a-z0-9\u00a1-\uffff]"
# Within another name, `www.` begins no URL.
_BEFORE_WWW = re.compile(r"[^\w./:@=&?#%+-]\Z|\A\Z")
# What begins HTML elsewhere, and what begins a link here only if its address is allowed.
_MARKUP = re.compile(r"<[a-z/!?]|\[[^\[\]]*\][(:]", re.IGNORECASE)
# A row of a table is filled up to the columns of its header: 300 columns make 1.6 MB of HTML out of
# 2 kB of text.
_MOST_COLUMNS = 30


def parse_markdown(text: str) -> list[Token]:
    """The tokens of a staff text."""
    return _PARSER.parse(text)


def render_tokens(tokens: Sequence[Token]) -> str:
    """HTML of the tokens, not yet cleaned. Instants must have become text or HTML before."""
    return str(_PARSER.renderer.render(tokens, _PARSER.options, {}))


class _Linkify(LinkifyIt):  # type: ignore[misc]  # the library has no types
    """Bare URLs and e-mail addresses, up to the punctuation that ends them."""

    def match(self, text: str) -> list[Match] | None:
        return [_shortened(each) for each in super().match(text) or ()] or None

    def match_at_start(self, text: str) -> Match | None:
        found = super().match_at_start(text[:_LONGEST_URL])
        return None if found is None else _shortened(found)


class _Parser(MarkdownIt):
    def validateLink(self, url: str) -> bool:  # noqa: N802  # the library's name
        try:
            return urlsplit(url).scheme in SCHEMES and not has_user_info(url)
        except ValueError:
            return False


def _shortened(match: Match) -> Match:
    end = _END_OF_URL.search(match.raw)
    if end is not None:
        match.last_index = match.index + end.start()
        match.raw = match.raw[: end.start()]
        match.text = _END_OF_URL.split(match.text)[0]
        match.url = _END_OF_URL.split(match.url)[0]
    return match


def _validate_www(linkify: LinkifyIt, text: str, position: int) -> int:
    """The length of what follows `www.` at `position` in a bare URL without a scheme."""
    if not _BEFORE_WWW.search(text[max(0, position - len("www.") - 1) : position - len("www.")]):
        return 0
    rest = text[position : position + _LONGEST_URL]
    length: int = linkify.test_schema_at(f"//www.{rest}", "http:", 0)
    return max(0, length - len("//www."))


def _normalize_www(_: LinkifyIt, match: Match) -> None:
    match.url = f"http://{match.url}"


def _instant(state: StateInline, silent: bool) -> bool:  # noqa: FBT001  # the library's protocol
    found = INSTANT.match(state.src, state.pos, state.posMax)
    at = None if found is None else parse_instant(found)
    if found is None or at is None:
        return False
    if not silent:
        token = state.push("instant", "time", 0)
        token.meta = {"at": at, "start": state.pos, "end": found.end()}
    state.pos = found.end()
    return True


def _newline(state: StateInline, silent: bool) -> bool:  # noqa: FBT001  # the library's protocol
    start = state.pos
    if not newline(state, silent):
        return False
    if not silent:
        state.tokens[-1].meta = {"start": start}
    return True


def _image(state: StateInline, silent: bool) -> bool:  # noqa: FBT001  # the library's protocol
    start = state.pos
    if not image(state, silent):
        return False
    if not silent:
        state.tokens[-1].meta = {"start": start, "end": state.pos}
    return True


def _literal(state: StateInline, silent: bool) -> bool:  # noqa: FBT001  # the library's protocol
    """A character that begins no markup here, because the rules before this one refused it."""
    if not _MARKUP.match(state.src, state.pos, state.posMax):
        return False
    if not silent:
        token = state.push("literal", "", 0)
        token.content, token.meta = state.src[state.pos], {"start": state.pos}
    state.pos += 1
    return True


def _table(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001  # its protocol
    header = state.src[state.bMarks[start] : state.eMarks[start]]
    return header.count("|") <= _MOST_COLUMNS and table(state, start, end, silent)


def _link_images(state: StateCore) -> None:
    for token in state.tokens:
        if token.children:
            token.children = _without_images(token.children, in_link=False, offset=0)


def _without_images(tokens: Sequence[Token], *, in_link: bool, offset: int) -> list[Token]:
    """The tokens with a link to each image; inside a link, with its description alone."""
    linked: list[Token] = []
    depth = int(in_link)
    for token in tokens:
        depth += token.nesting if token.type in {"link_open", "link_close"} else 0
        if token.meta and "start" in token.meta:
            token.meta = _moved(token.meta, offset)
        if token.type == "image":
            linked += _image_link(token, in_link=depth > 0)
        else:
            linked.append(token)
    return linked


def _moved(meta: dict[str, Any], offset: int) -> dict[str, Any]:
    """The places in the text that holds the description of an image, not in the description."""
    return {
        key: value + offset if key in {"start", "end"} else value for key, value in meta.items()
    }


def _image_link(token: Token, *, in_link: bool) -> list[Token]:
    address = str(token.attrs.get("src") or "")
    marker = Token("image_start", "", 0, content=token.content)
    marker.meta = {**token.meta, "address": address, "in_link": in_link}
    inside = _without_images(
        [each for each in token.children or () if each.type not in {"link_open", "link_close"}],
        in_link=True,
        offset=token.meta["start"] + len("!["),
    )
    if in_link or not address:
        return [marker, *inside]
    attributes = {"href": address}
    if token.attrs.get("title"):
        attributes["title"] = str(token.attrs["title"])
    return [
        marker,
        Token("link_open", "a", 1, attrs=dict(attributes)),
        *(inside or [Token("text", "", 0, content=address)]),
        Token("link_close", "a", -1),
    ]


def _label_cells(state: StateCore) -> None:
    """Give each cell its alignment, and the heading of its column for narrow screens.

    The library writes alignment as a style, which the Content-Security-Policy of the page forbids.
    """
    headings: list[str] = []
    column = 0
    for opening, inline in zip(state.tokens, state.tokens[1:], strict=False):
        if opening.type == "table_open":
            headings = []
        elif opening.type == "tr_open":
            column = 0
        elif opening.type in {"th_open", "td_open"}:
            align = str(opening.attrs.pop("style", "")).removeprefix("text-align:")
            if align:
                opening.attrs["align"] = align
            if opening.type == "th_open":
                headings.append(_plain(inline.children or ()))
            elif column < len(headings) and headings[column]:
                opening.attrs["data-label"] = headings[column]
            column += 1


def _plain(tokens: Sequence[Token]) -> str:
    return " ".join("".join(token.content for token in tokens).split())


def _render_literal(_: object, tokens: Sequence[Token], index: int, *__: object) -> str:
    return escapeHtml(tokens[index].content)


def _parser() -> _Parser:
    made = _Parser("commonmark", {"html": False, "breaks": True, "linkify": True})
    made.enable(["table", "strikethrough", "linkify"])
    made.linkify = (
        _Linkify({}, {"fuzzy_link": False, "fuzzy_ip": False, "fuzzy_email": True})
        .tlds([_TOP_LEVEL_DOMAIN])
        .add("ftp:", None)
        .add("//", None)
        .add("www.", {"validate": _validate_www, "normalize": _normalize_www})
    )
    made.block.ruler.at("table", _table, {"alt": ["paragraph", "reference"]})
    made.inline.ruler.before("text", "instant", _instant)
    made.inline.ruler.at("newline", _newline)
    made.inline.ruler.at("image", _image)
    made.inline.ruler.push("literal", _literal)
    made.core.ruler.push("image_links", _link_images)
    made.core.ruler.push("table_cells", _label_cells)
    made.add_render_rule("image_start", lambda *_: "")
    made.add_render_rule("literal", _render_literal)
    return made


_PARSER = _parser()
