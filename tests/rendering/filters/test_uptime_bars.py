import re
from dataclasses import replace

from app.rendering.filters.uptime_bars import draw_bars, group_days
from tests.rendering.records import DEGRADED, MAJOR, NOW, OK, PARTIAL, days


def paths(drawn: str, kind: str) -> list[str]:
    return re.findall(rf'<path class="{kind}" d="([^"]+)"', drawn)


def draw(shown: tuple) -> str:  # type: ignore[type-arg]
    return str(draw_bars(shown))


def fill(drawn: str, kind: str) -> int:
    (path,) = paths(drawn, kind)
    return int(path.split("v-")[1])


def test_ninety_quiet_days_are_one_line() -> None:
    drawn = draw(days())
    assert paths(drawn, "calm") == ["M0 17h717"]
    assert drawn.count("<path") == 1


def test_days_of_which_nothing_is_known_are_drawn_apart() -> None:
    drawn = draw(days(unknown=60))
    assert paths(drawn, "unknown") == ["M0 17h477"]
    assert paths(drawn, "calm") == ["M480 17h237"]


def test_a_service_of_which_nothing_is_known_looks_like_it() -> None:
    assert paths(draw(days(unknown=90)), "calm") == []


def test_a_day_with_trouble_stands_in_its_place() -> None:
    drawn = draw(days({0: (MAJOR, 86400)}))
    assert paths(drawn, "major_outage") == ["M714.5 34v-34"]


def test_the_fill_of_a_bar_is_the_share_of_the_day() -> None:
    shares = {
        seconds: fill(draw(days({5: (PARTIAL, seconds)})), "partial_outage")
        for seconds in (60, 21_600, 43_200, 86_400)
    }
    assert shares == {60: 4, 21_600: 8, 43_200: 17, 86_400: 34}


def test_each_status_of_a_day_fills_its_own_share_the_worst_one_lowest() -> None:
    day = replace(days()[0], status=MAJOR, spans=((MAJOR, 21_600), (DEGRADED, 43_200)))
    drawn = draw((day,))
    assert paths(drawn, "major_outage") == ["M2.5 34v-8"]
    assert paths(drawn, "degraded_performance") == ["M2.5 26v-17"]


def test_the_fills_of_a_day_never_exceed_its_bar() -> None:
    day = replace(days()[0], status=MAJOR, spans=((MAJOR, 86_300), (PARTIAL, 60), (DEGRADED, 40)))
    tops = [int(part) for part in re.findall(r"v-(\d+)", draw((day,)))]
    assert sum(tops) == 34


def test_days_alike_are_reported_together_newest_first() -> None:
    ranges = group_days(days({40: (PARTIAL, 5400)}, unknown=20))
    assert [run.status for run in ranges] == [OK, PARTIAL, OK, None]
    assert (ranges[0].last, ranges[1].outage_seconds) == (NOW.date(), 5400)


def test_neighbouring_outages_are_reported_one_by_one() -> None:
    ranges = group_days(days({3: (PARTIAL, 60), 4: (PARTIAL, 120)}))
    assert [run.outage_seconds for run in ranges] == [0, 60, 120, 0]
