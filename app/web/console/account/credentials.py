"""Account screens: password, second factor and passkeys of the signed-in user."""

from collections.abc import Callable

from fastapi import APIRouter, Response
from starlette.concurrency import run_in_threadpool

from app.domain.errors import ConflictError, InvalidError
from app.domain.texts.phrases import N_
from app.rendering.console.error_messages import error_message
from app.usecases.context import Ctx
from app.usecases.users import account, sessions, sign_in
from app.usecases.users.access import check_verified
from app.usecases.users.passwords.hashing_slots import hashing_slot
from app.usecases.users.passwords.passwords import hashed
from app.usecases.users.passwords.stored_passwords import stored_password_of
from app.usecases.users.second_factor import passkeys, second_factor
from app.web.console.account.profile import account_page
from app.web.console.kit.forms.forms import Form, SubmittedForm
from app.web.console.kit.sign_in_options import relying_party_of
from app.web.console.kit.staff_request import StaffRequest, Viewer

__all__ = ["router"]

router = APIRouter(prefix="/account")

_HERE = "/console/account"
_PASSWORD = N_("Your password is changed. All other browsers are signed out.")
_OFF = N_("The second factor is off.")
_ADDED = N_("You can sign in with this passkey now.")
_REMOVED = N_("The passkey is removed.")
_A_PASSKEY = N_("Passkey")


@router.post("/password")
async def change_password(request: Viewer, form: SubmittedForm) -> Response:
    """Change the password; this ends all other sessions of the user."""
    me = request.me

    def prepare() -> Callable[[Ctx], None]:
        new = hashed(form.text("new"), email=me.user.email, field="new")
        return lambda ctx: account.change_password(ctx, me.user.id, new, session_id=me.session_id)

    return await _write_with_password(request, form, prepare, request.translate(_PASSWORD))


@router.post("/second-factor/start")
def start(request: Viewer, form: SubmittedForm) -> Response:
    """Create a secret for an authenticator app; the first correct code activates it."""

    def act(ctx: Ctx) -> str:
        sessions.check_fresh(request.me)
        second_factor.start(ctx, request.me.user.id, request.browser_box)
        return f"{_HERE}/second-factor"

    return request.write(form, act, again=lambda: account_page(request, form))


@router.get("/second-factor")
def show_setup(request: Viewer) -> Response:
    """The QR code of the secret, and the field for the first code; requires a fresh sign-in.

    The secret would let an older session, such as a stolen one, switch the factor on for itself.
    """
    sessions.check_fresh(request.me)
    return _setup_page(request, Form())


@router.get("/second-factor/code.svg")
def qr_code(request: Viewer) -> Response:
    """The QR code of the secret, as SVG; requires a fresh sign-in."""
    import segno

    sessions.check_fresh(request.me)
    pending = second_factor.pending_enrolment(
        request.ctx, request.me.user.id, request.browser_box, issuer=_issuer(request)
    )
    drawn = segno.make(pending.link, error="m").svg_inline(scale=5, dark="#000", light="#fff")
    svg = drawn.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
    return Response(svg, media_type="image/svg+xml")


@router.post("/second-factor/confirm")
def confirm(request: Viewer, form: SubmittedForm) -> Response:
    """Activate the second factor and show the recovery codes, which are shown only once.

    Requires a fresh sign-in.
    """
    sessions.check_fresh(request.me)
    count_attempt(request)
    try:
        with request.app.database.writing(request.me.actor) as ctx:
            codes = second_factor.confirm(
                ctx,
                request.me.user.id,
                form.text("code"),
                request.browser_box,
                session_id=request.me.session_id,
            )
    except InvalidError as error:
        form.refuse(error_message(error, request.locale), at="code")
        return _setup_page(request, form)
    return request.page("recovery_codes", codes=codes)


@router.post("/second-factor/off")
async def switch_off(request: Viewer, form: SubmittedForm) -> Response:
    """Remove the second factor; requires a fresh sign-in and the password."""
    me = request.me
    sessions.check_fresh(me)

    def prepare() -> Callable[[Ctx], None]:
        if me.user.role in request.app.settings.second_factor_roles:
            raise ConflictError("Your role needs a second factor.", code="second_factor_required")
        return lambda ctx: second_factor.remove(ctx, me.user.id, session_id=me.session_id)

    return await _write_with_password(request, form, prepare, request.translate(_OFF))


@router.post("/passkeys")
def add_passkey(request: Viewer, form: SubmittedForm) -> Response:
    """Register a passkey from the response of an authenticator."""

    def act(ctx: Ctx) -> str:
        sessions.check_fresh(request.me)
        name = form.text("name").strip() or request.translate(_A_PASSKEY)
        relying_party = relying_party_of(request.http)
        passkeys.register(
            ctx, request.me.user.id, form.text("answer"), name, request.browser_box, relying_party
        )
        return _HERE

    return request.write(
        form, act, again=lambda: account_page(request, form), notice=request.translate(_ADDED)
    )


@router.post("/passkeys/{passkey_id}/remove")
def remove_passkey(request: Viewer, passkey_id: str, form: SubmittedForm) -> Response:
    """Remove a passkey; requires a fresh sign-in."""

    def act(ctx: Ctx) -> str:
        sessions.check_fresh(request.me)
        passkeys.remove(ctx, request.me.user.id, passkey_id, session_id=request.me.session_id)
        return _HERE

    return request.write(
        form, act, again=lambda: account_page(request, form), notice=request.translate(_REMOVED)
    )


def count_attempt(request: StaffRequest) -> None:
    """Count an attempt at a secret of the signed-in user, who may have left the screen unlocked.

    Raises TooManyError.
    """
    with request.app.database.writing(request.me.actor) as ctx:
        sign_in.count_own_attempt(ctx, request.me.session_id)


async def _write_with_password(
    request: StaffRequest, form: Form, prepare: Callable[[], Callable[[Ctx], None]], notice: str
) -> Response:
    """Count an attempt, wait for a hashing slot, check the present password, and write.

    `prepare` hashes what is to be stored, in no transaction, and returns what the transaction does.
    """
    await run_in_threadpool(count_attempt, request)
    async with hashing_slot():
        return await run_in_threadpool(_check_and_write, request, form, prepare, notice)


def _check_and_write(
    request: StaffRequest, form: Form, prepare: Callable[[], Callable[[Ctx], None]], notice: str
) -> Response:
    me = request.me
    try:
        with request.app.database.reading(me.actor) as ctx:
            stored = stored_password_of(ctx, me.user.id)
        if stored.hash is None:
            sessions.check_fresh(me)
        account.check_password(stored, form.text("present"))
        change = prepare()
    except (InvalidError, ConflictError) as error:
        request.refuse(form, error)
        return account_page(request, form)

    def act(ctx: Ctx) -> str:
        # The password that was checked is still the one of this user.
        check_verified(ctx, stored.user)
        change(ctx)
        return _HERE

    return request.write(form, act, again=lambda: account_page(request, form), notice=notice)


def _setup_page(request: StaffRequest, form: Form) -> Response:
    issuer = _issuer(request)
    pending = second_factor.pending_enrolment(
        request.ctx, request.me.user.id, request.browser_box, issuer=issuer
    )
    return request.page(
        "second_factor_setup", form=form, letters=pending.letters, link=pending.link
    )


def _issuer(request: StaffRequest) -> str:
    page = request.chrome.page
    return page.name.choose(page.default_language, default=page.default_language).text
