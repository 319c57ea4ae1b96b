"""The sentence that says how many subscribers were notified of a change."""

from app.domain.notifications.notified import NotifiedCount
from app.i18n import formats
from app.i18n.localization import Locale

__all__ = ["notified_sentence"]


def notified_sentence(count: NotifiedCount, locale: Locale) -> str:
    """Such as “3,412 subscribers were notified: Nov 23, 10:02 – 10:06 AM UTC”."""
    first, last = (at.replace(second=0, microsecond=0) for at in (count.first_at, count.last_at))
    when = formats.date_time(first, locale.formats, locale.zone)
    if last > first:
        when = formats.time_span(first, last, locale.formats, locale.zone)
    sentence = locale.catalogue.ngettext(
        "%(count)s subscriber was notified: %(span)s",
        "%(count)s subscribers were notified: %(span)s",
        count.number,
    )
    return sentence % {"count": formats.number(count.number, locale.formats), "span": when}
