"""Cookies of the console: the session token, and the notice for the next page.

Under https a cookie's name begins with `__Host-`: browsers accept it from this host only.
"""

import base64
import binascii

from fastapi import Request, Response

from app.web.dependencies import app_state

__all__ = ["clear", "read", "read_notice", "write", "write_notice"]

SESSION = "fyr"
NOTICE = "fyr-notice"

_MAX_NOTICE_LENGTH = 600
_NOTICE_SECONDS = 60


def _is_secure(request: Request) -> bool:
    return app_state(request).settings.base_url.startswith("https:")


def _name(request: Request, name: str) -> str:
    return f"__Host-{name}" if _is_secure(request) else name


def read(request: Request, name: str = SESSION) -> str | None:
    """The value of a cookie; None when the browser sends none, or an empty one."""
    return request.cookies.get(_name(request, name)) or None


def write(
    request: Request, response: Response, value: str, *, seconds: int, name: str = SESSION
) -> None:
    """Set a cookie that lasts for `seconds`."""
    response.set_cookie(
        _name(request, name),
        value,
        max_age=seconds,
        path="/",
        secure=_is_secure(request),
        httponly=True,
        samesite="lax",
    )


def clear(request: Request, response: Response, name: str = SESSION) -> None:
    """Delete a cookie."""
    write(request, response, "", seconds=0, name=name)


def write_notice(request: Request, response: Response, text: str) -> None:
    """Set the cookie of a notice, which the next page shows at its top."""
    encoded = base64.urlsafe_b64encode(text[:_MAX_NOTICE_LENGTH].encode()).decode()
    write(request, response, encoded, seconds=_NOTICE_SECONDS, name=NOTICE)


def read_notice(request: Request) -> str | None:
    """The notice to show at the top of the page; None without one."""
    encoded = read(request, NOTICE)
    if encoded is None:
        return None
    try:
        return base64.urlsafe_b64decode(encoded).decode()
    except (binascii.Error, ValueError):
        return None
