"""Known devices: an encrypted cookie that names the users who have signed in with a browser.

A browser with the cookie has its own count of attempts, so strangers who try passwords cannot lock
its users out; and a sign-in without the cookie is one from a new device. Source: OWASP, "Slow down
online guessing attacks with device cookies".
"""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import Request, Response

from app.usecases.encryption import BrowserBox
from app.web.console.kit import cookies
from app.web.console.kit.browser_boxes import browser_box

__all__ = ["KnownDevice", "known_device"]

_COOKIE = "fyr-device"
# Browsers limit the age of a cookie to 400 days (RFC 6265bis, section 5.5).
_SECONDS = 400 * 86400
_MAX_USERS = 5
_ID_BYTES = 16


@dataclass(frozen=True, slots=True)
class KnownDevice:
    """The users who have signed in with this browser: a device id by the id of the user."""

    ids: Mapping[str, str]

    def knows(self, user_id: str) -> bool:
        """Whether the user has signed in with this browser before."""
        return user_id in self.ids

    def remember(self, request: Request, response: Response, user_id: str) -> None:
        """Set the cookie for a user who has signed in now, and for the latest other users."""
        device_id = self.ids.get(user_id) or secrets.token_urlsafe(_ID_BYTES)
        others = [(each, found) for each, found in self.ids.items() if each != user_id]
        latest = [(user_id, device_id), *others][:_MAX_USERS]
        value = _box(request).encrypt(json.dumps(latest))
        cookies.write(request, response, value, seconds=_SECONDS, name=_COOKIE)


def known_device(request: Request) -> KnownDevice:
    """The device of a request; it knows nobody when the cookie is missing or was not made here."""
    found = _box(request).decrypt(cookies.read(request, _COOKIE) or "")
    if found is None:
        return KnownDevice({})
    return KnownDevice({str(user_id): str(device_id) for user_id, device_id in json.loads(found)})


def _box(request: Request) -> BrowserBox:
    return browser_box(request, "known devices")
