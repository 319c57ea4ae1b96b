"""Screen of the page settings: name, time zone, languages, publication, appearance."""

from collections.abc import Mapping
from zoneinfo import available_timezones

from fastapi import APIRouter, Response

from app.domain.errors import InvalidError
from app.domain.page.appearance import MOST_LINKS, PageLink, check_url
from app.domain.texts.phrases import N_
from app.rendering.console.pages import texts_of
from app.usecases.context import Ctx
from app.usecases.page import settings
from app.usecases.page.settings import PageChange, PageSettings
from app.web.console.kit.forms.forms import Form, SubmittedForm
from app.web.console.kit.forms.translations import changed_text, outdated
from app.web.console.kit.staff_request import Admin, StaffRequest
from app.web.console.page.languages import (
    chosen_languages,
    language_options,
    subscribers_by_language,
    unserved_readers,
)

__all__ = ["router"]

router = APIRouter(prefix="/page")

_HERE = "/console/page"
_SAVED = N_("Saved. Visitors see it now.")
_MAX_DIGITS = 6
# Rows of the form, which has more where the API has set more links.
_LINK_ROWS = 5


@router.get("")
def settings_page(request: Admin) -> Response:
    """The form with the current settings."""
    now = settings.page_settings(request.ctx)
    filled = Form.filled(
        {
            "name": texts_of(now.name),
            "time_zone": now.time_zone,
            "languages": now.languages,
            "default_language": now.default_language,
            "undo_seconds": str(now.undo_seconds),
            "reminder_minutes": str(now.reminder_minutes),
            "announce_minutes": str(now.announce_minutes),
            "postal_address": now.postal_address or "",
            "four_eyes": ["on"] if now.four_eyes else [],
            "four_eyes_automation": ["on"] if now.four_eyes_automation else [],
            "former_texts_public": ["on"] if now.former_texts_public else [],
            "show_notified": ["on"] if now.show_notified else [],
            "accent_light": now.accent_light or "",
            "accent_dark": now.accent_dark or "",
            **_link_fields(now),
        }
    )
    return _page(request, filled, now)


@router.post("")
def save(request: Admin, form: SubmittedForm) -> Response:
    """Save the settings."""

    def act(ctx: Ctx) -> str:
        settings.edit_page(ctx, _change(request, form, settings.page_settings(ctx)))
        return _HERE

    def again() -> Response:
        return _page(request, form, settings.page_settings(request.ctx))

    return request.write(form, act, again=again, notice=request.translate(_SAVED))


def _change(request: StaffRequest, form: Form, now: PageSettings) -> PageChange:
    return PageChange(
        name=changed_text(request, form, "name", now.name, one_line=True),
        time_zone=form.text("time_zone").strip(),
        languages=chosen_languages(form, now.languages),
        default_language=form.text("default_language"),
        undo_seconds=_number(form, "undo_seconds"),
        reminder_minutes=_number(form, "reminder_minutes"),
        announce_minutes=_number(form, "announce_minutes"),
        postal_address=form.text("postal_address"),
        four_eyes=form.has("four_eyes"),
        four_eyes_automation=form.has("four_eyes_automation"),
        former_texts_public=form.has("former_texts_public"),
        show_notified=form.has("show_notified"),
        accent_light=form.text("accent_light").strip(),
        accent_dark=form.text("accent_dark").strip(),
        links=_links(request, form),
    )


def _link_fields(now: PageSettings) -> dict[str, str | Mapping[str, str]]:
    filled: dict[str, str | Mapping[str, str]] = {}
    for number, link in enumerate(now.links, start=1):
        filled[f"link{number}"] = texts_of(link.name)
        filled[f"url{number}"] = link.url
    return filled


def _links(request: StaffRequest, form: Form) -> list[PageLink]:
    """The links that have a name or a URL. Raises InvalidError for a link without one of them."""
    found = []
    for number in range(1, MOST_LINKS + 1):
        url = form.text(f"url{number}")
        if url.strip() or form.texts(f"link{number}"):
            name = request.line(form, f"link{number}")
            found.append(PageLink(name, check_url(url, field=f"url{number}")))
    return found


def _number(form: Form, name: str) -> int:
    text = form.text(name).strip()
    if not (text.isascii() and text.isdecimal() and len(text) <= _MAX_DIGITS):
        raise InvalidError("Give a whole number.", code="not_a_number", field=name)
    return int(text)


def _page(request: StaffRequest, form: Form, now: PageSettings) -> Response:
    counts = subscribers_by_language(request.ctx)
    chosen, others = language_options(form, request.chrome.language, counts)
    return request.page(
        "page",
        form=form,
        most_links=max(_LINK_ROWS, len(now.links)),
        zones=sorted(available_timezones()),
        chosen=chosen,
        others=others,
        unserved=unserved_readers(counts, now.languages),
        stale_name=outdated(now.name),
    )
