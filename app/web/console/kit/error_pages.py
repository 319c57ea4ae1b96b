"""Error pages of the console: sign in first, not allowed, not found, unavailable."""

from collections.abc import Mapping
from urllib.parse import quote

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from app.domain.errors import FyrError, UnavailableError
from app.domain.texts.phrases import N_
from app.rendering.console.error_messages import error_message
from app.rendering.console.pages import PageChrome, console_locale, unavailable_page
from app.web.console.kit.forms.carried_form import pack, unpack
from app.web.console.kit.forms.forms import Form
from app.web.console.kit.layout import anonymous_chrome, any_chrome, html, language_of, show
from app.web.console.kit.sign_in_options import sign_in_context

__all__ = ["error_page"]

_TITLES: Mapping[int, str] = {
    400: N_("This request cannot be read"),
    403: N_("You do not have permission for this"),
    404: N_("Page not found"),
    405: N_("This URL does not accept this method"),
    409: N_("Changed by another user"),
    413: N_("The request is too large"),
    422: N_("This request is not accepted"),
    429: N_("Too many attempts"),
    500: N_("An error occurred"),
}


def error_page(request: Request, status: int, error: FyrError) -> Response:
    """The page for `error`; the sign-in page when a session is missing (401)."""
    try:
        if status == 401:
            return _sign_in(request, is_again=error.code == "sign_in_again")
        if status == 503:
            return _unavailable(request, error)
        return _page(request, status, error)
    except UnavailableError as unavailable:
        return _unavailable(request, unavailable)


def _page(request: Request, status: int, error: FyrError) -> Response:
    chrome: PageChrome = getattr(request.state, "chrome", None) or any_chrome(request)
    locale = console_locale(chrome.page, chrome.language)
    title = locale.catalogue.gettext(_TITLES.get(status, _TITLES[422]))
    return show(
        request, chrome, "refused", status, title=title, sentence=error_message(error, locale)
    )


def _sign_in(request: Request, *, is_again: bool) -> Response:
    """The sign-in page, which carries the form of the request; `is_again` for a user who is signed
    in, but not within the last half hour.
    """
    if request.method in {"GET", "HEAD"}:
        query = f"?{request.url.query}" if request.url.query else ""
        wanted = quote(f"{request.url.path}{query}", safe="/")
        home = request.url.path in {"/console", "/console/"}
        return RedirectResponse("/console/login" if home else f"/console/login?next={wanted}", 303)
    form: Form = request.state.form
    carried = pack(request.url.path, form)
    chrome = anonymous_chrome(request)
    sign_in_form = Form.filled({"carried": carried})
    return show(
        request,
        chrome,
        "login",
        401,
        **sign_in_context(request, sign_in_form, files=bool(form.files), is_again=is_again),
    )


def _unavailable(request: Request, error: FyrError) -> Response:
    """A page that is rendered without the database; it can submit the interrupted form again."""
    form: Form | None = getattr(request.state, "form", None)
    carried = None if form is None else unpack(pack(request.url.path, form))
    language = language_of(request)
    response = html(unavailable_page(language, error, {"carried": carried}), 503)
    response.headers["Retry-After"] = "5"
    return response
