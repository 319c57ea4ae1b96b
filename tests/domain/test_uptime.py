from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.statuses import ServiceStatus, worst
from app.domain.texts.localized_text import LocalizedText
from app.domain.uptime import (
    Day,
    IncidentSpan,
    Interval,
    StatusChange,
    days_of,
    intervals_of,
    uptime_of,
    with_incidents,
)

START = datetime(2026, 3, 1, tzinfo=UTC)
OPERATIONAL = ServiceStatus.OPERATIONAL
# Degraded performance and maintenance are not downtime.
OUTAGES = {ServiceStatus.PARTIAL_OUTAGE, ServiceStatus.MAJOR_OUTAGE}
ZONES = ["UTC", "Europe/Stockholm", "America/Sao_Paulo", "Asia/Kathmandu", "Pacific/Apia"]

change_lists = st.lists(
    st.builds(
        StatusChange,
        st.integers(1, 3),
        st.integers(0, 400).map(lambda minutes: START + timedelta(minutes=minutes)),
        st.sampled_from(ServiceStatus),
    ),
    max_size=12,
)


def status_at(changes: list[StatusChange], at: datetime) -> ServiceStatus:
    """An oracle: the worst of the incidents' latest changes by then."""
    standing = {}
    for change in sorted(changes, key=lambda each: each.at):
        if change.at <= at:
            standing[change.incident] = change.status
    return worst(standing.values())


@given(change_lists)
def test_intervals_never_overlap_nor_stand_for_nothing(changes: list[StatusChange]) -> None:
    intervals = intervals_of(changes)
    for before, after in pairwise(intervals):
        assert before.ended_at is not None
        assert before.ended_at <= after.started_at
    for each in intervals:
        assert each.status is not OPERATIONAL
        assert each.ended_at is None or each.started_at < each.ended_at


@given(change_lists, st.integers(0, 500))
def test_the_interval_around_a_moment_has_the_status_of_that_moment(
    changes: list[StatusChange], minutes: int
) -> None:
    at = START + timedelta(minutes=minutes, seconds=30)
    around = [
        each.status
        for each in intervals_of(changes)
        if each.started_at <= at and (each.ended_at is None or at < each.ended_at)
    ]
    assert (around or [OPERATIONAL]) == [status_at(changes, at)]


moments = st.integers(0, 5 * 24 * 3600 * 10**6).map(
    lambda each: START + timedelta(microseconds=each)
)


@st.composite
def lived(draw: st.DrawFn) -> list[Interval]:
    """Intervals, none overlapping, to the microsecond."""
    edges = sorted(draw(st.lists(moments, unique=True, max_size=10)))
    statuses = st.sampled_from([status for status in ServiceStatus if status is not OPERATIONAL])
    pairs = zip(edges[::2], edges[1::2], strict=False)
    return [Interval(draw(statuses), start, end) for start, end in pairs]


@given(lived(), st.sampled_from(ZONES), moments, moments)
def test_no_day_is_longer_out_than_known_nor_known_longer_than_it_is(
    intervals: list[Interval], zone: str, known_since: datetime, now: datetime
) -> None:
    days = days_of(
        intervals,
        first=date(2026, 2, 27),
        last=date(2026, 3, 7),
        zone=ZoneInfo(zone),
        known_since=known_since,
        now=now,
    )
    assert [day.on for day in days] == [date(2026, 2, 27) + timedelta(days=n) for n in range(9)]
    for day in days:
        assert 0 <= day.outage_seconds <= day.known_seconds <= 25 * 3600
        assert (day.status is None) is (day.known_seconds == 0)
    uptime = uptime_of(days)
    assert uptime is None or 0.0 <= uptime <= 1.0


def naive_day(
    on: date, intervals: list[Interval], zone: str, known_since: datetime, now: datetime
) -> Day:
    """An oracle: one day by itself, looking at every interval."""
    midnights = [
        datetime(each.year, each.month, each.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)
        for each in (on, on + timedelta(days=1))
    ]
    begins, ends = max(midnights[0], known_since), min(midnights[1], now)
    if (known := (ends - begins) // timedelta(seconds=1)) <= 0:
        return Day(on, None, 0, 0)
    spans = [(each.status, each.started_at, each.ended_at or now) for each in intervals]
    touching = [
        (status, min(until, ends) - max(since, begins))
        for status, since, until in spans
        if until > begins and since < ends
    ]
    out = sum((length for status, length in touching if status in OUTAGES), timedelta())
    by_status = tuple(
        (status, seconds(length for each, length in touching if each is status))
        for status in reversed(ServiceStatus)
        if any(each is status for each, _ in touching)
    )
    worst_status = worst(status for status, _ in touching)
    return Day(on, worst_status, out // timedelta(seconds=1), known, by_status)


def seconds(lengths: Iterable[timedelta]) -> int:
    return sum(lengths, timedelta()) // timedelta(seconds=1)


def lasting(intervals: list[Interval]) -> list[Interval]:
    """The last of them is not over yet."""
    return [
        *intervals[:-1],
        *(Interval(each.status, each.started_at, None) for each in intervals[-1:]),
    ]


@given(lived() | lived().map(lasting), st.sampled_from(ZONES), moments, moments)
def test_each_day_is_what_looking_at_it_alone_finds(
    intervals: list[Interval], zone: str, known_since: datetime, now: datetime
) -> None:
    first, last = date(2026, 3, 2), date(2026, 3, 6)
    days = days_of(
        intervals, first=first, last=last, zone=ZoneInfo(zone), known_since=known_since, now=now
    )
    assert list(days) == [
        naive_day(first + timedelta(days=n), intervals, zone, known_since, now) for n in range(5)
    ]


def test_parts_of_seconds_do_not_add_up_to_more_than_the_day() -> None:
    part = timedelta(seconds=0.6)
    intervals = [
        Interval(ServiceStatus.MAJOR_OUTAGE, START, START + part),
        Interval(ServiceStatus.PARTIAL_OUTAGE, START + part, START + 2 * part),
    ]
    (day,) = days_of(
        intervals,
        first=START.date(),
        last=START.date(),
        zone=ZoneInfo("UTC"),
        known_since=START,
        now=START + 2 * part,
    )
    assert (day.outage_seconds, day.known_seconds) == (1, 1)


@given(lived(), st.sampled_from(ZONES))
def test_the_days_together_hold_the_whole_outage(intervals: list[Interval], zone: str) -> None:
    days = days_of(
        intervals,
        first=date(2026, 2, 27),
        last=date(2026, 3, 9),
        zone=ZoneInfo(zone),
        known_since=START - timedelta(days=9),
        now=START + timedelta(days=9),
    )
    total = sum(
        ((each.ended_at or START) - each.started_at).total_seconds()
        for each in intervals
        if each.status in OUTAGES
    )
    # Parts of seconds at the edges of an interval and of a day are not counted.
    assert total - 2 * (len(intervals) + len(days)) <= sum(day.outage_seconds for day in days)
    assert sum(day.outage_seconds for day in days) <= total + 1


@pytest.mark.parametrize(
    ("on", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 6, 1), 24)]
)
def test_a_day_is_as_long_as_it_is_in_the_zone_of_the_page(on: date, hours: int) -> None:
    (day,) = days_of(
        [],
        first=on,
        last=on,
        zone=ZoneInfo("Europe/Stockholm"),
        known_since=datetime(2020, 1, 1, tzinfo=UTC),
        now=datetime(2027, 1, 1, tzinfo=UTC),
    )
    assert day == Day(on, OPERATIONAL, 0, hours * 3600)


def day_with(status: ServiceStatus, *, hours: int = 6, ended: bool = True) -> Day:
    """1 March, of which 18 hours have passed, with one interval from 06:00 on."""
    start = START + timedelta(hours=6)
    interval = Interval(status, start, start + timedelta(hours=hours) if ended else None)
    (day,) = days_of(
        [interval],
        first=START.date(),
        last=START.date(),
        zone=ZoneInfo("UTC"),
        known_since=START - timedelta(days=1),
        now=START + timedelta(hours=18),
    )
    return day


@pytest.mark.parametrize("status", [each for each in ServiceStatus if each is not OPERATIONAL])
def test_a_day_shows_its_worst_and_counts_outages_alone(status: ServiceStatus) -> None:
    day = day_with(status)
    assert day.status is status
    assert day.outage_seconds == (6 * 3600 if status in OUTAGES else 0)
    assert day.known_seconds == 18 * 3600


def test_what_still_lasts_lasts_until_now() -> None:
    assert day_with(ServiceStatus.MAJOR_OUTAGE, ended=False).outage_seconds == 12 * 3600


def test_the_share_is_of_the_time_that_is_known() -> None:
    assert uptime_of([day_with(ServiceStatus.MAJOR_OUTAGE)]) == pytest.approx(12 / 18)
    assert uptime_of([]) is None
    assert uptime_of([Day(START.date(), None, 0, 0)]) is None


def test_days_with_trouble_name_the_incidents_that_lasted_into_them() -> None:
    title, zone = LocalizedText.of("Mail is late", "en"), ZoneInfo("UTC")
    days = [
        Day(date(2026, 3, 1), ServiceStatus.MAJOR_OUTAGE, 60, 86_400),
        Day(date(2026, 3, 2), OPERATIONAL, 0, 86_400),
        Day(date(2026, 3, 3), ServiceStatus.PARTIAL_OUTAGE, 60, 86_400),
    ]
    over = IncidentSpan("a", title, START, START + timedelta(hours=3))
    lasting = IncidentSpan("b", title, START + timedelta(hours=1), None)
    now = START + timedelta(days=2)
    found = with_incidents(days, [over, lasting], zone=zone, now=now)
    assert [[each.id for each in day.incidents] for day in found] == [["a", "b"], [], ["b"]]
    assert with_incidents(days, [], zone=zone, now=now) == tuple(days)
