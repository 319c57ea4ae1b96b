"""Errors of the application, as a tree with stable codes.

FyrError
├── InvalidError           the input is malformed or violates a rule
├── NotFoundError          the subject does not exist, or the actor may not know that it does
├── ForbiddenError         the role of the actor does not allow the action
├── UnauthenticatedError   the credentials are missing, wrong or revoked
├── ConflictError          the request conflicts with the current state
├── TooManyError           too many attempts; `data["seconds"]` until the next one is allowed
└── UnavailableError       the database does not accept it now; a retry can succeed
"""

from collections.abc import Mapping
from types import MappingProxyType

__all__ = [
    "ConflictError",
    "ForbiddenError",
    "FyrError",
    "InvalidError",
    "NotFoundError",
    "TooManyError",
    "UnauthenticatedError",
    "UnavailableError",
]


class FyrError(Exception):
    """An error with a stable `code`, a message for people, and the field that it is about.

    A released `code` never changes; a message may. Errors do not depend on HTTP.
    """

    code = "error"

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        field: str | None = None,
        data: Mapping[str, str | int] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or type(self).code
        self.field = field
        self.data = MappingProxyType(dict(data or {}))


class InvalidError(FyrError):
    """The input is malformed or violates a rule."""

    code = "invalid"


class NotFoundError(FyrError):
    """The subject does not exist, or the actor may not know that it does."""

    code = "not_found"


class ForbiddenError(FyrError):
    """The role of the actor does not allow the action."""

    code = "forbidden"


class UnauthenticatedError(FyrError):
    """The credentials are missing, wrong or revoked."""

    code = "unauthenticated"


class ConflictError(FyrError):
    """The request conflicts with the current state."""

    code = "conflict"


class TooManyError(FyrError):
    """Too many attempts; `data["seconds"]` is the time until the next one is allowed."""

    code = "too_many_attempts"


class UnavailableError(FyrError):
    """The database does not accept the request now; a retry can succeed.

    `cause` is one line about the reason, without secrets, for the log and the terminal alone.
    """

    code = "unavailable"
    cause = ""
