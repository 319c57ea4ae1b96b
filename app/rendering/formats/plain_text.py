"""The page as plain text for terminals and as Markdown for whoever reads or passes on Markdown."""

import re
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from gettext import NullTranslations

from jinja2 import Environment

from app.domain.incidents.impact import Banner
from app.domain.page.listing import PageListing, maintenance_timeline
from app.domain.page.pages import IncidentPage, MaintenancePage, OverviewPage, PageFacts
from app.domain.page.records import AffectedService, IncidentRecord
from app.domain.phrases import Text
from app.domain.statuses import IncidentStatus, MaintenanceStatus, ServiceStatus
from app.i18n import formats, terms
from app.i18n.bidi import isolate
from app.i18n.languages import display_name
from app.i18n.localization import DisplayText, Locale, localize
from app.rendering.filters.banner import banner_status
from app.rendering.filters.incidents import displayed_status, fallback_languages, group_quiet_days
from app.rendering.formats.step_html import status_label
from app.rendering.template_loader import translated_environment
from app.rendering.text.instants import plain_body
from app.rendering.text.machine_language import MachineLanguage, locale_for

__all__ = [
    "incident_markdown",
    "llms",
    "maintenance_markdown",
    "overview_markdown",
    "overview_text",
]

_COLUMNS = 78
_SPECIAL = re.compile(r"([\\`*_\[\]<>#|])")
_MARKS: Mapping[ServiceStatus, str] = {
    ServiceStatus.OPERATIONAL: "✓",
    ServiceStatus.UNDER_MAINTENANCE: "⚙",
    ServiceStatus.DEGRADED_PERFORMANCE: "~",
    ServiceStatus.PARTIAL_OUTAGE: "◐",
    ServiceStatus.MAJOR_OUTAGE: "✗",
}


def overview_text(record: OverviewPage, tongue: MachineLanguage) -> bytes:
    """The first page for a terminal."""
    return _rendered(
        "overview.txt", record, record.page, TextFormatter(locale_for(record.page, tongue.words))
    )


def overview_markdown(record: OverviewPage, tongue: MachineLanguage) -> bytes:
    """The first page as Markdown."""
    said = TextFormatter(locale_for(record.page, tongue.words), is_markdown=True)
    return _rendered("overview_markdown.txt", record, record.page, said)


def incident_markdown(record: IncidentPage, tongue: MachineLanguage) -> bytes:
    """The page of one incident as Markdown."""
    said = TextFormatter(locale_for(record.page, tongue.words), is_markdown=True)
    return _rendered("incident_markdown.txt", record, record.page, said)


def maintenance_markdown(record: MaintenancePage, tongue: MachineLanguage) -> bytes:
    """The page of one window of a maintenance as Markdown."""
    said = TextFormatter(locale_for(record.page, tongue.words), is_markdown=True)
    return _rendered("maintenance_markdown.txt", record, record.page, said)


def llms(listing: PageListing, tongue: MachineLanguage) -> bytes:
    """What programs that read text are told about this site: where each thing is."""
    said = TextFormatter(locale_for(listing.page, tongue.words), is_markdown=True)
    return _rendered("llms.txt", listing, listing.page, said)


@dataclass(frozen=True, slots=True)
class TextFormatter:
    """How values are said in text: in a language, as plain text or as Markdown."""

    locale: Locale
    is_markdown: bool = False

    def short(self, text: Text) -> str:
        """A short text inside a line."""
        line = " ".join(localize(text, self.locale).text.split())
        return isolate(self._bare(line), self.locale.language)

    def body(self, text: Text, indent: str = "") -> str:
        """A whole text: as it was typed, or wrapped for a terminal."""
        worded = plain_body(text, self.locale)
        if self.is_markdown:
            return worded.text if worded.markdown else self._bare(worded.text)
        return "\n".join(_wrapped(worded, indent))

    def names(self, services: Iterable[AffectedService]) -> str:
        """Several services as one list."""
        return formats.join([self.short(each.name) for each in services], self.locale.language)

    def when(self, at: datetime) -> str:
        """An instant in the page's zone."""
        return formats.date_time(at, self.locale.language, self.locale.zone)

    def span(self, start: datetime, end: datetime) -> str:
        """From one instant to another."""
        return formats.time_span(start, end, self.locale.language, self.locale.zone)

    def status(self, status: ServiceStatus | IncidentStatus | MaintenanceStatus) -> str:
        """The word for a status."""
        if isinstance(status, ServiceStatus):
            return self.locale.catalogue.gettext(terms.SERVICE_STATUS[status])
        return status_label(status, self.locale)

    def told(self, service: AffectedService, incident: IncidentRecord) -> str:
        """How an affected service is, or how bad it was once all is over."""
        return self.status(displayed_status(service, incident))

    def banner(self, banner: Banner) -> str:
        """The sentence the page opens with."""
        return self.locale.catalogue.gettext(terms.BANNER[banner.text])

    def mark(self, status: ServiceStatus) -> str:
        """The shape of a status."""
        return _MARKS[status]

    def percent(self, share: float) -> str:
        """A share of uptime."""
        return formats.percent(share, self.locale.language)

    def days(self, first: datetime, last: datetime) -> str:
        """A run of days."""
        return formats.short_days(first, last, self.locale.language)

    def lasted(self, incident: IncidentRecord) -> str:
        """How long an incident that is over lasted."""
        ended_at = incident.resolved_at or incident.updated_at
        seconds = round((ended_at - incident.started_at).total_seconds())
        return formats.duration(seconds, self.locale.language)

    def foreign(self, incident: IncidentRecord) -> str:
        """The languages of what is not translated, empty when all is."""
        texts = [incident.title, *(update.body for update in incident.updates)]
        if incident.postmortem is not None:
            texts.append(incident.postmortem.body)
        tags = fallback_languages(texts, self.locale)
        named = [display_name(tag, self.locale.language) for tag in tags]
        return formats.join(named, self.locale.language)

    def language(self, tag: str) -> str:
        """The name of a language in this one."""
        return display_name(tag, self.locale.language)

    def _bare(self, text: str) -> str:
        return _SPECIAL.sub(r"\\\1", text) if self.is_markdown else text


def _wrapped(worded: DisplayText, indent: str) -> Sequence[str]:
    lines = []
    for line in worded.text.strip().split("\n"):
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


def _rendered(template: str, record: object, page: PageFacts, said: TextFormatter) -> bytes:
    text = (
        _environment(said.locale.catalogue)
        .get_template(f"text/{template}")
        .render(
            record=record,
            page=page,
            say=said,
            home=f"{page.base_url}/{said.locale.language}",
            shape_of=banner_status,
            day_runs=group_quiet_days,
            steps_of=maintenance_timeline,
        )
    )
    return (re.sub(r"\n{3,}", "\n\n", text).strip() + "\n").encode()


@lru_cache(maxsize=64)
def _environment(catalogue: NullTranslations) -> Environment:
    return translated_environment(catalogue, autoescape=False)
