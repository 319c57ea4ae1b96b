"""The door: signing in and out, and making the first admin."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from app.domain.errors import ConflictError, FyrError, InvalidError, TooManyError
from app.domain.ownership import ActorKind
from app.domain.phrases import N_
from app.rendering.console.error_messages import error_message
from app.rendering.console.pages import PageChrome, console_locale
from app.usecases.context import NOBODY, Actor
from app.usecases.database import Database
from app.usecases.users import one_time_links, passkeys, sessions, sign_in
from app.usecases.users import second_factor as factors
from app.usecases.users.sessions import BrowserInfo
from app.web.console.kit import cookies
from app.web.console.kit.carried_form import is_console_path, unpack
from app.web.console.kit.forms import Form, SubmittedForm
from app.web.console.kit.layout import anonymous_chrome, show
from app.web.console.kit.sign_in_options import browser_box_of, relying_party_of, sign_in_context
from app.web.console.kit.staff_request import Viewer
from app.web.dependencies import app_state

__all__ = ["enter", "router", "step_in"]

router = APIRouter()

_WRONG = N_("The e-mail address and the password do not fit together.")
_WRONG_CODE = N_("This code is not right, or was used before. Wait for the next one.")
_SIGNED_OUT = N_("You have signed out.")
_COOKIE_SECONDS = 90 * 86400


@router.get("/login")
def login_page(request: Request, next: str = "") -> Response:
    """The way in."""
    return _login(request, anonymous_chrome(request), Form.filled({"next": next}))


@router.post("/login")
def login(request: Request, form: SubmittedForm) -> Response:
    """Sign in with a password. Who exists cannot be told from the answer, nor from its time."""
    chrome = anonymous_chrome(request)
    locale = console_locale(chrome.page, chrome.language)
    email, database = form.text("email"), _database(request)
    visit = _visit(request)
    try:
        with database.writing(NOBODY) as ctx:
            sign_in.count_attempt(ctx, email, visit.address)
    except TooManyError as error:
        form.refuse(error_message(error, locale), status=429)
        response = _login(request, chrome, form)
        response.headers["Retry-After"] = str(error.data["seconds"])
        return response
    with database.reading() as ctx:
        user_id = sign_in.authenticate(ctx, email, form.text("password"))
    if user_id is None:
        form.refuse(locale.catalogue.gettext(_WRONG), status=401)
        return _login(request, chrome, form)
    actor = Actor(ActorKind.USER, email.strip().casefold())
    with database.writing(actor) as ctx:
        sign_in.forget_attempts(ctx, email, visit.address)
    return step_in(request, chrome, actor, user_id, form)


def step_in(
    request: Request, chrome: PageChrome, actor: Actor, user_id: str, form: Form
) -> Response:
    """Ask who has given the password for the second factor; without one, begin the session."""
    with _database(request).writing(actor) as ctx:
        second = one_time_links.second_factor_link(ctx, user_id)
    if second is None:
        return enter(request, chrome, user_id, form)
    kept = {name: form.text(name) for name in ("next", "carried")}
    return _second_factor(request, chrome, Form.filled({**kept, "step": second.secret}))


@router.post("/login/second-factor")
def second_factor(request: Request, form: SubmittedForm) -> Response:
    """The second step of who has given their password: a code from the app, or a recovery code."""
    chrome = anonymous_chrome(request)
    step, address, database = form.text("step"), _visit(request).address, _database(request)
    with database.reading() as ctx:
        user = one_time_links.second_factor_user(ctx, step)
    actor = Actor(ActorKind.USER, user.email)
    counted = f"code {user.email}"
    try:
        with database.writing(actor) as ctx:
            sign_in.count_attempt(ctx, counted, address)
    except TooManyError as error:
        _refuse(form, error, chrome, status=429)
        return _second_factor(request, chrome, form)
    with database.writing(actor) as ctx:
        right = factors.verify(ctx, user.id, form.text("code"), browser_box_of(request))
        if right:
            one_time_links.use_second_factor_link(ctx, step)
            sign_in.forget_attempts(ctx, counted, address)
    if not right:
        sentence = console_locale(chrome.page, chrome.language).catalogue.gettext(_WRONG_CODE)
        form.refuse(sentence, at="code", status=401)
        return _second_factor(request, chrome, form)
    return enter(request, chrome, user.id, form)


@router.post("/login/passkey")
def passkey(request: Request, form: SubmittedForm) -> Response:
    """Sign in with what a device has answered. It asked for a finger or a PIN: both factors."""
    chrome = anonymous_chrome(request)
    try:
        with _database(request).writing(NOBODY) as ctx:
            user_id = passkeys.verify(
                ctx, form.text("answer"), browser_box_of(request), relying_party_of(request)
            )
    except (InvalidError, ConflictError):
        wrong = InvalidError("This passkey was not accepted.", code="wrong_passkey")
        _refuse(form, wrong, chrome, status=401)
        return _login(request, chrome, form)
    return enter(request, chrome, user_id, form)


def enter(request: Request, chrome: PageChrome, user_id: str, form: Form) -> Response:
    """Begin the session of who has proved who they are, and lead to where they wanted to go."""
    state = app_state(request)
    with state.database.writing(NOBODY) as ctx:
        fresh = sessions.begin(
            ctx,
            user_id,
            _visit(request),
            days=state.settings.session_days,
            former=cookies.read(request),
        )
    carried = unpack(form.text("carried"))
    if carried is not None:
        response = show(request, chrome, "resend", carried=carried)
    else:
        wanted = form.text("next")
        response = RedirectResponse(wanted if is_console_path(wanted) else "/console/", 303)
    cookies.write(request, response, fresh.secret, seconds=_COOKIE_SECONDS)
    return response


@router.post("/logout")
def logout(request: Viewer) -> Response:
    """Sign out here."""
    with request.app.database.writing(request.me.actor) as ctx:
        sessions.end(ctx, request.me.session_id)
    response = request.redirect("/console/login", request.translate(_SIGNED_OUT))
    cookies.clear(request.http, response)
    return response


@router.get("/welcome/{secret}")
def welcome_page(request: Request, secret: str) -> Response:
    """What the link of a first start opens, while there is no user."""
    with app_state(request).database.reading() as ctx:
        one_time_links.check_first_admin_link(ctx, secret)
    return show(request, anonymous_chrome(request), "welcome", form=Form())


@router.post("/welcome/{secret}")
def welcome(request: Request, secret: str, form: SubmittedForm) -> Response:
    """Make the first admin and sign them in."""
    chrome = anonymous_chrome(request)
    actor = Actor(ActorKind.USER, form.text("email").strip().casefold()[:200])
    try:
        with app_state(request).database.writing(actor) as ctx:
            user = one_time_links.create_first_admin(
                ctx, secret, form.text("email"), form.text("password")
            )
    except InvalidError as error:
        _refuse(form, error, chrome)
        return show(request, chrome, "welcome", form.status, form=form)
    return enter(request, chrome, user.id, form)


def _login(request: Request, chrome: PageChrome, form: Form) -> Response:
    return show(request, chrome, "login", form.status, **sign_in_context(request, form))


def _second_factor(request: Request, chrome: PageChrome, form: Form) -> Response:
    return show(request, chrome, "second_factor", form.status, form=form)


def _database(request: Request) -> Database:
    return app_state(request).database


def _refuse(form: Form, error: FyrError, chrome: PageChrome, *, status: int = 422) -> None:
    sentence = error_message(error, console_locale(chrome.page, chrome.language))
    form.refuse(sentence, at=error.field, status=status)


def _visit(request: Request) -> BrowserInfo:
    address = request.client.host if request.client else ""
    return BrowserInfo(request.headers.get("user-agent", ""), address)
