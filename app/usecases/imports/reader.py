"""Reader for untrusted documents: access with type checks; errors name the path of the value."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from app.domain.errors import ConflictError, InvalidError
from app.domain.validation import check_time

__all__ = ["DocumentReader"]

MemberT = TypeVar("MemberT", bound=StrEnum)


class DocumentReader:
    """One object of the document; `path` is its path, such as `incidents[2]`."""

    def __init__(self, value: object, path: str = "") -> None:
        if not isinstance(value, dict):
            raise InvalidError(f"{path or 'The document'} must be an object.", field=path or None)
        self._values: Mapping[str, object] = value
        self._path = path

    @contextmanager
    def naming(self) -> Iterator[None]:
        """Context in which an error that does not name the path of this object is given it."""
        try:
            yield
        except (ConflictError, InvalidError) as error:
            if self._path in error.message:
                raise
            message = f"{self._path}: {error.message}"
            raise InvalidError(message, code=error.code, field=self._path) from error

    def at(self, field: str) -> str:
        """The path of a field of this object."""
        return f"{self._path}.{field}" if self._path else field

    def text(self, field: str) -> str:
        """A required text. Raises InvalidError."""
        value = self._values.get(field)
        if not isinstance(value, str):
            raise self._wrong(field, "must be a text")
        return value

    def optional_text(self, field: str) -> str | None:
        """A text, or None when missing. Raises InvalidError."""
        return None if self._values.get(field) is None else self.text(field)

    def strings(self, field: str) -> Mapping[str, str]:
        """An object of texts; empty when missing. Raises InvalidError."""
        value = self._values.get(field, {})
        if not isinstance(value, dict) or not all(isinstance(each, str) for each in value.values()):
            raise self._wrong(field, "must be an object of texts")
        return value

    def translated(self, field: str) -> str | Mapping[str, str] | None:
        """A text, or an object of texts by language tag, or None when missing."""
        value = self._values.get(field)
        return value if value is None or isinstance(value, str) else self.strings(field)

    def instant(self, field: str) -> datetime:
        """A required time with its zone (RFC 3339), in UTC. Raises InvalidError."""
        try:
            return check_time(datetime.fromisoformat(self.text(field)), field=self.at(field))
        except ValueError:
            raise self._wrong(field, "must be a time such as 2021-09-30T14:01:00Z") from None

    def optional_instant(self, field: str) -> datetime | None:
        """A time with its zone (RFC 3339), in UTC, or None when missing. Raises InvalidError."""
        return None if self._values.get(field) is None else self.instant(field)

    def optional_time(self, field: str) -> str | None:
        """A time as `optional_instant` reads it, as text that is stored."""
        at = self.optional_instant(field)
        return None if at is None else at.isoformat()

    def child(self, field: str) -> "DocumentReader | None":
        """A nested object, or None when missing. Raises InvalidError."""
        value = self._values.get(field)
        return None if value is None else DocumentReader(value, self.at(field))

    def children(self, field: str) -> Iterator["DocumentReader"]:
        """The objects of a list; none when missing."""
        value = self._values.get(field, [])
        if not isinstance(value, list):
            raise self._wrong(field, "must be a list")
        for number, each in enumerate(value):
            yield DocumentReader(each, f"{self.at(field)}[{number}]")

    def member(self, field: str, value: str, kind: type[MemberT]) -> MemberT:
        """`value` as a member of an enumeration. Raises InvalidError naming `field`."""
        try:
            return kind(value)
        except ValueError:
            known = ", ".join(member.value for member in kind)
            raise self._wrong(field, f"is {value[:60]!r}; known are {known}") from None

    def value(self, field: str) -> object:
        """The value of a field as it is; None when missing."""
        return self._values.get(field)

    def is_null(self, field: str) -> bool:
        """Whether a field is null or missing."""
        return self._values.get(field) is None

    def flag(self, field: str) -> bool:
        """A truth value; False when missing. Raises InvalidError."""
        value = self._values.get(field, False)
        if not isinstance(value, bool):
            raise self._wrong(field, "must be true or false")
        return value

    def number(self, field: str) -> int | None:
        """An integer, or None when missing. Raises InvalidError."""
        value = self._values.get(field)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
            raise self._wrong(field, "must be a whole number")
        return value

    def texts(self, field: str) -> list[str]:
        """A list of texts; empty when missing. Raises InvalidError."""
        value = self._values.get(field)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise self._wrong(field, "must be a list of texts")
        return value

    def _wrong(self, field: str, what: str) -> InvalidError:
        return InvalidError(f"{self.at(field)} {what}.", field=self.at(field))
