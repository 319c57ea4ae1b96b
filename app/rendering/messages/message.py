"""Rendering of messages: subject, plain text and HTML from templates, with card and documents.

Templates are in `templates/messages/<event>/`. Texts of staff are values in them, never templates.
"""

import re
import textwrap
from dataclasses import replace
from functools import lru_cache
from gettext import NullTranslations
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from jinja2 import Environment
from markupsafe import Markup

from app.domain.notifications.notice import Notice
from app.domain.page.listing import PageListing
from app.domain.page.pages import PageFacts
from app.domain.page.subscribing import SubscriptionSummary
from app.domain.records import MaintenanceRecord
from app.domain.texts.phrases import N_
from app.i18n.bidi import isolate
from app.i18n.languages import direction
from app.i18n.localization import Locale
from app.i18n.regional_formats import published_tag
from app.ports.channel import Card, Message
from app.rendering.messages.calendar_part import calendar_part
from app.rendering.messages.contents import Contents, MessageRecord, contents_of
from app.rendering.messages.documents import statuspage_document, webhook_document
from app.rendering.template_loader import translated_environment
from app.rendering.text.width import truncate

__all__ = ["message_environment", "render_message"]

LINK, UNSUBSCRIBE, ADDRESS, FOLLOWED = "\ue000", "\ue001", "\ue002", "\ue003"
_LONGEST_SUBJECT = 200
_COLUMNS = 72
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
# Gmail cuts a mail at 102 kB. The other 8 kB are for headers, personal links and a calendar.
_MOST_BYTES = 92_000
# How long each body of the message may be: the first length that fits is taken.
_LENGTHS = (None, 12_000, 5_000, 2_000, 800, 200, 0)

_INCIDENT_LINK = N_("View the incident")
_MAINTENANCE_LINK = N_("View the maintenance")
_PAGE_LINK = N_("View the page")
_FACT = N_("%(label)s: %(value)s")


def render_message(  # noqa: PLR0913  # each is another source of a message
    notice: Notice,
    page: PageFacts,
    record: MessageRecord | None,
    *,
    language: str,
    time_zone: str,
    base_url: str,
    listing: PageListing | None = None,
    subscription: SubscriptionSummary | None = None,
    catalogue: NullTranslations | None = None,
) -> Message:
    """The message of a notice in one language and time zone.

    `record` is the public record of the incident or the window, cut at the notice's update; None
    for an event about a subscription. A `language` that is not published is replaced by the
    default language of the page, and a `time_zone` that does not exist by its time zone. `listing`
    has what the calendar needs of a recurring maintenance, and the components of the page for the
    document in Statuspage's form; `subscription` what the subscriber gets whom the notice is about.
    Tests pass their own `catalogue`.
    """
    page = replace(page, base_url=base_url.rstrip("/"))
    is_published = published_tag(language, page.languages) is not None
    locale = Locale.for_reader(
        language if is_published else page.default_language,
        page.languages,
        default=page.default_language,
        zone=_zone(time_zone, page),
        catalogue=catalogue,
    )
    tag = locale.language
    for longest in _LENGTHS:
        contents = contents_of(
            notice, page, record, locale, longest=longest, subscription=subscription
        )
        title, text, html = _render(contents, locale, page.postal_address)
        if _encoded_size(text) + _encoded_size(html) <= _MOST_BYTES:
            break
    return Message(
        notice_id=notice.id,
        event=notice.event,
        thread=notice.thread,
        language=tag,
        is_right_to_left=direction(tag) == "rtl",
        title=title,
        text=text,
        html=html,
        card=_card(contents, title, locale),
        made_at=notice.made_at.isoformat(),
        calendar=_calendar(page, record, locale, listing),
        document=webhook_document(notice, page, record, locale, subscription),
        statuspage=statuspage_document(page, record, locale, listing),
        is_foreign=contents.is_foreign,
    )


@lru_cache(maxsize=64)
def message_environment(catalogue: NullTranslations, *, is_html: bool) -> Environment:
    """Environment of the message templates, translated by `catalogue`."""
    environment = translated_environment(catalogue, autoescape=is_html)
    environment.filters["wrap"] = _wrap
    return environment


def _render(contents: Contents, locale: Locale, postal_address: str | None) -> tuple[str, str, str]:
    """The subject, the plain text and the HTML."""
    folder = f"messages/{contents.event}"
    values = {
        "contents": contents,
        "page": contents.page_name,
        "postal_address": postal_address,
        "status": contents.status,
        "title": contents.title,
        "language": locale.language,
        "direction": direction(locale.language),
        "link": LINK,
        "unsubscribe": UNSUBSCRIBE,
        "address": ADDRESS,
        "isolated_address": isolate(ADDRESS, locale.language),
        "address_html": Markup("<bdi>{}</bdi>").format(ADDRESS),
        "followed": FOLLOWED,
        "followed_html": Markup("<bdi>{}</bdi>").format(FOLLOWED),
    }
    plain = message_environment(locale.catalogue, is_html=False)
    markup = message_environment(locale.catalogue, is_html=True)
    subject = plain.get_template(f"{folder}/subject.txt").render(values)
    title = truncate(_CONTROLS.sub(" ", subject), _LONGEST_SUBJECT)
    text = plain.get_template(f"{folder}/body.txt").render(values, headline=title)
    html = markup.get_template(f"{folder}/body.html").render(values, headline=title)
    return title, re.sub(r"\n{3,}", "\n\n", text).strip() + "\n", html


def _zone(name: str, page: PageFacts) -> ZoneInfo:
    try:
        return ZoneInfo(name or page.time_zone)
    # A zone may have been removed from the data of the system since somebody chose it.
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo(page.time_zone)


def _wrap(text: str) -> str:
    """A sentence of the templates in lines of at most 72 characters."""
    return textwrap.fill(
        " ".join(text.split()), _COLUMNS, break_long_words=False, break_on_hyphens=False
    )


def _encoded_size(text: str) -> int:
    """The bytes of the text as quoted-printable."""
    encoded = text.encode()
    escaped = len(encoded.translate(None, bytes(range(128)))) + encoded.count(b"=")
    return round((len(encoded) + 2 * escaped) * 1.05)


def _card(contents: Contents, headline: str, locale: Locale) -> Card:
    newest = contents.entries[0] if contents.entries else None
    link_text = _PAGE_LINK
    if contents.entries:
        is_incident = contents.event.startswith("incident.")
        link_text = _INCIDENT_LINK if is_incident else _MAINTENANCE_LINK
    line = locale.catalogue.gettext(_FACT)
    return Card(
        headline=headline,
        body="" if newest is None else newest.text,
        url=contents.url,
        link_text=locale.catalogue.gettext(link_text),
        page_name=contents.page_name,
        tone=contents.tone,
        note="" if newest is None else newest.note,
        facts=contents.facts,
        fact_lines=[line % {"label": label, "value": value} for label, value in contents.facts],
    )


def _calendar(
    page: PageFacts, record: MessageRecord | None, locale: Locale, listing: PageListing | None
) -> str | None:
    if not isinstance(record, MaintenanceRecord):
        return None
    return calendar_part(page, record, locale, listing)
