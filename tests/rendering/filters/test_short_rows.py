"""Bars of a long list look as those that are drawn whole, made of references to symbols."""

import re

from app.domain.uptime import Day
from app.rendering.filters.short_rows import FILTERS
from app.rendering.filters.uptime_bars import draw_bars
from tests.rendering.records import DEGRADED, MAJOR, PARTIAL, days, group, service

CALM, YOUNG = days(), days(unknown=60)
BAD = days({0: (PARTIAL, 3600), 44: (MAJOR, 43200), 89: (MAJOR, 86400)})


def short(shown: tuple[Day, ...]) -> str:
    return str(FILTERS["short_bars"](shown))


def symbols(*shown: tuple[Day, ...]) -> dict[str, str]:
    services = [service(f"service-{number}", past=each) for number, each in enumerate(shown)]
    drawn = str(FILTERS["row_symbols"]([group(None, *services)]))
    return dict(re.findall(r'<(?:symbol|g) id="(\w+)".*?>(.*?)</(?:symbol|g)>', drawn))


def references(drawn: str) -> list[str]:
    return re.findall(r"<use href=#(\w+)", drawn)


def test_services_with_equal_lines_share_a_symbol() -> None:
    found = symbols(CALM, YOUNG, CALM, YOUNG, BAD)
    assert len([name for name in found if name.startswith("d")]) == 2
    for shown in (CALM, YOUNG):
        (line,) = references(short(shown))
        assert found[line] in draw_bars(shown)
    assert references(short(BAD))[:1] == references(short(CALM))


def test_every_reference_has_its_symbol() -> None:
    shown = (CALM, YOUNG, BAD, days({3: (DEGRADED, 0)}, unknown=90))
    found = symbols(*shown)
    assert all(name in found for each in shown for name in references(short(each)))


def test_a_bar_is_moved_to_its_day_and_down_to_its_height() -> None:
    places = re.findall(r"<use href=#(\w)\d x=([\d.]+)%(?: y=(\d+)%)? />", short(BAD))
    assert places == [("b", "0", ""), ("b", "50", "50"), ("l", "98.9", "")]


def test_the_lowest_bar_ends_where_a_bar_that_is_moved_down_would() -> None:
    low = symbols(BAD)["l0"]
    assert 'd="M2.5 30V34"' in low


def test_days_with_a_gap_or_of_another_number_are_drawn_whole() -> None:
    gap = (*CALM[:50], *YOUNG[:10], *CALM[60:])
    assert short(gap) == draw_bars(gap)
    assert short(CALM[1:]) == draw_bars(CALM[1:])
    assert not any(name.startswith("d") for name in symbols(gap))
