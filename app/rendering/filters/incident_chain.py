"""Template filter and picture for the chains that an incident was about."""

from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from app.domain.certificates.findings import Finding, Reason
from app.domain.certificates.forecast import Client
from app.domain.certificates.horizon import Break, BreakKind, Horizon
from app.domain.certificates.incident_chains import ShownChain
from app.domain.page.pages import ChainPage
from app.i18n import formats
from app.i18n.catalogues.client_names import client_name
from app.i18n.localization import Locale, format_params, format_sentence
from app.rendering.chain_picture import STYLE, Drawing, PictureTexts, draw
from app.rendering.text.markdown import time_element
from app.trust.change_texts import CHANGE_TEXTS

__all__ = ["FILTERS", "HEADERS", "picture"]

# Readable on a phone.
_WIDTH = 480
_HASH = b64encode(sha256(STYLE.encode()).digest()).decode()
# The picture opened as a document may use its own style and nothing else.
HEADERS = (("Content-Security-Policy", f"default-src 'none'; style-src 'sha256-{_HASH}'"),)


@dataclass(frozen=True, slots=True)
class PictureCaption:
    """Text beside a picture: title, size, content in sentences, changes since the failing chain.

    `alternative` are the sentences as plain text.
    """

    title: str
    width: int
    height: int
    alternative: str
    sentences: tuple[Markup, ...]
    changes: tuple[Markup, ...]


def picture(record: ChainPage, language: str) -> bytes:
    """Draw the picture as an SVG document."""
    page = record.page
    locale = Locale.for_reader(
        language,
        page.languages,
        default=page.default_language,
        zone=ZoneInfo(page.time_zone),
    )
    return _drawing(record.chain, _texts(record.chain, locale)).svg


@pass_context
def _caption(context: Context, chain: ShownChain) -> PictureCaption:
    locale: Locale = context["locale"]
    drawing = _drawing(chain, _texts(chain, locale))
    return PictureCaption(
        _title(chain, locale),
        drawing.width,
        drawing.height,
        formats.join_sentences(drawing.sentences),
        _sentences(chain, locale),
        tuple(_change(change, locale) for change in chain.changes),
    )


def _change(change: Finding, locale: Locale) -> Markup:
    """Return a difference with its times as `<time>` elements, which a script localises."""

    def instant(at: datetime) -> Markup:
        return time_element(at, formats.date_time(at, locale.formats, locale.zone))

    sentence = locale.catalogue.gettext(CHANGE_TEXTS[change.code])
    return escape(sentence) % format_params(change.params, locale, instant=instant)


def _sentences(chain: ShownChain, locale: Locale) -> tuple[Markup, ...]:
    """The sentences of the picture with their times as `<time>` elements."""

    def instant(at: datetime) -> Markup:
        return time_element(at, formats.date_time(at, locale.formats, locale.zone))

    texts = _texts(chain, locale)
    # Markup as format escapes its parameters, except those that are Markup themselves.
    marked = replace(
        texts,
        date=instant,
        valid=escape(texts.valid),
        seen=escape(texts.seen),
        broken=escape(texts.broken),
    )
    return tuple(map(Markup, _drawing(chain, marked).sentences))


def _drawing(chain: ShownChain, texts: PictureTexts) -> Drawing:
    at = chain.since if chain.phase == "failing" else chain.at
    breaks = [_horizon(client, chain) for client in chain.clients]
    return draw(chain.shown, breaks, at=at, texts=texts, width=_WIDTH)


def _texts(chain: ShownChain, locale: Locale) -> PictureTexts:
    gettext = locale.catalogue.gettext
    failing = chain.phase == "failing"
    return PictureTexts(
        title=_title(chain, locale),
        today=gettext("First failure") if failing else gettext("Recovery"),
        date=lambda at: formats.date_time(at, locale.formats, locale.zone),
        labels={client.id: _name(client, locale) for client in chain.clients},
        language=locale.language,
        valid=gettext("“%(name)s” is valid from %(starts)s to %(ends)s."),
        seen=(
            gettext("The failure was first seen on %(date)s.")
            if failing
            else gettext("The recovery was seen on %(date)s.")
        ),
        broken=gettext("These clients cannot connect from %(date)s: %(clients)s."),
    )


def _title(chain: ShownChain, locale: Locale) -> str:
    gettext = locale.catalogue.gettext
    if chain.phase == "failing":
        # Translators: “Failed” is: could not connect.
        sentence = gettext("The certificates that %(host)s served while clients failed")
    else:
        sentence = gettext("The certificates that %(host)s served after the recovery")
    return format_sentence(sentence, {"host": chain.host}, locale)


def _name(client: Client, locale: Locale) -> str:
    named = client_name(client.named, locale.language, default=locale.default)
    return formats.unbreakable(named)


def _horizon(client: Client, chain: ShownChain) -> Horizon:
    """Return when these clients stopped connecting; clients that connect have no break."""
    if client.reason is Reason.OK:
        return Horizon(client.id, client.tier, client.reason)
    met = Break(client.at or chain.since, client.reason, BreakKind.ROOT, chain.blamed_certificate)
    return Horizon(client.id, client.tier, client.reason, met, met)


FILTERS: Mapping[str, Callable[..., Any]] = {"chain_caption": _caption}
