"""What importers use besides the standard library: files, folders, SQLite, YAML, JSON and HTTP.

Everything is bounded, and requests go to the server of the source only.
"""

import asyncio
import json
import os
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from fnmatch import fnmatch
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import SplitResult, parse_qs, urljoin, urlsplit

from app import __version__
from app.domain.errors import InvalidError
from app.importing.errors import (
    OversizedSourceError,
    RedirectedSourceError,
    RefusedTokenError,
    SourceStatusError,
    UnreachableSourceError,
    UnreadableSourceError,
    UnsuitableSourceError,
)
from app.importing.files.json_text import parse_json
from app.importing.files.sqlite import SqliteSource, open_sqlite
from app.importing.files.yaml_text import parse_yaml
from app.importing.http.addresses import parse_address
from app.importing.http.response_store import ResponseStore, TaggedResponse
from app.net.client import BoundedResponse, Limits, request
from app.net.errors import AddressRefusedError, OutboundError, RequestFailedError, TooLargeError
from app.net.guard import Guard
from app.ports.importer import SourceResponse

__all__ = ["SourceTools"]

_MAX_RESPONSE_BYTES = 32_000_000
_MAX_FILE_BYTES = 64_000_000
_MAX_LINE_BYTES = 32_000_000
_MAX_FILES = 200_000
_MAX_REQUESTS = 10_000
_MAX_REDIRECTS = 5
_MOST_WAIT_SECONDS = 600.0
_LONGEST_STEP_SECONDS = 60.0
_SHORTEST_WAIT_SECONDS = 1.0
# 420 is what Statuspage answers to too many requests.
_WAIT = frozenset({420, 429, 503})
_FAILED = frozenset({500, 502, 504})
_FAILURES = 3
_NOT_MODIFIED = 304
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_USER_AGENT = f"fyr/{__version__} (import)"
_LINK = re.compile(r"<([^>]*)>([^,<]*)")
_NEXT = re.compile(r"""\brel\s*=\s*"?(?:[^"]*\s)?next(?:\s|"|;|$)""", re.IGNORECASE)


@dataclass
class SourceTools:
    """The tools for one source: implements `ImportTools`. Use it as a context manager."""

    source: str
    guard: Guard
    token: str | None = None
    responses: ResponseStore | None = None
    sleep: Callable[[float], None] = time.sleep
    monotonic: Callable[[], float] = time.monotonic
    requests: int = field(default=0, init=False)
    _waited: float = field(default=0.0, init=False)
    _last_at: float | None = field(default=None, init=False)
    _open: ExitStack = field(default_factory=ExitStack, init=False)
    _runner: asyncio.Runner | None = field(default=None, init=False)

    def __repr__(self) -> str:
        return "SourceTools()"  # a token and an address may be secret

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.close()
        if self.responses is not None and kind is None:
            self.responses.forget_others()

    # -- addresses -----------------------------------------------------------------

    def get(
        self,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        per_second: float = 5.0,
        keep: bool = False,
    ) -> SourceResponse:
        """The response to a GET of `path` at the server of the source, whatever its status."""
        base, url = self._base(), self._url(path)
        store = self.responses if keep or self.token is None else None
        for _ in range(_MAX_REDIRECTS + 1):
            response = self._unless_stored(store, url, headers or {}, per_second)
            if isinstance(response, SourceResponse):
                return response
            url = self._redirected(base, url, response)
        raise UnreachableSourceError(
            _shown(url), f"{_shown(url)} redirects more than {_MAX_REDIRECTS} times."
        )

    def post(
        self, path: str, value: object, *, headers: Mapping[str, str] | None = None
    ) -> SourceResponse:
        """The response to a POST of a JSON value to `path`, a query that changes nothing there."""
        sent = {"content-type": "application/json", **(headers or {})}
        response = self._patiently(self._url(path), sent, 5.0, json.dumps(value))
        kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        return SourceResponse(response.status, kind, response.body)

    def _unless_stored(
        self,
        store: ResponseStore | None,
        url: str,
        headers: Mapping[str, str],
        per_second: float,
    ) -> SourceResponse | str:
        """The response, from the store when it is unchanged; or where it redirects to."""
        request = (url, headers.get("accept", ""), self.token or "")
        stored = None if store is None else store.find(*request)
        asked = headers if stored is None else {**headers, "if-none-match": stored.tag}
        response = self._patiently(url, asked, per_second)
        location = response.headers.get("location")
        if response.status in _REDIRECTS and location is not None:
            return location
        if stored is not None and response.status == _NOT_MODIFIED:
            return SourceResponse(200, stored.media_type, stored.body, stored.next_page)
        kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        following = _next_page(response.headers.get("link", ""))
        tag = response.headers.get("etag")
        is_kept = "no-store" not in response.headers.get("cache-control", "").lower()
        if store is not None and response.status == 200 and tag and is_kept:
            store.save(TaggedResponse(tag, kind, following, response.body), *request)
        return SourceResponse(response.status, kind, response.body, following)

    def json(
        self,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        per_second: float = 5.0,
        missing: bool = False,
    ) -> Any:  # noqa: ANN401  # JSON
        """The JSON at `path`. With `missing`, None for the status 404."""
        asked = {"accept": "application/json", **(headers or {})}
        response = self.get(path, headers=asked, per_second=per_second)
        name = _shown(self._url(path))
        if response.status == 404 and missing:
            return None
        if response.status in {401, 403}:
            raise RefusedTokenError(
                name,
                f"{name} answers {response.status}: the token in FYR_IMPORT_TOKEN is missing, "
                "wrong, or not allowed to read.",
                status=response.status,
            )
        if not 200 <= response.status < 300:
            raise SourceStatusError(
                name, f"{name} answers {response.status}.", status=response.status
            )
        if response.media_type in {"text/html", "application/xhtml+xml"}:
            raise UnsuitableSourceError(
                name,
                f"{name} is {response.media_type}, not JSON: it is another address, or asks for a "
                "sign-in.",
            )
        return self.parse_json(response.body, name)

    def _url(self, path: str) -> str:
        """The address of a path below SOURCE; with `//` in front, below the root of its server."""
        base = self._base()
        if path.startswith("//"):
            return f"{base.scheme}://{base.netloc}{path[1:]}"
        return f"{base.geturl().rstrip('/')}{path}"

    def _base(self) -> SplitResult:
        """The address of the source. Raises InvalidError when it is none, or has credentials."""
        return parse_address(self.source)

    def _redirected(self, base: SplitResult, url: str, location: str) -> str:
        try:
            target = urlsplit(urljoin(url, location))
        except ValueError:
            raise UnreachableSourceError(
                _shown(url), f"{_shown(url)} redirects to what is no address."
            ) from None
        if (target.scheme, target.netloc) != (base.scheme, base.netloc):
            where = target.hostname or "another address"
            raise RedirectedSourceError(
                _shown(url),
                f"{_shown(url)} redirects to {where}. Only the server of SOURCE is read; give the "
                "address to which it redirects.",
                host=where,
            )
        return target.geturl()

    def _patiently(
        self, url: str, headers: Mapping[str, str], per_second: float, content: str | None = None
    ) -> BoundedResponse:
        """The response, after the pauses that the server asks for."""
        failures, step = 0, 1.0
        while True:
            self._pace(per_second)
            response: BoundedResponse | None
            try:
                response = self._fetch(url, headers, content)
                reason = f"answers {response.status}"
            except RequestFailedError as error:
                response, reason = None, f"cannot be read: {error.detail}"
            if response is not None and response.status not in _WAIT | _FAILED:
                return response
            if response is None or response.status in _FAILED:
                failures += 1
            wait = step if response is None else _retry_after(response, step)
            step = min(step * 2, _LONGEST_STEP_SECONDS)
            if failures >= _FAILURES or self._waited + wait > _MOST_WAIT_SECONDS:
                if response is not None and failures:
                    return response
                raise UnreachableSourceError(
                    _shown(url),
                    f"{_shown(url)} {reason}. Go on later: run the command again with --resume.",
                )
            self._waited += wait
            self.sleep(wait)

    def _pace(self, per_second: float) -> None:
        self.requests += 1
        if self.requests > _MAX_REQUESTS:
            raise OversizedSourceError(
                self.source, f"The import needs more than {_MAX_REQUESTS} requests."
            )
        if self._last_at is not None:
            rest = self._last_at + 1 / per_second - self.monotonic()
            if rest > 0:
                self.sleep(rest)
        self._last_at = self.monotonic()

    def _fetch(self, url: str, headers: Mapping[str, str], content: str | None) -> BoundedResponse:
        """The response to a GET, or to a POST of `content`."""
        if self._runner is None:
            self._runner = self._open.enter_context(asyncio.Runner())
        limits = Limits(
            max_bytes=_MAX_RESPONSE_BYTES, timeout_seconds=120.0, follow_redirects=False
        )
        sent = {"user-agent": _USER_AGENT, **headers}
        try:
            method = "GET" if content is None else "POST"
            answered = request(
                method, url, guard=self.guard, limits=limits, headers=sent, content=content
            )
            return self._runner.run(answered)
        except AddressRefusedError as error:
            raise InvalidError(
                f"{_shown(url)} leads to {error.detail}; FYR_ALLOWED_NETWORKS decides whether it "
                "may.",
                code="import_address_refused",
                data={"place": _shown(url)},
            ) from None
        except TooLargeError:
            raise OversizedSourceError(
                _shown(url), f"{_shown(url)} sends more than {_MAX_RESPONSE_BYTES // 1_000_000} MB."
            ) from None
        except RequestFailedError:
            raise
        except OutboundError as error:
            raise UnreachableSourceError(
                _shown(url), f"{_shown(url)} cannot be read: {error}."
            ) from None

    # -- texts ---------------------------------------------------------------------

    def parse_json(self, text: bytes | str, name: str) -> Any:  # noqa: ANN401  # JSON
        """The value of a JSON text; `name` is its file or address, for messages."""
        return parse_json(text, name)

    def parse_yaml(self, text: bytes | str, name: str, *, first_line: int = 1) -> Any:  # noqa: ANN401
        """The value of a YAML text. Times stay text, as they are written."""
        return parse_yaml(text, name, first_line=first_line)

    # -- files ---------------------------------------------------------------------

    def read(self) -> bytes:
        """The file of the source."""
        path = Path(self.source)
        return self._bounded(path, path.name or self.source)

    def lines(self) -> Iterator[bytes]:
        """The lines of the file of the source, without reading all of it at once."""
        path = Path(self.source)
        try:
            with path.open("rb") as opened:
                while line := opened.readline(_MAX_LINE_BYTES):
                    if len(line) >= _MAX_LINE_BYTES:
                        raise OversizedSourceError(
                            path.name, f"{path.name} has a line of more than 32 MB."
                        )
                    yield line
        except (OSError, ValueError) as error:
            raise UnreadableSourceError.of_file(self.source, error) from None

    def folder(self) -> Path:
        """The folder of the source."""
        folder = Path(self.source)
        if not folder.is_dir():
            reason = "is a file, not a folder" if folder.exists() else "does not exist"
            raise UnsuitableSourceError(self.source, f"{self.source} {reason}.")
        return folder

    def files(self, *patterns: str) -> Iterator[tuple[str, bytes]]:
        """Path and content of the files in the folder that match, sorted by path."""
        root = self.folder().resolve()
        found = 0
        for path in sorted(root.rglob("*")):
            # A name that is not UTF-8 could neither be stored nor printed.
            name = os.fsencode(path.relative_to(root).as_posix()).decode(errors="backslashreplace")
            if not any(fnmatch(name, pattern) for pattern in patterns) or not path.is_file():
                continue
            if not path.resolve().is_relative_to(root):
                continue
            found += 1
            if found > _MAX_FILES:
                raise OversizedSourceError(
                    self.source, f"{self.source} has more than {_MAX_FILES} files."
                )
            yield name, self._bounded(path, name)

    def beside(self, name: str) -> bytes | None:
        """The file of this name in the folder of the source or beside it; None without one."""
        folder = self.folder()
        for path in (folder / name, folder.resolve().parent / name):
            if path.is_file():
                return self._bounded(path, name)
        return None

    def sqlite(self) -> SqliteSource:
        """The SQLite database of the source, read-only, after an integrity check."""
        return self._open.enter_context(open_sqlite(Path(self.source)))

    def _bounded(self, path: Path, name: str) -> bytes:
        try:
            with path.open("rb") as opened:
                content = opened.read(_MAX_FILE_BYTES + 1)
        except (OSError, ValueError) as error:
            raise UnreadableSourceError.of_file(name, error) from None
        if len(content) > _MAX_FILE_BYTES:
            raise OversizedSourceError(
                name, f"{name} has more than {_MAX_FILE_BYTES // 1_000_000} MB."
            )
        return content


def _retry_after(response: BoundedResponse, step: float) -> float:
    """The seconds to wait: Retry-After (RFC 9110 section 10.2.3), or else `step`; at least one.

    A server that asks for no pause again and again would be asked ten thousand times.
    """
    value = response.headers.get("retry-after", "").strip()
    if value.isdecimal():
        return max(float(value[:9]), _SHORTEST_WAIT_SECONDS)
    try:
        at = parsedate_to_datetime(value)
        sent = parsedate_to_datetime(response.headers.get("date", ""))
        return max((at - sent).total_seconds(), _SHORTEST_WAIT_SECONDS)
    except (TypeError, ValueError):
        return step


def _next_page(links: str) -> int | None:
    """The page of the link with the relation `next`, in a Link header (RFC 8288 section 3)."""
    for target, parameters in _LINK.findall(links[:10_000]):
        if _NEXT.search(parameters):
            # Only the query is of interest, and the rest may be no address at all.
            query = target.partition("?")[2].partition("#")[0]
            found = parse_qs(query).get("page", [""])[-1]
            return int(found) if found.isdecimal() and len(found) < 8 else None
    return None


def _shown(url: str) -> str:
    """The address without its query, which may hold a secret."""
    return url.partition("?")[0]
