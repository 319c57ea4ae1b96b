"""Page cache protocol: a uvicorn HTTP protocol that answers hits without building an ASGI scope.

It subclasses uvicorn's HTTP class and uses methods that are no public API. So it is selected only
with the series of uvicorn that it was written for; with another one the page cache middleware
answers as an ordinary ASGI application. Requests that are not a plain GET or HEAD take uvicorn's
own path; the bytes of a response do not depend on the path.
"""

import logging
from typing import Any, Literal

import httptools
import uvicorn
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from app.web.host_header import is_valid_host
from app.web.page_cache.serving.conditional_request import parse_headers, respond_raw
from app.web.page_cache.serving.limited_protocol import MAX_PIPELINED, LimitedProtocol
from app.web.page_cache.serving.middleware import PageCacheMiddleware

__all__ = ["UVICORN_SERIES", "PageCacheProtocol", "select_http_protocol"]

_log = logging.getLogger("fyr.front")

# The series whose internals this protocol knows; pyproject.toml allows no other.
UVICORN_SERIES = "0.54"
_INTERNALS = (
    "_unset_keepalive_if_required",
    "on_body",
    "on_header",
    "on_headers_complete",
    "on_message_begin",
    "on_message_complete",
    "on_response_complete",
    "on_url",
    "send_400_response",
    "timeout_keep_alive_handler",
)
# Requests with these headers have a body, or get an answer from uvicorn itself.
_UNUSUAL_HEADERS = frozenset({b"content-length", b"transfer-encoding", b"expect", b"upgrade"})
_CLOSE = b"connection: close\r\n\r\n"


def select_http_protocol(setting: str) -> type[HttpToolsProtocol] | Literal["h11"]:
    """The `http` option for uvicorn: the page cache protocol, or the limited one for the ASGI way.

    `setting` is FYR_FRONT: `protocol` or `asgi`. Logs which way is in use, and why. With an unknown
    uvicorn it is "h11", which limits the size of a head by itself.
    """
    version = uvicorn.__version__
    is_known = version.startswith(f"{UVICORN_SERIES}.")
    is_complete = all(hasattr(HttpToolsProtocol, name) for name in _INTERNALS)
    if not (is_known and is_complete):
        _log.warning("front.way way=asgi why=unknown_uvicorn uvicorn=%s", version)
        return "h11"
    if setting != "protocol":
        _log.info("front.way way=asgi why=asked uvicorn=%s", version)
        return LimitedProtocol
    _log.info("front.way way=protocol uvicorn=%s", version)
    return PageCacheProtocol


class PageCacheProtocol(LimitedProtocol):
    """One connection. `_answer` holds the parts of the current request's answer if it is a hit."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  # as uvicorn passes them
        super().__init__(*args, **kwargs)
        self._middleware = _find_middleware(self.app)
        self._answer: list[bytes] | None = None
        self._unsent: list[bytes] = []
        self._closing = False

    def on_message_begin(self) -> None:
        self.begin_head()
        self.url = b""
        self.expect_100_continue = False
        self.headers = []
        self._answer = None

    def on_headers_complete(self) -> None:
        if self._closing:
            return
        self.end_head()
        self._answer = self._find_answer()
        if self._answer is None:
            self._pass_to_uvicorn()

    def on_body(self, body: bytes) -> None:
        if self._answer is None and not self._closing:
            super().on_body(body)

    def on_message_complete(self) -> None:
        if self._closing:
            return
        if self._answer is None:
            super().on_message_complete()
            return
        self.end_message()
        self.server_state.total_requests += 1
        if self.parser.should_keep_alive() and not self._is_draining():
            self._answer[-2] = b"\r\n"
        else:
            # Later requests in this packet are not answered.
            self._closing = True
        self._unsent += self._answer

    def flush(self) -> None:
        if not self._unsent:
            return
        self.transport.write(b"".join(self._unsent))
        self._unsent.clear()
        if self._closing:
            self.close()
        elif self.is_idle():
            self._unset_keepalive_if_required()
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )
            self.refresh_idle()

    def send_400_response(self, msg: str) -> None:
        if not self.is_refused:
            # As with ASGI: the application would not have been called yet for earlier requests.
            self._unsent.clear()
        elif self._unsent and self.is_idle():
            # As with ASGI: earlier requests are answered, the last one with the end.
            self._unsent[-2] = _CLOSE
            self._closing = True
            return
        super().send_400_response(msg)

    def _is_draining(self) -> bool:
        return self._middleware is not None and self._middleware.draining

    def _pass_to_uvicorn(self) -> None:
        url, headers, expects = self.url, self.headers, self.expect_100_continue
        HttpToolsProtocol.on_message_begin(self)
        self.url, self.expect_100_continue = url, expects
        self.headers.extend(headers)
        HttpToolsProtocol.on_headers_complete(self)

    def _find_answer(self) -> list[bytes] | None:
        """The parts of the answer, or None for a miss.

        The last part but one closes the connection; `on_message_complete` may replace it.
        """
        if self._middleware is None or not self._is_plain():
            return None
        url = self.url
        query = b""
        if b"?" in url or b"#" in url:
            parsed = httptools.parse_url(url)
            url, query = parsed.path, parsed.query or b""
        request = parse_headers(self.headers)
        found = None
        if not request.wants_text and is_valid_host(request.host, "1.1"):
            found = self._middleware.find(url, query, request.accept_language)
        if found is None:
            return None
        head = self.parser.get_method() == b"HEAD"
        if not head:
            self._middleware.cache.count_view(found[0], request)
        status, (own, shared, body) = respond_raw(*found, request, head=head)
        self._middleware.sent_bytes += len(body)
        if status != 304:
            shared += _raw_of(self._middleware.strict_transport)
        default = _raw(self.server_state.default_headers)
        return [STATUS_LINE[status], default, own, shared, _CLOSE, body]

    def _is_plain(self) -> bool:
        """Whether the request has no body and its connection has nothing else to send."""
        parser = self.parser
        return (
            parser.get_method() in {b"GET", b"HEAD"}
            and self.is_idle()
            and len(self._unsent) < MAX_PIPELINED
            and not self.flow.write_paused
            and self.limit_concurrency is None
            and parser.get_http_version() == "1.1"
            and not parser.should_upgrade()
            and _UNUSUAL_HEADERS.isdisjoint([name for name, _ in self.headers])
        )


class _DefaultHeaders:
    """The headers that uvicorn adds to each answer; it makes a new list of them each second."""

    headers: Any = None
    raw = b""


def _raw(headers: list[tuple[bytes, bytes]]) -> bytes:
    if headers is not _DefaultHeaders.headers:
        _DefaultHeaders.raw = _raw_of(headers)
        _DefaultHeaders.headers = headers
    return _DefaultHeaders.raw


def _raw_of(headers: list[tuple[bytes, bytes]]) -> bytes:
    return b"".join(b"%b: %b\r\n" % header for header in headers)


def _find_middleware(app: Any) -> PageCacheMiddleware | None:  # noqa: ANN401  # uvicorn wraps it
    while app is not None and not isinstance(app, PageCacheMiddleware):
        app = getattr(app, "app", None)
    return app
