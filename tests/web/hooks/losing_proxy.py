"""A proxy before PostgreSQL that loses one message, or the answer to it, with the connection."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from sqlalchemy import make_url

from tests.web.page_cache.cluster import Proxy

__all__ = ["LosingProxy", "losing_proxy"]


class LosingProxy(Proxy):
    """Forwards bytes, until a message contains what `lose` was told.

    That connection ends: without the message, or with nothing received after it. `url` is that of
    the database behind the proxy.
    """

    def __init__(self, url: str) -> None:
        direct = make_url(url)
        self._needle = b""
        self._is_delivered = False
        super().__init__(f"{direct.query['host']}/.s.PGSQL.5432")
        through = direct.set(host="127.0.0.1", port=self.port, query={"sslmode": "disable"})
        self.url = through.render_as_string(hide_password=False)

    @property
    def is_armed(self) -> bool:
        """Whether the next such message will be lost."""
        return bool(self._needle)

    def lose(self, needle: bytes, *, is_delivered: bool) -> None:
        """Lose the next message that contains `needle`; if delivered, only its answer is lost."""
        self._needle, self._is_delivered = needle, is_delivered

    def _carry(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                if self._needle and self._needle in data:
                    self._needle = b""
                    source.shutdown(socket.SHUT_RDWR)  # no answer gets through any more
                    if self._is_delivered:
                        sink.sendall(data)
                    break
                sink.sendall(data)
        for each in (source, sink):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()


@contextmanager
def losing_proxy(url: str) -> Iterator[LosingProxy]:
    """A proxy before the database with this URL."""
    proxy = LosingProxy(url)
    try:
        yield proxy
    finally:
        proxy.close()
