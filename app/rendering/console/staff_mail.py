"""Mails to staff about their own access, in plain text and HTML."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from gettext import NullTranslations
from typing import Any

from markupsafe import Markup

from app.domain.page.pages import PageFacts
from app.domain.permissions import Role
from app.domain.security_events import SecurityEventKind
from app.domain.texts.phrases import N_
from app.i18n import formats
from app.i18n.bidi import isolate
from app.i18n.languages import CONSOLE_LANGUAGES, SOURCE, direction
from app.i18n.localization import Locale, localize
from app.rendering.console.pages import console_locale
from app.rendering.filters.console.console import ROLES, browser_name
from app.rendering.filters.console.console_security import EVENTS
from app.rendering.messages.message import message_environment

__all__ = ["RenderedMail", "event_mail", "link_mail"]

_SUBJECT = N_("%(event)s · %(page)s")
_ABOUT = N_("This is about your account %(email)s in the console of %(page)s.")
_FROM = N_("From %(address)s")
_BY = N_("By %(name)s")
_NOT_YOU = N_(
    "If neither you nor an admin did this, somebody else has access to your account. Change your "
    "password and end your other sessions:"
)
_LINK_EVENT = N_("Set a new password")
_LINK = N_(
    "Somebody requested a link to set a new password for %(email)s. It works once, within an hour:"
)
_LINK_IGNORE = N_("If you did not request it, ignore this mail. Your password stays as it is.")

_HTML = Markup(
    """<!DOCTYPE html>
<html lang="{language}" dir="{direction}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>{title}</title>
<style>:root {{ color-scheme: light dark; }}
@media (prefers-color-scheme: dark) {{
body {{ background: #0d1117 !important; color: #e6edf3 !important; }}
a {{ color: #58a6ff !important; }} }}{logo_style}</style></head>
<body style="margin:0;padding:24px 16px;max-width:600px;background:#ffffff;color:#1f2328;\
font:16px/24px -apple-system,'Segoe UI',Roboto,Arial,sans-serif;overflow-wrap:anywhere">
{logo}{paragraphs}
</body></html>
"""
)


@dataclass(frozen=True, slots=True)
class RenderedMail:
    """A mail in one language, without its headers but the subject."""

    subject: str
    text: str
    html: str
    language: str
    page_name: str


def event_mail(  # noqa: PLR0913  # each is another part of the mail
    page: PageFacts,
    kind: SecurityEventKind,
    at: datetime,
    data: Mapping[str, str],
    *,
    email: str,
    language: str | None,
    catalogue: NullTranslations | None = None,
) -> RenderedMail:
    """The mail to the user `email` about an event. Tests pass their own `catalogue`."""
    locale = _locale(page, language, catalogue)
    word = locale.catalogue.gettext
    event = word(EVENTS[kind])
    facts = [event, formats.date_time(at, locale.language, locale.zone)]
    if data.get("name"):
        facts.append(data["name"])
    if data.get("role") in set(Role):
        facts.append(word(ROLES[Role(data["role"])]))
    if data.get("user_agent"):
        facts.append(browser_name(data["user_agent"], locale.catalogue))
    if data.get("address"):
        facts.append(word(_FROM) % {"address": isolate(data["address"], locale.language)})
    if data.get("by"):
        facts.append(word(_BY) % {"name": isolate(data["by"], locale.language)})
    name = _page_name(page, locale)
    about = word(_ABOUT) % {"email": isolate(email, locale.language), "page": name}
    account = f"{page.base_url}/console/account"
    return _mail(locale, page, event, [about, *facts], [word(_NOT_YOU), account])


def link_mail(
    page: PageFacts,
    secret: str,
    *,
    email: str,
    language: str | None,
    catalogue: NullTranslations | None = None,
) -> RenderedMail:
    """The mail with the link for setting a new password; `secret` is its last part."""
    locale = _locale(page, language, catalogue)
    word = locale.catalogue.gettext
    sentence = word(_LINK) % {"email": isolate(email, locale.language)}
    link = f"{page.base_url}/console/invitation/{secret}"
    return _mail(locale, page, word(_LINK_EVENT), [sentence, link], [word(_LINK_IGNORE)])


def _mail(locale: Locale, page: PageFacts, event: str, *paragraphs: Sequence[str]) -> RenderedMail:
    page_name = _page_name(page, locale)
    subject = locale.catalogue.gettext(_SUBJECT) % {"event": event, "page": page_name}
    text = "\n\n".join("\n".join(each) for each in paragraphs) + "\n"
    html = _HTML.format(
        language=locale.language,
        direction=direction(locale.language),
        title=subject,
        **_logo(page, locale, page_name),
        paragraphs=Markup("\n").join(_paragraph(each) for each in paragraphs),
    )
    return RenderedMail(subject, text, str(html), locale.language, page_name)


def _logo(page: PageFacts, locale: Locale, page_name: str) -> Mapping[str, Markup]:
    """The logo at the top, and its style; empty where mails show none."""
    logo = None if page.logo is None else page.logo.for_mail
    if logo is None:
        return {"logo": Markup(), "logo_style": Markup()}
    environment = message_environment(locale.catalogue, is_html=True)
    macros: Any = environment.get_template("messages/_logo.html").module
    return {
        "logo": Markup("<p>{}</p>\n").format(macros.name(logo, page_name)),
        "logo_style": macros.style(),
    }


def _paragraph(lines: Sequence[str]) -> Markup:
    return Markup("<p>{}</p>").format(Markup("<br>\n").join(_line(each) for each in lines))


def _line(text: str) -> Markup:
    if text.startswith(("https://", "http://")):
        return Markup('<a href="{}" style="color:#0858b8">{}</a>').format(text, text)
    return Markup("{}").format(text)


def _locale(page: PageFacts, language: str | None, catalogue: NullTranslations | None) -> Locale:
    wanted = language or page.default_language
    tag = wanted if wanted in CONSOLE_LANGUAGES else SOURCE
    return console_locale(page, tag, catalogue=catalogue)


def _page_name(page: PageFacts, locale: Locale) -> str:
    return localize(page.name, locale).text
