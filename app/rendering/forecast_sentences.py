"""Sentences about forecasts, advice and changes of chains, in one language."""

from datetime import datetime

from markupsafe import Markup, escape

from app.domain.certificates.findings import Finding, Reason
from app.domain.certificates.forecast import Forecast, ForecastAdvice
from app.domain.texts.phrases import Param
from app.i18n import formats
from app.i18n.localization import Locale, format_params, format_sentence
from app.rendering.text.markdown import time_element
from app.trust.advice import ADVICE_TEXTS
from app.trust.change_texts import CHANGE_TEXTS

__all__ = ["advice_text", "change_text", "forecast_html", "forecast_text"]


def forecast_text(forecast: Forecast, locale: Locale, *, now: datetime) -> str:
    """Return two sentences: what will happen when, and which clients it concerns."""
    parts = _sentences(forecast, locale, now=now)
    return formats.join_sentences(
        [format_sentence(sentence, params, locale) for sentence, params in parts]
    )


def forecast_html(forecast: Forecast, locale: Locale, *, now: datetime) -> Markup:
    """Return the sentences of `forecast_text`, with the time in an element for the script."""

    def instant(at: datetime) -> Markup:
        return time_element(at, formats.date_time(at, locale.formats, locale.zone))

    html = formats.join_sentences(
        [
            escape(sentence) % format_params(params, locale, instant=instant)
            for sentence, params in _sentences(forecast, locale, now=now)
        ]
    )
    return escape(html)


def _sentences(
    forecast: Forecast, locale: Locale, *, now: datetime
) -> list[tuple[str, dict[str, Param]]]:
    """Return each translated sentence with its parameters."""
    count = len(forecast.clients)
    ngettext = locale.catalogue.ngettext
    if forecast.reason is Reason.EXPIRED:
        # Translators: A client is a program, not a customer.
        sentence = ngettext(
            "%(count)s client profile will stop trusting %(host)s %(when)s: “%(subject)s” ends on "
            "%(date)s.",
            "%(count)s client profiles will stop trusting %(host)s %(when)s: “%(subject)s” ends "
            "on %(date)s.",
            count,
        )
    elif forecast.reason is Reason.DISTRUSTED:
        # Translators: A client is a program, not a customer.
        sentence = ngettext(
            "%(count)s client profile will stop trusting %(host)s %(when)s: its maker no longer "
            "trusts the root “%(subject)s” from %(date)s.",
            "%(count)s client profiles will stop trusting %(host)s %(when)s: their makers no "
            "longer trust the root “%(subject)s” from %(date)s.",
            count,
        )
    else:
        # Translators: A client is a program, not a customer.
        sentence = ngettext(
            "%(count)s client profile will stop trusting %(host)s %(when)s: from %(date)s it no "
            "longer finds a path from the chain to a root.",
            "%(count)s client profiles will stop trusting %(host)s %(when)s: from %(date)s they "
            "no longer find a path from the chain to a root.",
            count,
        )
    left = round((forecast.at - now).total_seconds())
    params: dict[str, Param] = {
        "count": count,
        "host": forecast.host,
        "when": formats.time_until(left, locale.formats),
        "subject": forecast.subject,
        "date": forecast.at,
    }
    whom = locale.catalogue.gettext("Affected clients: %(clients)s.")
    clients = tuple(client.named for client in forecast.clients)
    return [(sentence, params), (whom, {"clients": clients})]


def advice_text(help_: ForecastAdvice, host: str, locale: Locale) -> str:
    """Return what would help, with the clients gained and lost by it."""
    params: dict[str, Param] = {
        "host": host,
        "subject": help_.subject,
        "issuer": help_.issuer,
        "gained": tuple(client.named for client in help_.gained),
        "lost": tuple(client.named for client in help_.lost),
    }
    return format_sentence(locale.catalogue.gettext(ADVICE_TEXTS[help_.code]), params, locale)


def change_text(change: Finding, locale: Locale) -> str:
    """Return the sentence of one difference between two chains."""
    return format_sentence(
        locale.catalogue.gettext(CHANGE_TEXTS[change.code]), change.params, locale
    )
