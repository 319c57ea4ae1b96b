"""HTML in imported texts becomes Markdown.

Bodies of Statuspage, Cachet and Uptime Kuma are HTML, or Markdown with HTML in it. The conversion
is cosmetic: its result goes through the renderer and sanitiser of staff texts like any other text.
"""

import html
import re
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

__all__ = ["html_to_markdown"]

_TAGS = [
    "a", "abbr", "acronym", "address", "article", "aside", "audio", "b", "base", "bdi",
    "bdo", "big", "blockquote", "body", "br", "button", "canvas", "caption", "center",
    "cite", "code", "col", "colgroup", "data", "dd", "del", "details", "dfn", "dialog",
    "div", "dl", "dt", "em", "embed", "fieldset", "figcaption", "figure", "font", "footer",
    "form", "frame", "frameset", "h1", "h2", "h3", "h4", "h5", "h6", "head", "header", "hr",
    "html", "i", "iframe", "img", "input", "ins", "kbd", "label", "legend", "li", "link",
    "main", "map", "mark", "marquee", "meta", "nav", "noscript", "object", "ol", "optgroup",
    "option", "output", "p", "param", "picture", "pre", "progress", "q", "s", "samp",
    "script", "section", "select", "small", "source", "span", "strike", "strong", "style",
    "sub", "summary", "sup", "svg", "table", "tbody", "td", "template", "textarea", "tfoot",
    "th", "thead", "time", "title", "tr", "track", "tt", "u", "ul", "var", "video", "wbr",
]  # fmt: skip
_NAMES = "|".join(sorted(_TAGS, key=len, reverse=True))
# The name ends at white space, `/` or `>`: `<https://x.example>` and `<certificate>` are no tags.
_TAG = re.compile(rf"</?(?:{_NAMES})(?=[\s/>])", re.IGNORECASE)
_NO_TAG = re.compile(rf"<(?!/?(?:{_NAMES})(?=[\s/>]))", re.IGNORECASE)
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_IMAGE = re.compile(r"<img(?=[\s/>])[^>]*>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""\b(alt|src)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>"']+))""", re.IGNORECASE)
_PRE = re.compile(r"(<pre(?=[\s/>]).*?(?:</pre\s*>|\Z))", re.IGNORECASE | re.DOTALL)
_DROPPED = re.compile(
    r"<(script|style|template|noscript)(?=[\s/>]).*?(?:</\1\s*>|\Z)", re.IGNORECASE | re.DOTALL
)
_ANY_TAG = re.compile(rf"</?(?:{_NAMES})(?=[\s/>])[^>]*>?", re.IGNORECASE)
_CODE = re.compile(r"(?ms)^(```|~~~).*?^\1|(?<!`)(`+)(?!`)[^\n]*?(?<!`)\2(?!`)")
_BLANK_LINES = re.compile(r"\n[ \t]*\n\s*")
_ALLOWED = {
    "a", "b", "blockquote", "br", "code", "del", "div", "em", "h1", "h2", "h3", "h4", "h5", "h6",
    "hr", "i", "kbd", "li", "ol", "p", "pre", "s", "strike", "strong", "table", "tbody", "td",
    "tfoot", "th", "thead", "tr", "ul",
}  # fmt: skip
# Blocks of their own: without their tags, their texts would be one word with those before.
_BLOCKS = (
    "address|article|aside|caption|center|dd|details|dialog|dl|dt|fieldset|figcaption|figure|"
    "footer|form|header|legend|main|nav|option|section|summary"
)
_BLOCK = re.compile(rf"<(/?)(?:{_BLOCKS})(?=[\s/>])", re.IGNORECASE)
# Deeper nesting exhausts the recursion of the converter (measured: about 300 levels).
_DEEPEST = 200
_MOST = 400_000


def html_to_markdown(text: str) -> tuple[str, bool, bool]:
    """The text as Markdown, whether HTML was converted, and whether an image was lost.

    A text without any known tag is returned as it is. HTML comments always go.
    """
    if "<" not in text:
        return text, False, False
    code: list[str] = []
    mark = _unused(text)
    # Code spans and fenced code of Markdown show tags, they contain none.
    shown = _CODE.sub(lambda found: _put(code, found[0], mark), text)
    bare = _COMMENT.sub("", shown)
    if not _TAG.search(bare):
        return _restored(bare, code, mark), False, False
    bare = bare[:_MOST]
    plain, images = _IMAGE.subn(lambda found: _image(found[0]), bare)
    markdown = _convert(plain, mark)
    return _restored(markdown, code, mark).strip(), True, bool(images)


def _unused(text: str) -> str:
    """A private-use character that the text does not contain."""
    return next(chr(number) for number in count(0xE000) if chr(number) not in text)


def _put(store: list[str], text: str, mark: str) -> str:
    store.append(text)
    return f"{mark}{len(store) - 1}{mark}"


def _restored(text: str, store: list[str], mark: str) -> str:
    if not store:
        return text
    return re.sub(rf"{mark}(\d+){mark}", lambda found: store[int(found[1])], text)


def _image(tag: str) -> str:
    """The alternative text of an image, or else its address as a link."""
    found = {name.lower(): "".join(values) for name, *values in _ATTRIBUTE.findall(tag)}
    if found.get("alt", "").strip():
        return found["alt"]
    source = html.unescape(found.get("src", ""))
    if not source.startswith(("http://", "https://")):
        return ""
    address = html.escape(source, quote=True)
    return f'<a href="{address}">{address}</a>'


def _convert(text: str, mark: str) -> str:
    text = _NO_TAG.sub("&lt;", _DROPPED.sub("", text))
    if _depth(text) > _DEEPEST:
        return _plain(text)
    parts = _PRE.split(text)
    # markdownify joins paragraphs that blank lines separate, as HTML does.
    blank = mark * 2
    kept = "".join(
        part if number % 2 else _BLANK_LINES.sub(f"\n{blank}\n", part)
        for number, part in enumerate(parts)
    )
    try:
        import nh3  # noqa: PLC0415  # docs/adr/0015

        safe = nh3.clean(
            _BLOCK.sub(r"<\1div", kept),
            tags=_ALLOWED,
            clean_content_tags={"script", "style"},
            attributes={"a": {"href"}},
            url_schemes={"http", "https", "mailto"},
            link_rel=None,
        )
        markdown = str(_converter()(safe))
    except RecursionError:
        return _plain(text)
    lines = "\n".join(line.rstrip() for line in markdown.split("\n"))
    return re.sub(r"\n{3,}", "\n\n", re.sub(rf"\s*{blank}\s*", "\n\n", lines))


def _depth(text: str) -> int:
    """The deepest nesting that the tags can have."""
    depth = deepest = 0
    for found in _TAG.finditer(text):
        depth += -1 if found[0][1] == "/" else 1
        deepest = max(deepest, depth)
    return deepest


def _plain(text: str) -> str:
    """The text without its tags."""
    return html.unescape(_ANY_TAG.sub("\n", text)).strip()


def _converter() -> Callable[[str], str]:
    """The converter, with table rows as list items: CommonMark has no tables."""
    from markdownify import BACKSLASH, MarkdownConverter  # noqa: PLC0415  # docs/adr/0015

    made: Any = type("Converter", (MarkdownConverter,), dict(_TABLES))(
        heading_style="ATX",
        bullets="-",
        newline_style=BACKSLASH,
        escape_asterisks=False,
        escape_underscores=False,
        escape_misc=False,
        autolinks=True,
    )
    return made.convert  # type: ignore[no-any-return]


def _row(_converter: object, element: Any, _text: str, parent_tags: object) -> str:  # noqa: ANN401, ARG001
    return f"- {' – '.join(_cells(element))}\n"


def _content(_converter: object, _element: object, text: str, parent_tags: object) -> str:  # noqa: ARG001
    return text


def _table(_converter: object, _element: object, text: str, parent_tags: object) -> str:  # noqa: ARG001
    return f"\n\n{text.strip()}\n\n"


_TABLES = {
    "convert_tr": _row,
    "convert_td": _content,
    "convert_th": _content,
    "convert_tbody": _content,
    "convert_thead": _content,
    "convert_tfoot": _content,
    "convert_table": _table,
}


def _cells(row: Any) -> Iterator[str]:  # noqa: ANN401
    for cell in row.find_all(["td", "th"], recursive=False):
        yield " ".join(cell.get_text(" ").split())
