"""Problem details (RFC 9457): the JSON of every refusal and failure, and the seam for pages."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Protocol

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from app.domain.errors import FyrError
from app.web.problem_details import MEDIA_TYPE, problem_fields

__all__ = ["ErrorPages", "Fault", "RefusedError", "problem"]

# A request body can break a rule in thousands of places; the first ones are enough.
_MAX_FAULTS = 20


@dataclass(frozen=True, slots=True)
class Fault:
    """A field that breaks a rule; `code` is stable, `message` is a sentence for people."""

    field: str
    code: str
    message: str


class ErrorPages(Protocol):
    """Renders refusals and failures as pages, for the addresses of one part of the site."""

    def handles(self, request: Request) -> bool:
        """Whether the request is for an address of this part."""

    def render(self, request: Request, status: int, error: FyrError) -> Response:
        """The page for `error` with this status."""


class RefusedError(HTTPException):
    """A request that misuses HTTP; `code` is stable."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(status, detail)
        self.code = code


def problem(
    status: int,
    code: str,
    detail: str,
    *,
    faults: Sequence[Fault] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The problem+json response, which no cache may store."""
    body = problem_fields(status, code, detail)
    if faults:
        body["errors"] = [asdict(fault) for fault in faults[:_MAX_FAULTS]]
    every = {"Cache-Control": "no-store", **(headers or {})}
    return Response(json.dumps(body), status, every, MEDIA_TYPE)
