"""API route whose JSON body is parsed strictly, and whose responses are not cached.

Query parameters that the route does not know are refused.
The sender is authenticated before anything of the body is read. The body is parsed and validated
in a thread: parsing and validating take a second for a megabyte that is made to.
"""

from collections.abc import Callable, Collection, Coroutine, Mapping
from email.message import Message
from typing import Any

from fastapi import Request, Response
from fastapi._compat import ModelField
from fastapi.dependencies.utils import get_flat_params
from fastapi.exceptions import RequestValidationError
from fastapi.params import Query
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool

from app.payloads.strict_json import Json, JsonFault, JsonFormatError, JsonLimits, read_json
from app.web.dependencies import actor_of
from app.web.problems import RefusedError
from app.web.requests.request_body import parse_body, read_body

__all__ = ["API_LIMITS", "JsonRoute", "read_json_body"]

# Integers of 18 characters fit in 64 bits, as the database stores them. Each value can be an error
# of its own, and pydantic holds the interpreter's lock for 3 µs for each of them.
API_LIMITS = JsonLimits(max_depth=32, max_digits=18, max_values=5000)

# The code and the message of each fault; `{}` is its detail.
_FAULTS: Mapping[JsonFault, tuple[str, str]] = {
    JsonFault.SYNTAX: ("invalid_json", "The body is not JSON: {}."),
    JsonFault.CONSTANT: ("invalid_json", "The body is not JSON: {} is no JSON number."),
    JsonFault.DEPTH: (
        "json_too_deep",
        f"The body nests deeper than {API_LIMITS.max_depth} levels.",
    ),
    JsonFault.VALUES: (
        "too_many_values",
        f"The body has more than {API_LIMITS.max_values} values.",
    ),
    JsonFault.DIGITS: ("number_too_large", "The body has a number with too many digits."),
    JsonFault.RANGE: ("number_too_large", "The body has a number that is too large."),
    JsonFault.DUPLICATE_NAME: ("duplicate_key", "The body says {!a} twice in one object."),
    JsonFault.SURROGATE: ("lone_surrogate", "The body has half of a surrogate pair."),
}

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class JsonRoute(APIRoute):
    """Authenticates, then parses the body, then runs the handler.

    Responses have `Cache-Control: no-store`.
    """

    def get_route_handler(self) -> Handler:
        handle = super().get_route_handler()
        body_field = self.body_field
        known = {
            field.alias
            for field in get_flat_params(self.dependant)
            if isinstance(field.field_info, Query)
        }

        async def handler(request: Request) -> Response:
            unknown = request.query_params.keys() - known
            if unknown:
                await run_in_threadpool(actor_of, request)
                raise _unknown_parameter(min(unknown), known)
            if body_field is not None:
                await run_in_threadpool(actor_of, request)
                request = await _with_valid_body(request, body_field)
            response = await handle(request)
            response.headers["Cache-Control"] = "no-store"
            response.headers.update(getattr(request.state, "quota_headers", {}))
            return response

        return handler


def _unknown_parameter(name: str, known: Collection[str]) -> RefusedError:
    taken = ", ".join(f"`{each}`" for each in sorted(known)) or "none"
    return RefusedError(
        422,
        "unknown_parameter",
        f"There is no query parameter {name[:60]!a}. Known here: {taken}.",
    )


class _ValidRequest(Request):
    """A request whose body is validated; the framework calls `json` for it.

    The framework validates what `json` returns, which is quick: it passes an instance on.
    """

    content: Any = None

    async def json(self) -> Any:  # noqa: ANN401  # the signature of Starlette
        return self.content


async def _with_valid_body(request: Request, body_field: ModelField) -> Request:
    _check_media_type(request.headers.get("content-type"))
    valid = _ValidRequest(request.scope, request.receive)
    raw = await read_body(valid)
    valid.content = await parse_body(request.scope, lambda: _validate(raw, body_field))
    return valid


def _validate(raw: bytes, body_field: ModelField) -> object:
    content, faults = body_field.validate(read_json_body(raw), {}, loc=("body",))
    if faults:
        raise RequestValidationError(faults)
    return content


def _check_media_type(content_type: str | None) -> None:
    if content_type is None:
        return  # curl and others send JSON without a type
    message = Message()
    message["content-type"] = content_type
    kind = message.get_content_type()
    if kind != "application/json" and not kind.endswith("+json"):
        raise RefusedError(
            415, "unsupported_media_type", "Send JSON, with `Content-Type: application/json`."
        )


def read_json_body(raw: bytes) -> Json:
    """Parse a request body as JSON within API_LIMITS. Raises RefusedError (400)."""
    try:
        return read_json(raw.decode("utf-8"), API_LIMITS)
    except UnicodeDecodeError:
        raise RefusedError(400, "invalid_utf8", "The body is not UTF-8.") from None
    except JsonFormatError as error:
        code, detail = _FAULTS[error.fault]
        shown = error.detail[:60] if error.fault is JsonFault.DUPLICATE_NAME else error.detail
        raise RefusedError(400, code, detail.format(shown)) from None
