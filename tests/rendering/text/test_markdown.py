from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from app.i18n.localization import Locale
from app.rendering.text.markdown import render_markdown

VOICE = Locale.of("en", default="en", zone=ZoneInfo("UTC"))
SWEDISH = Locale.of("sv", default="en", zone=ZoneInfo("Europe/Stockholm"))

ALLOWED = {
    *("p", "br", "hr", "ul", "ol", "li", "blockquote", "pre", "code", "em", "strong", "a", "time"),
    *("h2", "h3", "h4", "h5", "h6"),
    *("s", "table", "thead", "tbody", "tr", "th", "td"),
}


def rendered(text: str, *, below: int = 2, locale: Locale = VOICE) -> str:
    return str(render_markdown(text, locale, below=below))


ATTRIBUTES = {"href", "title", "rel", "start", "datetime", "align", "data-label"}


def links(text: str) -> list[tuple[str, str]]:
    root = html.fragment_fromstring(rendered(text), create_parent="div")
    return [(each.text_content(), each.get("href")) for each in root.iter("a")]


def test_paragraphs_lists_emphasis_and_code_are_preserved() -> None:
    assert rendered("A *b* **c** `d`\n\n- e\n- f") == (
        "<p>A <em>b</em> <strong>c</strong> <code>d</code></p>\n<ul>\n<li>e</li>\n<li>f</li>\n</ul>"
    )


def test_a_numbered_list_keeps_its_first_number() -> None:
    assert '<ol start="3">' in rendered("3. c\n4. d")


def test_raw_html_stays_as_typed() -> None:
    assert rendered("<b>x</b><script>alert(1)</script>") == (
        "<p>&lt;b&gt;x&lt;/b&gt;&lt;script&gt;alert(1)&lt;/script&gt;</p>"
    )


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "&#106;avascript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "file:///etc/passwd",
        "//evil.example",
        "/relative",
        "http&#58;//[",
        "ftp://x",
    ],
)
def test_only_links_to_the_web_and_to_mail_are_links(url: str) -> None:
    assert "href" not in rendered(f"[go]({url})")
    assert "href" not in rendered(f"<{url}>")


def test_links_send_no_referrer() -> None:
    assert rendered("[go](https://example.org/a?b=1)") == (
        '<p><a href="https://example.org/a?b=1" rel="nofollow noopener noreferrer">go</a></p>'
    )
    assert 'href="mailto:a@example.org"' in rendered("<a@example.org>")


def test_an_image_becomes_a_link_with_its_address() -> None:
    assert links("![a *b*](https://e.example/x.png 't')") == [("a b", "https://e.example/x.png")]
    assert "<em>b</em>" in rendered("![a *b*](https://e.example/x.png)")
    assert links("![](https://e.example/y.png)") == [("https://e.example/y.png",) * 2]


def test_an_image_inside_a_link_becomes_its_description() -> None:
    assert links("[![a](https://e.example/x.png)](https://f.example)") == [
        ("a", "https://f.example")
    ]
    assert links("![![a](https://e.example/x.png)](https://f.example)") == [
        ("a", "https://f.example")
    ]


def test_no_image_is_fetched_and_none_is_a_script() -> None:
    for text in ("![x](javascript:alert(1))", "![x](data:image/png;base64,AA)", "![x](/a.png)"):
        assert "<img" not in rendered(text)
        assert "href" not in rendered(text)


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("see https://example.com/a_b_c?x=1&y=2.", "https://example.com/a_b_c?x=1&y=2"),
        ("(https://example.com/x_(y))", "https://example.com/x_(y)"),
        ("**http://localhost:8080/x**", "http://localhost:8080/x"),
        ("www.example.com, too", "http://www.example.com"),
        ("write to ops@example.com!", "mailto:ops@example.com"),
        ("write to ops@shop.cloud.", "mailto:ops@shop.cloud"),
        ("ops@räksmörgås.example", "mailto:ops@xn--rksmrgs-5wao1o.example"),
        ("~~https://example.com/a~b~~", "https://example.com/a~b"),
        ("~~see ops@example.com~~", "mailto:ops@example.com"),
        ("詳細はhttps://example.com/a。次に", "https://example.com/a"),
        ("انظر https://example.com/x، ثم", "https://example.com/x"),
        ("- a\n- https://example.com/", "https://example.com/"),
        ("> https://example.com/#a", "https://example.com/#a"),
    ],
)
def test_bare_urls_are_links(text: str, url: str) -> None:
    assert [href for _, href in links(text)] == [url]


@pytest.mark.parametrize(
    "text",
    [
        "`https://example.com`",
        "```\nhttps://example.com\n```",
        "main.py and example.com",
        "version 1.2.3.4",
        "ftp://example.com/x",
        "//example.com/x",
        "javascript://example.com/%0aalert(1)",
        "https\\://example.com",
        "awww.example.com",
    ],
)
def test_file_names_and_code_are_no_links(text: str) -> None:
    assert links(text) == []


def test_a_link_stays_one_link() -> None:
    assert links("[https://a.example](https://b.example)") == [
        ("https://a.example", "https://b.example")
    ]


def test_tables_are_tables() -> None:
    table = html.fragment_fromstring(
        rendered("| Region | Errors |\n|---|--:|\n| EU `a\\|b` | **3** |\n| US | |")
    )
    assert table.tag == "table"
    assert [each.text_content() for each in table.iter("th")] == ["Region", "Errors"]
    assert [each.text_content() for each in table.iter("td")] == ["EU a|b", "3", "US", ""]
    assert [each.get("align") for each in table.iter("td")] == [None, "right"] * 2
    assert [each.get("data-label") for each in table.iter("td")] == ["Region", "Errors"] * 2


def test_a_table_with_too_many_columns_stays_text() -> None:
    text = "|a" * 300 + "\n" + "|-" * 300 + "\n" + "|b\n" * 300
    assert len(rendered(text)) < 3 * len(text)


def test_struck_text_that_ends_with_a_url_is_struck() -> None:
    assert rendered("~~https://example.com~~").startswith("<p><s><a ")


def test_struck_text_is_struck() -> None:
    assert rendered("~~10:00~~ 11:00") == "<p><s>10:00</s> 11:00</p>"


def test_a_line_break_is_a_line_break() -> None:
    assert rendered("a\nb") == "<p>a<br>\nb</p>"
    assert rendered("- a\n  b") == "<ul>\n<li>a<br>\nb</li>\n</ul>"
    assert rendered("> a\n> b").count("<br>") == 1
    assert rendered("a\n\nb") == "<p>a</p>\n<p>b</p>"


def test_headings_stand_below_those_of_the_page() -> None:
    assert rendered("# A\n\n## B\n\n# C", below=2) == "<h3>A</h3>\n<h4>B</h4>\n<h3>C</h3>"


def test_no_level_of_heading_is_left_out() -> None:
    assert rendered("### A\n\n###### B\n\n# C", below=2) == "<h3>A</h3>\n<h4>B</h4>\n<h3>C</h3>"


def test_headings_never_go_deeper_than_six() -> None:
    text = "\n\n".join(f"{'#' * level} x" for level in range(1, 7))
    assert rendered(text, below=4).count("<h6>") == 5


def test_an_instant_in_a_text_is_said_in_the_language_and_zone() -> None:
    assert rendered("Since {{2021-09-30T14:01Z}}.", locale=SWEDISH) == (
        '<p>Since <time datetime="2021-09-30T14:01:00Z">30 sep. 2021 16:01 CEST</time>.</p>'
    )


def test_an_instant_may_have_seconds_and_an_offset() -> None:
    assert 'datetime="2021-09-30T12:01:05Z"' in rendered("{{ 2021-09-30T14:01:05+02:00 }}")


@pytest.mark.parametrize(
    "text",
    [
        "{{7*7}}",
        "{{ config }}",
        "{{2021-13-40T99:99Z}}",
        "{{2021-09-30T14:01}}",
        "{{0001-01-01T00:00+14:00}}",
        "{{9999-12-31T23:59-12:00}}",
        "{{",
        "{{}}",
        "{% raw %}",
        "%(x)s",
    ],
)
def test_other_things_in_braces_stay_as_typed(text: str) -> None:
    assert rendered(text) == f"<p>{text}</p>"


def test_an_instant_in_code_stays_as_typed() -> None:
    assert rendered("`{{2021-09-30T14:01Z}}`") == "<p><code>{{2021-09-30T14:01Z}}</code></p>"


def test_the_year_9999_can_be_said() -> None:
    assert "<time" in rendered("{{9999-12-31T23:59Z}}", locale=SWEDISH)


def test_overrides_and_controls_are_taken_out() -> None:
    assert rendered("a\u202eb\u2067c\x00\x1b[31m\ud800") == "<p>abc[31m</p>"


@pytest.mark.parametrize(
    "text",
    [
        ">" * 5000 + " x",
        "[" * 5000,
        "*a " * 5000,
        "- " * 2000,
        "![" * 2000,
        "www." * 5000,
        "http://" * 2000,
        "a@" * 5000,
    ],
    ids=lambda text: text[:7],
)
def test_deep_nesting_is_rendered(text: str) -> None:
    assert rendered(text)


@given(st.text())
def test_any_text_can_be_said(text: str) -> None:
    _check(rendered(text))


_PIECES = (
    *("<script>", "![", "](", ")", "javascript:", "{{", "}}", "<img src=x onerror=", "`", "\n"),
    *("https://e.example/", '"', "'", "<", ">", "&#x", ";", "#", "- ", "    ", "[a]: ", "*"),
    *("|", "|-|-|", "~~", "www.", "a@b.co"),
)


@given(st.lists(st.sampled_from(_PIECES), max_size=25))
def test_hostile_text_becomes_nothing_but_what_is_allowed(parts: list[str]) -> None:
    _check(rendered("".join(parts)))


def _check(rendered: str) -> None:
    for element in html.fragment_fromstring(rendered, create_parent="div").iterdescendants():
        assert element.tag in ALLOWED
        assert set(element.keys()) <= {
            "href",
            "title",
            "rel",
            "start",
            "datetime",
            "align",
            "data-label",
        }
        href = element.get("href")
        assert href is None or href.startswith(("http:", "https:", "mailto:"))
