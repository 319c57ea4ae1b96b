"""HTML in imported texts becomes Markdown without losing words."""

import re
from datetime import UTC

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.i18n.localization import Locale
from app.importing.files.html import html_to_markdown
from app.rendering.text.markdown import render_markdown

CASES = [
    (
        "p95 < 300 ms, List<String>, <https://x.example>",
        "p95 < 300 ms, List<String>, <https://x.example>",
    ),
    (
        "<p>It is <b>over</b>.<br />Thank you &amp; sorry.</p>",
        "It is **over**.\\\nThank you & sorry.",
    ),
    (
        "<ul><li><strong>14:01</strong> first</li><li>second</li></ul>",
        "- **14:01** first\n- second",
    ),
    ("<h2>What</h2><p>It</p>", "## What\n\nIt"),
    (
        "<table><tr><th>Client</th></tr><tr><td>Terminals</td><td>fail</td></tr></table>",
        "- Client\n- Terminals – fail",
    ),
    (
        '<a href="https://x.example/?a=1&amp;b=2" onclick="t()">blog</a>',
        "[blog](https://x.example/?a=1&b=2)",
    ),
    ("before<script>alert('x')</script><style>p{}</style> <i>after</i>", "before *after*"),
    ("one\n\ntwo <b>three</b>\n\nfour", "one\n\ntwo **three**\n\nfour"),
    ("in `<b>` and <b>bold</b>", "in `<b>` and **bold**"),
    ("kept <!-- not this --> text", "kept  text"),
    ("a < b and <u>under</u>", "a < b and under"),
    ("<details><summary>More</summary>text</details><p>end</p>", "More\n\ntext\n\nend"),
]


@pytest.mark.parametrize(("given_", "expected"), CASES)
def test_html_becomes_markdown(given_: str, expected: str) -> None:
    assert html_to_markdown(given_)[0] == expected


def test_deep_nesting_ends_in_plain_text() -> None:
    text = "<div>" * 3000 + "deep words" + "</div>" * 3000
    assert html_to_markdown(text)[0] == "deep words"


def test_an_image_becomes_its_alternative_text_or_its_address() -> None:
    with_text = html_to_markdown('<p><img src="https://x.example/i.png" alt="graph of errors"></p>')
    assert with_text == ("graph of errors", True, True)
    text, _, lost = html_to_markdown('<p><img src="https://x.example/i.png"></p>')
    assert "https://x.example/i.png" in text
    assert lost


LOCALE = Locale.of("en", default="en", zone=UTC)
STAFF_TAGS = {
    *("p", "strong", "em", "s", "del", "ul", "ol", "li", "a", "code", "pre", "br", "hr", "time"),
    *("blockquote", "h2", "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td"),
    *("div", "span"),
}
PIECES = st.sampled_from(
    [
        *("<b>", "</b>", "<p>", "</p>", "<br>", "<ul><li>", "</li></ul>", "<pre>", "</pre>", "<"),
        *(">", "&amp;", "`", "*", "<table><tr><td>", "</td></tr></table>", "<!--", "-->"),
        *("<blockquote>", "\n\n", " "),
    ]
)
WORDS = st.text("abcdefghijklmnopqrstuvwxyzåäö", min_size=3, max_size=8)


@given(st.lists(st.one_of(PIECES, WORDS), max_size=30))
def test_every_visible_word_survives_and_no_tag_does(parts: list[str]) -> None:
    text = " ".join(parts)
    markdown, _, _ = html_to_markdown(text)
    if "<!--" not in text:
        for word in re.findall(r"[a-zåäö]{3,}", re.sub(r"<[^<>]*>|&amp;", " ", text)):
            assert word in markdown
    rendered = str(render_markdown(markdown, LOCALE, below=2))
    assert set(re.findall(r"<([a-z][a-z0-9]*)", rendered)) <= STAFF_TAGS
