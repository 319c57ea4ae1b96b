"""Responses of a source, stored for the next import: an unchanged one is not sent again.

A request for a stored response has If-None-Match with its entity tag (RFC 9110 section 13.1.2).
GitHub does not count the answer 304 against its limit of requests.
"""

import json
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from app import private_files

__all__ = ["ResponseStore", "TaggedResponse"]

_MOST_BYTES = 8_000_000
_MOST_TOTAL_BYTES = 200_000_000
_HEADER_BYTES = 2_000


@dataclass(frozen=True, slots=True)
class TaggedResponse:
    """A response with its entity tag, as the server wrote it."""

    tag: str
    media_type: str
    next_page: int | None
    body: bytes


class ResponseStore:
    """The responses of one source, in files that only this user can read.

    A file that cannot be read or written counts as none: the response is requested in full.
    """

    def __init__(self, folder: Path, source: str) -> None:
        self._folder = folder / sha256(source.encode()).hexdigest()[:32]
        self._used: set[str] = set()
        self._written = 0

    def find(self, *request: str) -> TaggedResponse | None:
        """The stored response to a request: its address, and the headers that change it."""
        file = self._file(request)
        try:
            with file.open("rb") as opened:
                header = json.loads(opened.readline(_HEADER_BYTES))
                body = opened.read(_MOST_BYTES + 1)
            tag, media_type, following, digest = header
        except (OSError, ValueError, TypeError):
            return None
        # A file that was cut, or changed by hand, is no response of the server.
        is_page = following is None or isinstance(following, int)
        if digest != sha256(body).hexdigest() or not isinstance(tag, str) or not is_page:
            return None
        self._used.add(file.name)
        return TaggedResponse(tag, str(media_type), following, body)

    def save(self, response: TaggedResponse, *request: str) -> None:
        """Store a response, if it is not too large. An older one is replaced."""
        size = len(response.body)
        if size > _MOST_BYTES or self._written + size > _MOST_TOTAL_BYTES:
            return
        digest = sha256(response.body).hexdigest()
        header = json.dumps([response.tag, response.media_type, response.next_page, digest])
        if len(header) >= _HEADER_BYTES:
            return
        file = self._file(request)
        with suppress(OSError):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with private_files.replacing(file, is_durable=False) as out:
                out.write(header.encode() + b"\n" + response.body)
            self._used.add(file.name)
            self._written += size

    def forget_others(self) -> None:
        """Delete the responses that were not used, after an import that read everything.

        An import that made no request, such as one that goes on writing, deletes none.
        """
        if not self._used:
            return
        with suppress(OSError):
            for file in self._folder.iterdir():
                if file.name not in self._used:
                    file.unlink(missing_ok=True)

    def _file(self, request: tuple[str, ...]) -> Path:
        return self._folder / sha256("\0".join(request).encode()).hexdigest()
