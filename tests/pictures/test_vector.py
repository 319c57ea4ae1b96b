"""Drawings: what only draws is written anew, everything else is refused by name."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from app.domain.errors import InvalidError
from app.domain.page.logos import MAX_SIZE, PictureKind
from app.pictures.reader import read_picture
from tests.pictures.samples import MARK, SVG, wordmark

# What could run, fetch, move or hide, each in a way that has been used against somebody.
UNSAFE = [
    ("<script>alert(1)</script>", "<script>"),
    ("<foreignObject><p/></foreignObject>", "<foreignObject>"),
    ('<image href="https://evil.example/x.png"/>', "<image>"),
    ("<a><path/></a>", "<a>"),
    ('<set attributeName="href" to="javascript:x"/>', "<set>"),
    ("<animate/>", "<animate>"),
    ('<filter id="f"/>', "<filter>"),
    ('<p xmlns="http://www.w3.org/1999/xhtml"/>', "<p>"),
    ('<h:script xmlns:h="http://www.w3.org/1999/xhtml"/>', "<script>"),
    ('<path onload="alert(1)"/>', "onload="),
    ('<g onclick="x()"/>', "onclick="),
    ('<use href="https://evil.example/#x"/>', 'href="https://evil.example/#x"'),
    ('<use href="data:image/svg+xml,x"/>', 'href="data:image/svg+xml,x"'),
    ('<path fill="url(https://evil.example/#x)"/>', "url(https://evil.example/#x)"),
    ('<path style="fill:url(//evil.example)"/>', "url(//evil.example)"),
    ('<path style="fill:u\\72l(x)"/>', "\\"),
    ("<style>@import 'https://evil.example';</style>", "@"),
    ("<style>path{fill:url('https://evil.example')}</style>", "url(https://evil.example)"),
    ("<style>path{background:image-set('x' 1x)}</style>", "image-set()"),
    ("<style>path{mask:url(#m)}</style><mask id='m'/>", "url(#m)"),
]


def refused(content: bytes) -> InvalidError:
    with pytest.raises(InvalidError) as found:
        read_picture(content)
    assert found.value.field == "logo"
    return found.value


def test_a_drawing_keeps_what_it_draws_and_loses_its_editors_notes() -> None:
    found = read_picture(MARK)
    assert (found.kind, found.width, found.height) == (PictureKind.SVG, 480, 160)
    drawn = etree.fromstring(found.content)
    assert (drawn.get("width"), drawn.get("height"), drawn.get("viewBox")) == (
        "480",
        "160",
        "0 0 96 32",
    )
    assert drawn.findtext(f"{{{SVG}}}text") == "A & B"
    assert drawn.find(f"{{{SVG}}}use[@href='#beam']") is not None
    for noted in (b"inkscape", b"metadata", b"editor"):
        assert noted not in found.content


def test_the_same_drawing_is_written_the_same_again() -> None:
    found = read_picture(MARK)
    assert read_picture(found.content) == found


def test_a_size_stands_in_where_there_is_no_view_box() -> None:
    found = read_picture(wordmark("", 'width="300px" height="100"'))
    assert (found.width, found.height) == (480, 160)
    assert b'viewBox="0 0 300 100"' in found.content


@pytest.mark.parametrize(("inside", "what"), UNSAFE)
def test_what_does_more_than_draw_is_refused_by_name(inside: str, what: str) -> None:
    error = refused(wordmark(f"\n{inside}"))
    assert (error.code, error.data["what"], error.data["line"]) == ("unsafe_picture", what, 2)


@pytest.mark.parametrize(
    "document",
    [
        '<!DOCTYPE svg SYSTEM "file:///etc/passwd">',
        '<!DOCTYPE svg [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>',
        '<!DOCTYPE svg [<!ENTITY % x SYSTEM "https://evil.example/x.dtd"> %x;]>',
    ],
)
def test_a_document_type_is_refused_before_it_is_read(document: str) -> None:
    error = refused(document.encode() + MARK.partition(b"?>\n")[2])
    assert (error.code, error.data["what"]) == ("unsafe_picture", "<!DOCTYPE>")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"<html><body/></html>", "not_a_picture"),
        (b"<svg", "broken_picture"),
        (wordmark("&nothing;"), "broken_picture"),
        (wordmark("<g>"), "broken_picture"),
        (wordmark("", ""), "picture_without_size"),
        (wordmark("", 'viewBox="0 0 nan 20"'), "picture_without_size"),
        (wordmark("", 'viewBox="0 0 1e999 20"'), "picture_without_size"),
        (wordmark("", 'viewBox="0 0 2000 20"'), "picture_shape"),
        (wordmark("<g>" * 50 + "</g>" * 50), "picture_too_complex"),
        (wordmark("<path/>" * 4000), "picture_too_complex"),
        (wordmark('<g id="a"><use href="#a"/></g>'), "picture_too_complex"),
        (wordmark(f'<path d="{"M0 0" * 40_000}"/>'), "picture_too_large"),
        (wordmark(" " * 600_000), "picture_too_large"),
    ],
)
def test_what_is_no_logo_is_refused_for_its_reason(content: bytes, code: str) -> None:
    assert refused(content).code == code


def test_uses_of_uses_do_not_grow_without_end() -> None:
    laughs = "".join(
        f'<g id="l{level}">' + f'<use href="#l{level - 1}"/>' * 10 + "</g>" for level in range(1, 9)
    )
    assert refused(wordmark(f'<path id="l0"/>{laughs}')).code == "picture_too_complex"
    masks = "".join(
        f'<mask id="m{level}"><g mask="url(#m{level - 1})"/><g mask="url(#m{level - 1})"/></mask>'
        for level in range(1, 20)
    )
    assert refused(wordmark(f'<mask id="m0"/>{masks}')).code == "picture_too_complex"


_PIECES = [each for each, _ in UNSAFE] + [
    "<g>",
    "</g>",
    "<path d='M0 0h9'/>",
    "<![CDATA[",
    "]]>",
    "<!--",
    "-->",
    "<?xml-stylesheet href='x'?>",
    "&#x3c;script>",
    "&lt;b>",
    "<style>",
    "</style>",
    "<metadata>",
    "</metadata>",
    "<text>",
    "</text>",
    "<circle r='4' fill='url(#a)' id='a'/>",
    "\x00",
    "é",
]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(_PIECES) | st.text(max_size=6), max_size=6))
def test_whatever_is_sent_only_draws_or_is_refused(pieces: list[str]) -> None:
    content = wordmark("".join(pieces)[:2000]) if pieces else b"<svg/>"
    try:
        found = read_picture(content)
    except InvalidError:
        return
    assert found.height <= MAX_SIZE[1]
    drawn = etree.fromstring(found.content)
    for element in drawn.iter():
        assert isinstance(element.tag, str)
        assert etree.QName(element).localname not in {"script", "image", "a", "p", "set"}
        assert not [name for name in element.attrib if str(name).startswith("on")]
    assert read_picture(found.content) == found
