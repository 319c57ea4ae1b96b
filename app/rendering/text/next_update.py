"""Sentence about the promised next update of an incident, as plain text."""

from datetime import datetime

from app.domain.texts.phrases import N_
from app.i18n import formats
from app.i18n.localization import Locale

__all__ = ["next_update_sentence"]

_BY = N_("Next update by %(at)s")
_WAS_DUE = N_("Next update was due %(at)s")


def next_update_sentence(at: datetime, locale: Locale, *, now: datetime | None = None) -> str:
    """When the next update is due, or was due before `now`.

    A format that readers store, such as a feed, gives no `now`: its text must not change with the
    clock.
    """
    is_late = now is not None and at <= now
    shown = formats.date_time(at, locale.formats, locale.zone)
    return locale.catalogue.gettext(_WAS_DUE if is_late else _BY) % {"at": shown}
