"""Timeline entries as HTML for feeds: time, status label and body."""

from datetime import datetime
from functools import lru_cache

from markupsafe import Markup, escape

from app.domain.page.listing import PostmortemStatus, TimelineEntry
from app.domain.statuses import IncidentStatus, MaintenanceStatus
from app.domain.texts.phrases import N_
from app.i18n import formats
from app.i18n.catalogues import terms
from app.i18n.languages import SOURCE, locale_of
from app.i18n.localization import Locale, localize
from app.rendering.text.markdown import render_markdown
from app.rendering.text.next_update import next_update_sentence

__all__ = ["entry_html", "status_label"]

_POSTMORTEM = N_("Postmortem")
_HEADINGS_BELOW = 3


def status_label(
    status: IncidentStatus | MaintenanceStatus | PostmortemStatus, locale: Locale
) -> str:
    """The translated label of a status."""
    if isinstance(status, IncidentStatus):
        return terms.INCIDENT_STATUS[status].translate(locale.catalogue)
    if isinstance(status, MaintenanceStatus):
        return terms.MAINTENANCE_STATUS[status].translate(locale.catalogue)
    return locale.catalogue.gettext(_POSTMORTEM)


def entry_html(entry: TimelineEntry, locale: Locale, fixed_texts: Locale) -> Markup:
    """One entry: `locale` localizes its body, `fixed_texts` its status and time.

    In English it has the form of Statuspage's feeds, which their readers parse.
    """
    body = localize(entry.body, locale)
    status = escape(status_label(entry.status, fixed_texts))
    lead = f"<small>{_when(entry.at, fixed_texts)}</small><br><strong>{status}</strong>"
    html = _render(body.text, locale) if body.markdown else f"<p>{escape(body.text)}</p>"
    if body.foreign:
        attributes = f'lang="{escape(body.language)}" dir="{escape(body.direction)}"'
        entry_markup = f"<p>{lead}</p><div {attributes}>{html}</div>"
    elif html.startswith("<p>"):
        entry_markup = f"<p>{lead} - {html.removeprefix('<p>')}"
    else:
        entry_markup = f"<p>{lead}</p>{html}"
    if entry.next_update_at is not None:
        promise = next_update_sentence(entry.next_update_at, fixed_texts)
        entry_markup += f"<p><small>{escape(promise)}</small></p>"
    return Markup(entry_markup)  # noqa: S704  # each part was escaped or cleaned


# Each change renders a few hundred unchanged bodies again, in several feeds.
@lru_cache(maxsize=1024)
def _render(text: str, locale: Locale) -> Markup:
    return render_markdown(text, locale, below=_HEADINGS_BELOW)


@lru_cache(maxsize=4096)
def _when(at: datetime, fixed_texts: Locale) -> str:
    if fixed_texts.language != SOURCE:
        return escape(formats.date_time(at, fixed_texts.formats, fixed_texts.zone))
    local = at.astimezone(fixed_texts.zone)
    month = locale_of(SOURCE).months["format"]["abbreviated"][local.month]
    # Statuspage's markup; clients look for it to convert the time to their zone.
    return (
        f"{escape(month)} <var data-var='date'>{local.day}</var>, "
        f"<var data-var='time'>{local:%H:%M}</var> {escape(local.tzname())}"
    )
