"""Sign-in options: the methods that the sign-in page offers, and what they need."""

from ipaddress import ip_address

from fastapi import Request

from app.settings import secret_key
from app.usecases.encryption import BrowserBox
from app.usecases.users import passkeys
from app.usecases.users.passkeys import RelyingParty
from app.web.console.kit.carried_form import unpack
from app.web.console.kit.forms import Form
from app.web.dependencies import app_state

__all__ = ["browser_box_of", "relying_party_of", "sign_in_context", "takes_passkeys"]


def browser_box_of(request: Request) -> BrowserBox:
    """What the console keeps secret with."""
    return BrowserBox.for_purpose(secret_key(app_state(request).settings), "console")


def relying_party_of(request: Request) -> RelyingParty:
    """Where passkeys are for."""
    return RelyingParty(app_state(request).settings.base_url, "Fyr")


def takes_passkeys(request: Request) -> bool:
    """Whether browsers give passkeys to this address: a name, not a number."""
    try:
        ip_address(relying_party_of(request).host)
    except ValueError:
        return True
    return False


def sign_in_context(request: Request, form: Form, *, files: bool = False) -> dict[str, object]:
    """What the sign-in page shows; `files` tells that some were sent and cannot be kept."""
    state = app_state(request)
    options = None
    if takes_passkeys(request):
        now = state.database.clock()
        options = passkeys.authentication_options(
            now, browser_box_of(request), relying_party_of(request)
        )
    carried = unpack(form.text("carried")) if form.text("carried") else None
    return {
        "form": form,
        "carried": carried,
        "lost_files": files,
        "passkey_options": options,
        "single_sign_on": bool(state.settings.oidc_issuer),
    }
