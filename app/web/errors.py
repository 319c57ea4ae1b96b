"""Exception handlers: every error becomes problem+json with a stable code, or a page.

An unexpected exception becomes a 500 without details, and one log line with its place.
"""

import logging
import mimetypes
from collections.abc import Mapping
from contextlib import suppress

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.domain.errors import (
    ConflictError,
    ForbiddenError,
    FyrError,
    InvalidError,
    NotFoundError,
    TooManyError,
    UnauthenticatedError,
    UnavailableError,
)
from app.web.dependencies import app_state
from app.web.page_cache.serving.conditional_request import parse_headers
from app.web.problems import ErrorPages, Fault, RefusedError, problem
from app.web.public.error_pages import not_found_page, unavailable_page
from app.web.public.former_paths import moved_page
from app.web.requests.route_templates import route_template
from app.web.validation_faults import errors_of_fields, fault_of

__all__ = ["install"]

_log = logging.getLogger("fyr.web")

_STATUS: Mapping[type[FyrError], int] = {
    InvalidError: 422,
    NotFoundError: 404,
    ForbiddenError: 403,
    UnauthenticatedError: 401,
    ConflictError: 409,
    TooManyError: 429,
    UnavailableError: 503,
}
_HEADERS: Mapping[int, Mapping[str, str]] = {
    401: {"WWW-Authenticate": 'Bearer realm="fyr"'},
    503: {"Retry-After": "5"},
}
# Refusals of the framework, by status: code and detail.
_CODES = {
    400: ("bad_request", "The request cannot be read."),
    404: ("not_found", "There is nothing at this URL."),
    405: ("method_not_allowed", "This URL does not accept this method."),
}


def install(app: FastAPI) -> None:
    """Register the exception handlers and the middleware for unexpected exceptions."""
    app.add_exception_handler(FyrError, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _unserved)
    app.add_middleware(_UnexpectedErrors)


def _console(request: Request) -> ErrorPages:
    return app_state(request).console_errors


def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, FyrError)  # noqa: S101  # as it was registered
    status = next((number for kind, number in _STATUS.items() if isinstance(error, kind)), 422)
    if isinstance(error, UnavailableError):
        about = _about(request.scope, error.__cause__ or error)
        _log.warning("web.unavailable %s cause=%s", about, error.cause or "-")
    if _console(request).handles(request):
        return _console(request).render(request, status, error)
    if _is_page(request) and status in {404, 503}:
        return _page(request, status)
    faults = [Fault(error.field, error.code, error.message)] if error.field else []
    headers = _HEADERS.get(status)
    if isinstance(error, TooManyError):
        headers = {"Retry-After": str(error.data.get("seconds", 60))}
    headers = {**(headers or {}), **getattr(request.state, "quota_headers", {})}
    return problem(status, error.code, error.message, faults=faults, headers=headers)


def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101
    found = errors_of_fields(error.errors())
    if _console(request).handles(request) or any(each["loc"][0] == "path" for each in found):
        # A path parameter that breaks its rule names nothing that exists.
        return _refused(request, NotFoundError("There is nothing at this URL."))
    faults = [fault_of(each, each["loc"][1:]) for each in found]
    first = faults[0]
    detail = f"{first.field}: {first.message}" if first.field else first.message
    return problem(422, InvalidError.code, detail, faults=faults)


def _unserved(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101
    status = error.status_code
    if _console(request).handles(request):
        return _unserved_in_console(request, error)
    if status == 404 and _is_page(request):
        return _page(request, status)
    code, detail = _CODES.get(status, ("refused", error.detail))
    if isinstance(error, RefusedError):
        code, detail = error.code, error.detail
    headers = {"Allow": _allowed(request)} if status == 405 else error.headers
    return problem(status, code, detail, headers=headers)


def _unserved_in_console(request: Request, error: HTTPException) -> Response:
    code, detail = _CODES.get(error.status_code, ("refused", error.detail))
    if isinstance(error, RefusedError):
        code, detail = error.code, error.detail
    return _console(request).render(request, error.status_code, FyrError(detail, code=code))


def _allowed(request: Request) -> str:
    """The methods that any route of this path takes; the framework lists those of one route."""
    scope = request.scope
    return ", ".join(
        method
        for method in ("DELETE", "GET", "HEAD", "PATCH", "POST", "PUT")
        if any(
            route.matches({**scope, "method": method})[0] is Match.FULL
            for route in request.app.routes
        )
    )


def _is_page(request: Request) -> bool:
    """Whether the path is one of a page, by its ending and prefix."""
    path = request.url.path
    kind, _ = mimetypes.guess_type(path.rpartition("/")[2])
    return not f"{path}/".startswith("/api/") and kind in {None, "text/html"}


def _page(request: Request, status: int) -> Response:
    if status == 404:
        try:
            return _moved_page(request) or not_found_page(request)
        except UnavailableError:
            return _plain(404, "There is nothing at this URL.")
    if parse_headers(request.scope["headers"]).wants_text:
        return _plain(status, "This page cannot be shown at the moment. Try again soon.")
    page = unavailable_page(request)
    page.headers.update(_HEADERS[503])
    return page


def _moved_page(request: Request) -> Response | None:
    """The redirect of a former address; None also while the database is not available."""
    try:
        return moved_page(request)
    except UnavailableError:
        return None


def _plain(status: int, text: str) -> Response:
    headers = {"Cache-Control": "no-store", **_HEADERS.get(status, {})}
    return Response(f"{text}\n", status, headers, "text/plain")


class _UnexpectedErrors:
    """Middleware that answers an unexpected exception with 500 and logs it once."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def noting(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, noting)
        except Exception as error:
            if scope["type"] != "http":
                raise
            _log.exception("web.failed %s", _about(scope, error))
            if started:
                raise
            answer = await run_in_threadpool(_failed, Request(scope))
            await answer(scope, receive, send)


def _failed(request: Request) -> Response:
    error = FyrError("An internal error occurred. It has been logged.", code="internal_error")
    if _console(request).handles(request):
        # What caused the failure can also make rendering its page fail.
        with suppress(Exception):
            return _console(request).render(request, 500, error)
    return problem(500, error.code, error.message)


def _about(scope: Scope, error: BaseException) -> str:
    """The method, the template of the route and the kind of an error.

    Never the path itself: that of a hook, an invitation or a first admin is a secret.
    """
    return f"method={scope['method']} path={route_template(scope)} error={type(error).__name__}"
