"""Share pictures of the page and of incidents: their words, drawn as PNG for link previews."""

from app.domain.incidents.severity import current_severity
from app.domain.page.pages import IncidentPage, OverviewPage, PageFacts
from app.domain.records import IncidentRecord
from app.domain.statuses import ServiceStatus
from app.domain.texts.phrases import N_, Text
from app.i18n import formats
from app.i18n.catalogues import terms
from app.i18n.languages import direction
from app.i18n.localization import Locale, localize
from app.pictures.share_content import DirectedText, ShareColours, ShareContent
from app.rendering.filters.headline import first_names_text, headline_text
from app.rendering.formats.badges import THEMES
from app.rendering.text.machine_language import locale_for

__all__ = ["incident_picture", "overview_picture", "picture_without_status"]

_RESOLVED = N_("Resolved after %(duration)s")
_AFFECTED = N_("Affected services: %(names)s")
_ALSO_AFFECTED = N_("Also affected: %(names)s")
_SINCE = N_("Since %(at)s")

# The colour of the status that is no service status, as in the stylesheet.
_UNKNOWN = "#81868f"


def overview_picture(record: OverviewPage, language: str) -> bytes:
    """The picture of the page: its headline, what else is affected and since when."""
    locale = locale_for(record.page, language)
    headline = record.headline
    details = []
    if headline.others:
        names = first_names_text(headline.others, locale)
        details.append(locale.catalogue.gettext(_ALSO_AFFECTED) % {"names": names})
    if headline.since:
        at = formats.date_time(headline.since, locale.formats, locale.zone)
        details.append(locale.catalogue.gettext(_SINCE) % {"at": at})
    status = headline_text(headline, locale)
    return _draw(_content(record.page, headline.symbol, status, None, details, locale))


def picture_without_status(page: PageFacts, language: str) -> bytes:
    """The picture of a page whose status is not known, because its database does not answer."""
    locale = locale_for(page, language)
    words = locale.catalogue.gettext("See the status of our services")
    return _draw(_content(page, "unknown", words, None, [], locale))


def incident_picture(record: IncidentPage, language: str) -> bytes:
    """The picture of an incident: its status, title, affected services and time."""
    locale = locale_for(record.page, language)
    incident = record.incident
    symbol, status = _status(incident, locale)
    names = tuple(each.name for each in incident.services if each.status.severity)
    names = names or tuple(each.name for each in incident.services)
    details = []
    if names:
        listed = first_names_text(names, locale)
        details.append(locale.catalogue.gettext(_AFFECTED) % {"names": listed})
    details.append(_time(incident, locale))
    return _draw(_content(record.page, symbol, status, incident.title, details, locale))


def _status(incident: IncidentRecord, locale: Locale) -> tuple[str, str]:
    """Symbol and words of the status; a resolved incident never looks open."""
    catalogue = locale.catalogue
    if incident.resolved_at is not None:
        lasted = (incident.resolved_at - incident.started_at).total_seconds()
        duration = formats.short_duration(lasted, locale.formats)
        words = catalogue.gettext(_RESOLVED) % {"duration": duration}
        return ServiceStatus.OPERATIONAL.value, words
    words = terms.INCIDENT_STATUS[incident.status].translate(catalogue)
    severity = current_severity(incident)
    if severity is ServiceStatus.OPERATIONAL:
        return "unknown", words
    return severity.value, f"{terms.SERVICE_STATUS[severity].translate(catalogue)} · {words}"


def _time(incident: IncidentRecord, locale: Locale) -> str:
    if incident.resolved_at is not None:
        return formats.time_span(
            incident.started_at, incident.resolved_at, locale.formats, locale.zone
        )
    at = formats.date_time(incident.started_at, locale.formats, locale.zone)
    return locale.catalogue.gettext(_SINCE) % {"at": at}


def _content(
    page: PageFacts,
    symbol: str,
    status: str,
    title: Text | None,
    details: list[str],
    locale: Locale,
) -> ShareContent:
    is_rtl = direction(locale.language) == "rtl"
    theme = THEMES[0]
    hue = _UNKNOWN if symbol == "unknown" else theme.hues[ServiceStatus(symbol)]
    return ShareContent(
        symbol,
        _directed(page.name, locale),
        DirectedText(status, locale.language, is_rtl),
        _directed(title, locale) if title is not None else None,
        tuple(DirectedText(each, locale.language, is_rtl) for each in details),
        ShareColours(theme.background, theme.text_colour, theme.soft, hue),
        is_rtl,
    )


def _directed(text: Text, locale: Locale) -> DirectedText:
    """The text in the language in which it exists."""
    shown = localize(text, locale)
    return DirectedText(shown.text, shown.language, shown.direction == "rtl")


def _draw(content: ShareContent) -> bytes:
    # Pillow takes time and memory to import, which a server without link previews need not spend.
    from app.pictures.share_picture import draw_share_picture

    return draw_share_picture(content)
