"""Route of `/.well-known/security.txt`, for those who find a fault in security (RFC 9116)."""

from datetime import timedelta

from fastapi import APIRouter, Request, Response

from app.domain.errors import NotFoundError
from app.web.dependencies import app_state

__all__ = ["router"]

router = APIRouter(include_in_schema=False)

# RFC 9116, section 2.5.5: less than a year. Every answer has a new date.
_VALID = timedelta(days=180)


@router.api_route("/.well-known/security.txt", methods=["GET", "HEAD"])
def security_txt(request: Request) -> Response:
    """The contact of the settings; 404 without one."""
    state = app_state(request)
    settings = state.settings
    if not settings.security_contact:
        raise NotFoundError("This page names no contact for faults in security.")
    expires = state.database.clock().replace(microsecond=0) + _VALID
    lines = [
        f"Contact: {settings.security_contact}",
        f"Expires: {expires:%Y-%m-%dT%H:%M:%SZ}",
        f"Canonical: {settings.base_url}/.well-known/security.txt",
        *([f"Policy: {settings.security_policy}"] if settings.security_policy else []),
    ]
    text = "".join(f"{line}\n" for line in lines)
    headers = {"Cache-Control": "public, max-age=3600"}
    return Response(text, media_type="text/plain; charset=utf-8", headers=headers)
