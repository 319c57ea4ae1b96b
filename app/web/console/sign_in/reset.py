"""Screens to request a link for setting a new password, by mail."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from app.domain.errors import InvalidError, NotFoundError
from app.rendering.console.error_messages import error_message
from app.rendering.console.pages import console_locale
from app.secret_keys import address_hashes
from app.usecases.context import NOBODY
from app.usecases.users import staff_mail
from app.web.console.kit.forms.forms import Form, SubmittedForm
from app.web.console.kit.layout import anonymous_chrome, show
from app.web.dependencies import app_state
from app.web.requests.visitor_address import visitor_address

__all__ = ["router"]

router = APIRouter(prefix="/login/link")


@router.get("")
def request_page(request: Request) -> Response:
    """The form to request a link; only where mail is set up."""
    _check(request)
    return show(request, anonymous_chrome(request), "reset", form=Form())


@router.post("")
def request_link(request: Request, form: SubmittedForm) -> Response:
    """Request a link. Neither the response nor its duration shows whether the user exists."""
    state = app_state(request)
    try:
        with state.database.writing(NOBODY) as ctx:
            hashes = address_hashes(state.settings)
            staff_mail.request_link(ctx, hashes, form.text("email"), visitor_address(request))
    except InvalidError as error:
        chrome = anonymous_chrome(request)
        locale = console_locale(chrome.page, chrome.language)
        form.refuse(error_message(error, locale), at=error.field)
        return show(request, chrome, "reset", form.status, form=form)
    return RedirectResponse("/console/login/link/sent", 303)


@router.get("/sent")
def sent_page(request: Request) -> Response:
    """What happens now, equal for every address."""
    _check(request)
    return show(request, anonymous_chrome(request), "reset_sent")


def _check(request: Request) -> None:
    """Raises NotFoundError where mail is not set up."""
    with app_state(request).database.reading() as ctx:
        if not staff_mail.is_mail_on(ctx):
            raise NotFoundError("Mail is not set up.")
