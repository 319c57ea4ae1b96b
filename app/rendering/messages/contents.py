"""What a message says of an incident or a maintenance, localized, before it gets its form."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from markupsafe import Markup

from app.domain.notifications.events import NoticeEvent
from app.domain.notifications.notice import Notice
from app.domain.page.listing import (
    TimelineEntry,
    incident_timeline,
    maintenance_timeline,
)
from app.domain.page.logos import Logo
from app.domain.page.pages import PageFacts
from app.domain.page.subscribing import SubscriptionSummary
from app.domain.records import AffectedService, IncidentRecord, MaintenanceRecord
from app.domain.statuses import Impact, IncidentStatus
from app.domain.texts.phrases import N_
from app.i18n import formats
from app.i18n.bidi import isolate
from app.i18n.catalogues import terms
from app.i18n.languages import direction, display_name
from app.i18n.localization import DisplayText, Locale, localize
from app.rendering.formats.timeline_html import status_label
from app.rendering.messages.subscriptions import query_of, subscription_facts, title_list
from app.rendering.text.markdown import render_markdown
from app.rendering.text.markdown_source import plain_body
from app.rendering.text.next_update import next_update_sentence

__all__ = ["Contents", "Entry", "MessageRecord", "contents_of", "without_markers"]

MessageRecord = IncidentRecord | MaintenanceRecord

# The newest update and those before it; the rest is on the page.
MOST_ENTRIES = 5
_HEADINGS_BELOW = 2
_MOST_NAMES = 20
_PERSONAL = re.compile("[\ue000-\ue003]")

_NOT_TRANSLATED = N_("This text has not been translated yet. Its language: %(language)s.")
_OUTDATED = N_("This translation is older than the original text.")
_SERVICES = N_("Affected services")
# Translators: Label before the beginning of an incident; agrees with “incident”.
_STARTED = terms.ContextualText("time of an incident", "Started")
# Translators: Label before the duration of an incident.
_DURATION = N_("Duration")
# Translators: Label before the beginning and end of a maintenance.
_WINDOW = N_("Planned time")
# Translators: Label before the beginning and end of a maintenance before it was changed.
_FORMER_WINDOW = N_("Former time")
_SERVICE_WITH_STATUS = N_("%(name)s: %(status)s")

_ABOUT_CHOICES = frozenset(
    {
        NoticeEvent.SUBSCRIPTION_KNOWN,
        NoticeEvent.SUBSCRIPTION_MANAGE,
        NoticeEvent.SUBSCRIPTION_VERIFY,
    }
)

_TONES: Mapping[Impact, str] = {
    Impact.NONE: "neutral",
    Impact.MINOR: "minor",
    Impact.MAJOR: "major",
    Impact.CRITICAL: "critical",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One update in the message: `html` and `text` are its body, `note` says that it is foreign.

    `is_cut` is set when the body goes on at the page. `promise` says when the next update is due.
    """

    status: str
    when: str
    text: str
    html: Markup
    note: str
    language: str
    direction: str
    is_foreign: bool
    is_cut: bool
    promise: str = ""


@dataclass(frozen=True, slots=True)
class Contents:
    """A message in one language, without its form.

    `title` is plain text, `title_text` has its language. `entries` are newest first. `facts` are
    pairs of a label and a value. `has_more`: the page has updates that are not in the message.
    Of a message about a subscription, `host` is that of its webhook or browser; `missing` are the
    titles of what was asked for and is not part of it, `offer` the query of the page to add it.
    `logo` is that of the page, where mails can show it.
    """

    event: NoticeEvent
    page_name: str
    page_url: str
    url: str
    title: str
    title_text: DisplayText | None
    tone: str
    entries: Sequence[Entry]
    facts: Sequence[tuple[str, str]]
    has_more: bool
    is_foreign: bool
    host: str = ""
    missing: str = ""
    offer: str = ""
    logo: Logo | None = None

    @property
    def status(self) -> str:
        """The status label of the newest update, empty for a message about a subscription."""
        return self.entries[0].status if self.entries else ""

    @property
    def is_cut(self) -> bool:
        """Whether the page has more of what the message is about."""
        return self.has_more or any(each.is_cut for each in self.entries)


def contents_of(
    notice: Notice,
    page: PageFacts,
    record: MessageRecord | None,
    locale: Locale,
    *,
    longest: int | None = None,
    subscription: SubscriptionSummary | None = None,
) -> Contents:
    """The contents of the message; each body is cut to `longest` characters.

    `subscription` is what the subscriber gets whom the event is about.

    Raises ValueError when the event is about an incident or maintenance and `record` is None.
    """
    page_url = f"{page.base_url}/{locale.language}"
    logo = None if page.logo is None else page.logo.for_mail
    if record is None:
        if notice.event.startswith(("incident.", "maintenance.")):
            raise ValueError(f"{notice.event} needs a record")
        about_page = Contents(
            notice.event, _page_name(page, locale), f"{page_url}/", f"{page_url}/", "", None,
            "neutral", (), (), has_more=False, is_foreign=False, logo=logo,
        )  # fmt: skip
        return (
            about_page
            if subscription is None
            else _described(about_page, subscription, page, locale)
        )
    title = localize(record.title, locale)
    timeline = _timeline(record)
    bodies = [(each, localize(each.body, locale)) for each in timeline[:MOST_ENTRIES]]
    return Contents(
        event=notice.event,
        page_name=_page_name(page, locale),
        page_url=f"{page_url}/",
        url=page_url + _path(record),
        title=_line(title.text, locale),
        title_text=title,
        tone=_tone(notice.event, record),
        entries=[_entry(each, shown, locale, longest) for each, shown in bodies],
        facts=_facts(notice, record, locale),
        has_more=len(timeline) > MOST_ENTRIES,
        is_foreign=title.foreign or any(shown.foreign for _, shown in bodies),
        logo=logo,
    )


def _described(
    contents: Contents, subscription: SubscriptionSummary, page: PageFacts, locale: Locale
) -> Contents:
    """The contents with what the subscriber gets, where the event is about that."""
    missing = subscription.missing
    described = replace(contents, host=subscription.host or "")
    if contents.event not in _ABOUT_CHOICES:
        return described
    return replace(
        described,
        facts=tuple(
            (label, without_markers(value))
            for label, value in subscription_facts(subscription, page, locale)
        ),
        missing="" if missing is None else without_markers(title_list(missing.titles, locale)),
        offer="" if missing is None else query_of(missing),
    )


def without_markers(text: str) -> str:
    """The text without the characters that stand for personal values in a message."""
    return _PERSONAL.sub("", text)


def _timeline(record: MessageRecord) -> Sequence[TimelineEntry]:
    if isinstance(record, IncidentRecord):
        return incident_timeline(record)
    return maintenance_timeline(record)


def _path(record: MessageRecord) -> str:
    return record.path if isinstance(record, MaintenanceRecord) else f"/incidents/{record.id}"


def _page_name(page: PageFacts, locale: Locale) -> str:
    return _line(localize(page.name, locale).text, locale)


def _line(text: str, locale: Locale) -> str:
    """A short text in one line, isolated from the direction of the text around it."""
    return isolate(" ".join(without_markers(text).split()), locale.language)


def _tone(event: NoticeEvent, record: MessageRecord) -> str:
    if isinstance(record, MaintenanceRecord):
        return "good" if event is NoticeEvent.MAINTENANCE_COMPLETED else "maintenance"
    if record.status is IncidentStatus.RESOLVED:
        return "good"
    return _TONES[record.impact]


def _entry(entry: TimelineEntry, shown: DisplayText, locale: Locale, longest: int | None) -> Entry:
    # Instants within a foreign text are in its language, like the text around them.
    of_text = replace(locale, language=shown.language, regional="") if shown.foreign else locale
    plain = without_markers(plain_body(entry.body, of_text).text).strip()
    source = without_markers(shown.text)
    is_cut = longest is not None and max(len(plain), len(source)) > longest
    if is_cut:
        plain, source = _cut(plain, longest), _cut(source, longest)
    if shown.markdown:
        html = Markup(without_markers(render_markdown(source, of_text, below=_HEADINGS_BELOW)))  # noqa: S704  # it was cleaned
    else:
        html = Markup("<p>{}</p>").format(source)
    promise = entry.next_update_at
    return Entry(
        status=status_label(entry.status, locale),
        when=formats.date_time(entry.at, locale.formats, locale.zone),
        text=plain,
        html=html,
        note=_note(shown, locale),
        language=shown.language,
        direction=direction(shown.language),
        is_foreign=shown.foreign,
        is_cut=is_cut,
        promise="" if promise is None else next_update_sentence(promise, locale),
    )


def _cut(text: str, longest: int | None) -> str:
    """The beginning of the text, up to a line or a word where one ends in its last third."""
    if longest is None or len(text) <= longest:
        return text
    start = text[:longest]
    for separator in ("\n", " "):
        end = start.rfind(separator)
        if end > longest * 2 // 3:
            return start[:end].rstrip() + " …"
    return start + "…"


def _note(shown: DisplayText, locale: Locale) -> str:
    gettext = locale.catalogue.gettext
    if shown.foreign:
        language = display_name(shown.language, locale.language)
        return gettext(_NOT_TRANSLATED) % {"language": language}
    return gettext(_OUTDATED) if shown.outdated else ""


def _facts(notice: Notice, record: MessageRecord, locale: Locale) -> list[tuple[str, str]]:
    gettext = locale.catalogue.gettext
    facts: list[tuple[str, str]] = []
    if isinstance(record, MaintenanceRecord):
        span = _window(notice, record, "", locale)
        former = _window(notice, record, "former_", locale)
        facts.append((gettext(_WINDOW), span))
        if former and former != span:
            facts.append((gettext(_FORMER_WINDOW), former))
        names = [_line(localize(each.name, locale).text, locale) for each in record.services]
    else:
        facts.append((_STARTED.translate(locale.catalogue), _when(record.started_at, locale)))
        if record.resolved_at is not None:
            seconds = round((record.resolved_at - record.started_at).total_seconds())
            facts.append((gettext(_DURATION), formats.duration(seconds, locale.formats)))
        names = [_service(each, record, locale) for each in record.services]
    if names:
        facts.insert(0, (gettext(_SERVICES), _joined(names, locale)))
    return facts


def _joined(names: Sequence[str], locale: Locale) -> str:
    """The first names and the number of the others."""
    if len(names) <= _MOST_NAMES:
        return formats.join(names, locale.formats)
    others = len(names) - _MOST_NAMES + 1
    more = locale.catalogue.ngettext("%(count)s more service", "%(count)s more services", others)
    named = [*names[: _MOST_NAMES - 1], more % {"count": formats.number(others, locale.formats)}]
    return formats.join(named, locale.formats)


def _window(notice: Notice, record: MaintenanceRecord, prefix: str, locale: Locale) -> str:
    """The times of the window as the notice has them, else those of the record."""
    starts_at, ends_at = (notice.details.get(f"{prefix}{name}_at") for name in ("starts", "ends"))
    if isinstance(starts_at, str) and isinstance(ends_at, str):
        times = datetime.fromisoformat(starts_at), datetime.fromisoformat(ends_at)
        return formats.time_span(*times, locale.formats, locale.zone)
    if prefix:
        return ""
    return formats.time_span(record.starts_at, record.ends_at, locale.formats, locale.zone)


def _when(at: datetime, locale: Locale) -> str:
    return formats.date_time(at, locale.formats, locale.zone)


def _service(service: AffectedService, incident: IncidentRecord, locale: Locale) -> str:
    name = _line(localize(service.name, locale).text, locale)
    if not incident.is_open:
        return name
    status = terms.SERVICE_STATUS[service.status].translate(locale.catalogue)
    return locale.catalogue.gettext(_SERVICE_WITH_STATUS) % {"name": name, "status": status}
