"""Times of a maintenance in mails, webhooks and feeds, where clocks change in an unusual way."""

import re
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar

from app.domain.notifications.events import NoticeEvent
from app.i18n import formats
from app.i18n.localization import Locale
from app.rendering.formats import feeds
from app.rendering.messages.calendar_part import listing_of
from app.rendering.text.machine_language import MachineLanguage
from tests.rendering.messages.notices import rendered
from tests.rendering.records import facts
from tests.rendering.windows import window

LANGUAGES = ("en", "de", "ar", "fa", "ja", "sv")
# What varies between text, HTML and XML: kinds of spaces, and marks of direction.
_INVISIBLE = re.compile(r"[\s\u2009\u202f\u200e\u200f\u061c\u2066-\u2069]+")


@pytest.mark.parametrize(
    ("zone", "changes_at", "english"),
    [
        # By half an hour.
        (
            "Australia/Lord_Howe",
            "2026-04-04T15:00Z",
            "Apr 5, 2026, 12:30 AM GMT+11 – 3:00 AM GMT+10:30",
        ),
        (
            "Pacific/Chatham",
            "2026-04-04T14:00Z",
            "Apr 5, 2026, 2:15 AM GMT+13:45 – 4:15 AM GMT+12:45",
        ),
        # Without 30 December.
        (
            "Pacific/Apia",
            "2011-12-30T10:00Z",
            "Dec 29, 2011, 10:30 PM GMT-10 – Dec 31, 2011, 1:30 AM GMT+14",
        ),
        # At midnight.
        (
            "Africa/Cairo",
            "2026-10-29T21:00Z",
            "Oct 29, 2026, 10:30 PM GMT+3 – Oct 30, 2026, 12:30 AM GMT+2",
        ),
        # tzdata has a negative summer time in winter, and in Ramadan.
        ("Europe/Dublin", "2026-10-25T01:00Z", "Oct 25, 2026, 12:30 AM GMT+1 – 2:30 AM GMT"),
        ("Africa/Casablanca", "2026-02-15T02:00Z", "Feb 15, 2026, 1:30 AM GMT+1 – 3:30 AM GMT"),
    ],
)
def test_mails_webhooks_and_feeds_name_equal_times_of_a_window(
    zone: str, changes_at: str, english: str
) -> None:
    change, page = datetime.fromisoformat(changes_at), facts(time_zone=zone, languages=LANGUAGES)
    record = replace(
        window(),
        starts_at=change - timedelta(minutes=90),
        ends_at=change + timedelta(minutes=90),
    )
    listing = listing_of(page, record)
    for tag in LANGUAGES:
        locale = Locale.for_reader(tag, LANGUAGES, default="en", zone=ZoneInfo(zone))
        span = _shown(
            formats.time_span(record.starts_at, record.ends_at, locale.formats, locale.zone)
        )
        assert tag != "en" or span == english
        mail = rendered(
            NoticeEvent.MAINTENANCE_SCHEDULED, record, language=tag, time_zone=zone, page=page
        )
        feed_language = MachineLanguage(tag, is_explicit=True)
        for shown in (
            mail.text,
            mail.html,
            " ".join(value for _, value in mail.card.facts),
            feeds.atom(listing, feed_language).decode(),
            feeds.rss(listing, feed_language).decode(),
        ):
            assert span in _shown(shown)
        (event,) = Calendar.from_ical(mail.calendar or "").events
        ours = mail.document["data"]["maintenance"]
        theirs = mail.statuspage["incident"]
        for start, end in (
            (event.start, event.end),
            _instants(ours["starts_at"], ours["ends_at"]),
            _instants(theirs["scheduled_for"], theirs["scheduled_until"]),
        ):
            assert (start, end) == (record.starts_at, record.ends_at)


def _instants(*written: str) -> tuple[datetime, ...]:
    return tuple(map(datetime.fromisoformat, written))


def _shown(text: str) -> str:
    return _INVISIBLE.sub(" ", text)
