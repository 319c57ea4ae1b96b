"""Bodies of requests: JSON as RFC 8259 means it, and nothing that two readers read differently."""

import json
from collections.abc import Callable, Coroutine
from email.message import Message
from typing import Any, NoReturn

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.requests import ClientDisconnect

from app.web.problems import RefusedError

__all__ = ["JsonRoute", "parsed"]

_DEEPEST = 32
_LONGEST_NUMBER = 18

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class JsonRoute(APIRoute):
    """Reads the body strictly before anything else, and lets nobody cache the answer."""

    def get_route_handler(self) -> Handler:
        handle = super().get_route_handler()
        takes_body = self.body_field is not None

        async def handler(request: Request) -> Response:
            if takes_body:
                request = await _read(request)
            response = await handle(request)
            response.headers["Cache-Control"] = "no-store"
            return response

        return handler


class _ReadRequest(Request):
    """A request whose body has been read."""

    content: Any = None

    async def json(self) -> Any:  # noqa: ANN401  # as the framework has it
        return self.content


async def _read(request: Request) -> Request:
    _check_type(request.headers.get("content-type"))
    read = _ReadRequest(request.scope, request.receive)
    try:
        raw = await read.body()
    except ClientDisconnect:
        raise RefusedError(400, "body_incomplete", "The body ended too early.") from None
    read.content = parsed(raw)
    return read


def _check_type(given: str | None) -> None:
    if given is None:
        return  # what parses is taken for what it looks like
    message = Message()
    message["content-type"] = given
    kind = message.get_content_type()
    if kind != "application/json" and not kind.endswith("+json"):
        raise RefusedError(
            415, "unsupported_media_type", "Send JSON, with `Content-Type: application/json`."
        )


def parsed(raw: bytes) -> Any:  # noqa: ANN401  # any JSON
    """What `raw` says. Raises RefusedError (400) unless it is plain, well-formed JSON."""
    try:
        content = json.loads(
            raw.decode("utf-8"),
            object_pairs_hook=_object,
            parse_constant=_no_constant,
            parse_int=_integer,
            parse_float=_fraction,
        )
    except UnicodeDecodeError:
        _refuse("invalid_utf8", "The body is not UTF-8.")
    except json.JSONDecodeError as error:
        _refuse("invalid_json", f"The body is not JSON: {error.msg} at character {error.pos}.")
    except RecursionError:
        _refuse("json_too_deep", f"The body nests deeper than {_DEEPEST} levels.")
    _check_inside(content)
    return content


def _refuse(code: str, detail: str) -> NoReturn:
    raise RefusedError(400, code, detail)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = dict(pairs)
    if len(names) < len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        _refuse("duplicate_key", f"The body says {twice[:60]!a} twice in one object.")
    return names


def _no_constant(name: str) -> NoReturn:
    _refuse("invalid_json", f"The body is not JSON: {name} is no JSON number.")


def _integer(digits: str) -> int:
    if len(digits) > _LONGEST_NUMBER:
        _refuse("number_too_large", "The body has a number with too many digits.")
    return int(digits)


def _fraction(digits: str) -> float:
    number = float(digits)
    if number in (float("inf"), float("-inf")):
        _refuse("number_too_large", "The body has a number that is too large.")
    return number


def _check_inside(content: object) -> None:
    """Refuse deep nesting, and halves of characters that no encoding can say."""
    waiting = [(content, 1)]
    while waiting:
        value, depth = waiting.pop()
        if depth > _DEEPEST:
            _refuse("json_too_deep", f"The body nests deeper than {_DEEPEST} levels.")
        if isinstance(value, str):
            _check_text(value)
        elif isinstance(value, list):
            waiting += [(each, depth + 1) for each in value]
        elif isinstance(value, dict):
            waiting += [(each, depth + 1) for pair in value.items() for each in pair]


def _check_text(text: str) -> None:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        _refuse("lone_surrogate", "The body has half of a surrogate pair.")
