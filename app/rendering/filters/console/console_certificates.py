"""Template filters for certificates in the console: states, reasons, breaks, pictures."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from app.domain.certificates.findings import CertificateFacts, Finding, Reason, Stage
from app.domain.certificates.forecast import Client, Forecast, ForecastAdvice
from app.domain.certificates.horizon import BreakKind, Horizon
from app.domain.texts.localized_text import LocalizedText
from app.domain.texts.phrases import N_
from app.i18n import formats
from app.i18n.catalogues.client_names import client_name, named_in
from app.i18n.localization import Locale, format_params, format_sentence
from app.rendering.chain_picture import Drawing, PictureTexts, draw
from app.rendering.forecast_sentences import advice_text, forecast_html
from app.rendering.text.markdown import time_element
from app.trust.change_texts import CHANGE_TEXTS
from app.trust.checks import FINDING_TEXTS

__all__ = ["FILTERS", "REASONS", "drawing"]

# Readable on a phone.
_WIDTH = 480
_STATES: Mapping[str, tuple[str, str]] = {
    "ok": ("operational", N_("All clients connect")),
    "warning": ("degraded_performance", N_("Check failed")),
    "failing": ("major_outage", N_("Some clients cannot connect")),
    "unknown": ("unknown", N_("Unknown")),
    "paused": ("unknown", N_("Paused")),
}
REASONS: Mapping[Reason, str] = {
    Reason.OK: N_("Connects"),
    Reason.EXPIRED: N_("A certificate has expired"),
    Reason.NOT_YET_VALID: N_("A certificate is not valid yet"),
    Reason.HOST_MISMATCH: N_("The certificate is for another name"),
    Reason.ISSUER_UNKNOWN: N_("The issuer is not known"),
    Reason.MISSING_INTERMEDIATE: N_("An intermediate certificate is missing"),
    Reason.SELF_SIGNED: N_("The certificate is self-signed and not trusted"),
    Reason.BAD_SIGNATURE: N_("A signature is wrong"),
    Reason.SIGNATURE_UNVERIFIABLE: N_("A signature could not be verified"),
    Reason.MALFORMED: N_("A certificate cannot be read"),
    Reason.NO_CERTIFICATE: N_("No certificate is served"),
    Reason.NOT_AN_AUTHORITY: N_("An issuer is not a certificate authority"),
    Reason.PATH_TOO_LONG: N_("The chain is longer than its issuers allow"),
    Reason.NAME_NOT_PERMITTED: N_("An issuer is not permitted to issue for this name"),
    Reason.WRONG_PURPOSE: N_("A certificate is not meant for servers"),
    Reason.UNKNOWN_EXTENSION: N_("A certificate has a critical extension that clients do not know"),
    Reason.UNSUPPORTED_KEY: N_("These clients do not support this type of key"),
    Reason.NOT_CONFORMING: N_("A certificate does not conform to the rules"),
    Reason.WEAK_KEY: N_("A key is too short"),
    Reason.WEAK_SIGNATURE: N_("A certificate is signed with a weak method"),
    Reason.VALID_TOO_LONG: N_("A certificate is valid for too long"),
    Reason.DISTRUSTED: N_("The root is no longer trusted"),
}
# By the stage of a failed probe; a refusal is a matter of configuration.
_FAILURES: Mapping[str, str] = {
    Stage.REFUSED: N_(
        "The address of this host is not public, so Fyr may not connect to it. To allow it, name "
        "its network in FYR_ALLOWED_NETWORKS and restart Fyr."
    ),
    Stage.DNS: N_("The last check failed: the name of the host could not be resolved."),
    Stage.CONNECT: N_("The last check failed: no connection could be made."),
    Stage.STARTTLS: N_("The last check failed: the server did not begin TLS (STARTTLS)."),
    Stage.HANDSHAKE: N_("The last check failed: the TLS handshake was not completed."),
    Stage.TIMEOUT: N_("The last check failed: the host did not answer in time."),
}
_FAILED = N_("The last check failed.")
_ENDINGS: Mapping[BreakKind, str] = {
    BreakKind.LEAF: N_("Renew the certificate before that."),
    BreakKind.INTERMEDIATE: N_(
        "The authority must replace its intermediate certificate before then."
    ),
    BreakKind.CROSS_SIGN: N_("The cross-sign expires and is not renewed."),
    BreakKind.ROOT: N_("The root expires and is not renewed."),
    BreakKind.PROGRAMME: N_("The root is removed from the trust store of these clients."),
}


@dataclass(frozen=True, slots=True)
class State:
    """Icon and text of a target's state."""

    icon: str
    words: str


def drawing(
    chain: Sequence[CertificateFacts],
    clients: Sequence[tuple[Client, Horizon]],
    at: datetime,
    host: str,
    locale: Locale,
) -> Drawing:
    """Draw the chain as bars on a time line, with the present and the breaks of each profile."""
    gettext = locale.catalogue.gettext
    texts = PictureTexts(
        title=format_sentence(
            gettext(N_("The certificates that %(host)s serves")), {"host": host}, locale
        ),
        today=gettext(N_("Today")),
        date=lambda each: formats.date_time(each, locale.formats, locale.zone),
        labels={client.id: _name(client, locale) for client, _ in clients},
        language=locale.language,
        valid=gettext(N_("“%(name)s” is valid from %(starts)s to %(ends)s.")),
        seen=gettext(N_("Today is %(date)s.")),
        broken=gettext(N_("These clients cannot connect from %(date)s: %(clients)s.")),
    )
    breaks = [horizon for _, horizon in clients]
    return draw(chain, breaks, at=at, texts=texts, width=_WIDTH, has_next=True)


def _name(client: Client, locale: Locale) -> str:
    return client_name(client.named, locale.language, default=locale.default)


def _locale(context: Context) -> Locale:
    locale: Locale = context["locale"]
    return locale


@pass_context
def _client(context: Context, named: LocalizedText) -> LocalizedText:
    """The name of a client, for `inline` or `names`."""
    locale = _locale(context)
    return named_in(named, locale.language, default=locale.default)


@pass_context
def _state(context: Context, state: str) -> State:
    icon, words = _STATES[state]
    return State(icon, _locale(context).catalogue.gettext(words))


@pass_context
def _reason(context: Context, reason: Reason) -> str:
    return _locale(context).catalogue.gettext(REASONS[reason])


@pass_context
def _ending(context: Context, kind: BreakKind) -> str:
    return _locale(context).catalogue.gettext(_ENDINGS[kind])


def _sentence_filter(texts: Mapping[str, str]) -> Callable[..., Markup]:
    @pass_context
    def render(context: Context, finding: Finding) -> Markup:
        """The sentence; its times are put into the reader's zone by the script."""
        locale = _locale(context)

        def instant(at: datetime) -> Markup:
            return time_element(at, formats.date_time(at, locale.formats, locale.zone))

        sentence = locale.catalogue.gettext(texts[finding.code])
        return escape(sentence) % format_params(finding.params, locale, instant=instant)

    return render


@pass_context
def _forecast(context: Context, forecast: Forecast) -> Markup:
    return forecast_html(forecast, _locale(context), now=context["page"].now)


@pass_context
def _advice(context: Context, help_: ForecastAdvice, host: str) -> str:
    return advice_text(help_, host, _locale(context))


@pass_context
def _failure(context: Context, failure: str) -> str:
    """A failed probe in a sentence; `failure` is `STAGE:CODE`."""
    sentence = _FAILURES.get(failure.partition(":")[0], _FAILED)
    return _locale(context).catalogue.gettext(sentence)


FILTERS: Mapping[str, Callable[..., Any]] = {
    "advice": _advice,
    "chain_change": _sentence_filter(CHANGE_TEXTS),
    "client": _client,
    "ending": _ending,
    "finding": _sentence_filter(FINDING_TEXTS),
    "forecast": _forecast,
    "probe_failure": _failure,
    "reason": _reason,
    "target_state": _state,
}
