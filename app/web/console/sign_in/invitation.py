"""Screen of an invitation link: the invited user sets a password and is signed in."""

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from app.domain.errors import InvalidError
from app.domain.ownership import ActorKind
from app.rendering.console.error_messages import error_message
from app.rendering.console.pages import console_locale
from app.usecases.context import NOBODY, Actor
from app.usecases.users import one_time_links
from app.usecases.users.passwords.hashing_slots import hashing_slot
from app.usecases.users.passwords.passwords import hashed
from app.web.console.kit.forms.forms import Form, SubmittedForm
from app.web.console.kit.layout import anonymous_chrome, show
from app.web.console.sign_in.password import continue_sign_in
from app.web.dependencies import app_state

__all__ = ["router"]

router = APIRouter(prefix="/invitation")


@router.get("/{secret}")
def invitation_page(request: Request, secret: str) -> Response:
    """The form to set a password."""
    with app_state(request).database.reading() as ctx:
        user = one_time_links.invited_user(ctx, secret)
    return show(request, anonymous_chrome(request), "invitation", form=Form(), email=user.email)


@router.post("/{secret}")
async def accept(request: Request, secret: str, form: SubmittedForm) -> Response:
    """Set the password and sign in with it."""
    async with hashing_slot():
        return await run_in_threadpool(_accept, request, secret, form)


def _accept(request: Request, secret: str, form: Form) -> Response:
    chrome, database = anonymous_chrome(request), app_state(request).database
    with database.reading() as ctx:
        user = one_time_links.invited_user(ctx, secret)
    try:
        password = hashed(form.text("password"), email=user.email)
        with database.writing(NOBODY) as ctx:
            verified = one_time_links.accept_invitation(ctx, secret, password)
    except InvalidError as error:
        locale = console_locale(chrome.page, chrome.language)
        form.refuse(error_message(error, locale), at=error.field)
        return show(request, chrome, "invitation", form.status, form=form, email=user.email)
    return continue_sign_in(request, chrome, Actor(ActorKind.USER, user.email), verified, Form())
