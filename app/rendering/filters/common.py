"""What templates may ask of a value: how it is said, in the language and zone of the page."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from app.domain.phrases import N_, Phrased, Text
from app.domain.statuses import IncidentStatus, MaintenanceStatus, ServiceStatus
from app.i18n import formats, terms
from app.i18n.bidi import isolate
from app.i18n.languages import display_name
from app.i18n.localization import DisplayText, Locale, localize, translate_phrases
from app.rendering.text.instants import format_rfc3339
from app.rendering.text.markdown import render_markdown, time_element

__all__ = ["FILTERS", "icon", "inline", "join_names"]

_TODAY = N_("today")


@lru_cache(maxsize=16)
def icon(status: str) -> Markup:
    """The shape of a status, as public/_icons.svg draws it; its word always stands beside it."""
    return Markup('<svg class="i {0}" aria-hidden="true"><use href="#{0}"/></svg>').format(status)


def inline(worded: DisplayText, locale: Locale) -> Markup:
    """A short text inside a line of the page, with its own language and direction where needed."""
    if worded.foreign:
        return Markup('<bdi lang="{}" dir="{}">{}</bdi>').format(
            worded.language, worded.direction, worded.text
        )
    if isolate(worded.text, locale.language) == worded.text:
        return escape(worded.text)
    return Markup("<bdi>{}</bdi>").format(worded.text)


def join_names(texts: Iterable[Text], locale: Locale) -> Markup:
    """Several short texts as one list."""
    said = [inline(localize(text, locale), locale) for text in texts]
    return Markup("") + formats.join(said, locale.language)


def _voice(context: Context) -> Locale:
    locale: Locale = context["locale"]
    return locale


@pass_context
def _inline(context: Context, text: Text) -> Markup:
    return inline(localize(text, _voice(context)), _voice(context))


@pass_context
def _plain(context: Context, text: Text) -> str:
    """For the title and other places that take no markup."""
    locale = _voice(context)
    return isolate(localize(text, locale).text, locale.language)


@pass_context
def _names(context: Context, texts: Iterable[Text]) -> Markup:
    return join_names(texts, _voice(context))


@pass_context
def _word(context: Context, text: Text) -> DisplayText:
    return localize(text, _voice(context))


@pass_context
def _prose(context: Context, worded: DisplayText, below: int) -> Markup:
    locale = _voice(context)
    if worded.phrased is not None:
        return Markup("<p>{}</p>").format(_spoken(worded.phrased, locale))
    return render_markdown(worded.text, locale, below=below)


def _spoken(text: Phrased, locale: Locale) -> Markup:
    """A phrased text whose times are elements that the script puts into the visitor's zone."""

    def instant(at: datetime) -> Markup:
        return time_element(at, formats.date_time(at, locale.language, locale.zone))

    said = translate_phrases(text, locale, instant=instant)
    return Markup(" ").join(escape(sentence) % data for sentence, data in said)


@pass_context
def _when(context: Context, at: datetime) -> Markup:
    locale = _voice(context)
    return time_element(at, formats.date_time(at, locale.language, locale.zone))


@pass_context
def _ago(context: Context, at: datetime) -> str:
    """How many days ago; finer words would grow stale while the page is kept in memory."""
    locale, now = _voice(context), context["page"].now
    days = (_on(now, locale) - _on(at, locale)).days
    if days < 1:
        return locale.catalogue.gettext(_TODAY)
    return formats.days_ago(days, locale.language)


def _on(at: datetime, locale: Locale) -> date:
    try:
        return at.astimezone(locale.zone).date()
    except OverflowError:
        return at.date()


def _in_language(format_: Callable[..., str]) -> Callable[..., str]:
    @pass_context
    def filter_(context: Context, *values: Any) -> str:  # noqa: ANN401  # as the format takes them
        return format_(*values, _voice(context).language)

    return filter_


@pass_context
def _between(context: Context, start: datetime, end: datetime) -> str:
    locale = _voice(context)
    return formats.time_span(start, end, locale.language, locale.zone)


@pass_context
def _language_names(context: Context, tags: Iterable[str]) -> str:
    language = _voice(context).language
    return formats.join([display_name(tag, language) for tag in tags], language)


@pass_context
def _status(context: Context, status: ServiceStatus | IncidentStatus | MaintenanceStatus) -> str:
    terms_: Mapping[Any, str] = _TERMS[type(status)]
    return _voice(context).catalogue.gettext(terms_[status])


_TERMS: Mapping[type, Mapping[Any, str]] = {
    IncidentStatus: terms.INCIDENT_STATUS,
    MaintenanceStatus: terms.MAINTENANCE_STATUS,
    ServiceStatus: terms.SERVICE_STATUS,
}

FILTERS: Mapping[str, Callable[..., Any]] = {
    "ago": _ago,
    "between": _between,
    "day": _in_language(formats.day),
    "duration": _in_language(formats.duration),
    "inline": _inline,
    "language_names": _language_names,
    "month": _in_language(formats.month),
    "names": _names,
    "number": _in_language(formats.number),
    "percent": _in_language(formats.percent),
    "plain": _plain,
    "prose": _prose,
    "short_days": _in_language(formats.short_days),
    "stamp": format_rfc3339,
    "status": _status,
    "when": _when,
    "word": _word,
}
