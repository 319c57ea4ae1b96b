"""Everything that can be wrong with a request, as a tree with stable codes.

FyrError
├── InvalidError           what was sent cannot be understood or breaks a rule
├── NotFoundError          there is nothing there, or the actor may not know of it
├── ForbiddenError         the actor's role does not allow this
├── UnauthenticatedError   nobody we know
├── ConflictError          it clashes with what is there already
├── TooManyError           tried too often; `data["seconds"]` tells when it may be tried again
└── UnavailableError       we cannot take this now; the same request may pass later
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
    """A refusal with a stable `code`, a sentence for people, and the field it is about.

    `code` never changes once released; the sentence may. Nothing here knows of HTTP.
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
    """What was sent cannot be understood or breaks a rule."""

    code = "invalid"


class NotFoundError(FyrError):
    """There is nothing there, or the actor may not know of it."""

    code = "not_found"


class ForbiddenError(FyrError):
    """The actor's role does not allow this."""

    code = "forbidden"


class UnauthenticatedError(FyrError):
    """The credentials are missing, wrong or revoked."""

    code = "unauthenticated"


class ConflictError(FyrError):
    """It clashes with what is there already."""

    code = "conflict"


class TooManyError(FyrError):
    """Tried too often; `data["seconds"]` tells when it may be tried again."""

    code = "too_many_attempts"


class UnavailableError(FyrError):
    """We cannot take this now; the same request may pass later."""

    code = "unavailable"
