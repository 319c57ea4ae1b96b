"""What happened, as HTML that feeds and calendars carry: each step with its time and its word."""

from datetime import datetime
from functools import lru_cache

from markupsafe import Markup, escape

from app.domain.page.listing import PostmortemStatus, TimelineEntry
from app.domain.phrases import N_
from app.domain.statuses import IncidentStatus, MaintenanceStatus
from app.i18n import formats, terms
from app.i18n.languages import SOURCE, locale_of
from app.i18n.localization import Locale, localize
from app.rendering.text.markdown import render_markdown

__all__ = ["entry_html", "status_label"]

_POSTMORTEM = N_("Postmortem")
_HEADINGS_BELOW = 3


def status_label(
    status: IncidentStatus | MaintenanceStatus | PostmortemStatus, locale: Locale
) -> str:
    """The word for a step's status."""
    if isinstance(status, IncidentStatus):
        said = terms.INCIDENT_STATUS[status]
    elif isinstance(status, MaintenanceStatus):
        said = terms.MAINTENANCE_STATUS[status]
    else:
        said = _POSTMORTEM
    return locale.catalogue.gettext(said)


def entry_html(step: TimelineEntry, locale: Locale, words: Locale) -> Markup:
    """One step: `voice` says its text, `words` its status and time.

    In English it is the form that readers of Statuspage's feeds look into.
    """
    worded = localize(step.body, locale)
    status = escape(status_label(step.status, words))
    lead = f"<small>{_when(step.at, words)}</small><br><strong>{status}</strong>"
    body = _prose(worded.text, locale) if worded.markdown else f"<p>{escape(worded.text)}</p>"
    if worded.foreign:
        mark = f'lang="{escape(worded.language)}" dir="{escape(worded.direction)}"'
        told = f"<p>{lead}</p><div {mark}>{body}</div>"
    elif body.startswith("<p>"):
        told = f"<p>{lead} - {body.removeprefix('<p>')}"
    else:
        told = f"<p>{lead}</p>{body}"
    return Markup(told)  # noqa: S704  # each part was escaped or cleaned


# The same few hundred texts are told again after every change, in several feeds.
@lru_cache(maxsize=1024)
def _prose(text: str, locale: Locale) -> Markup:
    return render_markdown(text, locale, below=_HEADINGS_BELOW)


@lru_cache(maxsize=4096)
def _when(at: datetime, words: Locale) -> str:
    if words.language != SOURCE:
        return escape(formats.date_time(at, words.language, words.zone))
    local = at.astimezone(words.zone)
    month = locale_of(SOURCE).months["format"]["abbreviated"][local.month]
    # Feed readers look for these marks to put the reader's own time there.
    return (
        f"{escape(month)} <var data-var='date'>{local.day}</var>, "
        f"<var data-var='time'>{local:%H:%M}</var> {escape(local.tzname())}"
    )
