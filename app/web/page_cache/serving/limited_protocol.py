"""Limited protocol: uvicorn's HTTP protocol with limits on size, time and number.

uvicorn takes request lines and headers of any size (it appends each part of a request line to the
former ones, which takes quadratic time), waits without limit for a head and for a body, and keeps a
connection whose client reads nothing. What is within the limits is answered as uvicorn does it.
"""

from asyncio import TimerHandle, Transport
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from http import HTTPStatus
from typing import Any

import httptools
import uvicorn
from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)

from app.web.page_cache.serving.open_connections import ConnectionLimits, OpenConnections
from app.web.problem_details import MEDIA_TYPE, RETRY_AFTER, problem_details

__all__ = ["MAX_PIPELINED", "LimitedConfig", "LimitedProtocol"]

# At most this many requests of one packet are answered, or wait for those before them: a packet has
# room for 13,000, and uvicorn stops reading only after all of them.
MAX_PIPELINED = 400
# In each span of this length a client sends, or reads, its bytes per second on average.
_SPAN_SECONDS = 10.0
# After a refusal: for how long, and how much, of the rest of the request is read and thrown away. A
# connection that is closed with unread bytes is reset, and the client may not get to see the
# response. More would be work for nothing.
_LINGER_SECONDS, _LINGER_BYTES = 2.0, 2**20
# The message of uvicorn, which it sends as the body.
_INVALID = "Invalid HTTP request received."
# " HTTP/1.1" and the space after the method.
_LINE_REST = 10
# ": " and the line end of a header field.
_FIELD_REST = 4


@dataclass(frozen=True, slots=True)
class _Refusal:
    """The response to a request that exceeds a limit; without a status the connection is closed."""

    status: int | None
    code: str = ""
    detail: str = ""

    def response(self) -> bytes:
        """The response as sent: problem details (RFC 9457)."""
        assert self.status is not None  # noqa: S101  # the caller has checked it
        body = problem_details(self.status, self.code, self.detail)
        head = (
            f"content-type: {MEDIA_TYPE}\r\ncontent-length: {len(body)}\r\n"
            "cache-control: no-store\r\nx-content-type-options: nosniff\r\nconnection: close\r\n"
        )
        is_away = self.status == HTTPStatus.SERVICE_UNAVAILABLE
        retry = f"retry-after: {RETRY_AFTER}\r\n" if is_away else ""
        return f"{head}{retry}\r\n".encode() + body


_SLOW_HEAD = _Refusal(408, "too_slow", "The request line and headers took too long to arrive.")
_SLOW_BODY = _Refusal(408, "too_slow", "The body arrived too slowly.")
_NO_ROOM = _Refusal(503, "too_many_connections", "There are too many connections; try again soon.")
_SILENT = _Refusal(None)


class _RefusedError(Exception):
    """Ends parsing: raised in a callback of the parser, which reports it as its own error."""


class _Stage(Enum):
    HEAD = "waits for a request, or for the rest of its head"
    BODY = "receives a body"
    RESPONSE = "waits for the application"
    CLOSING = "has refused a request"


class LimitedConfig(uvicorn.Config):
    """uvicorn's configuration with the limits and the open connections of the server."""

    def __init__(
        self,
        *args: Any,  # noqa: ANN401  # as uvicorn takes them
        limits: ConnectionLimits,
        **kwargs: Any,  # noqa: ANN401
    ) -> None:
        super().__init__(*args, **kwargs)
        self.open_connections = OpenConnections(limits)


class LimitedProtocol(HttpToolsProtocol):
    """One connection within the limits of a LimitedConfig, or without one within the defaults.

    A head that is too large is answered with 414 or 431, one that is too slow and a body that is
    too slow with 408; then the connection is closed.
    """

    _stage = _Stage.HEAD
    _timer: TimerHandle | None = None
    _write_timer: TimerHandle | None = None
    _refusal: _Refusal | None = None
    _head_is_open = _body_is_open = _began = False
    # Bytes of the packet in which a head began; of the packets after it; and of all of them, the
    # present one included, which is at least the size of the head.
    _first_bytes = _head_bytes = _most_bytes = 0
    # Bytes of all bodies; of packets that brought nothing of a body; trailer fields.
    _body_bytes = _framing_bytes = _trailers = 0
    # Bytes that arrived after a refusal.
    _thrown_away = 0
    # The request that the application is answering; `cycle` is the last one that arrived.
    _answering: RequestResponseCycle | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  # as uvicorn passes them
        super().__init__(*args, **kwargs)
        self.limit_by(self.config)

    def limit_by(self, config: uvicorn.Config) -> None:
        """Take the limits and the open connections of the server."""
        self._connections = (
            config.open_connections
            if isinstance(config, LimitedConfig)
            else OpenConnections(ConnectionLimits())
        )
        self._limits = self._connections.limits

    # -- what the transport calls ------------------------------------------------------------------

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.admit()

    def admit(self) -> None:
        """Count the connection, and wait for its first head; or refuse it if there is no room."""
        if self._connections.admit(self):
            self._watch()
        else:
            self._refuse_now(_NO_ROOM)
            # Without lingering: there is no descriptor to spare.
            self.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self._cancel_timer()
        self._cancel_write_timer()
        # uvicorn does so only when the client has closed the connection in order.
        self._unset_keepalive_if_required()
        self._connections.remove(self)
        self._disconnect_answering()
        super().connection_lost(exc)

    def _disconnect_answering(self) -> None:
        """Notify the application that the client has gone, and drop the requests that wait.

        uvicorn does so for the last request of a connection only: an earlier one would be sent an
        answer on a closed connection, which fails with a traceback in the log.
        """
        answering = self._answering
        if answering is not None and not answering.response_complete:
            answering.disconnected = True
            answering.message_event.set()
        if self.pipeline:
            self.pipeline.clear()

    def data_received(self, data: bytes) -> None:
        if self._refusal is not None:
            self._throw_away(len(data))
            return
        body_bytes, had_body = self._body_bytes, self._body_is_open
        self._most_bytes = self._first_bytes + self._head_bytes + len(data)
        self._began = False
        self._parse(data)
        self.flush()
        if self._refusal is not None:
            return
        if self._head_is_open:
            if self._began:
                self._first_bytes, self._head_bytes = len(data), 0
                # The time for a head begins with its first byte.
                self._cancel_timer()
            else:
                self._head_bytes += len(data)
            if self._head_bytes > self._limits.request_line_bytes + self._limits.header_bytes:
                self._refuse_now(self._too_large())
                return
        elif had_body and self._body_is_open and self._body_bytes == body_bytes:
            # Chunk extensions and trailers: the parser collects the latter.
            self._framing_bytes += len(data)
            if self._framing_bytes > self._limits.header_bytes:
                self._refuse_now(self._too_large())
                return
        self._watch()

    def _parse(self, data: bytes) -> None:
        """What uvicorn does with a packet, without a line in the log for each that is refused:
        strangers would fill it.
        """
        self._unset_keepalive_if_required()
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserError:
            self.send_400_response(_INVALID)
        except httptools.HttpParserUpgrade:
            if self._should_upgrade():
                self.handle_websocket_upgrade()

    def flush(self) -> None:
        """Send what has been collected while a packet was parsed; here there is nothing."""

    def pause_writing(self) -> None:
        super().pause_writing()
        if self._write_timer is None:
            self._await_reader(self.transport.get_write_buffer_size())

    def resume_writing(self) -> None:
        self._cancel_write_timer()
        super().resume_writing()

    # -- what the parser calls ---------------------------------------------------------------------

    def on_message_begin(self) -> None:
        self.begin_head()
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        self.url += url
        line = len(self.url) + len(self.parser.get_method()) + _LINE_REST
        if line > self._limits.request_line_bytes:
            self._refuse(self._too_long())

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._body_is_open:
            # A trailer field (RFC 9110, 6.5.1): dropped, since it must not be taken for a header.
            self._trailers += 1
            if self._trailers > self._limits.header_fields:
                self._refuse(self._too_many())
            return
        # What uvicorn does, without a call for each header.
        name = name.lower()
        if name == b"expect" and value.lower() == b"100-continue":
            self.expect_100_continue = True
        self.headers.append((name, value))
        if len(self.headers) > self._limits.header_fields:
            self._refuse(self._too_many())

    def on_headers_complete(self) -> None:
        self.end_head()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._body_bytes += len(body)
        self._framing_bytes = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        self.end_message()
        super().on_message_complete()

    def begin_head(self) -> None:
        """A request begins."""
        self._head_is_open = self._began = True

    def end_head(self) -> None:
        """The head of a request is complete. Ends parsing when it is too large."""
        self._head_is_open = False
        if self._timer is not None:
            self._cancel_timer()
        if self._most_bytes > self._limits.header_bytes:
            size = sum(len(name) + len(value) + _FIELD_REST for name, value in self.headers)
            if size > self._limits.header_bytes:
                self._refuse(self._too_large())
        if len(self.pipeline) >= MAX_PIPELINED:
            self._refuse(_SILENT)
        self._body_is_open = True
        self._first_bytes = self._head_bytes = self._framing_bytes = self._trailers = 0

    def end_message(self) -> None:
        """A request is complete."""
        self._body_is_open = False

    # -- what uvicorn calls ------------------------------------------------------------------------

    def send_400_response(self, msg: str) -> None:
        if self._refusal is None:
            super().send_400_response(msg)
        else:
            self._refuse_now(self._refusal)

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.transport.is_closing():
            self._abort_unless_read()
        elif self._refusal is None:
            self._watch()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:  # noqa: ANN401
        self._answering = cycle
        super()._start_asgi_task(cycle, app)

    def timeout_keep_alive_handler(self) -> None:
        self.close()

    # -- closing -----------------------------------------------------------------------------------

    def shed(self) -> None:
        """Close the connection at once, to make room."""
        self._refusal = _SILENT
        self._cancel_timer()
        if self.transport.get_write_buffer_size():
            self.transport.abort()
        else:
            self.transport.close()

    def close(self) -> None:
        """Close the connection when the client has read what was sent, which it must do in time."""
        self.transport.close()
        self._abort_unless_read()

    def _abort_unless_read(self) -> None:
        unsent = self.transport.get_write_buffer_size()
        # After a refusal the timer for what is thrown away may run, which ends sooner.
        if unsent and (self._timer is None or self._stage is not _Stage.CLOSING):
            seconds = _SPAN_SECONDS + unsent / self._limits.body_bytes_per_second
            self._start_timer(seconds, self.transport.abort)

    def _refuse(self, refusal: _Refusal) -> None:
        """End parsing; `send_400_response` is called next."""
        self._refusal = refusal
        raise _RefusedError

    def _refuse_now(self, refusal: _Refusal) -> None:
        """Refuse what is being received, after the responses to earlier requests, and close."""
        self._refusal, self._stage = refusal, _Stage.CLOSING
        self._cancel_timer()
        self._unset_keepalive_if_required()
        cycle: Any = self.cycle
        if self._body_is_open and cycle is not None and not cycle.response_complete:
            # For the application the client has gone.
            cycle.disconnected = True
            cycle.message_event.set()
            if cycle.response_started or self.pipeline:
                self.pipeline.clear()
                self.close()
                return
        elif not self.is_idle():
            cycle.keep_alive = False
            return
        if refusal.status is None:
            self.close()
        elif not self.transport.is_closing():
            head = [STATUS_LINE[refusal.status]]
            head += [b"%b: %b\r\n" % header for header in self.server_state.default_headers]
            self.transport.write(b"".join(head) + refusal.response())
            self._linger()

    def _linger(self) -> None:
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self.flow.resume_reading()
        self._connections.mark_receiving(self)
        self._timer = self.loop.call_later(_LINGER_SECONDS, self.transport.abort)

    def _throw_away(self, size: int) -> None:
        self._thrown_away += size
        if self._thrown_away > _LINGER_BYTES:
            self.flow.pause_reading()

    # -- time --------------------------------------------------------------------------------------

    def _watch(self) -> None:
        """Start the timer of the present stage, unless it runs already."""
        stage = self._present_stage()
        if stage is not self._stage:
            self._stage = stage
            self._cancel_timer()
            if stage is _Stage.HEAD:
                self._connections.mark_idle(self)
            elif stage is _Stage.BODY:
                self._connections.mark_receiving(self)
            else:
                self._connections.mark_busy(self)
        if self._timer is not None or self.transport.is_closing():
            return
        if stage is _Stage.BODY:
            self._await_body()
        elif stage is _Stage.HEAD and self.timeout_keep_alive_task is None:
            self._start_timer(self._limits.header_seconds, self._end_waiting_for_head)

    def _present_stage(self) -> _Stage:
        if self._body_is_open:
            return _Stage.BODY
        return _Stage.HEAD if self.is_idle() else _Stage.RESPONSE

    @property
    def is_refused(self) -> bool:
        """Whether a request exceeded a limit: nothing more is read."""
        return self._refusal is not None

    def renew_idle(self) -> None:
        """The connection was used: it is the newest of the idle ones."""
        self._connections.renew_idle(self)

    def awaits_head(self) -> bool:
        """Whether nothing of a request has arrived that is not answered; False after a refusal."""
        return self._stage is _Stage.HEAD and not self._head_is_open and self._refusal is None

    def cancel_head_timer(self) -> None:
        """A request has arrived whole."""
        if self._timer is not None:
            self._cancel_timer()

    def is_idle(self) -> bool:
        """Whether no request waits for its response."""
        cycle: Any = self.cycle
        return (cycle is None or cycle.response_complete) and not self.pipeline

    def _end_waiting_for_head(self) -> None:
        # A browser that connects in advance must not find a 408 in place of its first answer.
        self._refuse_now(_SLOW_HEAD if self._head_is_open else _SILENT)

    def _await_body(self) -> None:
        received = self._body_bytes

        def check() -> None:
            self._timer = None
            wanted = self._limits.body_bytes_per_second * _SPAN_SECONDS
            if self._is_reading() and self._body_bytes - received < wanted:
                self._refuse_now(_SLOW_BODY)
            else:
                self._await_body()

        self._start_timer(_SPAN_SECONDS, check)

    def _is_reading(self) -> bool:
        """Whether the client may send: the application has not yet asked for more otherwise."""
        cycle: Any = self.cycle
        return not (self.flow.read_paused or (cycle and cycle.waiting_for_100_continue))

    def _await_reader(self, unsent: int) -> None:
        """Abort the connection when the client does not read `unsent` bytes fast enough."""

        def check() -> None:
            self._write_timer = None
            now_unsent = self.transport.get_write_buffer_size()
            if unsent - now_unsent < self._limits.body_bytes_per_second * _SPAN_SECONDS:
                self.transport.abort()
            else:
                self._await_reader(now_unsent)

        self._write_timer = self.loop.call_later(_SPAN_SECONDS, check)

    def _start_timer(self, seconds: float, callback: Callable[[], None]) -> None:
        self._cancel_timer()
        self._timer = self.loop.call_later(seconds, callback)

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _cancel_write_timer(self) -> None:
        if self._write_timer is not None:
            self._write_timer.cancel()
            self._write_timer = None

    # -- refusals ----------------------------------------------------------------------------------

    def _too_long(self) -> _Refusal:
        limit = self._limits.request_line_bytes
        return _Refusal(414, "url_too_long", f"The request line is longer than {limit} bytes.")

    def _too_large(self) -> _Refusal:
        limit = self._limits.header_bytes
        return _Refusal(431, "headers_too_large", f"The headers have more than {limit} bytes.")

    def _too_many(self) -> _Refusal:
        limit = self._limits.header_fields
        return _Refusal(431, "headers_too_large", f"There are more than {limit} header fields.")
