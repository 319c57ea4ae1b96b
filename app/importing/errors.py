"""Why a source cannot be imported: errors with codes, for which the console has translations.

`place` is the file, address or field that an error is about. A message begins with it.
"""

from typing import Self

from app.domain.errors import InvalidError

__all__ = [
    "HiddenPageError",
    "OversizedSourceError",
    "PageNotNamedError",
    "RedirectedSourceError",
    "RefusedTokenError",
    "SourceStatusError",
    "UnreachableSourceError",
    "UnreadableSourceError",
    "UnsuitableSourceError",
    "UnsuitableTimeError",
]


class _PlacedError(InvalidError):
    """An error about a place of the source."""

    def __init__(self, place: str, message: str, **data: str | int) -> None:
        super().__init__(message, field=place, data={"place": place, **data})


class RefusedTokenError(_PlacedError):
    """The server of the source refuses the token. `data` has the status."""

    code = "import_token_refused"


class SourceStatusError(_PlacedError):
    """The server of the source answers with another status than expected. `data` has it."""

    code = "import_source_status"


class UnreachableSourceError(_PlacedError):
    """The server of the source does not answer."""

    code = "import_unreachable"


class RedirectedSourceError(_PlacedError):
    """The server of the source redirects to another host. `data` has the host."""

    code = "import_redirected"


class OversizedSourceError(_PlacedError):
    """A file, a response, or what the source has in all is larger than Fyr reads."""

    code = "import_too_large"


class UnsuitableSourceError(_PlacedError):
    """What was given is no source of this kind."""

    code = "import_wrong_source"


class UnreadableSourceError(_PlacedError):
    """A file or a response is damaged, or is not in the format that the source has."""

    code = "import_unreadable"

    @classmethod
    def of_file(cls, name: str, error: OSError | ValueError) -> Self:
        """The error for a file that cannot be opened, and what to give in place of a folder."""
        if isinstance(error, IsADirectoryError):
            return cls(name, f"{name} is a folder, not a file.")
        reason = getattr(error, "strerror", None) or "it is no file name"
        return cls(name, f"{name} cannot be read: {reason}.")


class UnsuitableTimeError(_PlacedError):
    """A text is no time, or one that cannot be imported."""

    code = "import_invalid_time"


class PageNotNamedError(InvalidError):
    """The source has several pages, and it is not clear which one is meant. `data` has them."""

    code = "import_page_needed"

    def __init__(self, message: str, pages: str) -> None:
        super().__init__(message, field="page", data={"pages": pages})


class HiddenPageError(InvalidError):
    """The source does not show the page to everybody."""

    code = "import_page_hidden"

    def __init__(self, message: str) -> None:
        super().__init__(message, field="page")
