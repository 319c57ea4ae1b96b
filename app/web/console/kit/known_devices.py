"""Known devices: an encrypted cookie that names the users who have signed in with a browser.

A browser with the cookie has its own count of attempts, so strangers who try passwords cannot lock
its users out; and a sign-in without the cookie is one from a new device. The count ends when the
access of the user changes; a browser whose session stays gets the cookie anew (`renew`).
Source: OWASP, "Slow down online guessing attacks with device cookies".
"""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import Request, Response

from app.usecases.encryption import BrowserBox
from app.usecases.users.access import StaffDevice, VerifiedUser
from app.web.console.kit import cookies
from app.web.console.kit.browser_boxes import browser_box

__all__ = ["KnownDevice", "known_device"]

_COOKIE = "fyr-device"
# Browsers limit the age of a cookie to 400 days (RFC 6265bis, section 5.5).
_SECONDS = 400 * 86400
_MAX_USERS = 5
_ID_BYTES = 16
# Of cookies that were set before they had the access version: these devices have no own count.
_NO_VERSION = -1


@dataclass(frozen=True, slots=True)
class KnownDevice:
    """The users who have signed in with this browser: a device by the id of the user."""

    devices: Mapping[str, StaffDevice]

    def knows(self, user_id: str) -> bool:
        """Whether the user has signed in with this browser before."""
        return user_id in self.devices

    def renew(self, request: Request, response: Response, user: VerifiedUser) -> None:
        """Set the cookie anew for a signed-in user whose access has changed; none for strangers."""
        known = self.devices.get(user.id)
        if known is not None and known.access_version != user.access_version:
            self.remember(request, response, user)

    def remember(self, request: Request, response: Response, user: VerifiedUser) -> None:
        """Set the cookie for a user who is signed in now, and for the latest other users."""
        known = self.devices.get(user.id)
        device_id = secrets.token_urlsafe(_ID_BYTES) if known is None else known.id
        others = [
            (each, found.id, found.access_version)
            for each, found in self.devices.items()
            if each != user.id
        ]
        latest = [(user.id, device_id, user.access_version), *others][:_MAX_USERS]
        value = _box(request).encrypt(json.dumps(latest))
        cookies.write(request, response, value, seconds=_SECONDS, name=_COOKIE)


def known_device(request: Request) -> KnownDevice:
    """The device of a request; it knows nobody when the cookie is missing or was not made here."""
    found = _box(request).decrypt(cookies.read(request, _COOKIE) or "")
    if found is None:
        return KnownDevice({})
    return KnownDevice(
        {
            str(user_id): StaffDevice(str(device_id), int(*version or (_NO_VERSION,)))
            for user_id, device_id, *version in json.loads(found)
        }
    )


def _box(request: Request) -> BrowserBox:
    return browser_box(request, "known devices")
