"""People who ask again and again, and note whatever goes wrong."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from tests.e2e.serving import Server, wait_until
from tests.network import PLAIN

__all__ = ["Visitors"]

PAGES = ("/en/", "/en/history", "/healthz")


class Visitors:
    """Three at a time who ask again and again: one stays connected, the others come anew."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._over = threading.Event()
        self.answered = 0
        self.failed: list[str] = []

    @contextmanager
    def asking(self) -> Iterator[None]:
        with httpx.Client(timeout=60, verify=PLAIN) as stays:
            threads = [threading.Thread(target=self._ask, args=(stays,))]
            threads += [threading.Thread(target=self._ask, args=(None,)) for _ in range(2)]
            for thread in threads:
                thread.start()
            try:
                yield
            finally:
                self._over.set()
                for thread in threads:
                    thread.join(60)

    def go_on(self, server: Server) -> None:
        """Wait until they have been answered some more."""
        enough = self.answered + 20
        wait_until(lambda: self.answered > enough, server.log.read_text())

    def _ask(self, stays: httpx.Client | None) -> None:
        while not self._over.wait(0.1):
            path = PAGES[self.answered % len(PAGES)]
            try:
                status = self._status(stays, f"{self._address}{path}")
            except (httpx.HTTPError, OSError) as error:
                self.failed.append(f"{path}: {error!r}")
                continue
            self.answered += 1
            if status != 200:
                self.failed.append(f"{path}: {status}")

    def _status(self, stays: httpx.Client | None, url: str) -> int:
        if stays is not None:
            return stays.get(url).status_code
        with socket.create_connection(
            ("127.0.0.1", int(url.split(":")[2].split("/", maxsplit=1)[0]))
        ) as line:
            path = url.split("/", 3)[3]
            line.sendall(f"GET /{path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode())
            with line.makefile("rb") as answer:
                return int(answer.read().split(b" ", 2)[1])
