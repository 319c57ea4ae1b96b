"""Browser boxes: encryption of values that the console gives to browsers, by purpose."""

from fastapi import Request

from app.secret_keys import former_secret_keys, secret_key
from app.usecases.encryption import BrowserBox
from app.web.dependencies import app_state

__all__ = ["browser_box"]


def browser_box(request: Request, purpose: str) -> BrowserBox:
    """The box of a purpose, with the present key and the former ones of the installation."""
    settings = app_state(request).settings
    return BrowserBox.for_purpose(secret_key(settings), purpose, former_secret_keys(settings))
