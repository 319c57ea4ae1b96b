"""Sign-in options: the methods that the sign-in page offers, and what they need."""

from ipaddress import ip_address

from fastapi import Request

from app.usecases.encryption import BrowserBox
from app.usecases.users import staff_mail
from app.usecases.users.second_factor import passkeys
from app.usecases.users.second_factor.passkeys import RelyingParty
from app.web.console.kit.browser_boxes import browser_box
from app.web.console.kit.forms.carried_form import unpack
from app.web.console.kit.forms.forms import Form
from app.web.dependencies import app_state

__all__ = ["browser_box_of", "relying_party_of", "sign_in_context", "takes_passkeys"]


def browser_box_of(request: Request) -> BrowserBox:
    """The encryption of values that the console gives to browsers."""
    return browser_box(request, "console")


def relying_party_of(request: Request) -> RelyingParty:
    """The relying party of passkeys: the base URL of this installation."""
    return RelyingParty(app_state(request).settings.base_url, "Fyr")


def takes_passkeys(request: Request) -> bool:
    """Whether browsers support passkeys for the base URL: its host is a name, no IP address."""
    try:
        ip_address(relying_party_of(request).host)
    except ValueError:
        return True
    return False


def sign_in_context(
    request: Request, form: Form, *, files: bool = False, is_again: bool = False
) -> dict[str, object]:
    """The values of the sign-in page.

    `files` states that an interrupted form had files, which are lost; `is_again` that the user is
    signed in, but not recently enough for the form.
    """
    state = app_state(request)
    options = None
    if takes_passkeys(request):
        now = state.database.clock()
        options = passkeys.authentication_options(
            now, browser_box_of(request), relying_party_of(request)
        )
    with state.database.reading() as ctx:
        sends_links = staff_mail.is_mail_on(ctx)
    carried = unpack(form.text("carried")) if form.text("carried") else None
    return {
        "form": form,
        "carried": carried,
        "lost_files": files,
        "is_again": is_again,
        "passkey_options": options,
        "sends_links": sends_links,
        "single_sign_on": bool(state.settings.oidc_issuer),
    }
