"""A local server that speaks the protocols of the translation providers, well or badly."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event
from typing import Any

from tests.network import started

__all__ = ["ProviderServer", "open_provider_server"]

Translate = Callable[[str, str], str]


class ProviderServer:
    """What the server was asked, and how it answers.

    `translate` maps a marked text and a target language to its translation. `status` other than
    200, `body`, `location` and `is_slow` replace the answer.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.gone = Event()
        self.reset()

    def reset(self) -> None:
        """Answer well again, and forget what was asked."""
        self.asked: list[tuple[str, dict[str, str], dict[str, Any]]] = []
        self.translate: Translate = lambda text, target: f"{target}: {text}"
        self.status = 200
        self.body: bytes | None = None
        self.location: str | None = None
        self.is_slow = False

    def answer(self, path: str, headers: dict[str, str], sent: dict[str, Any]) -> bytes:
        """The body of an answer in the protocol of the path."""
        self.asked.append((path, headers, sent))
        if self.is_slow:
            self.gone.wait()
        if self.body is not None:
            return self.body
        if path == "/v2/translate":
            target = str(sent["target_lang"]).lower()
            texts = [{"text": self.translate(each, target)} for each in sent["text"]]
            return json.dumps({"translations": texts}).encode()
        target = str(sent["target"]).lower()
        return json.dumps(
            {"translatedText": [self.translate(each, target) for each in sent["q"]]}
        ).encode()


@contextmanager
def open_provider_server() -> Iterator[ProviderServer]:
    """A server on loopback, until the end of the context."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("content-length", "0"))
            sent = json.loads(self.rfile.read(length))
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = server.answer(self.path, headers, sent)
            try:
                self.send_response(server.status)
                if server.location is not None:
                    self.send_header("location", server.location)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            except OSError:
                pass  # the client has refused the rest

        def log_message(self, format: str, *args: object) -> None:
            pass

    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    httpd.daemon_threads = True
    server = ProviderServer(f"http://127.0.0.1:{httpd.server_port}")
    with started(httpd):
        try:
            yield server
        finally:
            server.gone.set()
