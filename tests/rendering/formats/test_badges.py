"""Badges: what they say, how wide they are, and who can read them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from app.domain.statuses import ServiceStatus
from app.rendering.formats import badges
from app.rendering.text.machine_language import ENGLISH, MachineLanguage
from app.rendering.text.width import text_width, truncate
from tests.rendering.formats.test_statuspage import listing_of

_SVG = "{http://www.w3.org/2000/svg}"
_AR = MachineLanguage("ar", is_explicit=True)


def _texts(svg: bytes) -> list[etree._Element]:
    return list(etree.fromstring(svg).iter(f"{_SVG}text"))


@pytest.mark.parametrize("status", ServiceStatus)
def test_a_badge_says_its_state_in_words_and_in_its_name(status: ServiceStatus) -> None:
    root = etree.fromstring(badges.badge(listing_of((status,)), ENGLISH))
    title = root.findtext(f"{_SVG}title", "")
    assert root.get("role") == "img"
    assert title == root.get("aria-label")
    assert title == ": ".join(text.text or "" for text in root.iter(f"{_SVG}text"))


def test_the_states_differ_in_shape() -> None:
    icons = {
        etree.tostring(next(etree.fromstring(badges.favicon(listing_of((each,)), ENGLISH)).iter()))
        for each in ServiceStatus
    }
    assert len(icons) == len(ServiceStatus)


@pytest.mark.parametrize("language", [ENGLISH, _AR])
def test_nothing_overlaps_and_all_is_inside(language: MachineLanguage) -> None:
    svg = badges.badge(listing_of((ServiceStatus.MAJOR_OUTAGE,), "A very long name " * 5), language)
    whole = float(etree.fromstring(svg).get("width", "0"))
    spans = sorted(
        (float(text.get("x", "0")) - float(text.get("textLength", "0")) / 2,
         float(text.get("x", "0")) + float(text.get("textLength", "0")) / 2)
        for text in _texts(svg)
    )  # fmt: skip
    assert spans[0][0] >= 0
    assert spans[0][1] <= spans[1][0]
    assert spans[1][1] <= whole


def test_a_language_that_runs_the_other_way_stands_the_other_way() -> None:
    listing = listing_of((ServiceStatus.OPERATIONAL,))
    name, label = _texts(badges.badge(listing, ENGLISH))
    assert float(name.get("x", "0")) < float(label.get("x", "0"))
    name, label = _texts(badges.badge(listing, _AR))
    assert float(name.get("x", "0")) > float(label.get("x", "0"))


@given(st.text(st.characters(codec=None), min_size=1, max_size=60))
def test_no_name_breaks_out_of_a_badge(name: str) -> None:
    hostile = f"{name}</title><script/>\x00\ufffe"
    for language in (ENGLISH, _AR):
        root = etree.fromstring(badges.badge(listing_of((), hostile), language))
        assert not list(root.iter(f"{_SVG}script"))


def test_widths_are_those_of_the_font() -> None:
    # Helvetica's own metrics for these words.
    assert text_width("Operational", 1000) == 5169
    assert text_width("é", 10) == text_width("e", 10)
    assert text_width("運", 10) == 10
    assert text_width("\u200f", 10) == 0


def test_long_names_are_cut() -> None:
    assert truncate("a" * 41, 40) == "a" * 39 + "…"
    assert truncate("Our\nnew  API", 40) == "Our new API"


def _luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    brighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", badges.THEMES)
def test_words_and_shapes_stand_out(theme: badges.BadgeTheme) -> None:
    assert _contrast(theme.text_colour, theme.background) >= 4.5
    assert _contrast(theme.soft, theme.background) >= 4.5
    assert all(_contrast(hue, theme.background) >= 3 for hue in theme.hues.values())
