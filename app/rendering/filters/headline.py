"""Headline of the page in words, for pages and for plain text."""

from collections.abc import Callable, Mapping
from typing import Any

from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from app.domain.page.headline import Headline, HeadlineKind
from app.domain.records import GroupRecord
from app.domain.statuses import ServiceStatus
from app.domain.texts.phrases import N_, Text
from app.i18n import formats
from app.i18n.bidi import isolate
from app.i18n.localization import Locale, localize
from app.rendering.filters.common import inline

__all__ = ["FILTERS", "first_names_text", "headline_text"]

_SENTENCES: Mapping[ServiceStatus, str] = {
    ServiceStatus.MAJOR_OUTAGE: N_("Major outage: %(services)s"),
    ServiceStatus.PARTIAL_OUTAGE: N_("Partial outage: %(services)s"),
    ServiceStatus.DEGRADED_PERFORMANCE: N_("Degraded performance: %(services)s"),
    ServiceStatus.UNDER_MAINTENANCE: N_("Maintenance in progress: %(services)s"),
}
_INCIDENT = N_("Active incident: %(title)s")
_INCIDENTS = N_("Active incidents: %(titles)s")
_WITHOUT_NAME: Mapping[HeadlineKind, str] = {
    HeadlineKind.OPERATIONAL: N_("All services are working"),
    HeadlineKind.NO_SERVICES: N_("No services yet"),
}

# More names would not be read.
_MOST_NAMES = 5


def headline_text(headline: Headline, locale: Locale) -> str:
    """The headline as plain text."""
    return _sentence(
        headline, locale, lambda text: isolate(localize(text, locale).text, locale.language)
    )


def _sentence(headline: Headline, locale: Locale, name: Callable[[Text], str]) -> str:
    """The headline with the first subject formatted by `name` and the number of the others."""
    catalogue = locale.catalogue
    if headline.kind in _WITHOUT_NAME:
        return catalogue.gettext(_WITHOUT_NAME[headline.kind])
    named = name(headline.subjects[0])
    # The type of the name decides: Markup escapes the sentence, a string does not.
    kind, others = type(named), len(headline.subjects) - 1
    if headline.kind is HeadlineKind.INCIDENT:
        message, gap = (_INCIDENTS, "titles") if others else (_INCIDENT, "title")
        more = catalogue.ngettext("%(count)s more incident", "%(count)s more incidents", others)
    else:
        message, gap = _SENTENCES[headline.status], "services"
        more = catalogue.ngettext("%(count)s more service", "%(count)s more services", others)
    if others:
        count = formats.number(others, locale.formats)
        named = formats.join([named, kind(more) % {"count": count}], locale.formats)
    return kind(catalogue.gettext(message)) % {gap: named}


@pass_context
def _headline(context: Context, headline: Headline) -> Markup:
    locale: Locale = context["locale"]
    return Markup("") + _sentence(
        headline, locale, lambda text: inline(localize(text, locale), locale)
    )


@pass_context
def _plain_headline(context: Context, headline: Headline) -> str:
    return headline_text(headline, context["locale"])


@pass_context
def _first_names(context: Context, names: tuple[Text, ...]) -> Markup:
    """The first few names and the number of the others."""
    locale: Locale = context["locale"]
    return Markup("") + _list_names(
        names, locale, lambda text: inline(localize(text, locale), locale)
    )


def first_names_text(names: tuple[Text, ...], locale: Locale) -> str:
    """The first few names of services and the number of the others, as plain text."""
    return _list_names(
        names, locale, lambda text: isolate(localize(text, locale).text, locale.language)
    )


def _list_names(names: tuple[Text, ...], locale: Locale, name: Callable[[Text], str]) -> str:
    named = names if len(names) <= _MOST_NAMES else names[: _MOST_NAMES - 1]
    items = [name(text) for text in named]
    others = len(names) - len(named)
    if others:
        more = locale.catalogue.ngettext(
            "%(count)s more service", "%(count)s more services", others
        )
        # As in `_sentence`: the type of the names decides whether the phrase is escaped.
        items.append(type(items[0])(more) % {"count": formats.number(others, locale.formats)})
    return formats.join(items, locale.formats)


def _without_groups(groups: tuple[GroupRecord, ...]) -> bool:
    """Whether the page has no service groups."""
    return len(groups) == 1 and groups[0].name is None


FILTERS: Mapping[str, Callable[..., Any]] = {
    "headline": _headline,
    "plain_headline": _plain_headline,
    "first_names": _first_names,
    "without_groups": _without_groups,
}
