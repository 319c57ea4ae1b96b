"""Account screens: language and sessions of the signed-in user."""

from datetime import datetime

from fastapi import APIRouter, Response

from app.domain.errors import InvalidError
from app.domain.texts.phrases import N_
from app.domain.validation import check_time
from app.i18n.languages import CONSOLE_LANGUAGES, native_name
from app.usecases.context import Ctx
from app.usecases.users import account as accounts
from app.usecases.users import security_events, sessions
from app.usecases.users.second_factor import passkeys, second_factor
from app.web.console.kit.forms.forms import Form, SubmittedForm
from app.web.console.kit.sign_in_options import relying_party_of, takes_passkeys
from app.web.console.kit.staff_request import StaffRequest, Viewer

__all__ = ["account_page", "router"]

router = APIRouter(prefix="/account")

_HERE = "/console/account"
_ENDED = N_("The browser is signed out.")
_ALL_ENDED = N_("All other browsers are signed out now.")


@router.get("")
def account(request: Viewer) -> Response:
    """The account of the signed-in user."""
    return account_page(request, Form())


@router.post("/language")
def choose_language(request: Viewer, form: SubmittedForm) -> Response:
    """Set the language of the console; an empty one means the language of the browser."""

    def act(ctx: Ctx) -> str:
        accounts.choose_language(ctx, request.me.user.id, form.text("language") or None)
        return _HERE

    return request.write(form, act, again=lambda: account_page(request, form))


@router.post("/sessions/{session_id}/end")
def end_session(request: Viewer, session_id: str, form: SubmittedForm) -> Response:
    """End one session."""

    def act(ctx: Ctx) -> str:
        sessions.revoke(ctx, request.me.user.id, session_id)
        return _HERE

    return request.write(
        form, act, again=lambda: account_page(request, form), notice=request.translate(_ENDED)
    )


@router.post("/sessions/end-others")
def end_other_sessions(request: Viewer, form: SubmittedForm) -> Response:
    """End all sessions but this one."""

    def act(ctx: Ctx) -> str:
        sessions.revoke_all(ctx, request.me.user.id, but=request.me.session_id)
        return _HERE

    return request.write(
        form, act, again=lambda: account_page(request, form), notice=request.translate(_ALL_ENDED)
    )


@router.post("/security-events/seen")
def dismiss_security_events(request: Viewer, form: SubmittedForm) -> Response:
    """Mark the security events that the first screen has shown as seen."""

    def act(ctx: Ctx) -> str:
        security_events.mark_seen(ctx, request.me.user.id, _time(form.text("until")))
        return "/console/"

    return request.write(form, act, again=lambda: account_page(request, form))


def _time(text: str) -> datetime:
    """The time of a hidden field. Raises InvalidError for anything else."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidError("This is not a time.", code="invalid_time", field="until") from None
    check_time(found, field="until")
    return found


def account_page(request: StaffRequest, form: Form) -> Response:
    """The account page, with the error messages of `form`."""
    user_id = request.me.user.id
    options = None
    if takes_passkeys(request.http):
        options = passkeys.registration_options(
            request.ctx, user_id, request.browser_box, relying_party_of(request.http)
        )
    if not form.has("language"):
        form.fields += (("language", request.me.user.language or ""),)
    return request.page(
        "account",
        form=form,
        languages=[(tag, native_name(tag)) for tag in CONSOLE_LANGUAGES],
        sessions=sessions.list_sessions(request.ctx, user_id),
        here=request.me.session_id,
        is_fresh=request.me.is_fresh,
        factor=second_factor.status_of(request.ctx, user_id),
        has_password=accounts.has_password(request.ctx, user_id),
        passkeys=passkeys.list_passkeys(request.ctx, user_id),
        passkey_options=options,
        security_events=security_events.list_events(request.ctx, user_id),
    )
