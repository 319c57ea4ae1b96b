"""Problems as RFC 9457 tells them: one JSON shape for everything that was refused or failed."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.responses import Response

__all__ = ["MEDIA_TYPE", "Fault", "RefusedError", "problem"]

MEDIA_TYPE = "application/problem+json"

# A request can be wrong in more ways than anybody reads.
_MOST_FAULTS = 20


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one field; `code` is stable, `message` is for people."""

    field: str
    code: str
    message: str


class RefusedError(HTTPException):
    """HTTP itself is used wrongly; `code` is as stable as those of the domain."""

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
    """The answer that tells of one problem. It is never cached."""
    body: dict[str, object] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": detail,
    }
    if faults:
        body["errors"] = [asdict(fault) for fault in faults[:_MOST_FAULTS]]
    every = {"Cache-Control": "no-store", **(headers or {})}
    return Response(json.dumps(body), status, every, MEDIA_TYPE)
