"""What templates of the console may ask of a value besides what public pages ask."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from app.domain.localized import LocalizedText
from app.domain.occurrences import stamp_of
from app.domain.pages import MaintenanceRecord
from app.domain.permissions import Role
from app.domain.phrases import N_
from app.i18n.languages import direction, native_name
from app.i18n.wording import Voice

__all__ = ["FILTERS", "ROLES", "described"]

ROLES: Mapping[Role, str] = {
    Role.VIEWER: N_("Viewer: may look at everything"),
    Role.EDITOR: N_("Editor: may post and edit"),
    Role.ADMIN: N_("Admin: may do everything"),
}

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


def _voice(context: Context) -> Voice:
    voice: Voice = context["voice"]
    return voice


@pass_context
def _role(context: Context, role: Role) -> str:
    return _voice(context).catalogue.gettext(ROLES[role])


@pass_context
def _browser(context: Context, user_agent: str) -> str:
    """A browser as its owner would call it."""
    word = _voice(context).catalogue.gettext
    browser = next((name for sign, name in _BROWSERS if sign in user_agent), None)
    system = next((name for sign, name in _SYSTEMS if sign in user_agent), None)
    if browser is None:
        return word(_UNKNOWN_BROWSER)
    if system is None:
        return browser
    return word(_BROWSER_ON) % {"browser": browser, "system": system}


def _stamp_name(window: MaintenanceRecord) -> str:
    """What a window is called in addresses; nothing where it is the only one."""
    return "" if window.recurs_at is None else stamp_of(window.recurs_at)


def _lacks(text: LocalizedText, languages: Iterable[str]) -> list[str]:
    """The languages in which a text is missing."""
    return [tag for tag in languages if tag not in text.translations]


def described(name: str, problem: str | None, hint: str) -> Markup:
    """The attributes of a field that tell what is wrong with it and what to write there."""
    told = [f"{name}-problem"] if problem else []
    told += [f"{name}-hint"] if hint else []
    said = Markup(' aria-invalid="true"') if problem else Markup("")
    return said + (Markup(' aria-describedby="{}"').format(" ".join(told)) if told else "")


FILTERS: Mapping[str, Callable[..., Any]] = {
    "browser": _browser,
    "lacks": _lacks,
    "native": native_name,
    "role": _role,
    "stamp_name": _stamp_name,
    "written": direction,
}
