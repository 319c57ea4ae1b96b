"""API route whose JSON body is parsed strictly, and whose responses are not cached."""

from collections.abc import Callable, Coroutine, Mapping
from email.message import Message
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.requests import ClientDisconnect

from app.payloads.strict_json import Json, JsonFault, JsonFormatError, JsonLimits, read_json
from app.web.problems import RefusedError

__all__ = ["API_LIMITS", "JsonRoute", "parse_body"]

# Integers of 18 characters fit in 64 bits, as the database stores them.
API_LIMITS = JsonLimits(max_depth=32, max_digits=18)

# The code and the message of each fault; `{}` is its detail.
_FAULTS: Mapping[JsonFault, tuple[str, str]] = {
    JsonFault.SYNTAX: ("invalid_json", "The body is not JSON: {}."),
    JsonFault.CONSTANT: ("invalid_json", "The body is not JSON: {} is no JSON number."),
    JsonFault.DEPTH: (
        "json_too_deep",
        f"The body nests deeper than {API_LIMITS.max_depth} levels.",
    ),
    JsonFault.DIGITS: ("number_too_large", "The body has a number with too many digits."),
    JsonFault.RANGE: ("number_too_large", "The body has a number that is too large."),
    JsonFault.DUPLICATE_NAME: ("duplicate_key", "The body says {!a} twice in one object."),
    JsonFault.SURROGATE: ("lone_surrogate", "The body has half of a surrogate pair."),
}

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class JsonRoute(APIRoute):
    """Parses the body before the handler runs; responses have `Cache-Control: no-store`."""

    def get_route_handler(self) -> Handler:
        handle = super().get_route_handler()
        has_body = self.body_field is not None

        async def handler(request: Request) -> Response:
            if has_body:
                request = await _with_parsed_body(request)
            response = await handle(request)
            response.headers["Cache-Control"] = "no-store"
            return response

        return handler


class _ParsedRequest(Request):
    """A request whose body is parsed; the framework calls `json` for it."""

    content: Any = None

    async def json(self) -> Any:  # noqa: ANN401  # the signature of Starlette
        return self.content


async def _with_parsed_body(request: Request) -> Request:
    _check_media_type(request.headers.get("content-type"))
    parsed = _ParsedRequest(request.scope, request.receive)
    try:
        raw = await parsed.body()
    except ClientDisconnect:
        raise RefusedError(400, "body_incomplete", "The body ended too early.") from None
    parsed.content = parse_body(raw)
    return parsed


def _check_media_type(given: str | None) -> None:
    if given is None:
        return  # curl and others send JSON without a type
    message = Message()
    message["content-type"] = given
    kind = message.get_content_type()
    if kind != "application/json" and not kind.endswith("+json"):
        raise RefusedError(
            415, "unsupported_media_type", "Send JSON, with `Content-Type: application/json`."
        )


def parse_body(raw: bytes) -> Json:
    """Parse a request body as JSON within API_LIMITS. Raises RefusedError (400)."""
    try:
        return read_json(raw.decode("utf-8"), API_LIMITS)
    except UnicodeDecodeError:
        raise RefusedError(400, "invalid_utf8", "The body is not UTF-8.") from None
    except JsonFormatError as error:
        code, detail = _FAULTS[error.fault]
        shown = error.detail[:60] if error.fault is JsonFault.DUPLICATE_NAME else error.detail
        raise RefusedError(400, code, detail.format(shown)) from None
