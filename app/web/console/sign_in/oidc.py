"""Single sign-on: to the provider and back."""

import json
import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool

from app.domain.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from app.domain.phrases import N_
from app.rendering.console.pages import console_voice
from app.settings import secret_key
from app.usecases.context import NOBODY
from app.usecases.encryption import BrowserBox
from app.usecases.users import single_sign_on
from app.usecases.users.single_sign_on import Vouched
from app.web.console.kit import cookies
from app.web.console.kit.forms import Form
from app.web.console.kit.layout import nobodys_shell, show
from app.web.console.kit.sign_in_options import ways_in
from app.web.console.sign_in.password import enter
from app.web.dependencies import app_state
from app.web.oidc.authorization_request import AuthorizationRequest
from app.web.oidc.discovery import ProviderError

if TYPE_CHECKING:
    from app.web.oidc.provider import Provider

__all__ = ["prepare", "router"]

router = APIRouter(prefix="/login/single-sign-on")

_log = logging.getLogger("fyr.web")

_COOKIE = "fyr-errand"
_LASTS = timedelta(minutes=10)
_LONGEST_SUBJECT = 255
_SENTENCES: Mapping[str, str] = {
    "away": N_("Your organisation's sign-in does not answer. Try again, or sign in another way."),
    "wrong": N_("This sign-in cannot be trusted, or took too long. Begin again."),
    "refused": N_("Your organisation's sign-in did not let you in."),
    "unverified": N_("Your organisation's sign-in does not vouch for your e-mail address."),
    "another": N_(
        "This e-mail address belongs to an account here that is not yours. If it is yours from "
        "before, ask an admin to let your new sign-in have it."
    ),
    "no_role": N_("You are who you say, but have no role here. Ask an admin for one."),
    "kept_out": N_("This account cannot sign in. Ask an admin."),
}


@router.get("")
async def leave(request: Request, next: str = "") -> Response:
    """Send the browser to the provider."""
    provider, asked = _provider(request), AuthorizationRequest.fresh()
    try:
        address = await provider.address(asked, _back(request), _now(request))
    except ProviderError as error:
        return await _refused(request, error)
    response = RedirectResponse(address, 303)
    about = [asked.state, asked.nonce, asked.verifier, next[:1000], _now(request).isoformat()]
    sealed = _seal(request).close(json.dumps(about))
    seconds = int(_LASTS.total_seconds())
    cookies.write(request, response, sealed, seconds=seconds, name=_COOKIE)
    return response


@router.get("/callback")
async def back(
    request: Request, code: str = "", state: str = "", error: str = "", iss: str = ""
) -> Response:
    """Let in whom the provider vouches for. The address is no use without the browser's cookie."""
    provider = _provider(request)
    try:
        asked, wanted = _errand(request, state)
        if iss and iss.rstrip("/") != provider.issuer:
            raise ProviderError("wrong", "another issuer answers")
        if error or not code:
            raise ProviderError("refused", "the provider refused")
        claims = await provider.claims(code, asked, _back(request), _now(request))
        return await run_in_threadpool(_let_in, request, claims, wanted)
    except ProviderError as refusal:
        return await _refused(request, refusal)


def _let_in(request: Request, claims: Mapping[str, Any], wanted: str) -> Response:
    settings = app_state(request).settings
    role = single_sign_on.mapped_role(claims, settings.oidc_role_claim, settings.oidc_roles)
    if role is None:
        raise ProviderError("no_role", "no role is mapped")
    try:
        with app_state(request).database.writing(NOBODY) as ctx:
            user_id = single_sign_on.admit(ctx, _vouched(settings.oidc_issuer, claims), role)
    except ForbiddenError:
        raise ProviderError("kept_out", "the user is disabled") from None
    except ConflictError as error:
        kind = "another" if error.code == "other_identity" else "wrong"
        raise ProviderError(kind, error.code) from None
    except InvalidError:
        raise ProviderError("unverified", "no verified address") from None
    response = enter(request, nobodys_shell(request), user_id, Form.filled({"next": wanted}))
    cookies.clear(request, response, _COOKIE)
    return response


def _vouched(issuer: str, claims: Mapping[str, Any]) -> Vouched:
    subject, email = claims.get("sub"), claims.get("email")
    # Source: OpenID Connect Core 1.0, section 2: at most 255 ASCII characters.
    if not isinstance(subject, str) or not (0 < len(subject) <= _LONGEST_SUBJECT):
        raise ProviderError("wrong", "no usable subject")
    vouched_for = isinstance(email, str) and claims.get("email_verified") in {True, "true"}
    return Vouched(issuer, subject, str(email) if vouched_for else None)


async def _refused(request: Request, error: ProviderError) -> Response:
    _log.warning("sso.refused kind=%s reason=%s", error.kind, error.reason)
    return await run_in_threadpool(_login, request, error)


def _login(request: Request, error: ProviderError) -> Response:
    chrome, form = nobodys_shell(request), Form()
    locale = console_voice(chrome.page, chrome.language)
    status = 502 if error.kind == "away" else 403
    form.refuse(locale.catalogue.gettext(_SENTENCES[error.kind]), status=status)
    response = show(request, chrome, "login", status, **ways_in(request, form))
    cookies.clear(request, response, _COOKIE)
    return response


def _errand(request: Request, state: str) -> tuple[AuthorizationRequest, str]:
    """What the browser took along, if it is what came back, and where it wanted to go."""
    opened = _seal(request).open(cookies.read(request, _COOKIE) or "")
    if opened is None:
        raise ProviderError("wrong", "the browser brought nothing of ours")
    kept, nonce, verifier, wanted, begun = json.loads(opened)
    late = _now(request) - datetime.fromisoformat(begun) > _LASTS
    if late or not state or state != kept:
        raise ProviderError("wrong", "too late" if late else "another state")
    return AuthorizationRequest(kept, nonce, verifier), wanted


def prepare() -> None:
    """Import what asking a provider takes: nobody who signs in should wait for that."""
    import app.net.client  # noqa: F401  # that it is there is all

    _kind()


def _kind() -> type["Provider"]:
    from app.web.oidc.provider import Provider

    return Provider


def _provider(request: Request) -> "Provider":
    settings = app_state(request).settings
    if not settings.oidc_issuer:
        raise NotFoundError("There is no single sign-on here.")
    return _kind()(settings, app_state(request).discovery)


def _seal(request: Request) -> BrowserBox:
    return BrowserBox.made_of(secret_key(app_state(request).settings), "single sign-on")


def _now(request: Request) -> datetime:
    return app_state(request).database.clock()


def _back(request: Request) -> str:
    return f"{app_state(request).settings.base_url}/console/login/single-sign-on/callback"
