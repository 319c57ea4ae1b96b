"""Jinja filters of the console, added to those of public pages."""

from collections.abc import Callable, Iterable, Mapping
from gettext import NullTranslations
from typing import Any

from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from app.domain.maintenances.occurrences import occurrence_id
from app.domain.ownership import ActorKind
from app.domain.permissions import Role
from app.domain.records import MaintenanceRecord
from app.domain.statuses import Impact, IncidentStatus
from app.domain.texts.localized_text import LocalizedText
from app.domain.texts.phrases import N_, Text
from app.domain.texts.text_origin import OriginKind, TextOrigin
from app.i18n.languages import direction, native_name
from app.i18n.localization import Locale
from app.rendering.filters.console.console_field_labels import FIELD_LABELS
from app.rendering.filters.console.console_translation_failures import TRANSLATION_FAILURES

__all__ = ["ACTIONS", "FILTERS", "ROLES", "browser_name", "described"]

ROLES: Mapping[Role, str] = {
    Role.VIEWER: N_("Viewer: read-only"),
    Role.EDITOR: N_("Editor: post and edit"),
    Role.ADMIN: N_("Admin: all permissions"),
}

# Actions in the timeline of an incident; an action without a name is shown by its code.
ACTIONS: Mapping[str, str] = {
    "incident.delete": N_("Deleted"),
    "incident.edit": N_("Title, impact or start changed"),
    "incident.hand_back": N_("Handed back to automation"),
    "incident.publish": N_("Published"),
    "incident.take_over": N_("Taken over by staff"),
    "postmortem.put": N_("Postmortem saved for staff"),
    "update.edit": N_("Update edited"),
    "update.remove": N_("Update removed"),
}
_PUBLISHED = N_("Postmortem published")

_IMPACTS: Mapping[Impact, str] = {
    Impact.NONE: N_("No impact"),
    Impact.MINOR: N_("Minor impact"),
    Impact.MAJOR: N_("Major impact"),
    Impact.CRITICAL: N_("Critical impact"),
}
_TRANSLATION_STATES: Mapping[str, str] = {
    "missing": N_("missing"),
    "current": N_("written"),
    "outdated": N_("outdated"),
}
_MEANING: Mapping[IncidentStatus, str] = {
    IncidentStatus.INVESTIGATING: N_("We are looking for the cause."),
    IncidentStatus.IDENTIFIED: N_("The cause is known; we are working on a fix."),
    IncidentStatus.MONITORING: N_("A fix is in place; we are monitoring it."),
    IncidentStatus.RESOLVED: N_("The incident is over."),
}
_ORIGINS: Mapping[OriginKind, str] = {
    OriginKind.PERSON: N_("written by %(name)s"),
    OriginKind.PROGRAM: N_("sent by the token %(name)s"),
    OriginKind.STANDARD_SENTENCE: N_("standard sentence"),
    OriginKind.IMPORT: N_("imported"),
}
_MACHINE_UNREAD = N_("translated by %(provider)s, not yet read")
_MACHINE_READ = N_("translated by %(provider)s, read by %(reader)s")
_UNKNOWN_ORIGIN = N_("author not recorded")
# Names of translation providers, by kind.
PROVIDER_NAMES: Mapping[str, str] = {"deepl": "DeepL", "libretranslate": "LibreTranslate"}
_STAFF, _AUTOMATION = N_("Staff"), N_("Automation")
_NAMED_TOKEN = N_("Token %(name)s")
_NAMED_AUTOMATION = N_("Automation (%(name)s)")

_BROWSERS = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)
_UNKNOWN_BROWSER = N_("Unknown browser")
_BROWSER_ON = N_("%(browser)s on %(system)s")


def _locale(context: Context) -> Locale:
    locale: Locale = context["locale"]
    return locale


@pass_context
def _role(context: Context, role: Role) -> str:
    return _locale(context).catalogue.gettext(ROLES[role])


@pass_context
def _browser(context: Context, user_agent: str) -> str:
    return browser_name(user_agent, _locale(context).catalogue)


def browser_name(user_agent: str, catalogue: NullTranslations) -> str:
    """The name of a browser and its system by its user agent."""
    word = catalogue.gettext
    browser = next((name for sign, name in _BROWSERS if sign in user_agent), None)
    system = next((name for sign, name in _SYSTEMS if sign in user_agent), None)
    if browser is None:
        return word(_UNKNOWN_BROWSER)
    if system is None:
        return browser
    return word(_BROWSER_ON) % {"browser": browser, "system": system}


def _stamp_name(window: MaintenanceRecord) -> str:
    """The id of a window in URLs; empty for a maintenance with a single window."""
    return "" if window.recurs_at is None else occurrence_id(window.recurs_at)


@pass_context
def _done(context: Context, action: str, published: bool) -> str:  # noqa: FBT001  # a filter
    """The name of an action in the timeline, or its code."""
    name = _PUBLISHED if action == "postmortem.put" and published else ACTIONS.get(action)
    return action if name is None else _locale(context).catalogue.gettext(name)


@pass_context
def _actor(context: Context, kind: ActorKind, name: str | None) -> str:
    """The name of an actor; without one, whether it was staff or automation."""
    word = _locale(context).catalogue.gettext
    if name is None:
        return word(_AUTOMATION if kind.is_automation else _STAFF)
    if kind.is_automation:
        return word(_NAMED_AUTOMATION) % {"name": name}
    return word(_NAMED_TOKEN) % {"name": name} if kind is ActorKind.TOKEN else name


def _translated_from(words: Mapping[Any, str]) -> Callable[..., str]:
    @pass_context
    def filter_(context: Context, value: object) -> str:
        return _locale(context).catalogue.gettext(words[value])

    return filter_


def _missing(text: Text, languages: Iterable[str]) -> list[str]:
    """The languages in which a text of staff is missing."""
    return text.missing(languages) if isinstance(text, LocalizedText) else []


def _outdated(text: Text) -> list[str]:
    """The languages in which a text of staff is older than its source."""
    return text.outdated if isinstance(text, LocalizedText) else []


@pass_context
def _translation_failure(context: Context, code: str) -> str:
    """Why a machine did not translate."""
    message = TRANSLATION_FAILURES.get(code, TRANSLATION_FAILURES["provider_failed"])
    return _locale(context).catalogue.gettext(message)


@pass_context
def _origin(context: Context, origin: TextOrigin | None) -> str:
    """Who made a text, in words."""
    word = _locale(context).catalogue.gettext
    if origin is None:
        return word(_UNKNOWN_ORIGIN)
    if origin.kind is OriginKind.MACHINE:
        sentence = _MACHINE_UNREAD if origin.read_by is None else _MACHINE_READ
        provider = PROVIDER_NAMES.get(origin.by, origin.by)
        return word(sentence) % {"provider": provider, "reader": origin.read_by or ""}
    return word(_ORIGINS[origin.kind]) % {"name": origin.by}


def described(name: str, problem: str | None, hint: str) -> Markup:
    """The ARIA attributes of a field that refer to its error message and its hint."""
    ids = [f"{name}-problem"] if problem else []
    ids += [f"{name}-hint"] if hint else []
    invalid = Markup(' aria-invalid="true"') if problem else Markup("")
    return invalid + (Markup(' aria-describedby="{}"').format(" ".join(ids)) if ids else "")


@pass_context
def _field_label(context: Context, name: str) -> str:
    """The label of a form field; "" for a field that its error message names."""
    label = FIELD_LABELS.get(name)
    return "" if label is None else _locale(context).catalogue.gettext(label)


FILTERS: Mapping[str, Callable[..., Any]] = {
    "actor": _actor,
    "browser": _browser,
    "done": _done,
    "field_label": _field_label,
    "impact": _translated_from(_IMPACTS),
    "missing": _missing,
    "meaning": _translated_from(_MEANING),
    "native": native_name,
    "origin": _origin,
    "role": _role,
    "stamp_name": _stamp_name,
    "outdated": _outdated,
    "translation_failure": _translation_failure,
    "translation_state": _translated_from(_TRANSLATION_STATES),
    "written": direction,
}
