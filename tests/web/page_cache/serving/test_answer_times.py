"""Durations of answers of the page cache are counted in buckets, whatever way they take."""

from app.web.metrics.request_statistics import RequestCounts, cache_values
from app.web.page_cache.serving.answer_times import BUCKETS, AnswerTimes


def test_each_duration_is_counted_up_to_its_bound() -> None:
    times = AnswerTimes()
    assert cache_values(times) == {}
    for seconds in (0.00001, BUCKETS[0], 0.006, 0.3, 11.0):
        times.count(seconds)
    times.untimed = 3
    times.count_sample(0.00002)
    times.untimed = 2
    ((name, values),) = cache_values(times).items()
    counts = RequestCounts(name, values)
    assert counts.labels == {"method": "GET", "route": "page cache"}
    assert counts.buckets == [7, 8, 8, 8, 8, 8, 9, 9, 9, 9, 9, 10]
    assert times.number == 10
    assert round(counts.seconds, 5) == 11.31107
    assert counts.statuses == {}
