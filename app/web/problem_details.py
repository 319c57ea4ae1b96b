"""Fields of problem details (RFC 9457), without a framework."""

import json
from http import HTTPStatus

__all__ = ["MEDIA_TYPE", "RETRY_AFTER", "problem_details", "problem_fields"]

MEDIA_TYPE = "application/problem+json"
# Seconds after which a client may try again when it was answered 503.
RETRY_AFTER = 5


def problem_fields(status: int, code: str, detail: str) -> dict[str, object]:
    """The fields of an answer with this status, with the error code of the API."""
    return {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": detail,
    }


def problem_details(status: int, code: str, detail: str) -> bytes:
    """The body of an answer of the server itself, which has these fields alone."""
    return json.dumps(problem_fields(status, code, detail)).encode()
