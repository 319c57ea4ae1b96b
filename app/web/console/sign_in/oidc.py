"""Single sign-on: the redirect to the OpenID Connect provider, and its callback."""

import json
import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool

from app.domain.alerts.sources import replace_unstorable
from app.domain.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from app.domain.texts.phrases import N_
from app.rendering.console.pages import console_locale
from app.usecases.context import NOBODY
from app.usecases.encryption import BrowserBox
from app.usecases.users import single_sign_on
from app.usecases.users.sessions import SignInMethod
from app.usecases.users.single_sign_on import VerifiedIdentity
from app.web.console.kit import cookies
from app.web.console.kit.browser_boxes import browser_box
from app.web.console.kit.forms.forms import Form
from app.web.console.kit.layout import anonymous_chrome, show
from app.web.console.kit.sign_in_options import sign_in_context
from app.web.console.sign_in.password import start_session
from app.web.dependencies import app_state
from app.web.oidc.authorization_request import AuthorizationRequest
from app.web.oidc.discovery import ProviderError

if TYPE_CHECKING:
    from app.web.oidc.provider import Provider

__all__ = ["router"]

router = APIRouter(prefix="/login/single-sign-on")

_log = logging.getLogger("fyr.web")

_COOKIE = "fyr-errand"
_MAX_AGE = timedelta(minutes=10)
_MAX_SUBJECT_LENGTH = 255
_MESSAGES: Mapping[str, str] = {
    "away": N_(
        "The single sign-on of your organisation does not answer. Try again, or use another "
        "way to sign in."
    ),
    "wrong": N_("This sign-in could not be verified, or took too long. Start again."),
    "refused": N_("Your organisation refused the sign-in."),
    "unverified": N_("Your organisation has not verified your e-mail address."),
    "another": N_(
        "This e-mail address belongs to another account. If that account is yours, ask an "
        "admin to link your new sign-in to it."
    ),
    "no_role": N_(
        "You are signed in at your organisation, but have no role here. Ask an admin for one."
    ),
    "kept_out": N_("This account cannot sign in. Ask an admin."),
}


@router.get("")
async def redirect(request: Request, next: str = "") -> Response:
    """Redirect the browser to the provider."""
    provider, authorization = _provider(request), AuthorizationRequest.create()
    try:
        url = await provider.authorization_url(authorization, _redirect_uri(request), _now(request))
    except ProviderError as error:
        return await _refused(request, error)
    response = RedirectResponse(url, 303)
    cookie = _box(request).encrypt(
        json.dumps(
            [
                authorization.state,
                authorization.nonce,
                authorization.code_verifier,
                next[:1000],
                _now(request).isoformat(),
            ]
        )
    )
    seconds = int(_MAX_AGE.total_seconds())
    cookies.write(request, response, cookie, seconds=seconds, name=_COOKIE)
    return response


@router.get("/callback")
async def callback(
    request: Request, code: str = "", state: str = "", error: str = "", iss: str = ""
) -> Response:
    """Sign in the user whom the provider names; the browser must hold the request's cookie."""
    provider = _provider(request)
    try:
        authorization, next_url = _authorization(request, state)
        if iss and iss.rstrip("/") != provider.issuer:
            raise ProviderError("wrong", "another issuer answers")
        if error or not code:
            raise ProviderError("refused", "the provider refused")
        claims = await provider.claims(code, authorization, _redirect_uri(request), _now(request))
        return await run_in_threadpool(_sign_in, request, claims, next_url)
    except ProviderError as refusal:
        return await _refused(request, refusal)


def _sign_in(request: Request, claims: Mapping[str, Any], next_url: str) -> Response:
    settings = app_state(request).settings
    role = single_sign_on.mapped_role(claims, settings.oidc_role_claim, settings.oidc_roles)
    if role is None:
        raise ProviderError("no_role", "no role is mapped")
    try:
        with app_state(request).database.writing(NOBODY) as ctx:
            verified = single_sign_on.sign_in(
                ctx, _verified_identity(settings.oidc_issuer, claims), role
            )
    except ForbiddenError:
        raise ProviderError("kept_out", "the user is disabled") from None
    except ConflictError as error:
        kind = "another" if error.code == "other_identity" else "wrong"
        raise ProviderError(kind, error.code) from None
    except InvalidError:
        raise ProviderError("unverified", "no verified address") from None
    response = start_session(
        request,
        anonymous_chrome(request),
        verified,
        Form.filled({"next": next_url}),
        SignInMethod.SINGLE_SIGN_ON,
    )
    cookies.clear(request, response, _COOKIE)
    return response


def _verified_identity(issuer: str, claims: Mapping[str, Any]) -> VerifiedIdentity:
    subject, email = claims.get("sub"), claims.get("email")
    # Source: OpenID Connect Core 1.0, section 2: at most 255 ASCII characters.
    if not isinstance(subject, str) or not (0 < len(subject) <= _MAX_SUBJECT_LENGTH):
        raise ProviderError("wrong", "no usable subject")
    if subject != replace_unstorable(subject):
        raise ProviderError("wrong", "no usable subject")
    verified = claims.get("email_verified")
    is_verified = isinstance(email, str) and (verified is True or verified == "true")
    return VerifiedIdentity(issuer, subject, str(email) if is_verified else None)


async def _refused(request: Request, error: ProviderError) -> Response:
    _log.warning("sso.refused kind=%s reason=%s", error.kind, error.reason)
    return await run_in_threadpool(_login_page, request, error)


def _login_page(request: Request, error: ProviderError) -> Response:
    chrome, form = anonymous_chrome(request), Form()
    locale = console_locale(chrome.page, chrome.language)
    status = 502 if error.kind == "away" else 403
    form.refuse(locale.catalogue.gettext(_MESSAGES[error.kind]), status=status)
    response = show(request, chrome, "login", status, **sign_in_context(request, form))
    cookies.clear(request, response, _COOKIE)
    return response


def _authorization(request: Request, state: str) -> tuple[AuthorizationRequest, str]:
    """The request in the browser's cookie, and the path to go on with after signing in.

    Raises ProviderError when there is none, when it is too old, or when it has another state.
    """
    cookie = _box(request).decrypt(cookies.read(request, _COOKIE) or "")
    if cookie is None:
        raise ProviderError("wrong", "the browser sent no sign-in cookie")
    expected_state, nonce, code_verifier, next_url, started_at = json.loads(cookie)
    late = _now(request) - datetime.fromisoformat(started_at) > _MAX_AGE
    if late or not state or state != expected_state:
        raise ProviderError("wrong", "too late" if late else "another state")
    return AuthorizationRequest(expected_state, nonce, code_verifier), next_url


def _provider_class() -> type["Provider"]:
    from app.web.oidc.provider import Provider

    return Provider


def _provider(request: Request) -> "Provider":
    settings = app_state(request).settings
    if not settings.oidc_issuer:
        raise NotFoundError("There is no single sign-on here.")
    return _provider_class()(settings, app_state(request).discovery)


def _box(request: Request) -> BrowserBox:
    return browser_box(request, "single sign-on")


def _now(request: Request) -> datetime:
    return app_state(request).database.clock()


def _redirect_uri(request: Request) -> str:
    return f"{app_state(request).settings.base_url}/console/login/single-sign-on/callback"
