"""One's own account: language, and where one is signed in."""

from fastapi import APIRouter, Response

from app.domain.phrases import N_
from app.i18n.languages import CONSOLE_LANGUAGES, native_name
from app.usecases.context import Ctx
from app.usecases.users import account as accounts
from app.usecases.users import passkeys, second_factor, sessions
from app.web.console.kit.forms import Form, Sent
from app.web.console.kit.sign_in_options import place_of, takes_passkeys
from app.web.console.kit.staff_request import StaffRequest, Viewer

__all__ = ["account_page", "router"]

router = APIRouter(prefix="/account")

_HERE = "/console/account"
_ENDED = N_("That browser is signed out now.")
_ALL_ENDED = N_("All other browsers are signed out now.")


@router.get("")
def account(desk: Viewer) -> Response:
    """One's own account."""
    return account_page(desk, Form())


@router.post("/language")
def choose_language(desk: Viewer, form: Sent) -> Response:
    """Choose the language of the console; none means that of the browser."""

    def act(ctx: Ctx) -> str:
        accounts.choose_language(ctx, desk.me.member.id, form.text("language") or None)
        return _HERE

    return desk.write(form, act, again=lambda: account_page(desk, form))


@router.post("/sessions/{session_id}/end")
def end_session(desk: Viewer, session_id: str, form: Sent) -> Response:
    """Sign one browser out."""

    def act(ctx: Ctx) -> str:
        sessions.revoke(ctx, desk.me.member.id, session_id)
        return _HERE

    return desk.write(form, act, again=lambda: account_page(desk, form), said=desk.say(_ENDED))


@router.post("/sessions/end-others")
def end_other_sessions(desk: Viewer, form: Sent) -> Response:
    """Sign all other browsers out."""

    def act(ctx: Ctx) -> str:
        sessions.revoke_all(ctx, desk.me.member.id, but=desk.me.session_id)
        return _HERE

    return desk.write(form, act, again=lambda: account_page(desk, form), said=desk.say(_ALL_ENDED))


def account_page(desk: StaffRequest, form: Form) -> Response:
    """The page of one's own account, with what was wrong."""
    mine = desk.me.member.id
    options = None
    if takes_passkeys(desk.request):
        place = place_of(desk.request)
        options = passkeys.options_to_add(desk.ctx, mine, desk.seal, place)
    if not form.has("language"):
        form.fields += (("language", desk.me.member.language or ""),)
    return desk.page(
        "account",
        form=form,
        languages=[(tag, native_name(tag)) for tag in CONSOLE_LANGUAGES],
        sessions=sessions.list_sessions(desk.ctx, mine),
        here=desk.me.session_id,
        is_fresh=desk.me.is_fresh,
        factor=second_factor.standing(desk.ctx, mine),
        has_password=accounts.has_password(desk.ctx, mine),
        passkeys=passkeys.list_passkeys(desk.ctx, mine),
        passkey_options=options,
    )
