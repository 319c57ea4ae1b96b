"""`/.well-known/security.txt`, for those who find a fault in security (RFC 9116)."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from fastapi import APIRouter, Request, Response

from app.domain.errors import NotFoundError
from app.settings import Settings
from app.web.dependencies import app_state
from app.web.page_cache.static_files import StaticFile

__all__ = ["EMPTY_FILE", "SecurityText", "router"]

router = APIRouter(include_in_schema=False)

_PATH = "/.well-known/security.txt"
# RFC 9116, section 2.5.5: less than a year. Every day has a new date.
_VALID = timedelta(days=180)
# Its path and its headers, also for the configuration of a server.
EMPTY_FILE = StaticFile(_PATH, b"", "text/plain; charset=utf-8", "public, max-age=3600")


@dataclass(frozen=True, slots=True)
class SecurityText:
    """Where faults are reported: a contact, the policy if there is one, and the page itself."""

    contact: str
    policy: str
    base_url: str

    @classmethod
    def of(cls, settings: Settings) -> "SecurityText":
        """The text of the settings; its contact is empty without one."""
        return cls(settings.security_contact, settings.security_policy, settings.base_url)

    def file(self, now: datetime) -> StaticFile | None:
        """The file as it is on the day of `now`; None without a contact."""
        if not self.contact:
            return None
        expires = now.replace(hour=0, minute=0, second=0, microsecond=0) + _VALID
        lines = [
            f"Contact: {self.contact}",
            f"Expires: {expires:%Y-%m-%dT%H:%M:%SZ}",
            f"Canonical: {self.base_url}{_PATH}",
            *([f"Policy: {self.policy}"] if self.policy else []),
        ]
        text = "".join(f"{line}\n" for line in lines)
        return replace(EMPTY_FILE, body=text.encode())


@router.api_route(_PATH, methods=["GET", "HEAD"])
def security_txt(request: Request) -> Response:
    """The contact of the settings; 404 without one."""
    state = app_state(request)
    found = SecurityText.of(state.settings).file(state.database.clock())
    if found is None:
        raise NotFoundError("This page names no contact for faults in security.")
    headers = {"Cache-Control": found.cache_control}
    return Response(found.body, media_type=found.content_type, headers=headers)
