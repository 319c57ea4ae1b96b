"""What a browser sends to each POST route of the console, so that the request succeeds."""

from collections.abc import Mapping, Sequence
from typing import Any

from lxml import html

from tests.console import PASSWORD, Staff
from tests.web.console.screens import Addresses

__all__ = ["FIELDS", "REFUSED", "SHOWN", "submission"]

Fields = Mapping[str, str | Sequence[str]]

_MAINTENANCE = "/console/maintenances/{maintenance_id}"
_INCIDENT = "/console/incidents/{incident_id}"
_WINDOW = {"starts_at": "2026-03-15T02:00", "ends_at": "2026-03-15T04:00"}
# The button of the screen that asks before a change which visitors notice.
_CONFIRMED = {"confirmed": "yes"}

# Fields that are typed before the form is sent; all others are sent as the screen shows them.
FIELDS: Mapping[str, Fields] = {
    "/console/certificates": {"host": "shop.example.com"},
    "/console/incidents/new": {"title:en": "Cards fail", "body:en": "We are looking."},
    f"{_INCIDENT}/delete": {"title": "Cards are refused"},
    f"{_INCIDENT}/notes": {"body": "The vendor has a ticket."},
    f"{_INCIDENT}/notes/{{note_id}}/delete": _CONFIRMED,
    f"{_INCIDENT}/postmortem": {"body:en": "A line was down."},
    f"{_INCIDENT}/update": {"body:en": "A line is down."},
    "/console/maintenances/new": {
        **_WINDOW,
        **{"title:en": "Upgrade", "body:en": "It may be slow.", "services": ["cards"]},
    },
    "/console/languages/machine": {"kind": "libretranslate", "url": "https://t.example.com"},
    "/console/languages/machine/terms": {"forms": "en: delay"},
    f"{_INCIDENT}/dismiss": _CONFIRMED,
    f"{_MAINTENANCE}/cancel": _CONFIRMED,
    f"{_MAINTENANCE}/finish": _CONFIRMED,
    f"{_MAINTENANCE}/move": {"occurrence": "", "minutes": "30", **_CONFIRMED},
    f"{_MAINTENANCE}/reinstate": _CONFIRMED,
    f"{_MAINTENANCE}/windows/{{occurrence}}/cancel": _CONFIRMED,
    f"{_MAINTENANCE}/windows/{{occurrence}}/reinstate": _CONFIRMED,
    f"{_MAINTENANCE}/update": {"status": "in_progress", "body:en": "It goes on."},
    "/console/deliveries/repeat-all": {"notice": "noticenotice", "state": "dead", **_CONFIRMED},
    "/console/deliveries/give-up-all": {"notice": "noticenotice", **_CONFIRMED},
    "/console/rooms/channels/{kind}": {"is_enabled": "on"},
    "/console/rooms/new/{kind}": {
        "name": "Operations",
        "values.url": "https://hooks.slack.com/services/T0/B0/x",
    },
    "/console/rooms/{room_id}/delete": _CONFIRMED,
    "/console/subscribers": {"address": "eve@example.net"},
    "/console/subscribers/search": {"address": "vera@example.net"},
    "/console/subscribers/suppressions/lift": {"address": "gone@example.net"},
    "/console/subscribers/{subscriber_id}/erase": _CONFIRMED,
    # An address that the server does not read: the import fails, and is listed.
    "/console/page/import": {"kind": "fyr", "address": "https://127.0.0.1"},
    "/console/page/logo/remove": {"scheme": "light", **_CONFIRMED},
    "/console/replies/new": {"name": "Spare", "body:en": "We look."},
    "/console/routes": {"services": ["cards"]},
    "/console/services/groups/new": {"name:en": "Back office"},
    "/console/services/new": {"slug": "mail", "name:en": "Mail"},
    "/console/services/groups/{slug}/remove": _CONFIRMED,
    "/console/services/{slug}/archive": _CONFIRMED,
    "/console/services/{slug}/restore": _CONFIRMED,
    "/console/services/{slug}/aliases": {"alias": "tills"},
    "/console/services/{slug}/aliases/remove": {"name": "checkout"},
    "/console/sources/new/{kind}": {"name": "More scripts"},
    "/console/templates/{template_id}/delete": _CONFIRMED,
    "/console/tokens": {"name": "backup", "role": "viewer"},
    "/console/users": {"email": "eve@example.com", "role": "viewer"},
    "/console/users/{user_id}/role": {"role": "viewer"},
    "/console/account/password": {"new": PASSWORD},
    "/console/account/security-events/seen": {"until": "2026-03-02T12:00:00+00:00"},
}
# The screen whose form is sent, where it is not at the address that the form is sent to.
_SCREENS: Mapping[str, str] = {
    "/console/certificates": "/console/certificates/new",
    "/console/pending-texts/{pending_text_id}/approve": "/console/pending-texts/{pending_text_id}",
    "/console/rooms/{room_id}/edit": "/console/rooms/{room_id}",
    "/console/routes": "/console/routes/new",
}
# The screens with a button that previews messages.
_PREVIEWED = (
    "/console/incidents/new",
    f"{_INCIDENT}/postmortem",
    f"{_INCIDENT}/update",
    "/console/maintenances/new",
    f"{_MAINTENANCE}/edit",
    f"{_MAINTENANCE}/update",
)
_SCREEN_OF = {**_SCREENS, **{f"{each}/preview": each for each in _PREVIEWED}}
# Routes that answer with a page, since it shows a secret once, a preview or the result of a trial.
SHOWN = {
    *(f"{each}/preview" for each in _PREVIEWED),
    "/console/rooms/{room_id}/rotate",
    "/console/sources/new/{kind}",
    "/console/sources/{source_id}/rotate-token",
    "/console/sources/{source_id}/rotate-secret",
    "/console/sources/{source_id}/events/{event_id}/try",
    "/console/sources/{source_id}/try",
    "/console/tokens",
    "/console/tokens/search",
    "/console/users",
    "/console/users/search",
    "/console/users/{user_id}/link",
}
# Routes that need a device or a file: without one they answer 422 to those who may use them.
REFUSED = {
    "/console/account/passkeys",
    "/console/account/second-factor/confirm",
    "/console/page/logo",
}


def submission(person: Staff, route: str, addresses: Addresses) -> Fields:
    """The fields of the form that is sent to a route: as its screen shows them, then as typed."""
    of_screen = _SCREEN_OF.get(route, route)
    typed = FIELDS.get(of_screen if route.endswith("/preview") else route, {})
    screen = person.get(addresses.of(of_screen))
    if screen.status_code != 200:
        return typed  # a button on a screen of another address: its form has no fields
    action = addresses.of(route)
    page: Any = html.document_fromstring(screen.text)  # lxml-stubs do not know `forms`
    for form in page.forms:
        actions = (form.action, *form.xpath(".//button/@formaction"))
        if not {None, "", action}.isdisjoint(actions) and form.method == "POST":
            return {**_shown(form), **typed}
    return typed


def _shown(form: html.FormElement) -> dict[str, list[str]]:
    fields: dict[str, list[str]] = {}
    for name, value in form.form_values():
        fields.setdefault(name, []).append(value)
    publish = form.xpath(".//button[@name='do' and (@value='publish' or @value='save')]")
    if publish:
        fields["do"] = [publish[0].get("value")]
    return fields
