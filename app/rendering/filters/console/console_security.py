"""Filters for security events: what happened to the access of a user, in a sentence."""

from collections.abc import Callable, Mapping
from typing import Any

from jinja2 import pass_context
from jinja2.runtime import Context

from app.domain.security_events import SecurityEventKind
from app.domain.texts.phrases import N_
from app.i18n.localization import Locale

__all__ = ["EVENTS", "FILTERS"]

EVENTS: Mapping[SecurityEventKind, str] = {
    SecurityEventKind.NEW_DEVICE: N_("Sign-in from a new device"),
    SecurityEventKind.PASSWORD_CHANGED: N_("Password changed"),
    SecurityEventKind.ROLE_CHANGED: N_("Role changed"),
    SecurityEventKind.SECOND_FACTOR_ON: N_("Second factor switched on"),
    SecurityEventKind.SECOND_FACTOR_OFF: N_("Second factor switched off"),
    SecurityEventKind.RECOVERY_CODE_USED: N_("Recovery code used"),
    SecurityEventKind.PASSKEY_ADDED: N_("Passkey added"),
    SecurityEventKind.PASSKEY_REMOVED: N_("Passkey removed"),
    SecurityEventKind.LINK_CREATED: N_("Link to set a password created"),
    SecurityEventKind.IDENTITY_LINKED: N_("Single sign-on linked"),
    SecurityEventKind.IDENTITY_REMOVED: N_("Single sign-on unlinked"),
}


@pass_context
def _security_event(context: Context, kind: SecurityEventKind) -> str:
    """The name of an event."""
    locale: Locale = context["locale"]
    return locale.catalogue.gettext(EVENTS[kind])


FILTERS: Mapping[str, Callable[..., Any]] = {"security_event": _security_event}
