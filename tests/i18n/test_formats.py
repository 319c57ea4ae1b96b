import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from app.i18n import formats
from app.i18n.languages import LANGUAGES, REGISTERED
from tests.languages import SAMPLE

AT = datetime(2021, 9, 30, 14, 1, tzinfo=UTC)
STOCKHOLM = ZoneInfo("Europe/Stockholm")


@pytest.mark.parametrize(
    ("language", "formatted"),
    [
        ("en", "Sep 30, 2021, 4:01\u202fPM GMT+2"),
        ("sv", "30 sep. 2021 16:01 CEST"),
        ("ar", "30 سبتمبر 2021، 4:01 م غرينتش+2"),
    ],
)
def test_an_instant_is_said_in_the_zone_and_the_language(language: str, formatted: str) -> None:
    assert formats.date_time(AT, language, STOCKHOLM) == formatted


@pytest.mark.parametrize("language", SAMPLE)
def test_the_zone_of_a_time_has_its_true_offset_in_every_zone(language: str) -> None:
    """Babel alone says -4:30 for Newfoundland and GMT for the summer of Dublin."""
    zero = {"GMT", "UTC"}
    for name in sorted(available_timezones()):
        for month in (1, 7):
            at = datetime(2026, month, 15, 12, tzinfo=UTC)
            offset = at.astimezone(ZoneInfo(name)).utcoffset()
            text = formats.date_time(at, language, ZoneInfo(name))
            found = re.search(r"([+-])(\d+)(?::(\d+))?$", text)
            if found:
                length = timedelta(hours=int(found[2]), minutes=int(found[3] or 0))
                assert (length if found[1] == "+" else -length) == offset, (name, text)
            elif text.rsplit(maxsplit=1)[-1] in zero:
                assert offset == timedelta(), (name, text)


def test_half_hours_of_a_zone_are_preserved() -> None:
    assert formats.date_time(AT, "en", ZoneInfo("Asia/Kolkata")).endswith("GMT+5:30")


@pytest.mark.parametrize("at", [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)])
@pytest.mark.parametrize("zone", ["Asia/Kolkata", "America/New_York"])
def test_the_ends_of_the_calendar_can_be_said(at: datetime, zone: str) -> None:
    for language in LANGUAGES:
        assert formats.date_time(at, language, ZoneInfo(zone))
        assert formats.time_span(at, at, language, ZoneInfo(zone))


def test_a_span_within_a_day_names_the_day_once() -> None:
    formatted = formats.time_span(AT, AT + timedelta(hours=2), "sv", STOCKHOLM)
    assert formatted == "30 sep. 2021 16:01\u2009–\u200918:01 CEST"


def test_a_span_over_the_irish_change_of_clocks_names_both_offsets() -> None:
    dublin, start = ZoneInfo("Europe/Dublin"), datetime(2026, 3, 29, 0, 30, tzinfo=UTC)
    span = formats.time_span(start, start + timedelta(minutes=90), "en", dublin)
    assert span.replace("\u202f", " ").replace("\u2009", " ") == (
        "Mar 29, 2026, 12:30 AM GMT – 3:00 AM GMT+1"
    )


def test_a_span_over_midnight_names_both_days() -> None:
    formatted = formats.time_span(AT, AT + timedelta(hours=12), "sv", STOCKHOLM)
    assert "30 sep." in formatted
    assert "1 okt." in formatted


@pytest.mark.parametrize(
    ("hours", "span"),
    [
        # From 22:00 in summer time, and from 02:30 in the hour that is repeated.
        ((-2, 5), "Oct 24, 2026, 10:00 PM GMT+2 – Oct 25, 2026, 4:00 AM GMT+1"),
        ((2.5, 3.25), "Oct 25, 2026, 2:30 AM GMT+2 – 2:15 AM GMT+1"),
        ((3.5, 4), "Oct 25, 2026, 2:30 – 3:00 AM GMT+1"),
    ],
)
def test_a_span_over_a_change_of_clocks_names_both_offsets(
    hours: tuple[float, float], span: str
) -> None:
    midnight = datetime(2026, 10, 24, 22, tzinfo=UTC)
    start, end = (midnight + timedelta(hours=each) for each in hours)
    formatted = formats.time_span(start, end, "en", STOCKHOLM)
    assert re.sub(r"[\s\u2009\u202f]+", " ", formatted).replace("AM – 3", "– 3") == span


def test_an_offset_in_an_arabic_span_does_not_turn_the_end_around() -> None:
    start = datetime(2026, 10, 24, 20, tzinfo=UTC)
    span = formats.time_span(start, start + timedelta(hours=9), "ar", STOCKHOLM)
    assert "+2\u200f – " in span


@pytest.mark.parametrize("hours", [2, 12])
def test_a_latin_half_of_the_day_in_an_urdu_span_does_not_turn_the_end_around(hours: int) -> None:
    span = formats.time_span(AT, AT + timedelta(hours=hours), "ur", UTC)
    assert re.search(r"2:01\s*PM\u200f – ", span)


def test_a_run_of_days_says_its_month_once() -> None:
    assert formats.short_days(date(2021, 9, 1), date(2021, 9, 12), "sv") == "1\u201312 sep."
    assert formats.short_days(date(2021, 9, 1), date(2021, 9, 1), "sv") == "1 sep."


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_single_day_has_the_form_of_the_end_of_a_range(language: str) -> None:
    """Maltese: "30 ta’ Set" beside "30 ta’ Aww – 12 ta’ Set"."""
    range_of_days = formats.short_days(date(2021, 8, 30), date(2021, 9, 12), language)
    assert range_of_days.endswith(formats.short_day(date(2021, 9, 12), language))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_date_leaves_no_alternative_to_its_reader(language: str) -> None:
    """Basque in CLDR: "2021 ira. 30(a)" and "2021(e)ko iraila"."""
    on = AT.date()
    formatted = (
        *(formats.day(on, language), formats.month(on, language)),
        formats.short_days(on, on + timedelta(days=9), language),
    )
    assert not any("(" in each for each in formatted)


@pytest.mark.parametrize(
    ("year", "suffix"),
    [
        *((1900, "eko"), (2000, "ko"), (2011, "ko"), (2021, "eko"), (2025, "eko"), (2026, "ko")),
        *((2020, "ko"), (2030, "eko"), (2035, "eko"), (2051, "ko"), (2070, "eko"), (2100, "eko")),
    ],
)
def test_the_suffix_of_a_basque_year_follows_its_last_sound(year: int, suffix: str) -> None:
    assert formats.month(date(year, 9, 1), "eu") == f"{year}{suffix} iraila"


@pytest.mark.parametrize("language", LANGUAGES)
def test_utc_has_one_name_in_every_language(language: str) -> None:
    """French in CLDR: "TU"."""
    for zone in (UTC, ZoneInfo("Etc/UTC"), ZoneInfo("UTC")):
        assert "UTC" in formats.date_time(AT, language, zone)


def test_the_half_of_the_day_is_not_english_in_korean() -> None:
    assert formats.date_time(AT, "ko", UTC) == "2021년 9월 30일 오후 2:01 UTC"


@pytest.mark.parametrize(
    ("language", "span"),
    [
        ("da", "30. sep. 2021 14.01\u2009–\u20091. okt. 2021 02.01 UTC"),
        ("fi", "30.9.2021 14.01\u2009–\u20091.10.2021 2.01 UTC"),
        ("el", "30 Σεπ 2021, 2:01\u202fμ.μ. – 1 Οκτ 2021, 2:01\u202fπ.μ. UTC"),
    ],
)
def test_a_dash_between_several_words_has_spaces(language: str, span: str) -> None:
    assert formats.time_span(AT, AT + timedelta(hours=12), language, UTC) == span


@pytest.mark.parametrize(
    ("seconds", "formatted"),
    [
        (0, "1 minute"),
        (20, "1 minute"),
        (3600, "1 hour"),
        (8040, "2 hours, 14 minutes"),
        (86_400, "1 day"),
        (200_000, "2 days, 7 hours"),
        (31_536_000, "365 days"),
    ],
)
def test_a_length_of_time_has_at_most_two_units(seconds: int, formatted: str) -> None:
    assert formats.duration(seconds, "en") == formatted


@given(st.integers(0, 10**9), st.sampled_from(LANGUAGES))
def test_a_length_of_time_is_said_in_words_in_every_language(seconds: int, language: str) -> None:
    formatted = formats.duration(seconds, language)
    assert formatted
    assert "duration" not in formatted


@pytest.mark.parametrize("language", REGISTERED)
def test_lists_and_lengths_can_be_formatted_in_every_language(language: str) -> None:
    for count in range(1, 5):
        items = ["1", "2", "3", "4"][:count]
        joined = formats.join(items, language)
        assert [each for each in joined if each in items] == items
    for seconds in (60, 8040, 86_400, 200_000):
        assert formats.duration(seconds, language)
        assert formats.short_duration(seconds, language)
        assert formats.time_until(seconds, language)
    assert formats.time_span(AT, AT + timedelta(hours=2), language, STOCKHOLM)
    assert formats.short_days(AT.date(), AT.date() + timedelta(days=3), language)
    assert formats.month(AT.date(), language)
    assert formats.percent(0.999, language)


def test_arabic_lengths_are_not_said_twice() -> None:
    assert formats.duration(8040, "ar") == "ساعتان، و14 دقيقة"


@pytest.mark.parametrize(
    ("share", "formatted"),
    [
        (1.0, "100%"),
        (0.999999, "99.99%"),
        (0.9995, "99.95%"),
        (0.9, "90%"),
        (0.0, "0%"),
        (1e-9, "0%"),
    ],
)
def test_uptime_is_rounded_down_to_two_decimals(share: float, formatted: str) -> None:
    assert formats.percent(share, "en") == formatted


@given(st.floats(0, 1, exclude_max=True))
def test_only_the_whole_is_a_hundred_percent(share: float) -> None:
    assert "100" not in formats.percent(share, "en")


def test_lists_are_joined_as_the_language_does() -> None:
    assert formats.join(["a", "b", "c"], "sv") == "a, b och c"
    assert formats.join(["a", "b", "c"], "en") == "a, b, and c"
    assert formats.join(["a", "b"], "ar") == "a وb"
    assert formats.join(["a", "b", "c"], "th") == "a b และc"
    assert formats.join(["Web 1", "App", "Tills"], "th") == "Web 1, App และTills"
    assert formats.join(["a"], "sv") == "a"
    assert formats.join([], "sv") == ""


def test_a_list_of_markup_stays_markup() -> None:
    joined = formats.join([Markup("<b>a</b>"), Markup("c")], "sv")
    assert isinstance(joined, Markup)
    assert joined == "<b>a</b> och c"


def test_sentences_are_joined_as_their_script_does() -> None:
    assert formats.join_sentences(["One.", "Two.", "Three."]) == "One. Two. Three."
    assert formats.join_sentences(["一。", "二。"]) == "一。二。"
    assert formats.join_sentences([]) == ""


@pytest.mark.parametrize(
    ("language", "seconds", "words"),
    [
        ("en", 9 * 3600 + 12 * 60, "9 hr 12 min"),
        ("sv", 9 * 3600 + 12 * 60, "9 tim 12 min"),
        ("en", 86400 + 3600, "1 day 1 hr"),
        ("pl", 5 * 86400, "5 dni"),
        ("ja", 9 * 3600 + 12 * 60, "9 時間12 分"),
        ("en", 1, "1 min"),
    ],
)
def test_a_short_duration_has_the_units_of_the_language(
    language: str, seconds: int, words: str
) -> None:
    assert formats.short_duration(seconds, language) == words


def test_a_number_of_days_ago_is_worded_by_cldr() -> None:
    assert [formats.days_ago(days, "en") for days in (1, 90)] == ["1 day ago", "90 days ago"]
    assert formats.days_ago(22, "ru") == "22 дня назад"


def test_each_language_has_its_own_twelve_names_of_months() -> None:
    days = [date(2021, number, 1) for number in range(1, 13)]
    names = {tag: [formats.month_name(day, tag) for day in days] for tag in LANGUAGES}
    assert all(len({*each}) == 12 for each in names.values())
    assert names["ca"][8] == "set."
    assert (names["he"][8], names["hi"][8], names["ja"][8]) == ("ספט׳", "सित॰", "9月")


def test_a_year_is_written_as_the_language_writes_it() -> None:
    years = [formats.year(date(2021, 9, 1), tag) for tag in ("en", "ja", "bg")]
    assert years == ["2021", "2021年", "2021\u202fг."]
