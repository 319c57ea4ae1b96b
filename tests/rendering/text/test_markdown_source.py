"""Staff texts as typed, for surfaces without HTML."""

from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.i18n.localization import Locale
from app.rendering.text.markdown import render_markdown
from app.rendering.text.markdown_source import markdown_body, plain_body
from tests.rendering import records

LOCALE = Locale.of("en", default="en", zone=ZoneInfo("UTC"))
INSTANT = "{{2021-09-30T14:01Z}}"
WHEN = "Sep 30, 2021, 2:01\u202fPM UTC"


def plain(text: str) -> str:
    return plain_body(records.text(text), LOCALE).text


def markdown(text: str) -> str:
    return markdown_body(records.text(text), LOCALE).text


@pytest.mark.parametrize(
    "around",
    [
        "Since %s.",
        "> - since %s",
        "# Since %s #",
        "[since %s](https://example.org)",
        "![since %s](https://example.org/a.png)",
        "| a | b |\n|---|---|\n| `\\|` %s | c |",
        "*a %s*",
        "a\n   b\n\n1. c\n\n   d %s",
    ],
)
def test_an_instant_becomes_a_time_in_every_surface(around: str) -> None:
    assert plain(around % INSTANT) == around % WHEN
    assert WHEN in markdown(around % INSTANT)
    assert f">{WHEN.replace(chr(0x202F), ' ')}<" in str(
        render_markdown(around % INSTANT, LOCALE, below=2)
    ).replace("\u202f", " ")


@pytest.mark.parametrize(
    "code",
    [
        f"`{INSTANT}`",
        f"`` a ` {INSTANT} ``",
        f"```\n{INSTANT}\n```",
        f"~~~ text {INSTANT}\n{INSTANT}\n~~~",
        f"    {INSTANT}",
        f"> ```\n> {INSTANT}\n> ```",
        f"- a\n\n      {INSTANT}",
        f"| a |\n|---|\n| `{INSTANT}` |",
        f"`a\n{INSTANT}`",
    ],
)
def test_instants_inside_code_stay_as_typed_in_every_surface(code: str) -> None:
    assert plain(code) == code
    assert markdown(code) == code
    assert "<time" not in render_markdown(code, LOCALE, below=2)
    mixed = f"{code}\n\nSince {INSTANT}"
    assert plain(mixed) == f"{code}\n\nSince {WHEN}"


def test_single_newlines_are_line_breaks_in_markdown_too() -> None:
    assert markdown("a\nb\n\nc\n> d \n> e\n\n- f\n  g") == ("a  \nb\n\nc\n> d  \n> e\n\n- f  \n  g")
    assert markdown("a\\\nb  \nc") == "a\\\nb  \nc"
    assert markdown("```\na\nb\n```") == "```\na\nb\n```"
    assert plain("a\nb") == "a\nb"


def test_the_description_of_an_image_within_a_link_has_its_instants_and_its_end() -> None:
    image = f"[![since {INSTANT} <b>](https://example.org/a.png)](https://example.org/) and more"
    assert markdown(image) == f"[since {WHEN} \\<b>](https://example.org/) and more"


@pytest.mark.parametrize(
    ("typed", "escaped"),
    [
        ("Use <host>:<port>", "Use \\<host>:\\<port>"),
        ("<!-- a note -->", "\\<!-- a note -->"),
        ("- <div>\n  b", "- \\<div>  \n  b"),
        ("| <b> |\n|---|\n| a \\| <i> |", "| \\<b> |\n|---|\n| a \\| \\<i> |"),
        ("[a](javascript:b)", "\\[a](javascript:b)"),
        ("![a](data:b)", "!\\[a](data:b)"),
        ("[a](https://user:secret@example.org/)", "\\[a](https://user:secret@example.org/)"),
        ("<https://user:secret@example.org/>", "\\<https://user:secret@example.org/>"),
        ("[a]: javascript:b", "\\[a]: javascript:b"),
    ],
)
def test_what_is_text_on_the_page_is_text_for_every_reader_of_markdown(
    typed: str, escaped: str
) -> None:
    assert markdown(typed) == escaped
    assert plain(typed) == typed
    assert render_markdown(escaped, LOCALE, below=2) == render_markdown(typed, LOCALE, below=2)


@pytest.mark.parametrize(
    "text",
    ["`<b>` and 1 < 2", "<https://example.org/>", "\\<b>", "[ ] a [b] c", "```\n<b>\n```"],
)
def test_what_no_reader_takes_for_markup_stays_as_typed_in_markdown(text: str) -> None:
    assert markdown(text) == text


def test_images_are_links_in_markdown_too() -> None:
    image = "![a *b*](https://e.example/x.png)"
    assert markdown(f"see {image}\n{image}") == f"see {image[1:]}  \n{image[1:]}"
    assert markdown(f"[{image}](https://f.example)") == "[a *b*](https://f.example)"
    assert markdown("![](https://e.example/x.png)") == "<https://e.example/x.png>"
    assert markdown(f"`{image}`") == f"`{image}`"


_PIECES = (
    *("{{2021-09-30T14:01Z}}", "`", "```\n", "\n", "![", "](https://e.example)", "| a |", "|---|"),
    *("> ", "- ", "    ", "\t", "\\", "# ", "a", "*"),
)


@given(st.lists(st.sampled_from(_PIECES), max_size=20))
def test_any_text_has_the_instants_of_its_html(parts: list[str]) -> None:
    text = "".join(parts)
    shown = str(render_markdown(text, LOCALE, below=2)).count("<time")
    assert plain(text).count(WHEN) <= text.count(INSTANT)
    # A partly expanded tab before an instant is the one place that the source does not show.
    assert "\t" in text or plain(text).count(WHEN) >= shown
