"""Limits of the subscribe form: for a place, for an address, and for all visitors together.

A place is a network: an IPv4 address, or an IPv6 /64. A program that submits forms sends about
1,500 an hour. The limits for all visitors together delay mails and never refuse a visitor because
of others: a stranger could close the form for everybody otherwise.
"""

from datetime import datetime, timedelta

__all__ = [
    "DAY",
    "HOUR",
    "MAIL_PERIOD",
    "MINUTE",
    "MOST_OF_HOST_IN_A_DAY",
    "MOST_OF_PLACE_IN_A_DAY",
    "MOST_OF_PLACE_LATELY",
    "PLACE_PERIOD",
    "is_mail_allowed",
    "is_sending_allowed",
    "most_in_an_hour",
    "most_waiting",
]

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
# Of one place: requests that lead to mails in ten minutes, and requests that are stored in a day.
PLACE_PERIOD = timedelta(minutes=10)
MOST_OF_PLACE_LATELY = 5
MOST_OF_PLACE_IN_A_DAY = 20
# Of one address: mails in 30 days, and the pause after the first and after each later one.
MAIL_PERIOD = timedelta(days=30)
_MOST_MAILS = 5
_PAUSE_AFTER_FIRST = timedelta(minutes=10)
# Of one host: webhooks that are asked to confirm in a day, whatever their paths are.
MOST_OF_HOST_IN_A_DAY = 20
# Of all visitors together, in an hour: so many mails, and a share of the active subscribers.
_MOST_OF_ALL = 100
_SHARE_OF_ACTIVE = 0.02
_MINUTES = 60


def is_mail_allowed(sent: int, latest: datetime | None, now: datetime) -> bool:
    """Whether an address may be sent a further requested mail.

    `sent` is the number within MAIL_PERIOD, `latest` the time of the last one.
    """
    if latest is None or sent == 0:
        return True
    pause = _PAUSE_AFTER_FIRST if sent == 1 else DAY
    return sent < _MOST_MAILS and now - latest >= pause


def most_in_an_hour(active: int) -> int:
    """The most mails of all visitors in an hour without a delay, by the active subscribers."""
    return _MOST_OF_ALL + int(active * _SHARE_OF_ACTIVE)


def is_sending_allowed(active: int, in_an_hour: int, in_a_minute: int) -> bool:
    """Whether a further request may lead to a mail now.

    The other numbers are those of the mails that requests led to lately. Beyond the limit of an
    hour, a sixtieth of it is sent each minute, so that nobody waits for the end of the hour.
    """
    most = most_in_an_hour(active)
    return in_an_hour < most or in_a_minute < most // _MINUTES


def most_waiting(active: int) -> int:
    """The most requests that wait: what is sent in the 24 hours before they are deleted."""
    return 24 * most_in_an_hour(active)
