"""The page as plain text for terminals and as Markdown; llms.txt."""

import re
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from gettext import NullTranslations

from jinja2 import Environment

from app.domain.notifications.notified import NotifiedCount
from app.domain.page.headline import Headline
from app.domain.page.listing import PageListing, maintenance_timeline
from app.domain.page.pages import IncidentPage, MaintenancePage, OverviewPage, PageFacts
from app.domain.records import AffectedService, IncidentRecord, ServiceRecord
from app.domain.statuses import IncidentStatus, MaintenanceStatus, ServiceStatus
from app.domain.texts.phrases import Text
from app.i18n import formats
from app.i18n.bidi import isolate
from app.i18n.catalogues import terms
from app.i18n.languages import display_name
from app.i18n.localization import DisplayText, Locale, localize
from app.rendering.filters.headline import headline_text
from app.rendering.filters.incidents import displayed_status, fallback_languages, group_quiet_days
from app.rendering.filters.uptime_bars import uptime_text
from app.rendering.formats.timeline_html import status_label
from app.rendering.template_loader import translated_environment
from app.rendering.text.machine_language import MachineLanguage, locale_for
from app.rendering.text.markdown_source import markdown_body, plain_body
from app.rendering.text.next_update import next_update_sentence
from app.rendering.text.notified import notified_sentence

__all__ = [
    "incident_markdown",
    "llms",
    "maintenance_markdown",
    "overview_markdown",
    "overview_text",
]

_COLUMNS = 78
_MARKDOWN_SYNTAX = re.compile(r"([\\`*_\[\]<>#|])")
_SYMBOLS: Mapping[str, str] = {
    ServiceStatus.OPERATIONAL: "✓",
    ServiceStatus.UNDER_MAINTENANCE: "⚙",
    ServiceStatus.DEGRADED_PERFORMANCE: "~",
    ServiceStatus.PARTIAL_OUTAGE: "◐",
    ServiceStatus.MAJOR_OUTAGE: "✗",
}


def overview_text(record: OverviewPage, language: MachineLanguage) -> bytes:
    """The first page for a terminal."""
    formatter = TextFormatter(locale_for(record.page, language.fixed_texts))
    return _render("overview.txt", record, record.page, formatter)


def overview_markdown(record: OverviewPage, language: MachineLanguage) -> bytes:
    """The first page as Markdown."""
    formatter = TextFormatter(locale_for(record.page, language.fixed_texts), is_markdown=True)
    return _render("overview_markdown.txt", record, record.page, formatter)


def incident_markdown(record: IncidentPage, language: MachineLanguage) -> bytes:
    """The page of one incident as Markdown."""
    formatter = TextFormatter(locale_for(record.page, language.fixed_texts), is_markdown=True)
    return _render("incident_markdown.txt", record, record.page, formatter)


def maintenance_markdown(record: MaintenancePage, language: MachineLanguage) -> bytes:
    """The page of one window of a maintenance as Markdown."""
    formatter = TextFormatter(locale_for(record.page, language.fixed_texts), is_markdown=True)
    return _render("maintenance_markdown.txt", record, record.page, formatter)


def llms(listing: PageListing, language: MachineLanguage) -> bytes:
    """llms.txt: an index of the page for language models."""
    formatter = TextFormatter(locale_for(listing.page, language.fixed_texts), is_markdown=True)
    return _render("llms.txt", listing, listing.page, formatter)


@dataclass(frozen=True, slots=True)
class TextFormatter:
    """Formats values for the text templates: in one language, as plain text or Markdown."""

    locale: Locale
    is_markdown: bool = False

    def short(self, text: Text) -> str:
        """A short text within a line."""
        line = " ".join(localize(text, self.locale).text.split())
        return isolate(self._escape(line), self.locale.language)

    def body(self, text: Text, indent: str = "") -> str:
        """A body: as Markdown, or wrapped for a terminal."""
        if self.is_markdown:
            body = markdown_body(text, self.locale)
            return body.text if body.markdown else self._escape(body.text)
        return "\n".join(_wrap(plain_body(text, self.locale), indent))

    def names(self, services: Iterable[AffectedService]) -> str:
        """Names of services as a list in prose."""
        return formats.join([self.short(each.name) for each in services], self.locale.formats)

    def when(self, at: datetime) -> str:
        """Date and time in the page's time zone."""
        return formats.date_time(at, self.locale.formats, self.locale.zone)

    def next_update(self, at: datetime, now: datetime) -> str:
        """When the next update of an incident is due, or was due before `now`."""
        return next_update_sentence(at, self.locale, now=now)

    def notified(self, count: NotifiedCount) -> str:
        """How many subscribers were notified of an update."""
        return notified_sentence(count, self.locale)

    def span(self, start: datetime, end: datetime) -> str:
        """Start and end in the page's time zone."""
        return formats.time_span(start, end, self.locale.formats, self.locale.zone)

    def status(self, status: ServiceStatus | IncidentStatus | MaintenanceStatus) -> str:
        """The translated label of a status."""
        if isinstance(status, ServiceStatus):
            return terms.SERVICE_STATUS[status].translate(self.locale.catalogue)
        return status_label(status, self.locale)

    def affected_status(self, service: AffectedService, incident: IncidentRecord) -> str:
        """Label of the status that is shown for an affected service."""
        return self.status(displayed_status(service, incident))

    def headline(self, headline: Headline) -> str:
        """The headline of the page."""
        return self._escape(headline_text(headline, self.locale))

    def symbol(self, status: str) -> str:
        """The symbol of a service status; a dash for any other name."""
        return _SYMBOLS.get(status, "-")

    def uptime(self, service: ServiceRecord) -> str:
        """The uptime of a service with its range."""
        return uptime_text(service.days, service.uptime, self.locale)

    def days(self, first: datetime, last: datetime) -> str:
        """A range of days."""
        return formats.short_days(first, last, self.locale.formats)

    def lasted(self, incident: IncidentRecord) -> str:
        """Duration of a resolved incident."""
        ended_at = incident.resolved_at or incident.updated_at
        seconds = round((ended_at - incident.started_at).total_seconds())
        return formats.duration(seconds, self.locale.formats)

    def fallback_languages(self, incident: IncidentRecord) -> str:
        """Names of the languages of untranslated texts, empty when there are none."""
        texts = [incident.title, *(update.body for update in incident.updates)]
        if incident.postmortem is not None:
            texts.append(incident.postmortem.body)
        tags = fallback_languages(texts, self.locale)
        named = [display_name(tag, self.locale.language) for tag in tags]
        return formats.join(named, self.locale.formats)

    def language(self, tag: str) -> str:
        """Name of a language in the language of the document."""
        return display_name(tag, self.locale.language)

    def _escape(self, text: str) -> str:
        return _MARKDOWN_SYNTAX.sub(r"\\\1", text) if self.is_markdown else text


def _wrap(body: DisplayText, indent: str) -> Sequence[str]:
    lines = []
    for line in body.text.strip().split("\n"):
        if line.lstrip().startswith("|"):  # a row of a table
            lines.append(indent + line)
            continue
        margin = indent + line[: len(line) - len(line.lstrip())]
        lines += textwrap.wrap(
            line.strip(),
            _COLUMNS,
            initial_indent=margin,
            subsequent_indent=margin,
            break_long_words=False,
            break_on_hyphens=False,
        ) or [""]
    return lines


def _render(template: str, record: object, page: PageFacts, formatter: TextFormatter) -> bytes:
    text = (
        _environment(formatter.locale.catalogue)
        .get_template(f"text/{template}")
        .render(
            record=record,
            page=page,
            formatter=formatter,
            home=f"{page.base_url}/{formatter.locale.language}",
            ending=".md" if page.markdown_pages else "",
            group_quiet_days=group_quiet_days,
            maintenance_timeline=maintenance_timeline,
        )
    )
    return (re.sub(r"\n{3,}", "\n\n", text).strip() + "\n").encode()


@lru_cache(maxsize=64)
def _environment(catalogue: NullTranslations) -> Environment:
    return translated_environment(catalogue, autoescape=False)
