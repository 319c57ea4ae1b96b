"""Page cache protocol: a uvicorn HTTP protocol that answers hits without building an ASGI scope.

It subclasses uvicorn's HTTP class and uses methods that are no public API. So it is selected only
with the series of uvicorn that it was written for; with another one the page cache middleware
answers as an ordinary ASGI application. Requests that are not a plain GET or HEAD take uvicorn's
own path. A packet that is one memoised request is not even parsed. The bytes of a response do not
depend on the path.
"""

import asyncio
import logging
from asyncio import Transport
from time import perf_counter
from typing import Any, Literal

import httptools
import uvicorn
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol
from uvicorn.server import ServerState

from app.web.page_cache.serving.answer_times import SAMPLE
from app.web.page_cache.serving.conditional_request import parse_headers, respond_raw
from app.web.page_cache.serving.keep_alive import KeepAliveTimer
from app.web.page_cache.serving.limited_protocol import MAX_PIPELINED, LimitedProtocol
from app.web.page_cache.serving.middleware import PageCacheMiddleware
from app.web.page_cache.serving.request_memo import MemoisedRequest, PreparedAnswer
from app.web.page_cache.stored_page import SharedHeaders, StoredPage
from app.web.requests.host_header import is_valid_host

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
_END_OF_HEAD = b"\r\n\r\n"
_METHODS = (b"GET ", b"HEAD ")
# Of an answer: status line, default headers, other headers, their end, and body.
_PARTS = 5
# A longer body is not joined with its head: the copy would stay in memory until the client has read
# it. 60 clients that read nothing of a page of 10 MB took 740 MB.
_LONGEST_COPY = 32_768


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

    # As long as every request is memoised, neither a parser nor the state around it is made: with
    # them a connection with one request takes 12 us of Python, without them 6. These are the
    # attributes that uvicorn's methods use meanwhile.
    _is_prepared = False
    logger = logging.getLogger("uvicorn.error")
    transport: Any = None
    client: Any = None
    flow: Any = None
    cycle: Any = None
    parser: Any = None
    pipeline: Any = ()
    timeout_keep_alive_task: Any = None
    # The packet that is being parsed if it can be memoised, and the last request for a page.
    _packet = b""
    _read_at = 0.0
    _request: MemoisedRequest | None = None
    _answer: list[bytes] | None = None
    _unsent: list[bytes]
    _closing = False
    _keep_alive: KeepAliveTimer | None = None

    def __init__(
        self,
        config: uvicorn.Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        if not config.loaded:
            config.load()
        self.config, self.server_state, self.app_state = config, server_state, app_state
        self.connections = server_state.connections
        self.loop = _loop or asyncio.get_event_loop()
        self._middleware = _find_middleware(config.loaded_app)
        self.limit_by(config)

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        self.transport = transport
        self.connections.add(self)
        self.admit()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._keep_alive is not None:
            self._keep_alive.stop()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        self._prepare()
        super().pause_writing()

    def resume_writing(self) -> None:
        self._prepare()
        super().resume_writing()

    def _linger(self) -> None:
        self._prepare()
        super()._linger()

    def data_received(self, data: bytes) -> None:
        middleware = self._middleware
        self._packet = b""
        is_paused = self._is_prepared and self.flow.write_paused
        if middleware is not None and self.awaits_head() and not is_paused:
            known = middleware.memo.get(data)
            if known is not None and self._send_known(known, middleware):
                return
            self._packet = data
        self._read_at = perf_counter()
        self._prepare()
        super().data_received(data)

    def _prepare(self) -> None:
        """Make the parser and the state that uvicorn's methods need, once."""
        if self._is_prepared:
            return
        self._is_prepared = True
        transport, keep_alive = self.transport, self.timeout_keep_alive_task
        HttpToolsProtocol.__init__(
            self, self.config, self.server_state, self.app_state, _loop=self.loop
        )
        HttpToolsProtocol.connection_made(self, transport)
        self.timeout_keep_alive_task = keep_alive
        self._unsent = []

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
        if max(map(len, self._unsent)) > _LONGEST_COPY:
            self.transport.writelines(self._unsent)
        else:
            self.transport.write(b"".join(self._unsent))
        if self._middleware is not None:
            answers = len(self._unsent) // _PARTS
            self._middleware.times.count(perf_counter() - self._read_at, answers)
        self._memoise()
        self._unsent.clear()
        if self._closing:
            self.close()
        elif self.is_idle():
            self._await_next_request()

    def _await_next_request(self) -> None:
        timer = self._keep_alive
        if timer is None:
            timer = self._keep_alive = KeepAliveTimer(
                self.loop, self.config.timeout_keep_alive, self.timeout_keep_alive_handler
            )
        if not timer.is_running:
            self._unset_keepalive_if_required()
            # uvicorn only cancels it.
            self.timeout_keep_alive_task = timer
        timer.renew()
        self.renew_idle()

    def _memoise(self) -> None:
        """Offer the packet to the memo if it was one complete request, and nothing else."""
        head, request = self._packet, self._request
        is_whole = (
            len(self._unsent) == _PARTS
            and head.startswith(_METHODS)
            and head.find(_END_OF_HEAD) == len(head) - len(_END_OF_HEAD)
            and self.awaits_head()
            and self.is_idle()
        )
        if is_whole and request is not None and self._middleware is not None:
            self._middleware.memo.offer(head, request, len(self._unsent[-1]))

    def _send_known(self, known: MemoisedRequest, middleware: PageCacheMiddleware) -> bool:
        """Answer a memoised request; False when the page cache has no answer, or the server ends.

        It counts and limits what `on_message_complete` and `flush` do.
        """
        if middleware.draining or self.config.limit_concurrency is not None:
            return False
        times = middleware.times
        is_sample = times.untimed >= SAMPLE - 1
        began = perf_counter() if is_sample else 0.0
        answer = known.answer
        if answer is None or not answer.is_current(middleware.cache):
            answer = known.answer = _prepare_answer(known, middleware)
            if answer is None:
                return False
        default = self.server_state.default_headers
        if answer.default_headers is not default:
            end = _CLOSE if known.closes else b"\r\n"
            answer.head = b"".join((answer.status_line, _raw(default), answer.fields, end))
            answer.default_headers = default
        middleware.cache.reader_languages.add(answer.view)
        middleware.sent_bytes += len(answer.body)
        self.server_state.total_requests += 1
        self.cancel_head_timer()
        if len(answer.body) > _LONGEST_COPY:
            self.transport.writelines((answer.head, answer.body))
        else:
            self.transport.write(answer.head + answer.body)
        times.untimed += 1
        if is_sample:
            times.count_sample(perf_counter() - began)
        if known.closes:
            self._closing = True
            self.close()
        else:
            self._await_next_request()
        return True

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
        headers = parse_headers(self.headers)
        found = None
        if not headers.wants_text and is_valid_host(headers.host, "1.1"):
            found = self._middleware.find(url, query, headers.accept_language)
        if found is None:
            return None
        head = self.parser.get_method() == b"HEAD"
        if not head:
            self._middleware.cache.count_view(found[0], headers)
        closes = not self.parser.should_keep_alive()
        self._request = MemoisedRequest(url, query, headers, head, closes)
        status, fields, body = _raw_answer(found, self._request, self._middleware)
        self._middleware.sent_bytes += len(body)
        default = _raw(self.server_state.default_headers)
        return [STATUS_LINE[status], default, fields, _CLOSE, body]

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


def _prepare_answer(
    request: MemoisedRequest, middleware: PageCacheMiddleware
) -> PreparedAnswer | None:
    """The answer of the page cache to a memoised request; None for a miss."""
    cache = middleware.cache
    # Before the page is found: a change in between makes the answer outdated at once.
    facts, is_serving, version = cache.facts, cache.serving, cache.store.version
    found = middleware.find(request.path, request.query, request.headers.accept_language)
    if found is None:
        return None
    page = found[0]
    status, fields, body = _raw_answer(found, request, middleware)
    return PreparedAnswer(
        status_line=STATUS_LINE[status],
        fields=fields,
        body=body,
        # An asset file is not in the store.
        key=page.key if cache.store.get(page.key) is page else None,
        view=None if request.is_head else cache.view_of(page, request.headers),
        cache=cache,
        facts=facts,
        is_serving=is_serving,
        store_version=version,
    )


def _raw_answer(
    found: tuple[StoredPage, SharedHeaders],
    request: MemoisedRequest,
    middleware: PageCacheMiddleware,
) -> tuple[int, bytes, bytes]:
    """Status, header fields without uvicorn's own, and body that answer with a stored page."""
    status, (own, shared, body) = respond_raw(*found, request.headers, head=request.is_head)
    if status == 304:
        return status, own + shared, body
    return status, own + shared + _raw_of(middleware.strict_transport), body


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
