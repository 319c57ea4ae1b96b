"""Pages of docs/monitors as HTML, and the setup instructions of a monitor from its page."""

import re
from collections.abc import Sequence
from functools import lru_cache

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

from app import folder

__all__ = ["monitor_page", "setup_instructions"]

_NAME = re.compile(r"[A-Za-z0-9-]{1,60}")
_PAGE_LINK = re.compile(r"([A-Za-z0-9-]{1,60})\.md(?:#.*)?")
_EXAMPLE = "https://status.example.com/hooks/TOKEN"
_ADDRESS = "/console/sources/docs"


def monitor_page(name: str) -> tuple[str, Markup] | None:
    """Title and content of a page; None if there is no such page."""
    text = _read(name)
    if text is None:
        return None
    title, _, content = text.partition("\n\n")
    return title.removeprefix("#").strip(), _render(content)


def setup_instructions(kind: str, url: str, secret: str | None) -> Markup | None:
    """How a monitor is set up, with this URL and secret; None for a kind without a page."""
    text = _read(kind)
    if text is None:
        return None
    text = text.partition("**Authentication**")[0].partition("\n## ")[0]
    text = text.partition("\n\n")[2].replace(_EXAMPLE, url)
    return _render(text.replace("SECRET", secret or "SECRET").strip())


def _read(name: str) -> str | None:
    file = folder("docs") / "monitors" / f"{name}.md"
    return file.read_text("utf-8") if _NAME.fullmatch(name) and file.is_file() else None


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    # The pages are ours; raw HTML stays off because a secret may be part of the text.
    return MarkdownIt("commonmark", {"html": False}).enable("table")


def _render(text: str) -> Markup:
    tokens = _parser().parse(text)
    for token in tokens:
        if token.type == "inline" and token.children:
            token.children = _local_links(token.children)
        elif token.type == "table_open":
            token.attrSet("class", "table")
        elif token.type in {"fence", "code_block"}:
            token.attrSet("dir", "ltr")
    html = str(_parser().renderer.render(tokens, _parser().options, {}))
    # A wide table or a long line scrolls by itself, with the keyboard too.
    html = html.replace("<table", '<div class="wide" tabindex="0"><table')
    html = html.replace("</table>", "</table></div>")
    return Markup(html.replace("<pre>", '<pre class="raw" dir="ltr" tabindex="0">'))  # noqa: S704


def _local_links(tokens: Sequence[Token]) -> list[Token]:
    """Point links to other pages into the console, and drop those to files that are not shown."""
    tokens_left: list[Token] = []
    is_dropped = False
    for token in tokens:
        if token.type == "link_open":
            href = str(token.attrGet("href") or "")
            page = _PAGE_LINK.fullmatch(href)
            is_dropped = not page and not href.startswith("https://")
            if page:
                token.attrSet("href", f"{_ADDRESS}/{page[1]}")
        if not (is_dropped and token.type in {"link_open", "link_close"}):
            tokens_left.append(token)
        if token.type == "link_close":
            is_dropped = False
    return tokens_left
