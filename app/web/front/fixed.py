"""What stays the same until the next release: it is read from no record and has no language."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.web.front.stored import Look

__all__ = ["FOR_EVER", "Fixed"]

# Under an address that changes with its content.
FOR_EVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Fixed:
    """Bytes at an address. `beneath` it answers for everything that has no address of its own."""

    path: str
    body: bytes
    content_type: str
    caching: str
    headers: tuple[tuple[str, str], ...] = ()
    status: int = 200
    beneath: str = ""

    @property
    def told(self) -> Mapping[str, str]:
        """The headers beside those that every answer has."""
        about = {"Content-Type": self.content_type, "Cache-Control": self.caching}
        return {**about, **dict(self.headers)}

    @property
    def look(self) -> Look:
        """The same as of a page."""
        return Look(self.content_type, "", self.caching, self.headers, self.status)
