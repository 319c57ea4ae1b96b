"""The console's cookies: the session's secret, and what the last action has to say.

Under https a cookie's name begins with `__Host-`: a browser takes it from this very host alone.
"""

import base64
import binascii

from fastapi import Request, Response

from app.web.dependencies import app_state

__all__ = ["clear", "read", "read_said", "say", "write"]

SESSION = "fyr"
SAID = "fyr-said"

_LONGEST_SAID = 600
_SAID_SECONDS = 60


def _is_secure(request: Request) -> bool:
    return app_state(request).settings.base_url.startswith("https:")


def _name(request: Request, name: str) -> str:
    return f"__Host-{name}" if _is_secure(request) else name


def read(request: Request, name: str = SESSION) -> str | None:
    """What the browser brings, None when that is nothing."""
    return request.cookies.get(_name(request, name)) or None


def write(
    request: Request, response: Response, value: str, *, seconds: int, name: str = SESSION
) -> None:
    """Give the browser something to bring along for `seconds`."""
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
    """Let the browser forget it."""
    write(request, response, "", seconds=0, name=name)


def say(request: Request, response: Response, text: str) -> None:
    """Let the next page begin with `text`."""
    coded = base64.urlsafe_b64encode(text[:_LONGEST_SAID].encode()).decode()
    write(request, response, coded, seconds=_SAID_SECONDS, name=SAID)


def read_said(request: Request) -> str | None:
    """What the page has to begin with, if anything."""
    coded = read(request, SAID)
    if coded is None:
        return None
    try:
        return base64.urlsafe_b64decode(coded).decode()
    except (binascii.Error, ValueError):
        return None
