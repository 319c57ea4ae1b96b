"""Problem details (RFC 9457) of the server itself, without a framework."""

import json
from http import HTTPStatus

__all__ = ["MEDIA_TYPE", "RETRY_AFTER", "problem_details"]

MEDIA_TYPE = "application/problem+json"
# Seconds after which a client may try again when it was answered 503.
RETRY_AFTER = 5


def problem_details(status: int, code: str, detail: str) -> bytes:
    """The body of an answer with this status, with the error code of the API."""
    return json.dumps(
        {
            "type": "about:blank",
            "title": HTTPStatus(status).phrase,
            "status": status,
            "code": code,
            "detail": detail,
        }
    ).encode()
