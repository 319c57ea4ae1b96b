"""Jinja filters of all pages: values formatted for the language and time zone of the reader."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from app.domain.notifications.notified import NotifiedCount
from app.domain.statuses import IncidentStatus, MaintenanceStatus, ServiceStatus
from app.domain.texts.phrases import Phrased, Text
from app.i18n import formats
from app.i18n.bidi import isolate, reads_right_to_left
from app.i18n.catalogues import terms
from app.i18n.language_list import ListedLanguage, find_languages
from app.i18n.languages import display_name
from app.i18n.localization import DisplayText, Locale, localize, translate_phrases
from app.rendering.text.instants import format_rfc3339
from app.rendering.text.markdown import render_markdown, time_element
from app.rendering.text.notified import notified_sentence

__all__ = ["FILTERS", "icon", "inline", "join_names"]


_ISOLATED, _RIGHT_TO_LEFT, _END = Markup("<bdi>"), Markup('<bdi dir="rtl">'), Markup("</bdi>")


@lru_cache(maxsize=16)
def icon(status: str) -> Markup:
    """Symbol of a status from public/_icons.svg; templates always print its label beside it."""
    return Markup('<svg class="i {0}" aria-hidden="true"><use href="#{0}"/></svg>').format(status)


def inline(text: DisplayText, locale: Locale) -> Markup:
    """A short text within a line, marked with its language and direction where they differ."""
    shown = formats.unbreakable(text.text)
    if text.foreign:
        return Markup('<bdi lang="{}" dir="{}">{}</bdi>').format(
            text.language, text.direction, shown
        )
    if isolate(shown, locale.language) == shown:
        return escape(shown)
    if reads_right_to_left(shown, locale.language):
        return _RIGHT_TO_LEFT + shown + _END
    # Not Markup.format, which takes ten times as long: a page has dozens of names.
    return _ISOLATED + shown + _END


def join_names(texts: Iterable[Text], locale: Locale) -> Markup:
    """Several short texts as a list in prose."""
    items = [inline(localize(text, locale), locale) for text in texts]
    return Markup("") + formats.join(items, locale.formats)


def _locale(context: Context) -> Locale:
    locale: Locale = context["locale"]
    return locale


@pass_context
def _inline(context: Context, text: Text) -> Markup:
    if isinstance(text, Phrased):
        return _phrase_html(text, _locale(context))
    return inline(localize(text, _locale(context)), _locale(context))


@pass_context
def _plain(context: Context, text: Text) -> str:
    """The text without markup, for `<title>` and attributes."""
    locale = _locale(context)
    return isolate(localize(text, locale).text, locale.language)


@pass_context
def _isolated(context: Context, data: str) -> str:
    """Data that does not reorder the sentence that holds it."""
    return isolate(data, _locale(context).language)


@pass_context
def _names(context: Context, texts: Iterable[Text]) -> Markup:
    return join_names(texts, _locale(context))


@pass_context
def _localized(context: Context, text: Text) -> DisplayText:
    return localize(text, _locale(context))


@pass_context
def _localized_body(context: Context, text: Text) -> DisplayText:
    """A body; in the languages that the page allows also as a machine's unread translation."""
    return localize(text, _locale(context), unread=context["page"].unread_machine_languages)


@pass_context
def _prose(context: Context, text: DisplayText, below: int) -> Markup:
    locale = _locale(context)
    if text.phrased is not None:
        return Markup("<p>{}</p>").format(_phrase_html(text.phrased, locale))
    return render_markdown(text.text, locale, below=below)


def _phrase_html(text: Phrased, locale: Locale) -> Markup:
    """A phrased text with `<time>` elements, which the script converts to the visitor's zone."""

    def instant(at: datetime) -> Markup:
        return time_element(at, formats.date_time(at, locale.formats, locale.zone))

    sentences = translate_phrases(text, locale, instant=instant)
    html = formats.join_sentences([escape(sentence) % data for sentence, data in sentences])
    return Markup(formats.unbreakable(html))  # noqa: S704  # escaped; only spaces have changed


@pass_context
def _when(context: Context, at: datetime) -> Markup:
    locale = _locale(context)
    return time_element(at, formats.date_time(at, locale.formats, locale.zone))


def _foreign_block(text: DisplayText) -> Markup:
    """Attributes of a block whose text is not in the language of the page, or nothing.

    The block is aligned in the direction of its text, like the body below a title.
    """
    if not text.foreign:
        return Markup("")
    return Markup(' lang="{}" dir="{}"').format(text.language, text.direction)


def _in_language(format_: Callable[..., str]) -> Callable[..., str]:
    @pass_context
    def filter_(context: Context, *values: Any) -> str:  # noqa: ANN401  # as the format takes them
        return format_(*values, _locale(context).formats)

    return filter_


@pass_context
def _between(context: Context, start: datetime, end: datetime) -> str:
    locale = _locale(context)
    return formats.time_span(start, end, locale.formats, locale.zone)


@pass_context
def _notified(context: Context, count: NotifiedCount) -> str:
    return notified_sentence(count, _locale(context))


@pass_context
def _language_names(context: Context, tags: Iterable[str]) -> str:
    language = _locale(context).language
    return formats.join([display_name(tag, language) for tag in tags], language)


@pass_context
def _find_languages(
    context: Context, tags: tuple[str, ...], query: str
) -> tuple[ListedLanguage, ...]:
    return find_languages(query, tags, _locale(context).language)


@pass_context
def _status(context: Context, status: ServiceStatus | IncidentStatus | MaintenanceStatus) -> str:
    labels: Mapping[Any, terms.ContextualText] = _TERMS[type(status)]
    return labels[status].translate(_locale(context).catalogue)


_TERMS: Mapping[type, Mapping[Any, terms.ContextualText]] = {
    IncidentStatus: terms.INCIDENT_STATUS,
    MaintenanceStatus: terms.MAINTENANCE_STATUS,
    ServiceStatus: terms.SERVICE_STATUS,
}

FILTERS: Mapping[str, Callable[..., Any]] = {
    "between": _between,
    "day": _in_language(formats.day),
    "days_ago": _in_language(formats.days_ago),
    "foreign_block": _foreign_block,
    "short_duration": _in_language(formats.short_duration),
    "duration": _in_language(formats.duration),
    "find_languages": _find_languages,
    "inline": _inline,
    "isolated": _isolated,
    "joined": _in_language(formats.join),
    "sentences": formats.join_sentences,
    "language_names": _language_names,
    "month": _in_language(formats.month),
    "month_name": _in_language(formats.month_name),
    "names": _names,
    "notified": _notified,
    "number": _in_language(formats.number),
    "percent": _in_language(formats.percent),
    "plain": _plain,
    "prose": _prose,
    "short_days": _in_language(formats.short_days),
    "stamp": format_rfc3339,
    "status": _status,
    "unbreakable": formats.unbreakable,
    "when": _when,
    "year": _in_language(formats.year),
    "localized": _localized,
    "localized_body": _localized_body,
}
