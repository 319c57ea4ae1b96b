import re

from app.rendering.filters.uptime_bars import draw_bars, group_days
from tests.rendering.records import DEGRADED, MAINTENANCE, MAJOR, NOW, OK, PARTIAL, days


def paths(drawn: str, kind: str) -> list[str]:
    return re.findall(rf'<path class="{kind}" d="([^"]+)"', drawn)


def draw(shown: tuple) -> str:  # type: ignore[type-arg]
    return str(draw_bars(shown, lambda day: f"{day.on}"))


def test_ninety_quiet_days_are_one_line() -> None:
    drawn = draw(days())
    assert paths(drawn, "calm") == ["M0 25h717"]
    assert drawn.count("<path") == 1


def test_days_of_which_nothing_is_known_are_drawn_apart() -> None:
    drawn = draw(days(unknown=60))
    assert paths(drawn, "unknown") == ["M0 32h477"]
    assert paths(drawn, "calm") == ["M480 25h237"]


def test_a_service_of_which_nothing_is_known_looks_like_it() -> None:
    assert paths(draw(days(unknown=90)), "calm") == []


def test_a_day_with_trouble_stands_in_its_place_and_says_which() -> None:
    drawn = draw(days({0: (MAJOR, 86400)}))
    assert paths(drawn, "major_outage") == ["M714.5 0v34"]
    assert f"<title>{NOW.date()}</title>" in drawn


def test_a_worse_day_rises_higher() -> None:
    drawn = draw(days({4: (MAJOR, 9), 3: (PARTIAL, 9), 2: (DEGRADED, 0), 1: (MAINTENANCE, 0)}))
    tops = [
        int(paths(drawn, kind)[0].split()[1].split("v")[0])
        for kind in ("major_outage", "partial_outage", "degraded_performance", "under_maintenance")
    ]
    assert tops == sorted(tops)
    assert len(set(tops)) == 4


def test_a_longer_outage_reaches_further_down() -> None:
    lengths = []
    for seconds in (60, 30_000, 86_400):
        (path,) = paths(draw(days({5: (PARTIAL, seconds)})), "partial_outage")
        lengths.append(int(path.split("v")[1]))
    assert lengths == sorted(set(lengths))


def test_days_alike_are_told_together_newest_first() -> None:
    ranges = group_days(days({40: (PARTIAL, 5400)}, unknown=20))
    assert [run.status for run in ranges] == [OK, PARTIAL, OK, None]
    assert (ranges[0].last, ranges[1].outage_seconds) == (NOW.date(), 5400)


def test_neighbouring_outages_are_told_one_by_one() -> None:
    ranges = group_days(days({3: (PARTIAL, 60), 4: (PARTIAL, 120)}))
    assert [run.outage_seconds for run in ranges] == [0, 60, 120, 0]
