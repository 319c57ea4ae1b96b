"""Sign-in screens: password, second factor, passkey; sign-out; the first admin."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool

from app.domain.errors import ConflictError, FyrError, InvalidError, TooManyError
from app.domain.ownership import ActorKind
from app.domain.texts.phrases import N_
from app.i18n.languages import LANGUAGES
from app.i18n.negotiate import match_accept_language
from app.rendering.console.error_messages import error_message
from app.rendering.console.pages import PageChrome, console_locale
from app.usecases.context import NOBODY, Actor, Ctx
from app.usecases.database import Database
from app.usecases.page.settings import PageChange, edit_page, page_settings
from app.usecases.users import one_time_links, sessions, sign_in
from app.usecases.users.access import VerifiedUser
from app.usecases.users.passwords.hashing_slots import hashing_slot
from app.usecases.users.passwords.passwords import hashed
from app.usecases.users.passwords.stored_passwords import stored_password_for_sign_in
from app.usecases.users.second_factor import passkeys, second_step
from app.usecases.users.sessions import BrowserInfo, SignInMethod
from app.usecases.users.users import normalized_email
from app.web.console.kit import cookies
from app.web.console.kit.forms.carried_form import is_console_path, unpack
from app.web.console.kit.forms.forms import Form, SubmittedForm
from app.web.console.kit.known_devices import known_device
from app.web.console.kit.layout import anonymous_chrome, show
from app.web.console.kit.sign_in_options import browser_box_of, relying_party_of, sign_in_context
from app.web.console.kit.staff_request import Viewer
from app.web.console.page.languages import chosen_languages, language_options
from app.web.console.sign_in.threads import run_in_sign_in_page_thread, run_in_sign_in_thread
from app.web.dependencies import app_state
from app.web.requests.visitor_address import visitor_address

__all__ = ["continue_sign_in", "router", "start_session"]

router = APIRouter()

_WRONG = N_("The e-mail address or the password is wrong.")
_WRONG_CODE = N_("This code is wrong or was used before. Wait for the next one.")
_SIGNED_OUT = N_("You are signed out.")
_COOKIE_SECONDS = 90 * 86400


@router.get("/login")
async def login_page(request: Request, next: str = "") -> Response:
    """The sign-in page."""
    return await run_in_sign_in_page_thread(_first_login_page, request, next)


def _first_login_page(request: Request, next_path: str) -> Response:
    return _login_page(request, anonymous_chrome(request), Form.filled({"next": next_path}))


@router.post("/login")
async def login(request: Request, form: SubmittedForm) -> Response:
    """Sign in with a password.

    Neither the response nor its duration reveals whether the user exists.
    """
    refused = await run_in_sign_in_thread(_count_attempt, request, form)
    if refused is not None:
        return refused
    async with hashing_slot():
        verified = await run_in_threadpool(_authenticate, request, form)
    return await run_in_sign_in_thread(_after_password, request, form, verified)


def _count_attempt(request: Request, form: Form) -> Response | None:
    """Count an attempt; the response that refuses it when there were too many."""
    address, devices = visitor_address(request), known_device(request).devices
    try:
        with _database(request).writing(NOBODY) as ctx:
            sign_in.count_attempt(ctx, form.text("email"), address, devices)
    except TooManyError as error:
        chrome = anonymous_chrome(request)
        _refuse(form, error, chrome, status=429)
        return _delayed(_login_page(request, chrome, form), error)
    return None


def _authenticate(request: Request, form: Form) -> VerifiedUser | None:
    with _database(request).reading() as ctx:
        stored = stored_password_for_sign_in(ctx, form.text("email"))
    return stored.verify(form.text("password"))


def _after_password(request: Request, form: Form, verified: VerifiedUser | None) -> Response:
    chrome, email = anonymous_chrome(request), form.text("email")
    if verified is None:
        locale = console_locale(chrome.page, chrome.language)
        with _database(request).writing(NOBODY) as ctx:
            sign_in.record_failure(ctx, email, visitor_address(request))
        form.refuse(locale.catalogue.gettext(_WRONG), status=401)
        return _login_page(request, chrome, form)
    actor = Actor(ActorKind.USER, email.strip().casefold())
    with _database(request).writing(actor) as ctx:
        sign_in.forget_attempts(ctx, email, visitor_address(request), known_device(request).devices)
    return continue_sign_in(request, chrome, actor, verified, form)


def continue_sign_in(
    request: Request, chrome: PageChrome, actor: Actor, verified: VerifiedUser, form: Form
) -> Response:
    """After the password: ask for the second factor, or start the session of a user without one."""
    with _database(request).writing(actor) as ctx:
        link = one_time_links.second_factor_link(ctx, verified)
    if link is None:
        return start_session(request, chrome, verified, form, SignInMethod.PASSWORD)
    carried = {name: form.text(name) for name in ("next", "carried")}
    return _second_factor(request, chrome, Form.filled({**carried, "step": link.secret}))


@router.post("/login/second-factor")
def second_factor(request: Request, form: SubmittedForm) -> Response:
    """Sign in with a code of the authenticator app, or with a recovery code, after the password."""
    chrome = anonymous_chrome(request)
    step, database = form.text("step"), _database(request)
    with database.reading() as ctx:
        user = one_time_links.second_factor_user(ctx, step)
    try:
        with database.writing(Actor(ActorKind.USER, user.email)) as ctx:
            verified = second_step.verify_code(
                ctx,
                step,
                form.text("code"),
                browser_box_of(request),
                devices=known_device(request).devices,
            )
    except TooManyError as error:
        _refuse(form, error, chrome, status=429)
        return _delayed(_second_factor(request, chrome, form), error)
    if verified is None:
        sentence = console_locale(chrome.page, chrome.language).catalogue.gettext(_WRONG_CODE)
        form.refuse(sentence, at="code", status=401)
        return _second_factor(request, chrome, form)
    return start_session(request, chrome, verified, form, SignInMethod.PASSWORD_AND_CODE)


@router.post("/login/passkey")
def passkey(request: Request, form: SubmittedForm) -> Response:
    """Sign in with a passkey, without a second factor: the authenticator verified the user."""
    chrome = anonymous_chrome(request)
    try:
        with _database(request).writing(NOBODY) as ctx:
            verified = passkeys.verify(
                ctx, form.text("answer"), browser_box_of(request), relying_party_of(request)
            )
    except (InvalidError, ConflictError):
        wrong = InvalidError("This passkey was not accepted.", code="wrong_passkey")
        _refuse(form, wrong, chrome, status=401)
        return _login_page(request, chrome, form)
    return start_session(request, chrome, verified, form, SignInMethod.PASSKEY)


def start_session(
    request: Request, chrome: PageChrome, verified: VerifiedUser, form: Form, method: SignInMethod
) -> Response:
    """Start the session of an authenticated user and redirect to the requested page.

    A form that was carried through the sign-in page is shown, to be submitted again.
    """
    state, device = app_state(request), known_device(request)
    user_agent = request.headers.get("user-agent", "")
    with state.database.writing(NOBODY) as ctx:
        fresh = sessions.begin(
            ctx,
            verified,
            BrowserInfo(user_agent, visitor_address(request), device.knows(verified.id)),
            days=state.settings.session_days,
            former=cookies.read(request),
            method=method,
        )
    carried = unpack(form.text("carried"))
    if carried is not None:
        response = show(request, chrome, "resend", carried=carried)
    else:
        next_path = form.text("next")
        response = RedirectResponse(next_path if is_console_path(next_path) else "/console/", 303)
    cookies.write(request, response, fresh.secret, seconds=_COOKIE_SECONDS)
    device.remember(request, response, verified)
    return response


@router.post("/logout")
def logout(request: Viewer) -> Response:
    """End this session."""
    with request.app.database.writing(request.me.actor) as ctx:
        sessions.end(ctx, request.me.session_id)
    response = request.redirect("/console/login", request.translate(_SIGNED_OUT))
    cookies.clear(request.http, response)
    return response


@router.get("/welcome/{secret}")
def welcome_page(request: Request, secret: str) -> Response:
    """The form for the first admin, behind the link of the first start; only without any user."""
    with app_state(request).database.reading() as ctx:
        one_time_links.check_first_admin_link(ctx, secret)
    chrome = anonymous_chrome(request)
    return _welcome_page(request, chrome, _suggested_languages(request, chrome))


@router.post("/welcome/{secret}")
async def welcome(request: Request, secret: str, form: SubmittedForm) -> Response:
    """Create the first admin and sign in."""
    async with hashing_slot():
        return await run_in_threadpool(_create_first_admin, request, secret, form)


def _create_first_admin(request: Request, secret: str, form: Form) -> Response:
    chrome = anonymous_chrome(request)
    actor = Actor(ActorKind.USER, form.text("email").strip().casefold()[:200])
    with _database(request).reading() as ctx:
        # A stranger without the link costs no hash.
        one_time_links.check_first_admin_link(ctx, secret)
    try:
        email = normalized_email(form.text("email"))
        password = hashed(form.text("password"), email=email)
        with _database(request).writing(actor) as ctx:
            verified = one_time_links.create_first_admin(ctx, secret, email, password)
            _publish_chosen_languages(ctx, form)
    except InvalidError as error:
        _refuse(form, error, chrome)
        return _welcome_page(request, chrome, form)
    return start_session(request, chrome, verified, form, SignInMethod.PASSWORD)


def _welcome_page(request: Request, chrome: PageChrome, form: Form) -> Response:
    chosen, others = language_options(form, chrome.language)
    return show(request, chrome, "welcome", form.status, form=form, chosen=chosen, others=others)


def _suggested_languages(request: Request, chrome: PageChrome) -> Form:
    """The form with the present languages, and with that of the browser in front of them."""
    header = request.headers.get("accept-language", "")
    present = chrome.page.default_language
    wished = match_accept_language(header, languages=LANGUAGES, default=present)
    languages = tuple(dict.fromkeys((wished, *chrome.page.languages)))
    return Form.filled({"languages": languages, "default_language": wished})


def _publish_chosen_languages(ctx: Ctx, form: Form) -> None:
    """Publish the page in the chosen languages. A form without this field changes nothing."""
    if not (form.has("languages") or form.has("languages:sent")):
        return
    now = page_settings(ctx)
    languages = tuple(chosen_languages(form, ()))
    default = form.text("default_language") or now.default_language
    if (languages, default) != (now.languages, now.default_language):
        edit_page(ctx, PageChange(languages=languages, default_language=default))


def _login_page(request: Request, chrome: PageChrome, form: Form) -> Response:
    return show(request, chrome, "login", form.status, **sign_in_context(request, form))


def _second_factor(request: Request, chrome: PageChrome, form: Form) -> Response:
    return show(request, chrome, "second_factor", form.status, form=form)


def _database(request: Request) -> Database:
    return app_state(request).database


def _refuse(form: Form, error: FyrError, chrome: PageChrome, *, status: int = 422) -> None:
    sentence = error_message(error, console_locale(chrome.page, chrome.language))
    form.refuse(sentence, at=error.field, status=status)


def _delayed(response: Response, error: TooManyError) -> Response:
    response.headers["Retry-After"] = str(error.data["seconds"])
    return response
