"""Answers hits straight from the parsed request, before there is anything for ASGI.

This leans on uvicorn's own HTTP class, so it is used only with versions whose inside it knows;
with any other the front answers as an ordinary application. Whatever is not a plain GET or HEAD
goes uvicorn's own way, and both ways give the same bytes.
"""

import logging
from typing import Any, Literal

import httptools
import uvicorn
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from app.web.page_cache.serving.conditional_request import asked, raw_reply
from app.web.page_cache.serving.middleware import Front

__all__ = ["FrontProtocol", "choose"]

_log = logging.getLogger("fyr.front")

_KNOWN_VERSIONS = ("0.54.",)
_NEEDED = (
    "_unset_keepalive_if_required",
    "on_body",
    "on_header",
    "on_headers_complete",
    "on_message_begin",
    "on_message_complete",
    "on_url",
    "timeout_keep_alive_handler",
)
# Requests that bring these are read to their end, or answered, by uvicorn.
_UNUSUAL = frozenset({b"content-length", b"transfer-encoding", b"expect", b"upgrade"})
# Parts of answers to one packet; who asks for more waits for the line to take them.
_MOST_AT_ONCE = 400


def choose(wanted: str) -> type[HttpToolsProtocol] | Literal["auto"]:
    """The HTTP class to serve with: ours when it is wanted and knows this uvicorn."""
    version = uvicorn.__version__
    known = version.startswith(_KNOWN_VERSIONS)
    whole = all(hasattr(HttpToolsProtocol, name) for name in _NEEDED)
    if wanted == "protocol" and known and whole:
        _log.info("front.way way=protocol uvicorn=%s", version)
        return FrontProtocol
    why = "asked" if wanted != "protocol" else "unknown_uvicorn"
    _log.info("front.way way=asgi why=%s uvicorn=%s", why, version)
    return "auto"


class FrontProtocol(HttpToolsProtocol):
    """One connection."""

    def __init__(self, *arguments: Any, **named: Any) -> None:  # noqa: ANN401  # as uvicorn gives
        super().__init__(*arguments, **named)
        self._front = _front_of(self.app)
        self._answer: list[bytes] | None = None
        self._answers: list[bytes] = []
        self._over = False

    def on_message_begin(self) -> None:
        self.url = b""
        self.expect_100_continue = False
        self.headers = []
        self._answer = None

    def on_headers_complete(self) -> None:
        if self._over:
            return
        self._answer = self._found()
        if self._answer is None:
            self._go_uvicorns_way()

    def on_body(self, body: bytes) -> None:
        if self._answer is None and not self._over:
            super().on_body(body)

    def on_message_complete(self) -> None:
        if self._over:
            return
        if self._answer is None:
            super().on_message_complete()
            return
        self.server_state.total_requests += 1
        if self.parser.should_keep_alive() and not self._is_leaving():
            self._answer[-2] = b"\r\n"
        else:
            # What else came in the same packet is not answered any more.
            self._over = True
        self._answers += self._answer

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._answers:
            self._send()

    def send_400_response(self, msg: str) -> None:
        # As where applications answer: they would not have had their turn yet.
        self._answers.clear()
        super().send_400_response(msg)

    def _send(self) -> None:
        self.transport.write(b"".join(self._answers))
        self._answers.clear()
        if self._over:
            self.transport.close()
        elif self._is_idle():
            self._unset_keepalive_if_required()
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )

    def _is_leaving(self) -> bool:
        return self._front is not None and self._front.leaving

    def _is_idle(self) -> bool:
        cycle: Any = self.cycle
        return (cycle is None or cycle.response_complete) and not self.pipeline

    def _go_uvicorns_way(self) -> None:
        url, headers, expects = self.url, self.headers, self.expect_100_continue
        super().on_message_begin()
        self.url, self.expect_100_continue = url, expects
        self.headers.extend(headers)
        super().on_headers_complete()

    def _found(self) -> list[bytes] | None:
        """The parts of the answer, the last but one closing the connection; None: not here."""
        if self._front is None or not self._is_plain():
            return None
        url = self.url
        query = b""
        if b"?" in url or b"#" in url:
            parsed = httptools.parse_url(url)
            url, query = parsed.path, parsed.query or b""
        request = asked(self.headers)
        found = None
        if not request.wants_text:
            found = self._front.find(url, query, request.accept_language)
        if found is None:
            return None
        head = self.parser.get_method() == b"HEAD"
        status, parts = raw_reply(*found, request, head=head)
        own, shared, body = parts
        self._front.sent_bytes += len(body)
        default = _written(self.server_state.default_headers)
        return [STATUS_LINE[status], default, own, shared, b"connection: close\r\n\r\n", body]

    def _is_plain(self) -> bool:
        """Whether nothing about this request or its connection is out of the ordinary."""
        parser = self.parser
        return (
            parser.get_method() in {b"GET", b"HEAD"}
            and self._is_idle()
            and len(self._answers) < _MOST_AT_ONCE
            and not self.flow.write_paused
            and self.limit_concurrency is None
            and parser.get_http_version() == "1.1"
            and not parser.should_upgrade()
            and _UNUSUAL.isdisjoint([name for name, _ in self.headers])
        )


class _Default:
    """What uvicorn puts before every answer; it makes a new list each second."""

    headers: Any = None
    raw = b""


def _written(headers: list[tuple[bytes, bytes]]) -> bytes:
    if headers is not _Default.headers:
        _Default.raw = b"".join(b"%b: %b\r\n" % header for header in headers)
        _Default.headers = headers
    return _Default.raw


def _front_of(app: Any) -> Front | None:  # noqa: ANN401  # whatever uvicorn has wrapped it in
    while app is not None and not isinstance(app, Front):
        app = getattr(app, "app", None)
    return app
